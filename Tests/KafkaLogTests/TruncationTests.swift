import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@Suite struct TruncationTests {
    private func rolling() -> TestLog {
        var config = TopicConfig()
        config.segmentBytes = ByteCount(Int64(2 * 78))
        return TestLog(config)
    }

    @Test func cutsBatchesAndSegments() {
        var test = rolling()
        test.append(count: 6)
        test.commitAll()
        test.completeFlushes()
        #expect(test.log.recoveryPoint == Offset(4))
        let isCut = test.truncate(to: 3)
        #expect(isCut)
        #expect(test.log.logEndOffset == Offset(3))
        #expect(test.log.highWatermark == Offset(3))
        #expect(test.log.recoveryPoint == Offset(3))
        #expect(test.disk.ids(.segment) == [0, 2])
        #expect(test.disk.bytes(of: test.segment(2))?.count == 78)
        #expect(
            test.effects.observations == [
                .truncated(orders, from: Offset(6), to: Offset(3), highWatermark: Offset(6)),
                .mark(.truncatedBelowHighWatermark),
            ]
        )
        test.append(count: 1)
        #expect(test.batches.map(\.baseOffset.rawValue) == [0, 1, 2, 3])
    }

    @Test func aSegmentThatBeginsAtTheTargetStaysEmpty() {
        var test = rolling()
        test.append(count: 6)
        test.truncate(to: 4)
        #expect(test.disk.ids(.segment) == [0, 2, 4])
        #expect(test.log.activeSegmentBaseOffset == Offset(4))
        #expect(test.log.logEndOffset == Offset(4))
    }

    @Test func cutsFromTheStartOfTheBatchThatHoldsTheTarget() {
        var test = TestLog()
        test.append(batch(records: 2))
        test.append(batch(records: 4))
        test.truncate(to: 4)
        #expect(test.log.logEndOffset == Offset(4))
        #expect(test.batches.map(\.baseOffset.rawValue) == [0])
        let outcome = test.append(batch())
        #expect(outcome == .appended(first: Offset(4), last: Offset(4), appendTime: -1))
    }

    /// Three entries fill the index; from an empty one it takes four appends, as the first has none.
    @Test(arguments: [(1, 3), (2, 2), (3, 1)])
    func cutsTheIndexes(kept: Int64, appendsToFill: Int) {
        var config = TopicConfig()
        config.indexIntervalBytes = ByteCount(Int64(77))
        config.segmentIndexBytes = ByteCount(Int64(24))
        var test = TestLog(config)
        for _ in 0..<4 { test.append(batch(at: -1)) }
        test.truncate(to: kept)
        // The first append after a cut has no entry either: the bytes are counted anew.
        for _ in 0..<appendsToFill + 1 { test.append(batch(at: -1)) }
        #expect(test.log.segmentCount == 1)
        test.append(batch(at: -1))
        #expect(test.log.segmentCount == 2)
    }

    @Test func forgetsTheTimestampsOfWhatWasCut() throws {
        var config = TopicConfig()
        config.indexIntervalBytes = .zero
        var test = TestLog(config)
        for time in [10, 30, 20] as [Int64] { test.append(batch(at: startOfTime + time)) }
        test.truncate(to: 1)
        #expect(test.log.offset(atOrAfter: startOfTime + 11) == nil)
        test.append(batch(at: startOfTime + 12))
        let found = try #require(test.log.offset(atOrAfter: startOfTime + 11))
        #expect(found.offset == Offset(1))
    }

    @Test func whatWasCutDoesNotKeepASegmentYoung() {
        var config = TopicConfig()
        config.retention = .milliseconds(100)
        var test = TestLog(config)
        for time in [0, 1_000] as [Int64] { test.append(batch(at: startOfTime + time)) }
        test.truncate(to: 1)
        test.commitAll()
        test.wallClock = startOfTime + 101
        test.deleteOldSegments()
        #expect(test.disk.ids(.segment) == [1])
    }

    @Test func leavesALowerHighWatermarkAlone() {
        var test = TestLog()
        test.append(count: 4)
        _ = test.log.raiseHighWatermark(to: Offset(1))
        test.truncate(to: 3)
        #expect(test.log.highWatermark == Offset(1))
    }

    @Test func cutsTheEpochCache() {
        var test = TestLog()
        test.append(count: 2)
        test.assign(1)
        test.append(count: 2)
        test.truncate(to: 2)
        #expect(test.log.latestEpoch == LeaderEpoch(0))
    }

    @Test func belowTheFirstSegmentEverythingGoes() {
        var test = TestLog(startOffset: 10)
        test.append(count: 3)
        test.commitAll()
        test.truncate(to: 4)
        #expect(test.log.logStartOffset == Offset(4))
        #expect(test.log.logEndOffset == Offset(4))
        #expect(test.log.highWatermark == Offset(4))
        #expect(test.disk.ids(.segment) == [4])
    }

    @Test func truncationMayLowerTheLogStart() {
        var test = TestLog()
        test.append(count: 4)
        test.commitAll()
        test.deleteRecords(before: 3)
        test.truncate(to: 2)
        #expect(test.log.logStartOffset == Offset(2))
    }

    @Test func aFullTruncationRestartsTheLog() {
        var test = rolling()
        test.append(count: 5)
        test.completeFlushes()
        _ = test.log.raiseHighWatermark(to: Offset(2))
        test.truncateFully(at: 100)
        #expect(test.log.logStartOffset == Offset(100))
        #expect(test.log.logEndOffset == Offset(100))
        #expect(test.log.highWatermark == Offset(100), "it may rise")
        #expect(test.log.recoveryPoint == Offset(4))
        #expect(test.log.latestEpoch == nil)
        #expect(test.disk.ids(.segment) == [100])
        #expect(test.disk.ids(.producerSnapshot).isEmpty)
        test.replicate([batch(base: 100, leaderEpoch: 3)])
        #expect(test.restarted(recoveryPoint: .zero).log.logEndOffset == Offset(101))
    }

    @Test func aTruncatedTailMayReturnAfterAPowerLoss() {
        var test = TestLog()
        test.append(count: 4)
        test.flush()
        test.completeFlushes()
        test.disk.truncatesDurably = false
        test.truncate(to: 2)
        var random = Random(seed: 1)
        var report: RecoveryReport?
        let restarted = TestLog(
            loading: test.disk.imageAfterPowerLoss(&random),
            recoveryPoint: test.log.recoveryPoint,
            report: &report
        )
        #expect(restarted?.log.logEndOffset == Offset(4))
        #expect(restarted?.log.recoveryPoint == Offset(2), "what returned is scanned again")
    }
}

@Suite struct OffsetTests {
    @Test func theLeadersHighWatermarkOnlyRises() {
        var test = TestLog()
        test.append(count: 5)
        #expect(test.log.raiseHighWatermark(to: Offset(3)) == true)
        #expect(test.log.raiseHighWatermark(to: Offset(3)) == false)
        #expect(test.log.raiseHighWatermark(to: Offset(2)) == false)
        #expect(test.log.highWatermark == Offset(3))
        #expect(test.log.lastStableOffset == Offset(3))
    }

    @Test(arguments: [(0, 2), (3, 3), (9, 5)] as [(Int64, Int64)])
    func aFollowersHighWatermarkIsClamped(to offset: Int64, result: Int64) {
        var test = TestLog()
        test.append(count: 5)
        test.commitAll()
        test.deleteRecords(before: 2)
        test.log.setHighWatermark(clamping: Offset(offset))
        #expect(test.log.highWatermark == Offset(result))
    }

    @Test func theLogStartStaysBelowTheHighWatermark() {
        var test = TestLog()
        test.append(count: 5)
        _ = test.log.raiseHighWatermark(to: Offset(3))
        let beyond = test.deleteRecords(before: 4)
        #expect(beyond == .offsetOutOfRange)
        let within = test.deleteRecords(before: 3)
        #expect(within == .none)
        #expect(test.log.logStartOffset == Offset(3))
        #expect(test.log.recoveryPoint == Offset(3), "lifted")
        #expect(
            test.effects.observations == [.logStartAdvanced(orders, to: Offset(3), .deleteRecords)]
        )
        let again = test.deleteRecords(before: 1)
        #expect(again == .none)
        #expect(test.effects.isEmpty)
    }

    @Test func theLogStartTrimsTheEpochs() {
        var test = TestLog()
        test.append(count: 2)
        test.assign(3)
        test.append(count: 2)
        test.commitAll()
        test.deleteRecords(before: 3)
        #expect(test.log.epochStart(LeaderEpoch(0)) == nil)
        #expect(test.log.epochStart(LeaderEpoch(3)) == Offset(3))
    }
}
