import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@Suite struct AppendTests {
    @Test func theLeaderGivesOffsetsAndEpoch() {
        var test = TestLog()
        test.epoch = LeaderEpoch(4)
        let first = test.append(batch(records: 3))
        #expect(first == .appended(first: .zero, last: Offset(2), appendTime: -1))
        let second = test.append(batch())
        #expect(second == .appended(first: Offset(3), last: Offset(3), appendTime: -1))
        #expect(test.log.logEndOffset == Offset(4))
        #expect(test.batches.map(\.partitionLeaderEpoch) == [LeaderEpoch(4), LeaderEpoch(4)])
        #expect(
            test.effects.observations == [.appended(orders, test.batches[1], asLeader: true)]
        )
    }

    @Test func bytesAreSharedNotCopied() {
        var test = TestLog()
        let sent = batch()
        test.append(sent)
        #expect(test.batches[0].body === sent.body)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let batch: RecordBatch
        let error: ErrorCode
        var errors: [Int32] = []
        var config = TopicConfig()
        var origin = AppendOrigin.client

        init(
            _ name: String,
            _ batch: RecordBatch,
            _ error: ErrorCode,
            errors: [Int32] = [],
            _ change: (inout TopicConfig) -> Void = { _ in }
        ) {
            testDescription = name
            self.batch = batch
            self.error = error
            self.errors = errors
            change(&config)
        }
    }

    static func corrupt(_ batch: RecordBatch) -> RecordBatch {
        var bytes = batch.body.shared.bytes
        bytes[bytes.count - 1] ^= 1
        guard let body = BatchBody(SharedBytes(bytes)) else { return batch }
        return RecordBatch(baseOffset: .zero, partitionLeaderEpoch: .none, body: body)
    }

    static func mixedTimes(_ offsets: [Int64]) -> RecordBatch {
        var builder = RecordBatchBuilder(capacity: 64)
        for offset in offsets {
            builder.append(timestamp: startOfTime + offset, key: nil, value: [1])
        }
        return RecordBatch(
            baseOffset: .zero,
            partitionLeaderEpoch: .none,
            body: builder.finish()
        )
    }

    static var appendTimed: RecordBatch {
        RecordBatch(
            baseOffset: .zero,
            partitionLeaderEpoch: .none,
            body: batch(records: 2).body.stampedAtAppend(timestamp: startOfTime)
        )
    }

    @Test(arguments: [
        Refusal("base offset", batch(base: 1), .invalidRecord),
        Refusal("size", batch(), .messageTooLarge) { $0.maxMessageBytes = ByteCount(77) },
        Refusal("checksum", corrupt(batch()), .corruptMessage),
        Refusal("size before checksum", corrupt(batch()), .messageTooLarge) {
            $0.maxMessageBytes = ByteCount(77)
        },
        Refusal("control", batch(isControl: true), .invalidRecord),
        Refusal("no sequence", batch(producer: 1, sequence: -1), .invalidRecord),
        Refusal("no records", batch(records: 0), .invalidRecord),
        Refusal("no key", batch(records: 2), .invalidRecord, errors: [0, 1]) {
            $0.compacts = true
        },
        Refusal("too new", mixedTimes([0, 3_600_001, 3_600_000]), .invalidTimestamp, errors: [1]),
        Refusal("too old", mixedTimes([0, -1_001, -1_000]), .invalidTimestamp, errors: [1]) {
            $0.timestampBeforeMax = .milliseconds(1_000)
        },
        Refusal("append time", appendTimed, .invalidTimestamp, errors: [0, 1]),
        Refusal(
            "transaction",
            batch(producer: 1, sequence: 0, isTransactional: true),
            .invalidTxnState
        ),
    ])
    func refusals(_ row: Refusal) {
        var test = TestLog(row.config)
        let outcome = test.append(row.batch, origin: row.origin)
        #expect(outcome == .refused(row.error, recordErrors: row.errors))
        #expect(test.log.logEndOffset == .zero)
        #expect(!test.effects.contains { if case .append = $0 { true } else { false } })
    }

    @Test func limitsAreInclusive() {
        var config = TopicConfig()
        config.maxMessageBytes = ByteCount(78)
        config.segmentBytes = ByteCount(78)
        var test = TestLog(config)
        test.append(batch())
        #expect(test.log.logEndOffset == Offset(1))
        var times = TestLog()
        times.append(AppendTests.mixedTimes([3_600_000]))
        #expect(times.log.logEndOffset == Offset(1))
    }

    @Test func coordinatorsMayAppendControlBatches() {
        var test = TestLog()
        test.append(batch(isControl: true), origin: .coordinator)
        #expect(test.log.logEndOffset == Offset(1))
    }

    @Test func appendTimeIsTheBrokersClock() {
        var config = TopicConfig()
        config.timestampType = .logAppendTime
        var test = TestLog(config)
        test.wallClock = startOfTime + 99
        let outcome = test.append(batch(at: 5))
        #expect(
            outcome == .appended(first: .zero, last: .zero, appendTime: startOfTime + 99)
        )
        #expect(test.batches[0].body.maxTimestamp == startOfTime + 99)
        #expect(test.batches[0].body.isIntact)
    }

    @Test func aCompactedTopicTakesKeyedRecords() {
        var config = TopicConfig()
        config.compacts = true
        var test = TestLog(config)
        test.append(keyed([("a", "1")]))
        #expect(test.table == ["0 a=1"])
    }

    // MARK: Followers

    @Test func followersKeepOffsetsAndEpochs() {
        var test = TestLog()
        let sent = [batch(records: 2, base: 0, leaderEpoch: 1), batch(base: 2, leaderEpoch: 2)]
        let outcome = test.replicate(sent)
        #expect(outcome == .appended)
        #expect(test.batches == sent)
        #expect(
            test.effects.observations == sent.map { .appended(orders, $0, asLeader: false) }
        )
    }

    @Test func followersSkipTheSizeCheck() {
        var config = TopicConfig()
        config.maxMessageBytes = ByteCount(10)
        var test = TestLog(config)
        test.replicate([batch(base: 0, leaderEpoch: 0)])
        #expect(test.log.logEndOffset == Offset(1))
    }

    @Test func followersSeeGapsOfCompaction() {
        var test = TestLog()
        test.replicate([batch(base: 5, leaderEpoch: 0), batch(base: 9, leaderEpoch: 0)])
        #expect(test.log.logEndOffset == Offset(10))
    }

    @Test func followersCheckTheChecksum() {
        var test = TestLog()
        let outcome = test.replicate([batch(base: 0), AppendTests.corrupt(batch())])
        #expect(outcome == .failed(.corruptMessage))
        #expect(test.log.logEndOffset == .zero)
    }

    @Test func offsetsMayNotGoBackwardsWithinASet() {
        var test = TestLog()
        let outcome = test.replicate([batch(base: 5), batch(base: 4)])
        #expect(outcome == .failed(.offsetsOutOfOrder))
    }

    @Test func aSetBelowTheLogEndIsUnexpected() {
        var test = TestLog()
        test.replicate([batch(records: 3, base: 0, leaderEpoch: 0)])
        let outcome = test.replicate([batch(records: 3, base: 1, leaderEpoch: 0)])
        #expect(outcome == .failed(.unexpectedOffset(first: Offset(1), last: Offset(3))))
    }

    @Test func anEmptyLogRestartsAtABatchThatStraddlesItsEnd() {
        var test = TestLog(startOffset: 2)
        let outcome = test.replicate([batch(records: 4, base: 0, leaderEpoch: 0)])
        #expect(outcome == .appended)
        #expect(test.log.logStartOffset == .zero)
        #expect(test.log.logEndOffset == Offset(4))
        #expect(test.log.recoveryPoint == .zero)
    }

    @Test func aSetLargerThanASegmentFails() {
        var config = TopicConfig()
        config.segmentBytes = ByteCount(100)
        var test = TestLog(config)
        let outcome = test.replicate([batch(base: 0), batch(base: 1)])
        #expect(outcome == .failed(.recordListTooLarge))
    }

    @Test func nothingIsAppendedOfNothing() {
        var test = TestLog()
        let outcome = test.replicate([])
        #expect(outcome == .appended)
        #expect(test.effects.isEmpty)
    }
}
