import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@Suite struct ReadTests {
    /// Batches at 0-1, 2-3 | 4-5, 6-7 of 95 bytes each, two segments.
    private func filled() -> TestLog {
        var config = TopicConfig()
        config.segmentBytes = ByteCount(Int64(2 * 95))
        var test = TestLog(config)
        for index in 0..<4 {
            test.append(batch(records: 2, at: startOfTime + Int64(index * 10)))
        }
        test.commitAll()
        return test
    }

    private func bases(_ read: LogRead?) -> [Int64]? {
        read?.batches.map(\.baseOffset.rawValue)
    }

    @Test(
        arguments: [
            // Offset, bound, bytes, at least one; the batches. What is read counts with the batch
            // that is torn by the limit.
            (0, 8, 1_000, true, [0, 2]), (1, 8, 1_000, true, [0, 2]), (2, 8, 1_000, true, [2]),
            (4, 8, 1_000, true, [4, 6]), (0, 8, 189, true, [0]), (0, 8, 190, true, [0, 2]),
            (0, 8, 10, true, [0]), (0, 8, 10, false, []), (0, 2, 1_000, true, [0]),
            (0, 1, 1_000, true, []), (2, 2, 1_000, true, []), (8, 8, 1_000, true, []),
            (9, 9, 1_000, true, nil), (7, 8, 1_000, true, [6]),
        ] as [(Int64, Int64, Int32, Bool, [Int64]?)]
    )
    func readsWholeBatchesOfOneSegment(
        offset: Int64,
        bound: Int64,
        maxBytes: Int32,
        atLeastOne: Bool,
        expected: [Int64]?
    ) {
        let read = filled().log.read(
            from: Offset(offset),
            below: Offset(bound),
            maxBytes: maxBytes,
            atLeastOne: atLeastOne
        )
        #expect(bases(read) == expected)
        let whole = expected.map { $0.count * 95 }
        #expect(read?.sizeInBytes == (maxBytes == 189 ? 189 : whole))
    }

    @Test func belowTheLogStartNothingCanBeRead() {
        var test = filled()
        test.deleteRecords(before: 3)
        let low = test.log.read(
            from: Offset(2),
            below: Offset(8),
            maxBytes: 1_000,
            atLeastOne: true
        )
        #expect(low == nil)
        // A batch that begins before the log's start is read whole.
        let read = test.log.read(
            from: Offset(3),
            below: Offset(8),
            maxBytes: 1_000,
            atLeastOne: true
        )
        #expect(bases(read) == [2])
    }

    @Test(
        arguments: [
            (0, 8, 1_000, 380), (1, 8, 1_000, 380), (2, 6, 1_000, 190), (2, 4, 1_000, 95),
            (4, 4, 1_000, 0), (0, 8, 100, 100), (8, 8, 100, 0), (0, 3, 1_000, 95),
        ] as [(Int64, Int64, Int32, Int)]
    )
    func availableBytes(offset: Int64, bound: Int64, limit: Int32, bytes: Int) {
        #expect(
            filled().log.availableBytes(
                from: Offset(offset),
                below: Offset(bound),
                atMost: limit
            ) == bytes
        )
    }

    @Test(arguments: [(0, 3, false), (0, 4, true), (4, 8, false), (3, 8, true)])
    func segmentCrossings(offset: Int64, bound: Int64, crosses: Bool) {
        #expect(
            filled().log.crossesSegment(from: Offset(offset), below: Offset(bound)) == crosses
        )
    }

    @Test(arguments: [(-5, 0), (0, 0), (1, 2), (10, 2), (11, 4), (30, 6)] as [(Int64, Int64)])
    func offsetsByTimestamp(time: Int64, offset: Int64) throws {
        let found = try #require(filled().log.offset(atOrAfter: startOfTime + time))
        #expect(found.offset == Offset(offset))
        #expect(found.timestamp == startOfTime + (offset * 5))
        #expect(found.epoch == LeaderEpoch(0))
    }

    @Test func noRecordIsYoungEnough() {
        #expect(filled().log.offset(atOrAfter: startOfTime + 31) == nil)
    }

    @Test func timestampsAreSearchedWithinABatch() throws {
        var config = TopicConfig()
        config.indexIntervalBytes = .zero
        var test = TestLog(config)
        for start in [0, 100, 50] as [Int64] {
            test.append(AppendTests.mixedTimes([start, start + 5, start + 9]))
        }
        let inside = try #require(test.log.offset(atOrAfter: startOfTime + 102))
        #expect(inside.offset == Offset(4))
        let first = try #require(test.log.offset(atOrAfter: startOfTime + 20))
        #expect(first.offset == Offset(3), "the first in offset order, though 6 is closer")
    }

    @Test func timestampsBelowTheLogStartDoNotCount() throws {
        var test = filled()
        test.deleteRecords(before: 3)
        let found = try #require(test.log.offset(atOrAfter: startOfTime))
        #expect(found.offset == Offset(3))
    }

    @Test func lookUpsAgreeWithAScan() {
        var random = Random(seed: 5)
        var config = TopicConfig()
        config.segmentBytes = ByteCount(Int64(2_000))
        config.indexIntervalBytes = ByteCount(Int64(200))
        var test = TestLog(config)
        for _ in 0..<300 {
            let size = random.next(below: 100)
            test.append(batch(records: 1 + random.next(below: 4), size: size))
        }
        let all = test.batches
        for offset in 0..<test.log.logEndOffset.rawValue {
            let read = test.log.read(
                from: Offset(offset),
                below: test.log.logEndOffset,
                maxBytes: 1,
                atLeastOne: true
            )
            let expected = all.first { $0.lastOffset >= Offset(offset) }
            #expect(read?.batches.first == expected)
        }
    }

    @Test func visitsBatchesInARange() {
        var bases: [Int64] = []
        filled().log.forEachBatch(from: Offset(3), below: Offset(6)) {
            bases.append($0.baseOffset.rawValue)
        }
        #expect(bases == [2, 4])
    }
}
