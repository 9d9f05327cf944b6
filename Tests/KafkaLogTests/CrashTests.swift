import KafkaLog
import KafkaProtocol
import SimBase
import Testing

/// Random histories that end in a kill or a power loss at a random instant.
@Suite struct CrashTests {
    private struct History {
        var test: TestLog
        var random: Random
        /// What the log held, in order.
        var expected: [RecordBatch] = []
        /// The recovery point as last checkpointed: rewritten at truncations, else now and then.
        var checkpoint = Offset.zero
        var sequences: [Int32] = [0, 0, 0]

        init(seed: UInt64) {
            random = Random(seed: seed)
            var config = TopicConfig()
            config.segmentBytes = ByteCount(random.next(from: 200, through: 900))
            config.indexIntervalBytes = ByteCount(random.next(from: 0, through: 300))
            if random.next(below: 4) == 0 {
                config.flushMessages = Int64(1 + random.next(below: 4))
            }
            test = TestLog(config)
        }

        mutating func run(steps: Int) {
            for _ in 0..<steps { step() }
        }

        private mutating func step() {
            switch random.next(below: 16) {
            case 0..<8:
                append()
            case 8..<12:
                if let token = test.disk.completeOne() { _ = test.log.flushCompleted(token) }
            case 12:
                test.flush()
            case 13:
                checkpoint = test.log.recoveryPoint
            case 14:
                test.assign(test.epoch.rawValue + 1)
            default:
                truncate()
            }
            // What Kafka's thread waits for, it waits for.
            while test.log.awaitedFlush != nil {
                if let token = test.disk.completeOne() { _ = test.log.flushCompleted(token) }
            }
        }

        private mutating func append() {
            let producer = random.next(below: 3)
            let records = 1 + random.next(below: 3)
            let batch = batch(
                records: records,
                size: random.next(below: 60),
                producer: Int64(producer),
                sequence: sequences[producer]
            )
            guard case .appended(let first, _, _) = test.append(batch) else { return }
            sequences[producer] += Int32(records)
            expected.append(
                RecordBatch(
                    baseOffset: first,
                    partitionLeaderEpoch: test.epoch,
                    body: batch.body
                )
            )
        }

        private mutating func truncate() {
            guard random.next(below: 3) == 0, !expected.isEmpty else { return }
            let kept = random.next(below: expected.count)
            let target = expected[kept].baseOffset
            for batch in expected[kept...] {
                sequences[Int(batch.body.producerID.rawValue)] -= batch.body.recordCount
            }
            expected.removeSubrange(kept...)
            test.truncate(to: target.rawValue)
            checkpoint = min(checkpoint, test.log.recoveryPoint)
        }
    }

    private func check(_ log: TestLog, isPrefixOf expected: [RecordBatch], atLeast end: Offset) {
        let found = log.batches
        #expect(found == Array(expected.prefix(found.count)))
        let broken = found.filter { !$0.body.isIntact }
        #expect(broken.isEmpty)
        #expect(log.log.logEndOffset >= end)
        #expect(log.log.logEndOffset == (found.last?.nextOffset ?? .zero))
        #expect(log.log.recoveryPoint <= log.log.logEndOffset)
        // The epochs say of every record what its batch says.
        for batch in found {
            #expect(log.log.epochs.epoch(at: batch.baseOffset) == batch.partitionLeaderEpoch)
        }
        if let latest = log.log.epochs.latest {
            #expect(latest.startOffset < log.log.logEndOffset)
        }
    }

    /// The producers' state is that of the batches: each may go on where it ended.
    private func checkProducers(_ log: TestLog) {
        for producer in 0..<3 as Range<Int64> {
            var log = log
            let last = log.batches.last { $0.body.producerID.rawValue == producer }
            guard let last else { continue }
            let end = last.body.lastSequence.rawValue
            let gap = log.append(batch(producer: producer, sequence: end + 2))
            #expect(gap == .refused(.outOfOrderSequenceNumber, recordErrors: []))
            let again = log.append(
                RecordBatch(
                    baseOffset: .zero,
                    partitionLeaderEpoch: .none,
                    body: last.body
                )
            )
            #expect(again == .duplicate(first: last.baseOffset, last: last.lastOffset))
        }
    }

    @Test(arguments: 0..<200)
    func aPowerLossLeavesAPrefixWithAllThatWasFlushed(seed: Int) throws {
        var history = History(seed: UInt64(seed))
        history.run(steps: 20 + history.random.next(below: 150))
        #expect(history.test.batches == history.expected)
        let durable = history.test.log.recoveryPoint
        let image = history.test.disk.imageAfterPowerLoss(&history.random)
        var report: RecoveryReport?
        let loaded = try #require(
            TestLog(
                loading: image,
                config: history.test.log.config,
                recoveryPoint: history.checkpoint,
                report: &report
            )
        )
        check(loaded, isPrefixOf: history.expected, atLeast: durable)
        checkProducers(loaded)
        // The log works on, and a second loss at once costs nothing that was kept.
        var second = loaded
        second.epoch = LeaderEpoch(1_000)
        second.append(count: 3)
        #expect(second.log.logEndOffset == loaded.log.logEndOffset.advanced(by: 3))
    }

    @Test(arguments: 200..<260)
    func aKillLosesNothing(seed: Int) throws {
        var history = History(seed: UInt64(seed))
        history.run(steps: 20 + history.random.next(below: 150))
        var report: RecoveryReport?
        let loaded = try #require(
            TestLog(
                loading: history.test.disk.image,
                config: history.test.log.config,
                recoveryPoint: history.checkpoint,
                report: &report
            )
        )
        #expect(report?.truncatedBytes == 0)
        check(loaded, isPrefixOf: history.expected, atLeast: history.test.log.logEndOffset)
        checkProducers(loaded)
    }

    @Test(arguments: 260..<300)
    func anOrderlyStopLosesNothingToAPowerLoss(seed: Int) throws {
        var history = History(seed: UInt64(seed))
        history.run(steps: 20 + history.random.next(below: 150))
        history.test.close()
        history.test.completeFlushes()
        #expect(history.test.log.recoveryPoint == history.test.log.logEndOffset)
        var report: RecoveryReport?
        let loaded = try #require(
            TestLog(
                loading: history.test.disk.imageAfterPowerLoss(&history.random),
                config: history.test.log.config,
                wasClean: true,
                recoveryPoint: history.test.log.recoveryPoint,
                report: &report
            )
        )
        check(loaded, isPrefixOf: history.expected, atLeast: history.test.log.logEndOffset)
        checkProducers(loaded)
    }
}
