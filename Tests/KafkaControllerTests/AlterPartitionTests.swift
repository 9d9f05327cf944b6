import KafkaController
import KafkaProtocol
import Testing

@Suite struct AlterPartitionTests {
    /// Leader 2, ISR [2,3], le 1, pe 1; broker 1 back and active, 4 fenced.
    private func cluster() -> Cluster {
        var cluster = Cluster(brokers: 4)
        cluster.create([[1, 2, 3]])
        cluster.fence(1)
        cluster.unfence(1)
        cluster.fence(4)
        return cluster
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var isr: [Int32] = [2, 3, 1]
        var leader: Int32 = 2
        var leaderEpoch: Int32 = 1
        var partitionEpoch: Int32 = 1
        var recovery = LeaderRecoveryState.recovered
        let expected: ErrorCode

        var testDescription: String { "\(expected) \(isr) from \(leader)" }
    }

    static let cases = [
        Case(expected: .none),
        // Each breaks one rule and, but for the first, a later one as well: the order shows.
        Case(isr: [9], leader: 1, leaderEpoch: 2, expected: .notController),
        Case(isr: [9], leader: 1, partitionEpoch: 2, expected: .notController),
        Case(isr: [9], leader: 1, leaderEpoch: 0, partitionEpoch: 2, expected: .notController),
        Case(isr: [9], leader: 1, leaderEpoch: 0, partitionEpoch: 0, expected: .fencedLeaderEpoch),
        Case(isr: [9], leader: 1, partitionEpoch: 0, expected: .invalidRequest),
        Case(isr: [9], partitionEpoch: 0, expected: .invalidUpdateVersion),
        Case(isr: [2, 4], expected: .invalidRequest),
        Case(isr: [2, 2], expected: .invalidRequest),
        Case(isr: [3, 1], expected: .invalidRequest),
        Case(isr: [], expected: .invalidRequest),
        Case(isr: [2, 3], recovery: .recovering, expected: .invalidRequest),
        Case(isr: [2], recovery: .recovering, expected: .invalidRequest),
    ]

    @Test(arguments: cases)
    func theFirstBrokenRuleAnswers(_ item: Case) {
        var cluster = cluster()
        let before = cluster.state()
        let answer = cluster.alterISR(
            item.isr,
            leader: item.leader,
            leaderEpoch: item.leaderEpoch,
            partitionEpoch: item.partitionEpoch,
            recovery: item.recovery
        )
        #expect(answer.error == item.expected)
        if item.expected != .none { #expect(cluster.state() == before) }
    }

    @Test func anISRChangeKeepsTheLeaderEpoch() {
        var cluster = cluster()
        let grown = cluster.alterISR([2, 3, 1])
        #expect(grown.isr == ids([2, 3, 1]))
        #expect(grown.leaderEpoch == LeaderEpoch(1))
        #expect(grown.partitionEpoch == PartitionEpoch(2))
        #expect(cluster.alterISR([2]).error == .none)
        #expect(cluster.summary() == "leader 2 isr [2] le 1 pe 3")
    }

    @Test func nothingToChangeIsSuccessWithoutARecord() {
        var cluster = cluster()
        let count = cluster.log.count
        let answer = cluster.alterISR([2, 3])
        #expect(answer.error == .none)
        #expect(answer.partitionEpoch == PartitionEpoch(1))
        #expect(cluster.log.count == count)
    }

    @Test func aFencedOrRestartedMemberIsIneligible() {
        var cluster = cluster()
        let epoch = cluster.controller.latest.broker(BrokerID(1))?.epoch ?? .none
        let restarted = cluster.alterISR([2, 3, 1]) { $0 == 1 ? BrokerEpoch(0) : .none }
        #expect(restarted.error == .ineligibleReplica)
        cluster.fence(1)
        #expect(cluster.alterISR([2, 3, 1]).error == .ineligibleReplica)
        cluster.unfence(1)
        #expect(cluster.alterISR([2, 3, 1]) { $0 == 1 ? epoch : .none }.error == .none)
    }

    @Test func beforeThreeFiveMembersEpochsAreNotChecked() {
        var features = Features()
        features.brokerEpochInISR = false
        var cluster = Cluster(brokers: 2, features: features)
        cluster.create([[1, 2]])
        cluster.fence(2)
        cluster.unfence(2)
        #expect(cluster.alterISR([1, 2]) { _ in BrokerEpoch(0) }.error == .none)
    }

    @Test func aStaleBrokerEpochFailsTheWholeRequest() {
        var cluster = cluster()
        let response = cluster.send(
            .alterPartition(
                AlterPartitionRequest(
                    broker: BrokerID(2),
                    brokerEpoch: BrokerEpoch(0),
                    partitions: []
                )
            )
        )
        #expect(response == .alterPartition(AlterPartitionResponse(error: .staleBrokerEpoch)))
    }

    @Test func unknownTopicsAndPartitionsAreToldApart() {
        var cluster = cluster()
        let epoch = cluster.controller.latest.broker(BrokerID(2))?.epoch ?? .none
        let id = cluster.controller.latest.topic(named: cluster.topic("orders"))?.id ?? .none
        func item(_ id: TopicID, _ index: Int32) -> AlterPartitionItem {
            AlterPartitionItem(
                partition: cluster.partition(index),
                topicID: id,
                leaderEpoch: LeaderEpoch(1),
                partitionEpoch: PartitionEpoch(1),
                newISR: [],
                recoveryState: .recovered
            )
        }
        let request = AlterPartitionRequest(
            broker: BrokerID(2),
            brokerEpoch: epoch,
            partitions: [item(TopicID(1), 0), item(id, 5)]
        )
        guard case .alterPartition(let answer) = cluster.send(.alterPartition(request)) else {
            Issue.record("no answer")
            return
        }
        #expect(answer.partitions.map(\.error) == [.unknownTopicId, .unknownTopicOrPartition])
    }
}
