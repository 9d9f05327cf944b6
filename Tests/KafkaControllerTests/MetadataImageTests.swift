import KafkaController
import KafkaProtocol
import Testing

@Suite struct MetadataImageTests {
    private func registration(_ id: Int32) -> MetadataRecord {
        .registerBroker(
            RegisterBrokerRecord(
                broker: BrokerID(id),
                incarnation: IncarnationID(UInt64(id)),
                epoch: BrokerEpoch(Int64(id))
            )
        )
    }

    private func partition(_ index: Int32, of id: UInt64, leader: Int32 = 1) -> MetadataRecord {
        .partition(
            PartitionRecord(
                topicID: TopicID(id),
                partition: index,
                registration: PartitionRegistration(
                    replicas: ids([1, 2]),
                    directories: [.unassigned, .unassigned],
                    isr: ids([1, 2]),
                    leader: BrokerID(leader)
                )
            )
        )
    }

    private func image(_ records: [MetadataRecord]) -> MetadataImage {
        var image = MetadataImage()
        for (offset, record) in records.enumerated() {
            image.apply(record, at: Offset(Int64(offset)))
        }
        return image
    }

    private var sample: [MetadataRecord] {
        [
            .featureLevel(name: "metadata.version", level: 22),
            registration(3), registration(1), registration(2),
            .topic(TopicRecord(name: TopicName(7), id: TopicID(70))), partition(0, of: 70),
            partition(1, of: 70, leader: 2),
            .topic(TopicRecord(name: TopicName(4), id: TopicID(40))), partition(0, of: 40),
            .config(ConfigRecord(resource: .allBrokers, name: "b", value: "1")),
            .config(ConfigRecord(resource: .topic(TopicName(7)), name: "z", value: "1")),
            .config(ConfigRecord(resource: .topic(TopicName(7)), name: "a", value: "2")),
            .producerIDs(
                ProducerIDsRecord(
                    broker: BrokerID(1),
                    brokerEpoch: BrokerEpoch(1),
                    nextProducerID: ProducerID(2_000)
                )
            ),
        ]
    }

    @Test func tablesAreSortedHoweverTheRecordsCome() {
        let image = image(sample)
        #expect(image.brokers.map(\.id) == ids([1, 2, 3]))
        #expect(image.topics.map(\.name) == [TopicName(4), TopicName(7)])
        #expect(image.topic(id: TopicID(70))?.partitions.count == 2)
        #expect(image.topic(named: TopicName(5)) == nil)
        #expect(image.configs(of: .topic(TopicName(7))).map(\.name) == ["a", "z"])
        #expect(image.partition(TopicPartition(TopicName(7), 2)) == nil)
        #expect(image.lastOffset == Offset(Int64(sample.count) - 1))
    }

    @Test func aChangeBumpsTheLeaderEpochIffItNamesALeader() {
        var image = image(sample)
        let partition = TopicPartition(TopicName(7), 0)
        var change = PartitionChangeRecord(topicID: TopicID(70), partition: 0)
        change.isr = ids([1])
        image.apply(.partitionChange(change), at: Offset(20))
        #expect(image.partition(partition)?.summary == "leader 1 isr [1] le 0 pe 1")
        change = PartitionChangeRecord(topicID: TopicID(70), partition: 0)
        change.leader = BrokerID(1)
        image.apply(.partitionChange(change), at: Offset(21))
        #expect(image.partition(partition)?.summary == "leader 1 isr [1] le 1 pe 2")
    }

    @Test func countsOfflineAndImbalancedPartitions() {
        var image = image(sample)
        #expect(image.offlinePartitionCount == 0)
        #expect(image.preferredReplicaImbalanceCount == 1)
        var change = PartitionChangeRecord(topicID: TopicID(40), partition: 0)
        change.leader = BrokerID.none
        image.apply(.partitionChange(change), at: Offset(20))
        #expect(image.offlinePartitionCount == 1)
        #expect(image.preferredReplicaImbalanceCount == 2)
        image.apply(.removeTopic(TopicID(40)), at: Offset(21))
        #expect(image.offlinePartitionCount == 0)
        #expect(image.preferredReplicaImbalanceCount == 1)
    }

    @Test func removingATopicRemovesItsConfiguration() {
        var image = image(sample)
        image.apply(.removeTopic(TopicID(70)), at: Offset(20))
        #expect(image.topic(named: TopicName(7)) == nil)
        #expect(image.topicName(of: TopicID(70)) == nil)
        #expect(image.configs(of: .topic(TopicName(7))) == [])
        #expect(image.topic(named: TopicName(4))?.id == TopicID(40))
    }

    @Test func deletingTheLastEntryLeavesNoConfiguration() {
        var image = image(sample)
        let delete = ConfigRecord(resource: .allBrokers, name: "b", value: nil)
        image.apply(.config(delete), at: Offset(20))
        image.apply(.config(delete), at: Offset(21))
        #expect(image.configs(of: .allBrokers) == [])
        #expect(image.config("a", of: .topic(TopicName(7))) == "2")
    }

    @Test func aSnapshotBuildsTheSameImage() {
        let original = image(sample)
        let rebuilt = image(original.snapshotRecords())
        #expect(rebuilt.snapshotRecords() == original.snapshotRecords())
        #expect(rebuilt.topics == original.topics)
        #expect(rebuilt.nextProducerID == original.nextProducerID)
        #expect(rebuilt.preferredReplicaImbalanceCount == original.preferredReplicaImbalanceCount)
    }
}

@Suite struct MetadataDeltaTests {
    @Test func namesEachChangeOnceAndInOrder() {
        var image = MetadataImage()
        var delta = MetadataDelta()
        let state = PartitionRegistration(
            replicas: ids([1]),
            directories: [.unassigned],
            isr: ids([1]),
            leader: BrokerID(1)
        )
        func apply(_ records: [MetadataRecord]) {
            for record in records { image.apply(record, at: .zero, noting: &delta) }
        }
        func topic(_ name: Int32, _ id: UInt64, partitions: Int32) -> [MetadataRecord] {
            [.topic(TopicRecord(name: TopicName(name), id: TopicID(id)))]
                + (0..<partitions).map {
                    .partition(
                        PartitionRecord(topicID: TopicID(id), partition: $0, registration: state)
                    )
                }
        }
        apply(topic(5, 50, partitions: 2) + topic(4, 40, partitions: 1))
        #expect(delta.createdTopics == [TopicName(4), TopicName(5)])
        #expect(
            delta.changedPartitions == [
                TopicPartition(TopicName(4), 0), TopicPartition(TopicName(5), 0),
                TopicPartition(TopicName(5), 1),
            ]
        )
        delta.removeAll()
        #expect(delta.isEmpty)

        var change = PartitionChangeRecord(topicID: TopicID(50), partition: 1)
        change.isr = ids([1])
        apply([.partitionChange(change), .partitionChange(change)])
        #expect(delta.changedPartitions == [TopicPartition(TopicName(5), 1)])

        apply([.removeTopic(TopicID(50))])
        #expect(delta.changedPartitions == [])
        #expect(delta.deletedTopics.map(\.id) == [TopicID(50)])
        apply(topic(5, 51, partitions: 1))
        #expect(delta.changedPartitions == [TopicPartition(TopicName(5), 0)])
        #expect(delta.deletedTopics.map(\.partitionCount) == [2])
    }

    @Test func aLoadedSnapshotIsAChangeOfEverything() {
        var old = MetadataImage()
        old.apply(.topic(TopicRecord(name: TopicName(4), id: TopicID(40))), at: .zero)
        var new = MetadataImage()
        new.apply(.topic(TopicRecord(name: TopicName(4), id: TopicID(41))), at: .zero)
        var delta = MetadataDelta()
        delta.noteAll(of: new, replacing: old)
        #expect(delta.deletedTopics.map(\.id) == [TopicID(40)])
        #expect(delta.createdTopics == [TopicName(4)])
    }
}
