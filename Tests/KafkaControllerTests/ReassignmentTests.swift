import KafkaController
import KafkaProtocol
import Testing

@Suite struct ReassignmentTests {
    private func cluster(_ replicas: [Int32], unclean: Bool = false) -> Cluster {
        var cluster = Cluster(brokers: 5)
        cluster.create(
            [replicas],
            configs: unclean ? [("unclean.leader.election.enable", "true")] : []
        )
        return cluster
    }

    /// `[4,1,2] adding [4] removing [1,2]` and the state.
    private func plan(_ cluster: Cluster) -> String {
        func list(_ brokers: [BrokerID]) -> String {
            "[\(brokers.map(\.description).joined(separator: ","))]"
        }
        let state = cluster.state()
        return "\(list(state.replicas)) adding \(list(state.adding)) removing "
            + "\(list(state.removing)) \(state.summary)"
    }

    private func reassign(_ cluster: inout Cluster, to target: [Int32]?) -> ErrorCode {
        cluster.admin(.reassign(cluster.partition(), replicas: target.map(ids)))
    }

    @Test func theLeaderServesOnUntilTheLastAddingReplicaIsInSync() {
        var cluster = cluster([1, 2, 3])
        #expect(reassign(&cluster, to: [4, 5, 3]) == .none)
        #expect(
            plan(cluster)
                == "[4,5,3,1,2] adding [4,5] removing [1,2] leader 1 isr [1,2,3] le 0 pe 1"
        )
        #expect(cluster.alterISR([1, 2, 3, 4]).error == .none)
        #expect(cluster.state().adding == ids([4, 5]))
        let last = cluster.alterISR([1, 2, 3, 4, 5])
        #expect(last.error == .newLeaderElected)
        #expect(
            plan(cluster) == "[4,5,3] adding [] removing [] leader 4 isr [3,4,5] le 1 pe 3"
        )
        #expect(cluster.state().directories.map(\.rawValue) == [1_004, 1_005, 1_003])
    }

    @Test func aPureGrowthKeepsTheLeaderEpoch() {
        var cluster = cluster([1, 2])
        #expect(reassign(&cluster, to: [1, 2, 3]) == .none)
        #expect(cluster.alterISR([1, 2, 3]).error == .none)
        #expect(
            plan(cluster) == "[1,2,3] adding [] removing [] leader 1 isr [1,2,3] le 0 pe 2"
        )
    }

    @Test func droppingReplicasCompletesAtOnceAndBumpsTheLeaderEpoch() {
        var cluster = cluster([1, 2, 3])
        #expect(reassign(&cluster, to: [1, 2]) == .none)
        #expect(plan(cluster) == "[1,2] adding [] removing [] leader 1 isr [1,2] le 1 pe 1")
        #expect(reassign(&cluster, to: [2]) == .none)
        #expect(plan(cluster) == "[2] adding [] removing [] leader 2 isr [2] le 2 pe 2")
    }

    @Test func aNewOrderAloneIsARecordWithoutAnElection() {
        var cluster = cluster([1, 2])
        #expect(reassign(&cluster, to: [2, 1]) == .none)
        #expect(plan(cluster) == "[2,1] adding [] removing [] leader 1 isr [1,2] le 0 pe 1")
    }

    @Test func aSecondReassignmentStartsFromTheReplicasOfTheFirst() {
        var cluster = cluster([1, 2])
        #expect(reassign(&cluster, to: [3, 2]) == .none)
        #expect(reassign(&cluster, to: [4, 2]) == .none)
        #expect(
            plan(cluster)
                == "[4,2,1,3] adding [4] removing [1,3] leader 1 isr [1,2] le 0 pe 2"
        )
    }

    @Test func anEmptyNewSetLeavesTheOldOne() {
        var cluster = cluster([1, 2])
        #expect(reassign(&cluster, to: [1, 2, 3]) == .none)
        // Nothing is added relative to the present replicas: `adding` stays as it was.
        #expect(reassign(&cluster, to: [3, 2, 1]) == .none)
        #expect(plan(cluster) == "[3,2,1] adding [3] removing [] leader 1 isr [1,2] le 0 pe 2")
    }

    @Test(
        arguments: [
            ([Int32](), ErrorCode.invalidReplicaAssignment),
            ([1, 1], .invalidReplicaAssignment),
            ([1, 9], .invalidReplicaAssignment),
            ([1, 5], .none),
        ]
    )
    func theTargetIsChecked(_ target: [Int32], _ expected: ErrorCode) {
        var cluster = cluster([1, 2])
        cluster.fence(5)
        #expect(reassign(&cluster, to: target) == expected)
    }

    @Test func cancellingGoesBack() {
        var cluster = cluster([1, 2])
        #expect(reassign(&cluster, to: nil) == .noReassignmentInProgress)
        #expect(reassign(&cluster, to: [3, 2]) == .none)
        #expect(cluster.alterISR([1, 2, 3]).error == .newLeaderElected)
        #expect(reassign(&cluster, to: nil) == .noReassignmentInProgress)
        #expect(reassign(&cluster, to: [4, 3]) == .none)
        #expect(reassign(&cluster, to: nil) == .none)
        #expect(plan(cluster) == "[3,2] adding [] removing [] leader 3 isr [2,3] le 2 pe 4")
        let unknown = cluster.admin(.reassign(cluster.partition(7), replicas: nil))
        #expect(unknown == .unknownTopicOrPartition)
    }

    @Test(arguments: [false, true])
    func cancellingIntoAnEmptyISRNeedsUncleanElections(_ isAllowed: Bool) {
        var cluster = cluster([1, 2], unclean: isAllowed)
        #expect(reassign(&cluster, to: [3, 4]) == .none)
        #expect(cluster.alterISR([1, 2, 3]).error == .none)
        cluster.fence(1)
        cluster.fence(2)
        #expect(cluster.state().isr == ids([3]))
        let expected: ErrorCode = isAllowed ? .none : .invalidReplicaAssignment
        #expect(reassign(&cluster, to: nil) == expected)
        if isAllowed {
            #expect(
                plan(cluster) == "[1,2] adding [] removing [] leader -1 isr [1] le 2 pe 5"
            )
        }
    }
}
