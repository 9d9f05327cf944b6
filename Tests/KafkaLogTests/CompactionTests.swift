import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@Suite struct CompactionTests {
    private func compacted(_ change: (inout TopicConfig) -> Void = { _ in }) -> TestLog {
        var config = TopicConfig()
        config.compacts = true
        config.deletes = false
        change(&config)
        return TestLog(config)
    }

    /// Ends the active segment, so that it can be cleaned.
    private func roll(_ test: inout TestLog) {
        let limit = test.log.config.segmentBytes
        test.log.config.segmentBytes = ByteCount(Int64(90))
        test.append(keyed([("end", "x")]))
        test.log.config.segmentBytes = limit
        test.commitAll()
        test.completeFlushes()
    }

    @Test func keepsTheNewestRecordOfEachKey() {
        var test = compacted()
        test.append(keyed([("a", "1"), ("b", "1"), ("a", "2")]))
        test.append(keyed([("c", "1")]))
        test.append(keyed([("b", "2")]))
        roll(&test)
        let isCleaned = test.clean()
        #expect(isCleaned)
        #expect(test.table == ["2 a=2", "3 c=1", "4 b=2", "5 end=x"])
        #expect(test.log.cleanerCheckpoint == Offset(5))
        #expect(test.log.logEndOffset == Offset(6))
        #expect(test.log.logStartOffset == .zero)
    }

    @Test func batchesKeepTheirOffsetsAndAreIntact() {
        var test = compacted()
        test.epoch = LeaderEpoch(3)
        test.append(keyed([("a", "1"), ("b", "1"), ("b", "2")], producer: 4, sequence: 10))
        test.append(keyed([("a", "2")]))
        roll(&test)
        test.clean()
        let cleaned = test.batches[0]
        #expect(cleaned.baseOffset == .zero)
        #expect(cleaned.lastOffset == Offset(2))
        #expect(cleaned.partitionLeaderEpoch == LeaderEpoch(3))
        #expect(cleaned.body.isIntact)
        #expect(cleaned.body.recordCount == 1)
        #expect(cleaned.body.producerID == ProducerID(4))
        #expect(cleaned.body.baseSequence == Sequence(10))
        #expect(cleaned.body.lastSequence == Sequence(12))
    }

    @Test func timestampsSurviveRewriting() {
        var test = compacted()
        var builder = RecordBatchBuilder(capacity: 64)
        for (offset, key) in [(0, "a"), (7, "b"), (300, "a")] as [(Int64, String)] {
            builder.append(
                timestamp: startOfTime + offset,
                key: Array(key.utf8),
                value: Array(key.utf8)
            )
        }
        test.append(
            RecordBatch(
                baseOffset: .zero,
                partitionLeaderEpoch: .none,
                body: builder.finish()
            )
        )
        roll(&test)
        test.clean()
        let body = test.batches[0].body
        var stamps: [Int64] = []
        var records = body.records
        while let record = records.next() {
            stamps.append(body.baseTimestamp + record.timestampDelta - startOfTime)
        }
        #expect(stamps == [7, 300])
        #expect(body.maxTimestamp == startOfTime + 300)
    }

    @Test func theFileHoldsWhatIsRead() {
        var test = compacted()
        for value in 0..<5 { test.append(keyed([("a", "\(value)"), ("b\(value)", "1")])) }
        roll(&test)
        test.clean()
        let before = test.table
        #expect(test.restarted(recoveryPoint: .zero).table == before)
        #expect(test.restarted(wasClean: true).table == before)
    }

    @Test func theActiveSegmentAndUncommittedRecordsStay() {
        var test = compacted()
        test.append(keyed([("a", "1")]))
        test.append(keyed([("a", "2")]))
        test.commitAll()
        let noSegment = test.clean()
        #expect(!noSegment)
        roll(&test)
        test.log.setHighWatermark(clamping: Offset(1))
        let uncommitted = test.clean()
        #expect(!uncommitted)
        #expect(test.table.count == 3)
    }

    @Test func tombstonesGoADayAfterTheFirstCleaning() {
        var test = compacted()
        test.append(keyed([("a", "1")]))
        test.append(keyed([("a", nil)]))
        roll(&test)
        test.clean()
        #expect(test.table == ["1 a", "2 end=x"])
        #expect(test.batches[0].body.isIntact)

        // Not yet: the delay counts from the first cleaning.
        test.wallClock += 86_399_999
        test.append(keyed([("b", String(repeating: "x", count: 100))]))
        roll(&test)
        test.clean()
        #expect(test.table.first == "1 a")

        test.wallClock += 1
        test.append(keyed([("b", String(repeating: "y", count: 300))]))
        roll(&test)
        let isCleaned = test.clean()
        #expect(isCleaned)
        #expect(test.table.contains("1 a") == false)
    }

    @Test func aProducersLastBatchKeepsItsHeader() {
        var test = compacted()
        test.append(keyed([("a", "1")], producer: 1, sequence: 0))
        test.append(keyed([("a", "2")], producer: 1, sequence: 1))
        test.append(keyed([("a", "3")]))
        roll(&test)
        test.clean()
        #expect(test.table == ["2 a=3", "3 end=x"])
        #expect(test.batches.map(\.baseOffset.rawValue) == [1, 2, 3])
        #expect(test.batches[0].body.recordCount == 0)
        #expect(test.batches[0].sizeInBytes == RecordBatch.headerSize)
        #expect(test.batches[0].body.isIntact)
        // The sequence survives a restart that scans the log.
        var restarted = test.restarted(recoveryPoint: .zero)
        let outcome = restarted.append(keyed([("a", "9")], producer: 1, sequence: 3))
        #expect(outcome == .refused(.outOfOrderSequenceNumber, recordErrors: []))
    }

    @Test func dirtinessMustExceedTheRatio() {
        var test = compacted()
        test.append(keyed([("a", "1")]))
        roll(&test)
        #expect(test.log.dirtyRatioPartsPerMillion(wallClock: test.wallClock) == 1_000_000)
        test.clean()
        #expect(test.log.dirtyRatioPartsPerMillion(wallClock: test.wallClock) == 0)
        // As many bytes again: exactly half is dirty.
        roll(&test)
        let clean = test.log.read(from: .zero, below: Offset(1), maxBytes: 1, atLeastOne: true)
        let dirty = test.log.read(from: Offset(1), below: Offset(2), maxBytes: 1, atLeastOne: true)
        let total = (clean?.sizeInBytes ?? 0) + (dirty?.sizeInBytes ?? 0)
        let ratio = Int64(dirty?.sizeInBytes ?? 0) * 1_000_000 / Int64(total)
        #expect(test.log.dirtyRatioPartsPerMillion(wallClock: test.wallClock) == ratio)
        test.log.config.minCleanableDirtyRatioPartsPerMillion = 499_999
        #expect(test.log.isCleanable(wallClock: test.wallClock))
        // The record that ended the first segment is larger by two bytes of key.
        test.log.config.minCleanableDirtyRatioPartsPerMillion = ratio + 1
        #expect(!test.log.isCleanable(wallClock: test.wallClock))
    }

    @Test func youngSegmentsWait() {
        var test = compacted { $0.minCompactionLag = .milliseconds(1_000) }
        test.append(keyed([("a", "1")]))
        test.append(keyed([("a", "2")]))
        roll(&test)
        test.wallClock = startOfTime + 999
        let young = test.clean()
        #expect(!young)
        test.wallClock = startOfTime + 1_000
        let old = test.clean()
        #expect(old)
    }

    @Test func emptiedSegmentsAreRemoved() {
        var test = compacted()
        for value in 0..<3 {
            test.append(keyed([("a", "\(value)")]))
            roll(&test)
        }
        // The "end" records open segments 1, 3 and 5.
        #expect(test.disk.ids(.segment) == [0, 1, 3, 5])
        test.append(keyed([("a", "9")]))
        roll(&test)
        test.clean()
        #expect(test.disk.ids(.segment) == [0, 5, 7])
        #expect(test.table == ["5 end=x", "6 a=9", "7 end=x"])
        #expect(test.restarted(recoveryPoint: .zero).table == test.table)
    }

    @Test func aCheckpointOutsideTheLogIsIgnored() {
        var test = compacted()
        test.append(keyed([("a", "1")]))
        test.append(keyed([("a", "2")]))
        roll(&test)
        test.log.cleanerCheckpoint = Offset(100)
        let isCleaned = test.clean()
        #expect(isCleaned)
    }

    @Test func topicsThatDoNotCompactAreNotCleaned() {
        var test = compacted { $0.compacts = false }
        test.append(keyed([("a", "1")]))
        roll(&test)
        let isCleaned = test.clean()
        #expect(!isCleaned)
    }
}
