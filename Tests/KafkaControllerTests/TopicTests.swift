import KafkaController
import KafkaProtocol
import SimBase
import Testing

@Suite struct TopicTests {
    private func request(
        _ cluster: Cluster,
        _ name: String = "orders",
        partitions: Int32 = 1,
        factor: Int16 = 1,
        assignment: [[Int32]]? = nil,
        configs: [(String, String?)] = []
    ) -> CreateTopicRequest {
        CreateTopicRequest(
            name: cluster.topic(name),
            partitions: partitions,
            replicationFactor: factor,
            assignment: assignment?.map(ids),
            configs: configs.map { ConfigEntry(name: $0.0, value: $0.1) },
            timeout: .seconds(30)
        )
    }

    @Test func topicConfigurationsAndPartitionsAreOneBatch() {
        var cluster = Cluster(brokers: 3)
        let start = cluster.log.count
        let errors = cluster.create([
            request(cluster, partitions: 2, factor: 3, configs: [("retention.ms", "5")]),
            request(cluster, "shop"),
        ])
        #expect(errors == [.none, .none])
        #expect(
            cluster.log[start...].map(\.word) == [
                "topic", "config retention.ms", "partition 0", "partition 1", "topic",
                "partition 0",
            ]
        )
        #expect(cluster.state(0).isr == cluster.state(0).replicas)
        #expect(cluster.state(0).leader == cluster.state(0).replicas[0])
        #expect(cluster.state(1).leaderEpoch == LeaderEpoch(0))
        #expect(cluster.state(1).partitionEpoch == PartitionEpoch(0))
        #expect(Set(cluster.state(0).replicas) == Set(ids([1, 2, 3])))
        #expect(cluster.state(0).leader != cluster.state(1).leader)
        let elections = cluster.observations.compactMap { observation -> ElectionKind? in
            if case .partitionChanged(let change) = observation { change.election } else { nil }
        }
        #expect(elections == [.initial, .initial, .initial])
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var name = "orders"
        var partitions: Int32 = 1
        var factor: Int16 = 1
        var assignment: [[Int32]]?
        var configs: [(String, String?)] = []
        let expected: ErrorCode

        var testDescription: String { "\(expected) \(name)" }
    }

    private static let bad: [(String, String?)] = [("no.such.property", "1")]

    static let cases = [
        // Each breaks one rule and a later one as well: the order shows.
        Case(name: "a_b", partitions: 0, configs: bad, expected: .topicAlreadyExists),
        Case(name: "a.b", partitions: 0, configs: bad, expected: .invalidTopicException),
        Case(name: "bad name", partitions: 0, configs: bad, expected: .invalidTopicException),
        Case(name: "__cluster_metadata", expected: .invalidTopicException),
        Case(partitions: 0, configs: bad, expected: .invalidConfig),
        Case(partitions: 0, configs: [("retention.ms", nil)], expected: .invalidConfig),
        Case(configs: [("min.insync.replicas", "0")], expected: .invalidConfig),
        Case(factor: -1, assignment: [[9]], expected: .invalidRequest),
        Case(partitions: -1, assignment: [[9]], expected: .invalidRequest),
        Case(partitions: 0, factor: 1, assignment: [], expected: .invalidPartitions),
        Case(partitions: -1, factor: -1, assignment: [[]], expected: .invalidReplicaAssignment),
        Case(partitions: -1, factor: -1, assignment: [[9]], expected: .invalidReplicaAssignment),
        Case(
            partitions: -1,
            factor: -1,
            assignment: [[1, 1]],
            expected: .invalidReplicaAssignment
        ),
        Case(
            partitions: -1,
            factor: -1,
            assignment: [[1, 2], [1]],
            expected: .invalidReplicaAssignment
        ),
        Case(partitions: -1, factor: -1, assignment: [[3]], expected: .invalidReplicaAssignment),
        Case(partitions: -1, factor: -1, assignment: [[3, 1]], expected: .none),
        Case(partitions: 0, factor: 0, expected: .invalidReplicationFactor),
        Case(partitions: 0, factor: -2, expected: .invalidReplicationFactor),
        Case(partitions: 0, factor: 9, expected: .invalidPartitions),
        Case(partitions: -2, expected: .invalidPartitions),
        Case(factor: 4, expected: .invalidReplicationFactor),
        // A fenced but registered broker counts; more in-sync replicas than replicas are accepted.
        Case(factor: 3, configs: [("min.insync.replicas", "9")], expected: .none),
        Case(partitions: 10_001, expected: .policyViolation),
        Case(partitions: -1, factor: -1, expected: .none),
    ]

    @Test(arguments: cases)
    func theFirstBrokenRuleAnswers(_ item: Case) {
        var cluster = Cluster(topics: ["orders", "shop", "a.b", "a_b", "bad name"])
        for id in Int32(1)...3 {
            cluster.register(id)
            cluster.unfence(id)
        }
        cluster.create([[1]], name: "a_b")
        cluster.fence(3)
        let errors = cluster.create([
            request(
                cluster,
                item.name,
                partitions: item.partitions,
                factor: item.factor,
                assignment: item.assignment,
                configs: item.configs
            )
        ])
        #expect(errors == [item.expected])
    }

    @Test func aNameGivenTwiceFailsBothAndNothingElse() {
        var cluster = Cluster(brokers: 1)
        let errors = cluster.create([
            request(cluster), request(cluster, "shop"), request(cluster),
        ])
        #expect(errors == [.invalidRequest, .none, .invalidRequest])
        #expect(cluster.controller.latest.topics.map(\.name) == [cluster.topic("shop")])
    }

    @Test func tooManyRecordsFailTheWholeRequest() {
        var cluster = Cluster(brokers: 1)
        let errors = cluster.create([
            request(cluster, partitions: 6_000), request(cluster, "shop", partitions: 6_000),
        ])
        #expect(errors == [.policyViolation, .policyViolation])
        #expect(cluster.controller.latest.topics.isEmpty)
    }

    @Test func withoutAnUnfencedBrokerNothingCanBePlaced() {
        var cluster = Cluster(brokers: 1)
        cluster.fence(1)
        #expect(cluster.create([request(cluster)]) == [.invalidReplicationFactor])
    }

    @Test func aBrokerThatIsShuttingDownIsNoPlaceForReplicasButAFencedOneIs() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]], name: "shop")
        cluster.heartbeat(1, wantsShutdown: true)
        #expect(cluster.create([request(cluster, factor: 2)]) == [.invalidReplicationFactor])
        cluster.heartbeat(2)
        #expect(cluster.heartbeat(1, wantsShutdown: true).shouldShutDown)
        #expect(cluster.create([request(cluster, factor: 2)]) == [.none])
        #expect(cluster.summary() == "leader 2 isr [2] le 0 pe 0")
    }

    @Test func onlyActiveReplicasBeginInSync() {
        var cluster = Cluster(brokers: 3)
        cluster.fence(1)
        #expect(cluster.create([[1, 2, 3]]) == .none)
        #expect(cluster.summary() == "leader 2 isr [2,3] le 0 pe 0")
    }

    @Test func aDeletedTopicIsGoneAndItsNameFree() {
        var cluster = Cluster(brokers: 1)
        cluster.create([[1]])
        let first = cluster.controller.latest.topic(named: cluster.topic("orders"))?.id
        #expect(cluster.admin(.deleteTopic(cluster.topic("orders"))) == .none)
        #expect(cluster.observations == [.topicDeleted(cluster.topic("orders"))])
        #expect(
            cluster.admin(.deleteTopic(cluster.topic("orders"))) == .unknownTopicOrPartition
        )
        #expect(cluster.create([[1]]) == .none)
        #expect(cluster.controller.latest.topic(named: cluster.topic("orders"))?.id != first)
    }

    @Test func partitionsAreAdded() {
        var cluster = Cluster(brokers: 3)
        cluster.create([[1, 2]])
        let orders = cluster.topic("orders")
        func add(_ count: Int32, _ assignment: [[Int32]]? = nil) -> ErrorCode {
            cluster.admin(.createPartitions(orders, count: count, assignment: assignment?.map(ids)))
        }
        #expect(add(1) == .invalidPartitions)
        #expect(add(3, [[1, 2]]) == .invalidReplicaAssignment)
        #expect(add(2, [[1]]) == .invalidReplicaAssignment)
        #expect(add(2, [[3, 1]]) == .none)
        #expect(cluster.summary(1) == "leader 3 isr [3,1] le 0 pe 0")
        #expect(add(5) == .none)
        #expect(cluster.state(4).replicas.count == 2)
        #expect(
            cluster.admin(
                .createPartitions(cluster.topic("shop"), count: 2, assignment: nil)
            ) == .unknownTopicOrPartition
        )
    }

    @Test func producerIDsComeInBlocksOfAThousand() {
        var cluster = Cluster(brokers: 2)
        func allocate(_ id: Int32, _ epoch: BrokerEpoch?) -> Response? {
            cluster.send(.allocateProducerIds(broker: BrokerID(id), epoch: epoch ?? .none))
        }
        let epoch = cluster.controller.latest.broker(BrokerID(1))?.epoch
        #expect(
            allocate(1, epoch) == .allocateProducerIds(.none, first: ProducerID(0), count: 1_000)
        )
        #expect(
            allocate(1, epoch)
                == .allocateProducerIds(.none, first: ProducerID(1_000), count: 1_000)
        )
        #expect(
            allocate(1, BrokerEpoch(0))
                == .allocateProducerIds(.staleBrokerEpoch, first: .none, count: 0)
        )
    }

    @Test func configurationsAreCheckedAndWrittenOnlyIfTheyDiffer() {
        var cluster = Cluster(brokers: 1)
        cluster.create([[1]])
        func alter(_ resource: ConfigResource, _ name: String, _ value: String?) -> ErrorCode {
            cluster.admin(.alterConfigs(resource, [ConfigEntry(name: name, value: value)]))
        }
        let orders = ConfigResource.topic(cluster.topic("orders"))
        #expect(alter(orders, "min.insync.replicas", "2") == .none)
        let count = cluster.log.count
        #expect(alter(orders, "min.insync.replicas", "2") == .none)
        #expect(cluster.log.count == count)
        #expect(alter(orders, "min.insync.replicas", "two") == .invalidConfig)
        #expect(alter(orders, "no.such.property", "2") == .invalidConfig)
        #expect(
            alter(.topic(cluster.topic("shop")), "retention.ms", "1") == .unknownTopicOrPartition
        )
        #expect(alter(.broker(BrokerID(7)), "num.io.threads", "1") == .brokerIdNotRegistered)
        #expect(alter(.allBrokers, "min.insync.replicas", "3") == .none)
        #expect(cluster.controller.committed.config("min.insync.replicas", of: .allBrokers) == "3")
        #expect(alter(orders, "min.insync.replicas", nil) == .none)
        #expect(cluster.controller.committed.configs(of: orders) == [])
    }
}
