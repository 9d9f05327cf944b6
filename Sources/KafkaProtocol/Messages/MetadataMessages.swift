/// A client's question to any broker for the live brokers and the leaders of topics.
public struct MetadataRequest: Equatable, Sendable {
    /// `nil` asks for all topics.
    public let topics: [TopicName]?
    /// Whether a topic that does not exist may be created; `auto.create.topics.enable` decides
    /// too.
    public let allowsAutoCreation: Bool

    public init(topics: [TopicName]?, allowsAutoCreation: Bool) {
        self.topics = topics
        self.allowsAutoCreation = allowsAutoCreation
    }
}

/// The cluster as the answering broker has heard of it, which may be behind the controller.
public struct MetadataResponse: Equatable, Sendable {
    /// Live (unfenced) brokers in id order.
    public let brokers: [BrokerID]
    /// A broker that stands for the controller: requests to it are forwarded.
    /// ``BrokerID/none`` while no broker is live.
    public let controller: BrokerID
    public let topics: [MetadataTopic]

    public init(brokers: [BrokerID], controller: BrokerID, topics: [MetadataTopic]) {
        self.brokers = brokers
        self.controller = controller
        self.topics = topics
    }
}

/// One topic of a metadata response.
public struct MetadataTopic: Equatable, Sendable {
    public let name: TopicName
    /// ``TopicID/none`` for a topic that does not exist.
    public let id: TopicID
    public let error: ErrorCode
    /// In partition order, without holes.
    public let partitions: [MetadataPartition]

    public init(name: TopicName, id: TopicID, error: ErrorCode, partitions: [MetadataPartition]) {
        self.name = name
        self.id = id
        self.error = error
        self.partitions = partitions
    }
}

/// Where one partition is led and kept, in a metadata response.
public struct MetadataPartition: Equatable, Sendable {
    /// `LEADER_NOT_AVAILABLE` while there is no leader.
    public let error: ErrorCode
    /// ``BrokerID/none`` while there is none.
    public let leader: BrokerID
    public let leaderEpoch: LeaderEpoch
    public let replicas: [BrokerID]
    public let isr: [BrokerID]

    public init(
        error: ErrorCode,
        leader: BrokerID,
        leaderEpoch: LeaderEpoch,
        replicas: [BrokerID],
        isr: [BrokerID]
    ) {
        self.error = error
        self.leader = leader
        self.leaderEpoch = leaderEpoch
        self.replicas = replicas
        self.isr = isr
    }
}

/// The identity that a broker gives to an idempotent producer.
public struct InitProducerIdResponse: Equatable, Sendable {
    /// `COORDINATOR_LOAD_IN_PROGRESS` while the broker waits for a block of ids itself.
    public let error: ErrorCode
    /// ``ProducerID/none`` with an error.
    public let producerID: ProducerID
    public let epoch: ProducerEpoch

    public init(error: ErrorCode, producerID: ProducerID = .none, epoch: ProducerEpoch = .none) {
        self.error = error
        self.producerID = producerID
        self.epoch = epoch
    }
}
