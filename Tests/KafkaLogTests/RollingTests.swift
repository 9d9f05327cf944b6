import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@Suite struct RollingTests {
    /// A batch of one record with a ten-byte value takes 78 bytes.
    private let batchSize: Int64 = 78

    private func config(_ change: (inout TopicConfig) -> Void) -> TopicConfig {
        var config = TopicConfig()
        change(&config)
        return config
    }

    @Test func rollsWhenTheSetDoesNotFit() {
        var test = TestLog(config { $0.segmentBytes = ByteCount(3 * batchSize) })
        test.append(count: 3)
        #expect(test.log.segmentCount == 1)
        test.append(count: 1)
        #expect(test.log.segmentCount == 2)
        #expect(test.log.activeSegmentBaseOffset == Offset(3))
    }

    @Test func refusesASetLargerThanASegment() {
        var test = TestLog(config { $0.segmentBytes = ByteCount(batchSize - 1) })
        #expect(test.append(batch()) == .refused(.recordListTooLarge, recordErrors: []))
        #expect(test.log.logEndOffset == .zero)
    }

    @Test func rollsByEventTime() {
        var test = TestLog(config { $0.segmentAge = .milliseconds(1_000) })
        test.append(batch(at: startOfTime))
        test.now = Instant.zero + .seconds(3_600)
        test.append(batch(at: startOfTime + 1_000))
        #expect(test.log.segmentCount == 1)
        test.append(batch(at: startOfTime + 1_001))
        #expect(test.log.segmentCount == 2)
    }

    @Test func rollsByAgeWithoutTimestamps() {
        var test = TestLog(config { $0.segmentAge = .milliseconds(1_000) })
        test.append(batch(at: -1))
        test.now = Instant.zero + .milliseconds(1_000)
        test.append(batch(at: -1))
        #expect(test.log.segmentCount == 1)
        test.now = Instant.zero + .milliseconds(1_001)
        test.append(batch(at: -1))
        #expect(test.log.segmentCount == 2)
    }

    @Test func anEmptySegmentDoesNotRollByTime() {
        var test = TestLog(config { $0.segmentAge = .milliseconds(1) })
        test.now = Instant.zero + .seconds(60)
        test.append(batch(at: -1))
        #expect(test.log.segmentCount == 1)
    }

    /// An entry needs more than the interval of bytes behind it, so the first set has none.
    @Test(arguments: [(77, 2), (78, 3)])
    func rollsWhenTheOffsetIndexIsFull(interval: Int64, appendsPerEntry: Int) {
        // Three entries fit; without timestamps the time index stays empty.
        var test = TestLog(
            config {
                $0.indexIntervalBytes = ByteCount(interval)
                $0.segmentIndexBytes = ByteCount(Int64(24 + 7))
            }
        )
        var appends = 0
        while test.log.segmentCount == 1 {
            test.append(batch(at: -1))
            appends += 1
        }
        // The append after the third entry rolls.
        #expect(appends == 3 * (appendsPerEntry - 1) + 2)
    }

    @Test func rollsWhenTheTimeIndexIsFull() {
        // Three time entries fit, one of which is kept for the segment's end.
        var test = TestLog(
            config {
                $0.indexIntervalBytes = .zero
                $0.segmentIndexBytes = ByteCount(Int64(36))
            }
        )
        for index in 0..<3 { test.append(batch(at: startOfTime + Int64(index))) }
        #expect(test.log.segmentCount == 1)
        test.append(batch(at: startOfTime + 3))
        #expect(test.log.segmentCount == 2)
        #expect(test.log.activeSegmentBaseOffset == Offset(3))
    }

    @Test func rollsWhenTheRelativeOffsetOverflows() {
        var test = TestLog()
        test.replicate([batch(base: 0, leaderEpoch: 0)])
        test.replicate([batch(base: Int64(Int32.max), leaderEpoch: 0)])
        #expect(test.log.segmentCount == 1)
        test.replicate([batch(base: Int64(Int32.max) + 1, leaderEpoch: 0)])
        #expect(test.log.activeSegmentBaseOffset == Offset(Int64(Int32.max) + 1))
    }

    @Test func anEmptySegmentRollsAtItsOwnBase() {
        var test = TestLog(config { $0.segmentIndexBytes = .zero })
        test.append(count: 1)
        #expect(test.log.segmentCount == 1)
        test.append(count: 1)
        #expect(test.log.segmentCount == 2)
        #expect(test.batches.map(\.baseOffset) == [Offset(0), Offset(1)])
    }

    @Test func metadataFileComesBeforeTheFirstAppend() throws {
        var test = TestLog()
        #expect(test.disk.ids(.partitionMetadata).isEmpty)
        test.append(count: 1)
        let kinds = test.effects.compactMap { effect in
            if case .open(_, let id) = effect { id.kind } else { nil }
        }
        #expect(kinds == [.partitionMetadata])
        let write = try #require(
            test.effects.firstIndex { if case .append = $0 { true } else { false } }
        )
        let replaced = try #require(
            test.effects.lastIndex { if case .replace = $0 { true } else { false } }
        )
        #expect(replaced < write)
        #expect(test.restarted().log.topicID == TopicID(0xabc))
    }
}
