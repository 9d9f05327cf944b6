import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@Suite struct RetentionTests {
    /// Six records, two a segment, one second apart.
    private func filled(_ change: (inout TopicConfig) -> Void) -> TestLog {
        var config = TopicConfig()
        config.segmentBytes = ByteCount(Int64(2 * 78))
        config.retention = .forever
        change(&config)
        var test = TestLog(config)
        for index in 0..<6 { test.append(batch(at: startOfTime + Int64(index) * 1_000)) }
        test.commitAll()
        return test
    }

    @Test(
        arguments: [
            (6 * 78, [0, 2, 4]), (4 * 78 + 1, [0, 2, 4]), (4 * 78, [2, 4]), (1, [4]), (0, [6]),
        ] as [(Int64, [Int64])]
    )
    func bySize(limit: Int64, left: [Int64]) {
        var test = filled { $0.retentionBytes = ByteCount(limit) }
        test.deleteOldSegments()
        #expect(test.disk.ids(.segment) == left)
        #expect(test.log.logStartOffset == Offset(left[0]))
    }

    @Test(
        arguments: [
            // A segment goes when its newest record is older than the limit.
            (6_000, [0, 2, 4]), (6_001, [2, 4]), (8_001, [4]), (10_000, [4]), (10_001, [6]),
        ] as [(Int64, [Int64])]
    )
    func byTime(elapsed: Int64, left: [Int64]) {
        var test = filled { $0.retention = .milliseconds(5_000) }
        test.wallClock = startOfTime + elapsed
        test.deleteOldSegments()
        #expect(test.disk.ids(.segment) == left)
        #expect(test.log.logStartOffset == Offset(left[0]))
        #expect(test.log.logEndOffset == Offset(6))
    }

    @Test func observesTheNewStart() {
        var test = filled { $0.retentionBytes = ByteCount(Int64(4 * 78)) }
        test.deleteOldSegments()
        #expect(
            test.effects.observations == [.logStartAdvanced(orders, to: Offset(2), .retention)]
        )
        #expect(!test.disk.ids(.producerSnapshot).contains(0))
    }

    @Test func segmentsAboveTheHighWatermarkStay() {
        var test = filled { $0.retentionBytes = .zero }
        test.log.setHighWatermark(clamping: Offset(3))
        test.deleteOldSegments()
        #expect(test.disk.ids(.segment) == [2, 4])
        test.log.setHighWatermark(clamping: Offset(4))
        test.deleteOldSegments()
        #expect(test.disk.ids(.segment) == [4])
    }

    @Test func segmentsBelowTheLogStartGo() {
        var test = filled {
            $0.deletes = false
            $0.compacts = false
        }
        test.deleteRecords(before: 3)
        test.deleteOldSegments()
        #expect(test.disk.ids(.segment) == [2, 4])
        #expect(test.log.logStartOffset == Offset(3))
    }

    @Test func withoutTheDeletePolicyNothingAges() {
        var test = filled {
            $0.deletes = false
            $0.retention = .milliseconds(1)
            $0.retentionBytes = .zero
        }
        test.wallClock = startOfTime + 1_000_000
        test.deleteOldSegments()
        #expect(test.disk.ids(.segment) == [0, 2, 4])
    }

    @Test func anEmptyLogIsLeftAlone() {
        var config = TopicConfig()
        config.retentionBytes = .zero
        var test = TestLog(config)
        test.deleteOldSegments()
        #expect(test.disk.ids(.segment) == [0])
        #expect(test.effects.isEmpty)
    }

    @Test func deletionStopsAtTheFirstSegmentThatStays() {
        var test = filled { $0.retention = .milliseconds(5_000) }
        // The second segment gets a young record, the third an old one.
        test.truncate(to: 3)
        test.append(batch(at: startOfTime + 3_000_000))
        test.append(batch(at: startOfTime + 100))
        test.append(batch(at: startOfTime + 100))
        test.commitAll()
        test.wallClock = startOfTime + 3_000_001
        test.deleteOldSegments()
        #expect(test.disk.ids(.segment) == [2, 4])
    }

    @Test func deletingRemovesAllFiles() {
        var test = filled { _ in }
        var effects: [Effect] = []
        test.log.delete(into: &effects)
        test.disk.perform(effects)
        #expect(test.disk.files.isEmpty)
        #expect(effects.observations == [.replicaDeleted(orders)])
    }

    @Test func whatWasDeletedDoesNotReturn() {
        var test = filled { $0.retentionBytes = ByteCount(Int64(4 * 78)) }
        test.deleteOldSegments()
        let restarted = test.restarted(recoveryPoint: .zero)
        #expect(restarted.log.logStartOffset == Offset(2))
    }
}
