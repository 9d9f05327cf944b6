public import KafkaProtocol

/// One fact of the metadata log. Everything that brokers know of the cluster is a fold over these.
/// - Source: org.apache.kafka.common.metadata.MetadataRecordType.
public enum MetadataRecord: Equatable, Sendable {
    /// A broker process came; it starts fenced.
    case registerBroker(RegisterBrokerRecord)
    case topic(TopicRecord)
    case partition(PartitionRecord)
    case config(ConfigRecord)
    case partitionChange(PartitionChangeRecord)
    case removeTopic(TopicID)
    /// A feature, by name, and the level that the cluster has finalized.
    case featureLevel(name: String, level: Int16)
    case producerIDs(ProducerIDsRecord)
    case brokerRegistrationChange(BrokerRegistrationChangeRecord)
    /// Written by an idle controller so that the quorum's high watermark keeps moving (KIP-835).
    case noOp
}

/// - Source: RegisterBrokerRecord.
public struct RegisterBrokerRecord: Equatable, Sendable {
    public let broker: BrokerID
    public let incarnation: IncarnationID
    public let epoch: BrokerEpoch
    /// The rack as a dense number; -1 for none.
    public let rack: Int32
    public let isFenced: Bool
    public let inControlledShutdown: Bool
    /// The directories that are online.
    public let logDirs: [DirectoryID]

    public init(
        broker: BrokerID,
        incarnation: IncarnationID,
        epoch: BrokerEpoch,
        rack: Int32 = -1,
        isFenced: Bool = true,
        inControlledShutdown: Bool = false,
        logDirs: [DirectoryID] = []
    ) {
        self.broker = broker
        self.incarnation = incarnation
        self.epoch = epoch
        self.rack = rack
        self.isFenced = isFenced
        self.inControlledShutdown = inControlledShutdown
        self.logDirs = logDirs
    }
}

/// - Source: TopicRecord.
public struct TopicRecord: Equatable, Sendable {
    public let name: TopicName
    public let id: TopicID

    public init(name: TopicName, id: TopicID) {
        self.name = name
        self.id = id
    }
}

/// A partition as it begins, or as a snapshot has it.
/// - Source: PartitionRecord.
public struct PartitionRecord: Equatable, Sendable {
    public let topicID: TopicID
    public let partition: Int32
    public let registration: PartitionRegistration

    public init(topicID: TopicID, partition: Int32, registration: PartitionRegistration) {
        self.topicID = topicID
        self.partition = partition
        self.registration = registration
    }
}

/// What changed in a partition; `nil` leaves a field as it was.
/// - Source: PartitionChangeRecord.
public struct PartitionChangeRecord: Equatable, Sendable {
    public let topicID: TopicID
    public let partition: Int32
    public var isr: [BrokerID]?
    /// ``BrokerID/none`` takes the leader away. Any value, the old one too, bumps the leader epoch.
    public var leader: BrokerID?
    public var replicas: [BrokerID]?
    public var removing: [BrokerID]?
    public var adding: [BrokerID]?
    public var leaderRecoveryState: LeaderRecoveryState?
    /// One a replica, in the order of the replicas.
    public var directories: [DirectoryID]?
    public var elr: [BrokerID]?
    public var lastKnownElr: [BrokerID]?

    public init(topicID: TopicID, partition: Int32) {
        self.topicID = topicID
        self.partition = partition
    }

    /// Whether the record would change nothing but the partition epoch: such a record is not written.
    public var isNoOp: Bool {
        isr == nil && leader == nil && replicas == nil && removing == nil && adding == nil
            && leaderRecoveryState == nil && directories == nil && elr == nil
            && lastKnownElr == nil
    }
}

/// - Source: ConfigRecord.
public struct ConfigRecord: Equatable, Sendable {
    public let resource: ConfigResource
    public let name: String
    /// `nil` deletes the entry.
    public let value: String?

    public init(resource: ConfigResource, name: String, value: String?) {
        self.resource = resource
        self.name = name
        self.value = value
    }
}

/// - Source: ProducerIdsRecord.
public struct ProducerIDsRecord: Equatable, Sendable {
    public let broker: BrokerID
    public let brokerEpoch: BrokerEpoch
    /// The first id of the block after the one that was handed out.
    public let nextProducerID: ProducerID

    public init(broker: BrokerID, brokerEpoch: BrokerEpoch, nextProducerID: ProducerID) {
        self.broker = broker
        self.brokerEpoch = brokerEpoch
        self.nextProducerID = nextProducerID
    }
}

/// - Source: BrokerRegistrationChangeRecord.
public struct BrokerRegistrationChangeRecord: Equatable, Sendable {
    public enum Fencing: Int8, Equatable, Sendable {
        case unfence = -1
        case unchanged = 0
        case fence = 1
    }

    public let broker: BrokerID
    public let brokerEpoch: BrokerEpoch
    public let fencing: Fencing
    /// Whether a controlled shutdown begins; it ends with the process only.
    public let entersControlledShutdown: Bool
    /// The directories that are online from now on; `nil` leaves them as they were.
    public let logDirs: [DirectoryID]?

    public init(
        broker: BrokerID,
        brokerEpoch: BrokerEpoch,
        fencing: Fencing = .unchanged,
        entersControlledShutdown: Bool = false,
        logDirs: [DirectoryID]? = nil
    ) {
        self.broker = broker
        self.brokerEpoch = brokerEpoch
        self.fencing = fencing
        self.entersControlledShutdown = entersControlledShutdown
        self.logDirs = logDirs
    }
}
