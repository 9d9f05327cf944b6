import KafkaController
import KafkaProtocol
import SimBase
import Testing

@Suite struct LeadershipTests {
    private func creation(_ cluster: Cluster) -> Request {
        .createTopics([
            CreateTopicRequest(
                name: cluster.topic("orders"),
                partitions: 1,
                replicationFactor: 1,
                timeout: .seconds(30)
            )
        ])
    }

    @Test func aStandbyRefuses() {
        var cluster = Cluster(brokers: 1)
        cluster.loseLeadership()
        #expect(!cluster.controller.isActive)
        #expect(cluster.send(creation(cluster)) == .createTopics([.notController]))
        #expect(cluster.heartbeat(1).error == .notController)
    }

    @Test func anAnswerWaitsForItsRecords() {
        var cluster = Cluster(brokers: 1)
        let handle = cluster.post(creation(cluster))
        #expect(cluster.answer(to: handle) == nil)
        #expect(cluster.observations.isEmpty)
        #expect(cluster.controller.committed.topics.isEmpty)
        #expect(cluster.controller.latest.topics.count == 1)
        cluster.commit()
        #expect(cluster.answer(to: handle) == .createTopics([.none]))
        #expect(cluster.controller.committed == cluster.controller.latest)
    }

    @Test func anAnswerWithoutRecordsWaitsForWhatIsNotCommitted() {
        var cluster = Cluster(brokers: 1)
        _ = cluster.post(creation(cluster))
        let second = cluster.post(creation(cluster))
        #expect(cluster.answer(to: second) == nil)
        cluster.commit()
        #expect(cluster.answer(to: second) == .createTopics([.topicAlreadyExists]))
        let third = cluster.post(creation(cluster))
        #expect(cluster.answer(to: third) == .createTopics([.topicAlreadyExists]))
    }

    @Test func losingTheLeadershipForgetsWhatIsNotCommitted() {
        var cluster = Cluster(brokers: 1)
        let before = cluster.controller.committed
        let handle = cluster.post(creation(cluster))
        cluster.loseLeadership()
        #expect(cluster.answer(to: handle) == .createTopics([.notController]))
        #expect(cluster.effects.last == .cancelTimer(.controller))
        #expect(cluster.controller.latest == before)
        cluster.activate(epoch: 2)
        #expect(cluster.controller.activeEpoch == QuorumEpoch(2))
        #expect(cluster.send(creation(cluster)) == .createTopics([.none]))
    }

    @Test func anActivationIsObservedOnceItsRecordsAreCommitted() {
        var cluster = Cluster()
        #expect(cluster.log.map(\.word) == ["feature metadata.version"])
        #expect(cluster.observations == [.controllerActivated(QuorumEpoch(1))])
        cluster.loseLeadership()
        cluster.effects.removeAll()
        cluster.activate(epoch: 3)
        #expect(cluster.observations == [.controllerActivated(QuorumEpoch(3))])
        #expect(cluster.log.count == 1)
    }

    @Test func anIdleControllerWritesNoOpRecords() {
        var cluster = Cluster()
        cluster.advance(to: .zero + .milliseconds(1_600))
        #expect(cluster.log.map(\.word).filter { $0 == "noop" }.count == 3)
        #expect(cluster.deadline == .zero + .milliseconds(2_000))
    }

    @Test func whatEarlierLeadersLeftIsShownOnceAtActivation() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        cluster.fence(1)
        cluster.create([[2]], name: "shop")
        #expect(cluster.admin(.deleteTopic(cluster.topic("shop"))) == .none)
        var restarted = Controller(
            id: BrokerID(102),
            config: ServerConfig(),
            features: Features(),
            names: cluster.names,
            random: Random(seed: 1)
        )
        var builder = RecordBatchBuilder(capacity: 1_024)
        for record in cluster.log {
            builder.append(timestamp: 0, key: nil, value: record.encoded())
        }
        let batch = RecordBatch(
            baseOffset: .zero,
            partitionLeaderEpoch: LeaderEpoch(1),
            body: builder.finish()
        )
        var effects: [Effect] = []
        restarted.apply(committed: [batch], isLeader: true, into: &effects)
        #expect(effects.isEmpty)
        var writes: [MetadataWrite] = []
        restarted.activate(
            epoch: QuorumEpoch(2),
            nextOffset: batch.nextOffset,
            now: .zero,
            into: &effects,
            writes: &writes
        )
        let change = PartitionChange(
            partition: cluster.partition(),
            leader: BrokerID(2),
            leaderEpoch: LeaderEpoch(1),
            partitionEpoch: PartitionEpoch(1),
            isr: ids([2]),
            replicas: ids([1, 2]),
            election: nil
        )
        let expected: [Effect] = [
            .observe(.topicDeleted(cluster.topic("shop"))), .observe(.partitionChanged(change)),
            .observe(.controllerActivated(QuorumEpoch(2))),
        ]
        #expect(Array(effects.prefix(3)) == expected)
    }

    @Test func aStandbyFollowsWithoutObserving() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        var standby = Controller(
            id: BrokerID(102),
            config: ServerConfig(),
            features: Features(),
            names: cluster.names,
            random: Random(seed: 1)
        )
        var builder = RecordBatchBuilder(capacity: 1_024)
        for record in cluster.log {
            builder.append(timestamp: 0, key: nil, value: record.encoded())
        }
        let batch = RecordBatch(
            baseOffset: .zero,
            partitionLeaderEpoch: LeaderEpoch(1),
            body: builder.finish()
        )
        var effects: [Effect] = []
        standby.apply(committed: [batch], isLeader: false, into: &effects)
        #expect(effects.isEmpty)
        #expect(standby.committed == cluster.controller.committed)
    }

    @Test func aSnapshotReplacesTheImage() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        var standby = Controller(
            id: BrokerID(102),
            config: ServerConfig(),
            features: Features(),
            names: cluster.names,
            random: Random(seed: 1)
        )
        var builder = RecordBatchBuilder(capacity: 1_024)
        for record in cluster.controller.committed.snapshotRecords() {
            builder.append(timestamp: 0, key: nil, value: record.encoded())
        }
        let batch = RecordBatch(
            baseOffset: .zero,
            partitionLeaderEpoch: LeaderEpoch(1),
            body: builder.finish()
        )
        standby.load(snapshot: [batch], end: Offset(Int64(cluster.log.count)))
        #expect(standby.committed.topics == cluster.controller.committed.topics)
        #expect(standby.committed.lastOffset == cluster.controller.committed.lastOffset)
    }
}
