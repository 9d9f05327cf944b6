import KafkaProtocol
import SimBase
import Testing

@testable import KafkaController

@Suite struct StripedReplicaPlacerTests {
    /// A stream whose first draws below the given bounds are the given numbers.
    private func random(drawing draws: [(below: Int, is: Int)]) -> Random {
        for seed in UInt64(0)..<10_000 {
            var probe = Random(seed: seed)
            if draws.allSatisfy({ probe.next(below: $0.below) == $0.is }) {
                return Random(seed: seed)
            }
        }
        preconditionFailure("no seed draws \(draws)")
    }

    private func place(
        _ brokers: [UsableBroker],
        partitions: Int,
        factor: Int,
        random start: Random
    ) -> [[Int32]] {
        var random = start
        var placer = StripedReplicaPlacer(brokers, random: &random)
        return (0..<partitions).map { _ in
            placer.place(replicationFactor: factor, random: &random).map(\.rawValue)
        }
    }

    private func brokers(_ racks: [Int32], fenced: Set<Int32> = []) -> [UsableBroker] {
        racks.enumerated().map { index, rack in
            let id = Int32(index) + 1
            return UsableBroker(id: BrokerID(id), rack: rack, isFenced: fenced.contains(id))
        }
    }

    @Test(
        arguments: zip(
            [0, 1, 2],
            [
                [[1, 2, 3], [2, 3, 1], [3, 1, 2]],
                [[2, 3, 1], [3, 1, 2], [1, 2, 3]],
                [[3, 1, 2], [1, 2, 3], [2, 3, 1]],
            ] as [[[Int32]]]
        )
    )
    func withoutRacksPartitionsRotate(offset: Int, expected: [[Int32]]) {
        let random = random(drawing: [(3, offset), (1, 0)])
        let placed = place(brokers([-1, -1, -1]), partitions: 3, factor: 3, random: random)
        #expect(placed == expected)
    }

    @Test(
        arguments: zip(
            [0, 1, 2],
            [
                [[1, 2, 3], [2, 3, 1], [3, 1, 2]],
                [[2, 3, 1], [3, 1, 2], [1, 2, 3]],
                [[3, 1, 2], [1, 2, 3], [2, 3, 1]],
            ] as [[[Int32]]]
        )
    )
    func withARackEachPartitionsRotateAsWell(offset: Int, expected: [[Int32]]) {
        let random = random(drawing: [(1, 0), (1, 0), (1, 0), (3, offset)])
        let placed = place(brokers([1, 2, 3]), partitions: 3, factor: 3, random: random)
        #expect(placed == expected)
    }

    @Test(
        arguments: zip(
            [0, 1],
            [
                [[1, 3, 2], [3, 2, 1], [1, 3, 2]],
                [[3, 1, 2], [2, 3, 1], [3, 1, 2]],
            ] as [[[Int32]]]
        )
    )
    func racksBeatLeaderBalance(rackOffset: Int, expected: [[Int32]]) {
        let random = random(drawing: [(2, 0), (1, 0), (2, rackOffset)])
        let placed = place(brokers([1, 1, 2]), partitions: 3, factor: 3, random: random)
        #expect(placed == expected)
    }

    @Test func aFencedBrokerNeverLeadsAndComesLast() {
        let random = random(drawing: [(1, 0), (2, 0), (1, 0)])
        let placed = place(
            brokers([-1, -1, -1], fenced: [1]),
            partitions: 2,
            factor: 3,
            random: random
        )
        #expect(placed == [[2, 3, 1], [3, 2, 1]])
    }

    @Test func aSingleUnfencedBrokerLeadsEverything() {
        let placed = place(
            brokers([-1, -1], fenced: [2]),
            partitions: 5,
            factor: 2,
            random: Random(seed: 1)
        )
        #expect(placed == Array(repeating: [1, 2], count: 5))
    }

    @Test func afterAsManyPartitionsAsBrokersTheStripesAreShuffled() {
        // The first three use no randomness beyond the two start offsets; the fourth does.
        var first = random(drawing: [(3, 0), (1, 0)])
        let rotations = place(brokers([-1, -1, -1]), partitions: 3, factor: 3, random: first)
        var placer = StripedReplicaPlacer(brokers([-1, -1, -1]), random: &first)
        let before = first
        for _ in 0..<3 { _ = placer.place(replicationFactor: 3, random: &first) }
        #expect(first == before)
        let fourth = placer.place(replicationFactor: 3, random: &first)
        #expect(first != before)
        #expect(fourth.sorted() == ids([1, 2, 3]))
        #expect(rotations.count == 3)
    }

    @Test func refusesWhatCannotBePlaced() {
        var random = Random(seed: 1)
        let placer = StripedReplicaPlacer(brokers([-1, -1], fenced: [1]), random: &random)
        #expect(placer.canPlace(replicationFactor: 2))
        #expect(!placer.canPlace(replicationFactor: 3))
        #expect(!placer.canPlace(replicationFactor: 0))
        let fenced = StripedReplicaPlacer(brokers([-1], fenced: [1]), random: &random)
        #expect(!fenced.canPlace(replicationFactor: 1))
    }
}
