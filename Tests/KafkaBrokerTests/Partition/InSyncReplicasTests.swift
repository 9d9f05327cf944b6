import KafkaProtocol
import SimBase
import Testing

@testable import KafkaBroker

@Suite struct InSyncReplicasTests {
    private let now = Instant.zero + .seconds(100)

    /// Broker 1 leads; followers as `id: log end`, caught up at the given second.
    private func replicas(isr: [Int32], _ followers: [(Int32, Int64, Int64)]) -> InSyncReplicas {
        var replicas = InSyncReplicas()
        replicas.assign(
            [BrokerID(1)] + followers.map { BrokerID($0.0) },
            leader: BrokerID(1)
        )
        replicas.commit(isr.map { BrokerID($0) })
        for (index, follower) in followers.enumerated() {
            replicas.followers[index].logEndOffset = Offset(follower.1)
            replicas.followers[index].lastCaughtUpTime = .zero + .seconds(follower.2)
            replicas.followers[index].brokerEpoch = BrokerEpoch(Int64(follower.0))
        }
        return replicas
    }

    /// All of brokers 1 to 4 are alive but those in `fenced`; a broker's epoch is its id.
    private func brokers(fenced: [Int32] = [], leaving: [Int32] = []) -> BrokerTable {
        var table = BrokerTable()
        for id in Int32(1)...4 {
            table.note(
                BrokerID(id),
                epoch: BrokerEpoch(Int64(id)),
                isFenced: fenced.contains(id),
                inControlledShutdown: leaving.contains(id)
            )
        }
        return table
    }

    private func candidate(
        _ replicas: InSyncReplicas,
        minInSync: Int = 1,
        fenced: [Int32] = [],
        features: Features = Features()
    ) -> Int64? {
        replicas.highWatermarkCandidate(
            leaderEnd: Offset(10),
            minInSync: minInSync,
            lagMax: .seconds(30),
            brokers: brokers(fenced: fenced),
            features: features,
            now: now
        )?.rawValue
    }

    @Test func theSlowestMemberHoldsTheHighWatermark() {
        #expect(candidate(replicas(isr: [1, 2, 3], [(2, 7, 99), (3, 5, 99)])) == 5)
        #expect(candidate(replicas(isr: [1, 2, 3], [(2, 10, 99), (3, 10, 99)])) == 10)
    }

    @Test func anUnknownMemberHoldsItBack() {
        #expect(candidate(replicas(isr: [1, 2], [(2, -1, 99)])) == -1)
    }

    @Test func aCaughtUpOutsiderHoldsItOnlyWhileItMayJoin() {
        let chasing = replicas(isr: [1, 2], [(2, 10, 99), (3, 8, 75)])
        #expect(candidate(chasing) == 8)
        #expect(candidate(chasing, fenced: [3]) == 10)
        #expect(candidate(replicas(isr: [1, 2], [(2, 10, 99), (3, 8, 60)])) == 10)
    }

    @Test func theGateFreezesBelowMinISR() {
        let alone = replicas(isr: [1], [(2, 3, 0)])
        #expect(candidate(alone, minInSync: 2) == nil)
        var features = Features()
        features.minISRGatesHighWatermark = false
        #expect(candidate(alone, minInSync: 2, features: features) == 10)
    }

    @Test func aPendingExpandCountsAndAPendingShrinkDoesNotRelax() {
        var expanding = replicas(isr: [1, 2], [(2, 10, 99), (3, 9, 0)])
        #expect(candidate(expanding) == 10)
        _ = expanding.propose(.expand(BrokerID(3)))
        #expect(candidate(expanding) == 9)
        #expect(expanding.maximalCount == 3)
        var shrinking = replicas(isr: [1, 2, 3], [(2, 10, 99), (3, 9, 0)])
        _ = shrinking.propose(.shrink([BrokerID(3)]))
        #expect(candidate(shrinking) == 9)
        #expect(shrinking.maximalCount == 3)
        shrinking.commit([BrokerID(1), BrokerID(2)])
        #expect(candidate(shrinking) == 10)
    }

    @Test func onlyLaggingMembersBehindTheEndAreOutOfSync() {
        var replicas = replicas(isr: [1, 2, 3, 4], [(2, 10, 0), (3, 9, 69), (4, 9, 70)])
        let lagging = replicas.outOfSync(leaderEnd: Offset(10), lagMax: .seconds(30), now: now)
        #expect(lagging == [BrokerID(3)])
        _ = replicas.propose(.expand(BrokerID(4)))
        #expect(replicas.outOfSync(leaderEnd: Offset(10), lagMax: .seconds(30), now: now).isEmpty)
    }

    @Test(
        arguments: [
            // log end, fenced, leaving, epoch of the fetch, joins
            (10, false, false, 3, true),
            (9, false, false, 3, true),
            (8, false, false, 3, false),
            (10, true, false, 3, false),
            (10, false, true, 3, false),
            (10, false, false, 2, false),
            (10, false, false, -1, true),
        ] as [(Int64, Bool, Bool, Int64, Bool)]
    )
    func expandsBy(end: Int64, isFenced: Bool, isLeaving: Bool, epoch: Int64, joins: Bool) {
        var replicas = replicas(isr: [1, 2], [(2, 10, 99), (3, end, 99)])
        replicas.followers[1].brokerEpoch = BrokerEpoch(epoch)
        func canExpand(epochStart: Int64) -> Bool {
            replicas.canExpand(
                by: 1,
                highWatermark: Offset(9),
                epochStart: Offset(epochStart),
                brokers: brokers(fenced: isFenced ? [3] : [], leaving: isLeaving ? [3] : []),
                features: Features()
            )
        }
        #expect(canExpand(epochStart: 0) == joins)
        #expect(!canExpand(epochStart: 11))
        _ = replicas.propose(.shrink([BrokerID(2)]))
        #expect(!canExpand(epochStart: 0))
    }

    @Test func theLowWatermarkCountsLiveReplicasOnly() {
        var replicas = replicas(isr: [1, 2], [(2, 10, 99), (3, 10, 99)])
        replicas.followers[0].logStartOffset = Offset(6)
        replicas.followers[1].logStartOffset = Offset(2)
        let all = replicas.lowWatermark(leaderStart: Offset(8), brokers: brokers())
        #expect(all == Offset(2))
        let live = replicas.lowWatermark(leaderStart: Offset(8), brokers: brokers(fenced: [3]))
        #expect(live == Offset(6))
    }

    @Test func aNewAssignmentKeepsWhatIsKnown() {
        var replicas = replicas(isr: [1, 2], [(2, 7, 99), (3, 5, 99)])
        replicas.assign([BrokerID(1), BrokerID(4), BrokerID(2)], leader: BrokerID(1))
        #expect(replicas.followers.map(\.id) == [BrokerID(4), BrokerID(2)])
        #expect(replicas.followers.map(\.logEndOffset) == [.none, Offset(7)])
    }
}
