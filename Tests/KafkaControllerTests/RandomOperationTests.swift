import KafkaController
import KafkaProtocol
import SimBase
import Testing

/// Random operations against the promises that a controller's state keeps whatever happens.
@Suite struct RandomOperationTests {
    private static let brokers: Int32 = 5

    @Test(arguments: UInt64(0)..<40)
    func partitionStateKeepsItsPromises(seed: UInt64) {
        var features = Features()
        features.eligibleLeaderReplicas = seed % 4 == 3
        features.leaderEpochBumpOnISRShrink = seed % 5 == 4
        var cluster = Cluster(brokers: RandomOperationTests.brokers, features: features)
        var random = Random(seed: seed)
        cluster.create(
            [[1, 2, 3], [2, 3, 4], [4, 5, 1], [5, 1, 2]],
            configs: seed % 2 == 0 ? [] : [("unclean.leader.election.enable", "true")]
        )
        var before = cluster.controller.committed
        var leaders: [TopicPartition: [Int32: BrokerID]] = [:]
        for step in 0..<150 {
            perform(&cluster, &random)
            let image = cluster.controller.committed
            #expect(cluster.controller.latest == image)
            check(image, after: before, leaders: &leaders, features, "seed \(seed) step \(step)")
            before = image
        }
    }

    @Test func theSameSeedGivesTheSameRecords() {
        func run() -> [MetadataRecord] {
            var cluster = Cluster(brokers: RandomOperationTests.brokers)
            var random = Random(seed: 99)
            cluster.create([[1, 2, 3], [2, 3, 4]])
            for _ in 0..<100 { perform(&cluster, &random) }
            return cluster.log
        }
        #expect(run() == run())
    }

    private func perform(_ cluster: inout Cluster, _ random: inout Random) {
        let broker = Int32(random.next(below: Int(RandomOperationTests.brokers))) + 1
        let topic = cluster.controller.latest.topic(named: cluster.topic("orders"))
        let index = Int32(random.next(below: max(topic?.partitions.count ?? 1, 1)))
        switch random.next(below: 11) {
        case 0: cluster.fence(broker)
        case 1, 2: cluster.unfence(broker)
        case 3: cluster.register(broker)
        case 4: cluster.heartbeat(broker, wantsShutdown: true)
        case 5:
            cluster.advance(to: cluster.now + .milliseconds(random.next(from: 1, through: 4_000)))
        case 6, 7: changeISR(&cluster, &random, index)
        case 8:
            let isCancel = random.next(below: 4) == 0
            var target: [BrokerID] = (1...RandomOperationTests.brokers).map { BrokerID($0) }
            random.shuffle(&target)
            target.removeLast(random.next(below: target.count))
            _ = cluster.admin(
                .reassign(cluster.partition(index), replicas: isCancel ? nil : target)
            )
        case 9:
            let type: ElectionType = random.next(below: 4) == 0 ? .unclean : .preferred
            _ = cluster.admin(.electLeaders(type, [cluster.partition(index)]))
        default:
            cluster.heartbeat(
                broker,
                offline: random.next(below: 5) == 0 ? [1_000 + UInt64(broker)] : []
            )
        }
    }

    private func changeISR(_ cluster: inout Cluster, _ random: inout Random, _ index: Int32) {
        let state = cluster.state(index)
        guard state.hasLeader else { return }
        let isr = state.replicas.filter { $0 == state.leader || random.next(below: 2) == 0 }
        cluster.alterISR(isr.map(\.rawValue), index: index)
    }

    private func check(
        _ image: MetadataImage,
        after before: MetadataImage,
        leaders: inout [TopicPartition: [Int32: BrokerID]],
        _ features: Features,
        _ place: String
    ) {
        var offline = 0
        var imbalanced = 0
        for topic in image.topics {
            for (index, state) in topic.partitions.enumerated() {
                let partition = TopicPartition(topic.name, Int32(index))
                if !state.hasLeader { offline += 1 }
                if state.leader != state.preferredReplica { imbalanced += 1 }
                // Epochs never go back, and no change comes without a new partition epoch.
                if let old = before.partition(partition) {
                    #expect(state.leaderEpoch >= old.leaderEpoch, "\(place)")
                    #expect(state.partitionEpoch >= old.partitionEpoch, "\(place)")
                    #expect(
                        (state == old) == (state.partitionEpoch == old.partitionEpoch),
                        "\(place)"
                    )
                    #expect(state.leader == old.leader || state.leaderEpoch > old.leaderEpoch)
                }
                // One leader an epoch.
                if state.hasLeader {
                    let known = leaders[partition]?[state.leaderEpoch.rawValue]
                    #expect(known == nil || known == state.leader, "\(place)")
                    leaders[partition, default: [:]][state.leaderEpoch.rawValue] = state.leader
                }
                // The leader is in the ISR, which is a set of replicas and, without ELR, not empty.
                #expect(!state.hasLeader || state.isr.contains(state.leader), "\(place) \(state)")
                #expect(!state.isr.isEmpty || features.eligibleLeaderReplicas, "\(place)")
                #expect(state.isr.allSatisfy(state.replicas.contains), "\(place) \(state)")
                #expect(Set(state.isr).count == state.isr.count, "\(place)")
                #expect(Set(state.replicas).count == state.replicas.count, "\(place)")
                #expect(state.directories.count == state.replicas.count, "\(place)")
                #expect(Set(state.elr).isDisjoint(with: state.isr), "\(place)")
                // Whoever is in an ISR is unfenced, or alone in it.
                #expect(
                    state.isr.count <= 1 || state.isr.allSatisfy(image.isUnfenced),
                    "\(place) \(state)"
                )
            }
        }
        #expect(image.offlinePartitionCount == offline, "\(place)")
        #expect(image.preferredReplicaImbalanceCount == imbalanced, "\(place)")
    }
}
