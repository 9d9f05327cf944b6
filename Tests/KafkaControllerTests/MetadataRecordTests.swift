import KafkaController
import KafkaProtocol
import Testing

@Suite struct MetadataRecordTests {
    private static let change: PartitionChangeRecord = {
        var change = PartitionChangeRecord(topicID: TopicID(9), partition: 4)
        change.isr = ids([2, 3])
        change.leader = BrokerID.none
        change.replicas = ids([1, 2, 3])
        change.removing = []
        change.adding = ids([4])
        change.leaderRecoveryState = .recovering
        change.directories = [.unassigned, DirectoryID(5), DirectoryID(UInt64.max)]
        change.elr = ids([1])
        change.lastKnownElr = []
        return change
    }()

    private static let partition: PartitionRecord = {
        var state = PartitionRegistration(
            replicas: ids([1, 2, 3]),
            directories: [DirectoryID(11), DirectoryID(12), .unassigned],
            isr: ids([2]),
            leader: BrokerID(2),
            leaderEpoch: LeaderEpoch(7),
            partitionEpoch: PartitionEpoch(12)
        )
        state.removing = ids([1])
        state.adding = ids([3])
        state.leaderRecoveryState = .recovering
        state.elr = ids([1, 3])
        state.lastKnownElr = ids([2])
        return PartitionRecord(topicID: TopicID(UInt64.max), partition: 0, registration: state)
    }()

    static let records: [MetadataRecord] = [
        .registerBroker(
            RegisterBrokerRecord(
                broker: BrokerID(3),
                incarnation: IncarnationID(77),
                epoch: BrokerEpoch(12),
                rack: 2,
                isFenced: false,
                inControlledShutdown: true,
                logDirs: [DirectoryID(5), DirectoryID(6)]
            )
        ),
        .registerBroker(
            RegisterBrokerRecord(
                broker: BrokerID(1),
                incarnation: IncarnationID(UInt64.max),
                epoch: BrokerEpoch(0)
            )
        ),
        .topic(TopicRecord(name: TopicName(12), id: TopicID(99))),
        .partition(partition),
        .partitionChange(change),
        .partitionChange(PartitionChangeRecord(topicID: TopicID(1), partition: 0)),
        .config(
            ConfigRecord(resource: .topic(TopicName(3)), name: "min.insync.replicas", value: "2")
        ),
        .config(ConfigRecord(resource: .broker(BrokerID(2)), name: "log.retention.ms", value: nil)),
        .config(ConfigRecord(resource: .allBrokers, name: "num.io.threads", value: "")),
        .removeTopic(TopicID(4)),
        .featureLevel(name: "metadata.version", level: 22),
        .producerIDs(
            ProducerIDsRecord(
                broker: BrokerID(2),
                brokerEpoch: BrokerEpoch(5),
                nextProducerID: ProducerID(3_000)
            )
        ),
        .brokerRegistrationChange(
            BrokerRegistrationChangeRecord(
                broker: BrokerID(1),
                brokerEpoch: BrokerEpoch(3),
                fencing: .unfence
            )
        ),
        .brokerRegistrationChange(
            BrokerRegistrationChangeRecord(
                broker: BrokerID(1),
                brokerEpoch: BrokerEpoch(3),
                fencing: .fence,
                entersControlledShutdown: true,
                logDirs: []
            )
        ),
        .noOp,
    ]

    @Test(arguments: records)
    func isReadAsItWasWritten(_ record: MetadataRecord) {
        #expect(MetadataRecord.decode(record.encoded()) == record)
    }

    @Test(arguments: records.filter { $0 != .noOp })
    func isRefusedWhenCutShort(_ record: MetadataRecord) {
        let bytes = record.encoded()
        for length in [0, 1, 2, bytes.count / 2, bytes.count - 2] {
            let cut = MetadataRecord.decode(Array(bytes[..<length]))
            #expect(cut == nil || cut != record, "cut to \(length)")
        }
    }

    @Test func hasKafkasFrameAndTaggedFields() {
        var change = PartitionChangeRecord(topicID: TopicID(1), partition: 2)
        change.isr = ids([3])
        change.leader = BrokerID(3)
        let expected: [UInt8] =
            [1, 5, 2]  // frame version, apiKey, version
            + [0, 0, 0, 2]  // partition
            + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]  // topic id
            + [2]  // tagged fields
            + [0, 5, 2, 0, 0, 0, 3]  // isr
            + [1, 4, 0, 0, 0, 3]  // leader
        #expect(MetadataRecord.partitionChange(change).encoded() == expected)
        #expect(MetadataRecord.noOp.encoded() == [1, 20, 0, 0])
    }

    @Test func anUnknownKindOrVersionIsRefused() {
        #expect(MetadataRecord.decode([1, 21, 0, 0]) == nil)
        #expect(MetadataRecord.decode([1, 20, 9, 0]) == nil)
        #expect(MetadataRecord.decode([0, 20, 0, 0]) == nil)
    }
}
