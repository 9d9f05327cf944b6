public struct MetadataRequest: Equatable, Sendable {
    /// `nil` asks for all topics.
    public let topics: [TopicName]?
    public let allowsAutoCreation: Bool

    public init(topics: [TopicName]?, allowsAutoCreation: Bool) {
        self.topics = topics
        self.allowsAutoCreation = allowsAutoCreation
    }
}

public struct MetadataResponse: Equatable, Sendable {
    /// Live (unfenced) brokers in id order.
    public let brokers: [BrokerID]
    /// A broker that stands for the controller: requests to it are forwarded.
    public let controller: BrokerID
    public let topics: [MetadataTopic]

    public init(brokers: [BrokerID], controller: BrokerID, topics: [MetadataTopic]) {
        self.brokers = brokers
        self.controller = controller
        self.topics = topics
    }
}

public struct MetadataTopic: Equatable, Sendable {
    public let name: TopicName
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

public struct MetadataPartition: Equatable, Sendable {
    public let error: ErrorCode
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

public struct InitProducerIdResponse: Equatable, Sendable {
    public let error: ErrorCode
    public let producerID: ProducerID
    public let epoch: ProducerEpoch

    public init(error: ErrorCode, producerID: ProducerID = .none, epoch: ProducerEpoch = .none) {
        self.error = error
        self.producerID = producerID
        self.epoch = epoch
    }
}
