import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@Suite struct LeaderEpochTests {
    private func cache(_ entries: [(Int32, Int64)]) -> LeaderEpochCache {
        LeaderEpochCache(
            entries.map { LeaderEpochCache.Entry(epoch: LeaderEpoch($0), startOffset: Offset($1)) }
        )
    }

    struct Assignment: Sendable {
        let before: [(Int32, Int64)]
        let assigned: (Int32, Int64)
        let after: [(Int32, Int64)]
    }

    @Test(arguments: [
        Assignment(before: [], assigned: (0, 0), after: [(0, 0)]),
        Assignment(before: [(0, 0)], assigned: (2, 5), after: [(0, 0), (2, 5)]),
        // The same epoch again, at or after its start: nothing.
        Assignment(before: [(0, 0), (2, 5)], assigned: (2, 9), after: [(0, 0), (2, 5)]),
        // The same epoch earlier: it moves.
        Assignment(before: [(0, 0), (2, 5)], assigned: (2, 4), after: [(0, 0), (2, 4)]),
        // An epoch without records is replaced by the next at the same offset.
        Assignment(before: [(0, 0), (2, 5)], assigned: (3, 5), after: [(0, 0), (3, 5)]),
        // Whatever contradicts goes.
        Assignment(
            before: [(0, 0), (2, 5), (4, 8)],
            assigned: (3, 9),
            after: [(0, 0), (2, 5), (3, 9)]
        ),
        Assignment(before: [(0, 0), (2, 5), (4, 8)], assigned: (5, 5), after: [(0, 0), (5, 5)]),
        Assignment(before: [(0, 3)], assigned: (1, 0), after: [(1, 0)]),
    ])
    func assigning(_ row: Assignment) {
        var cache = cache(row.before)
        let changes = cache.assign(
            LeaderEpoch(row.assigned.0),
            startOffset: Offset(row.assigned.1)
        )
        #expect(cache == self.cache(row.after))
        #expect(changes == (self.cache(row.before) != self.cache(row.after)))
    }

    @Test(
        arguments: [
            (9, [(0, 0), (2, 5), (4, 8)]), (8, [(0, 0), (2, 5)]), (6, [(0, 0), (2, 5)]),
            (5, [(0, 0)]), (0, []),
        ] as [(Int64, [(Int32, Int64)])]
    )
    func truncatingFromTheEnd(offset: Int64, after: [(Int32, Int64)]) {
        var cache = cache([(0, 0), (2, 5), (4, 8)])
        let changes = cache.truncateFromEnd(Offset(offset))
        #expect(cache == self.cache(after))
        #expect(changes == (after.count < 3))
    }

    @Test(
        arguments: [
            (0, [(0, 0), (2, 5), (4, 8)]), (3, [(0, 3), (2, 5), (4, 8)]), (5, [(2, 5), (4, 8)]),
            (7, [(2, 7), (4, 8)]), (20, [(4, 20)]),
        ] as [(Int64, [(Int32, Int64)])]
    )
    func truncatingFromTheStart(offset: Int64, after: [(Int32, Int64)]) {
        var cache = cache([(0, 0), (2, 5), (4, 8)])
        let changes = cache.truncateFromStart(Offset(offset))
        #expect(cache == self.cache(after))
        #expect(changes == (offset > 0))
    }

    @Test(
        arguments: [
            // Asked epoch, answered epoch, end.
            (-1, -1, -1), (4, 4, 10), (5, -1, -1), (3, 2, 8), (2, 2, 8), (1, 1, 5), (0, 0, 0),
        ] as [(Int32, Int32, Int64)]
    )
    func endOffsets(asked: Int32, epoch: Int32, end: Int64) {
        let cache = cache([(1, 0), (2, 5), (4, 8)])
        #expect(
            cache.endOffset(for: LeaderEpoch(asked), logEndOffset: Offset(10))
                == EpochEnd(epoch: LeaderEpoch(epoch), endOffset: Offset(end))
        )
    }

    @Test func anEmptyCacheKnowsNoEnd() {
        #expect(
            cache([]).endOffset(for: LeaderEpoch(0), logEndOffset: Offset(3)) == .undefined
        )
    }

    @Test func epochsOfOffsets() {
        let cache = cache([(1, 2), (4, 8)])
        #expect(cache.epoch(at: Offset(1)) == nil)
        #expect(cache.epoch(at: Offset(2)) == LeaderEpoch(1))
        #expect(cache.epoch(at: Offset(8)) == LeaderEpoch(4))
        #expect(cache.startOffset(of: LeaderEpoch(4)) == Offset(8))
        #expect(cache.startOffset(of: LeaderEpoch(2)) == nil)
    }

    // MARK: In a log

    @Test func becomingLeaderBeginsAnEpochWithoutRecords() {
        var test = TestLog()
        test.append(count: 2)
        test.assign(5)
        #expect(test.log.latestEpoch == LeaderEpoch(5))
        #expect(test.log.epochStart(LeaderEpoch(5)) == Offset(2))
        let end = test.log.endOffset(for: LeaderEpoch(0))
        #expect(end == EpochEnd(epoch: LeaderEpoch(0), endOffset: Offset(2)))
    }

    @Test func aTruncationThatCutsNothingDropsTheEmptyEpoch() {
        var test = TestLog()
        test.append(count: 2)
        test.assign(5)
        let isCut = test.truncate(to: 7)
        #expect(!isCut)
        #expect(test.log.latestEpoch == LeaderEpoch(0))
        #expect(test.effects.observations.isEmpty)
    }

    @Test func followersLearnEpochsFromBatches() {
        var test = TestLog()
        test.replicate([batch(base: 0, leaderEpoch: 1), batch(base: 1, leaderEpoch: 3)])
        #expect(test.log.epochStart(LeaderEpoch(1)) == .zero)
        #expect(test.log.epochStart(LeaderEpoch(3)) == Offset(1))
    }

    @Test func theCheckpointIsKafkasText() throws {
        var test = TestLog()
        test.append(count: 2)
        test.assign(5)
        let file = FileID(.leaderEpochCheckpoint, partition: orders)
        let bytes = try #require(test.disk.bytes(of: file))
        #expect(String(decoding: bytes, as: UTF8.self) == "0\n2\n0 0\n5 2\n")
    }

    @Test func anEpochBegunWithoutRecordsIsGoneAfterARestart() {
        var test = TestLog()
        test.append(count: 2)
        test.assign(5)
        #expect(test.restarted().log.latestEpoch == LeaderEpoch(0))
        #expect(test.restarted(wasClean: true).log.latestEpoch == LeaderEpoch(0))
    }
}
