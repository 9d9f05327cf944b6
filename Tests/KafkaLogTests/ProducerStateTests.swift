import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@Suite struct ProducerStateTests {
    private func sent(
        _ sequence: Int32,
        records: Int = 1,
        epoch: Int16 = 0,
        producer: Int64 = 1,
        at timestamp: Int64 = startOfTime
    ) -> RecordBatch {
        batch(
            records: records,
            at: timestamp,
            producer: producer,
            epoch: epoch,
            sequence: sequence
        )
    }

    struct Row: Sendable {
        /// Sequence and epoch of the batches before.
        let before: [(Int32, Int16)]
        let next: (Int32, Int16)
        let error: ErrorCode
    }

    @Test(arguments: [
        // Unknown producers may begin anywhere.
        Row(before: [], next: (0, 0), error: .none),
        Row(before: [], next: (17, 3), error: .none),
        // The same epoch: only the next sequence.
        Row(before: [(0, 0)], next: (1, 0), error: .none),
        Row(before: [(0, 0)], next: (2, 0), error: .outOfOrderSequenceNumber),
        Row(before: [(5, 0)], next: (4, 0), error: .outOfOrderSequenceNumber),
        // A newer epoch begins at 0.
        Row(before: [(5, 0)], next: (0, 1), error: .none),
        Row(before: [(5, 0)], next: (6, 1), error: .outOfOrderSequenceNumber),
        // An older epoch is fenced.
        Row(before: [(0, 2)], next: (1, 1), error: .invalidProducerEpoch),
        // After 2^31-1 comes 0.
        Row(before: [(Int32.max, 0)], next: (0, 0), error: .none),
        Row(before: [(Int32.max, 0)], next: (1, 0), error: .outOfOrderSequenceNumber),
        // The old epoch's batches are no repetitions any more.
        Row(before: [(0, 0), (1, 0), (0, 1)], next: (1, 0), error: .invalidProducerEpoch),
    ])
    func sequences(_ row: Row) {
        var test = TestLog()
        for (sequence, epoch) in row.before { test.append(sent(sequence, epoch: epoch)) }
        let end = test.log.logEndOffset
        #expect(end == Offset(Int64(row.before.count)))
        let outcome = test.append(sent(row.next.0, epoch: row.next.1))
        if row.error == .none {
            #expect(outcome == .appended(first: end, last: end, appendTime: -1))
        } else {
            #expect(outcome == .refused(row.error, recordErrors: []))
            #expect(test.log.logEndOffset == end)
        }
    }

    @Test func theLastFiveBatchesAreRecognised() {
        var test = TestLog()
        for index in 0..<6 { test.append(sent(Int32(index * 2), records: 2)) }
        for index in 1..<6 {
            let outcome = test.append(sent(Int32(index * 2), records: 2))
            let first = Offset(Int64(index * 2))
            #expect(outcome == .duplicate(first: first, last: first.advanced(by: 1)))
        }
        #expect(test.effects.observations == [.mark(.duplicateBatchAcknowledged)])
        let outcome = test.append(sent(0, records: 2))
        #expect(outcome == .refused(.outOfOrderSequenceNumber, recordErrors: []))
        #expect(test.log.logEndOffset == Offset(12))
    }

    @Test func aRepetitionMustMatchExactly() {
        var test = TestLog()
        test.append(sent(0, records: 3))
        let outcome = test.append(sent(0, records: 2))
        #expect(outcome == .refused(.outOfOrderSequenceNumber, recordErrors: []))
    }

    @Test func repetitionsAreRecognisedAcrossTheWrap() {
        var test = TestLog()
        test.append(sent(Int32.max - 1, records: 4))
        let again = test.append(sent(Int32.max - 1, records: 4))
        #expect(again == .duplicate(first: .zero, last: Offset(3)))
        let next = test.append(sent(2))
        #expect(next == .appended(first: Offset(4), last: Offset(4), appendTime: -1))
    }

    @Test func producersAreIndependent() {
        var test = TestLog()
        for producer in [5, 1, 3] as [Int64] { test.append(sent(0, producer: producer)) }
        for producer in [3, 5, 1] as [Int64] {
            let outcome = test.append(sent(2, producer: producer))
            #expect(outcome == .refused(.outOfOrderSequenceNumber, recordErrors: []))
        }
    }

    @Test func coordinatorsAreNotChecked() {
        var test = TestLog()
        test.append(sent(0), origin: .coordinator)
        test.append(sent(9), origin: .coordinator)
        #expect(test.log.logEndOffset == Offset(2))
    }

    @Test func followersBuildTheSameState() {
        var leader = TestLog()
        for sequence in 0..<5 { leader.append(sent(Int32(sequence))) }
        var follower = TestLog()
        follower.replicate(leader.batches)
        for sequence in 0..<5 {
            let outcome = follower.append(sent(Int32(sequence)))
            let offset = Offset(Int64(sequence))
            #expect(outcome == .duplicate(first: offset, last: offset))
        }
    }

    @Test func idleProducersExpireByRecordTime() {
        var test = TestLog()
        test.append(sent(0, producer: 1, at: startOfTime))
        test.append(sent(0, producer: 2, at: startOfTime + 1))
        test.log.expireProducers(wallClock: startOfTime + 86_400_000)
        // The first is unknown now, and may begin anywhere; the second is not.
        let first = test.append(sent(7, producer: 1))
        #expect(first == .appended(first: Offset(2), last: Offset(2), appendTime: -1))
        let second = test.append(sent(7, producer: 2))
        #expect(second == .refused(.outOfOrderSequenceNumber, recordErrors: []))
    }

    // MARK: Snapshots

    @Test(arguments: [true, false])
    func afterARestartTheCacheIsOneDeep(isClean: Bool) {
        var test = TestLog()
        for sequence in 0..<3 { test.append(sent(Int32(sequence))) }
        if isClean {
            test.close()
            test.completeFlushes()
        }
        var restarted = test.restarted(wasClean: isClean)
        let last = restarted.append(sent(2))
        #expect(last == .duplicate(first: Offset(2), last: Offset(2)))
        let older = restarted.append(sent(1))
        #expect(older == .refused(.outOfOrderSequenceNumber, recordErrors: []))
        let next = restarted.append(sent(3))
        #expect(next == .appended(first: Offset(3), last: Offset(3), appendTime: -1))
    }

    @Test func aCleanStartWithoutSnapshotsKnowsNoProducer() {
        var test = TestLog()
        test.append(sent(0))
        var restarted = test.restarted(wasClean: true)
        let outcome = restarted.append(sent(5))
        #expect(outcome == .appended(first: Offset(1), last: Offset(1), appendTime: -1))
    }

    @Test func rollingWritesASnapshotOfKafkasFormat() throws {
        var config = TopicConfig()
        config.segmentBytes = ByteCount(78)
        var test = TestLog(config)
        test.append(sent(4, epoch: 2, producer: 9))
        test.append(sent(5, epoch: 2, producer: 9))
        #expect(test.disk.ids(.producerSnapshot) == [1])
        let file = FileID(.producerSnapshot, partition: orders, base: 1)
        let bytes = try #require(test.disk.bytes(of: file))
        #expect(bytes.count == 2 + 4 + 4 + 46)
        var reader = ByteReader(bytes)
        #expect(reader.int16() == 1)
        #expect(
            reader.int32().map { UInt32(bitPattern: $0) }
                == CRC32C.checksum(bytes, from: 6, to: bytes.count)
        )
        #expect(reader.int32() == 1)
        #expect(reader.int64() == 9)
        #expect(reader.int16() == 2)
        #expect(reader.int32() == 4)
        #expect(reader.int64() == 0)
        #expect(reader.int32() == 0)
        #expect(reader.int64() == startOfTime)
        #expect(reader.int32() == -1)
        #expect(reader.int64() == -1)
    }

    @Test func aCorruptSnapshotFallsBackToTheOneBefore() {
        var config = TopicConfig()
        config.segmentBytes = ByteCount(2 * 78)
        var test = TestLog(config)
        for sequence in 0..<5 { test.append(sent(Int32(sequence))) }
        test.close()
        test.completeFlushes()
        #expect(test.disk.ids(.producerSnapshot) == [2, 4, 5])
        test.disk.corrupt(FileID(.producerSnapshot, partition: orders, base: 5), at: 12)
        test.disk.corrupt(FileID(.producerSnapshot, partition: orders, base: 4), at: 12)
        var restarted = test.restarted(wasClean: true)
        #expect(restarted.disk.ids(.producerSnapshot) == [2, 4, 5])
        // The snapshot at 2 holds sequence 1; 2 to 4 were replayed.
        for sequence in 1..<5 {
            let offset = Offset(Int64(sequence))
            let outcome = restarted.append(sent(Int32(sequence)))
            #expect(outcome == .duplicate(first: offset, last: offset))
        }
        let oldest = restarted.append(sent(0))
        #expect(oldest == .refused(.outOfOrderSequenceNumber, recordErrors: []))
    }

    @Test func aTruncationRebuildsFromTheNewestSnapshotBelow() {
        var config = TopicConfig()
        config.segmentBytes = ByteCount(2 * 78)
        var test = TestLog(config)
        for sequence in 0..<6 { test.append(sent(Int32(sequence))) }
        test.truncate(to: 3)
        #expect(test.disk.ids(.producerSnapshot) == [2, 3])
        // Snapshot at 2: sequence 1. Replayed: sequence 2.
        for sequence in 1..<3 {
            let offset = Offset(Int64(sequence))
            let outcome = test.append(sent(Int32(sequence)))
            #expect(outcome == .duplicate(first: offset, last: offset))
        }
        let gone = test.append(sent(0))
        #expect(gone == .refused(.outOfOrderSequenceNumber, recordErrors: []))
        let next = test.append(sent(3))
        #expect(next == .appended(first: Offset(3), last: Offset(3), appendTime: -1))
    }

    @Test func expiredProducersAreNotLoaded() {
        var test = TestLog()
        test.append(sent(0, at: startOfTime - 86_400_000))
        test.append(sent(0, producer: 2))
        test.close()
        test.completeFlushes()
        var restarted = test.restarted(wasClean: true)
        let outcome = restarted.append(sent(9))
        #expect(outcome == .appended(first: Offset(2), last: Offset(2), appendTime: -1))
        let known = restarted.append(sent(9, producer: 2))
        #expect(known == .refused(.outOfOrderSequenceNumber, recordErrors: []))
    }

    @Test func deletingRecordsKeepsProducers() {
        var test = TestLog()
        test.append(sent(0))
        test.commitAll()
        test.deleteRecords(before: 1)
        let outcome = test.append(sent(0))
        #expect(outcome == .duplicate(first: .zero, last: .zero))
    }
}
