public import SimBase

// MARK: Broker lifecycle

public struct BrokerRegistrationRequest: Equatable, Sendable {
    public let broker: BrokerID
    public let incarnation: IncarnationID
    /// The rack as a dense number; -1 for none.
    public let rack: Int32
    public let logDirs: [DirectoryID]
    /// From the clean-shutdown file; none after an unclean stop.
    public let previousBrokerEpoch: BrokerEpoch

    public init(
        broker: BrokerID,
        incarnation: IncarnationID,
        rack: Int32,
        logDirs: [DirectoryID],
        previousBrokerEpoch: BrokerEpoch
    ) {
        self.broker = broker
        self.incarnation = incarnation
        self.rack = rack
        self.logDirs = logDirs
        self.previousBrokerEpoch = previousBrokerEpoch
    }
}

public struct BrokerRegistrationResponse: Equatable, Sendable {
    public let error: ErrorCode
    public let brokerEpoch: BrokerEpoch

    public init(error: ErrorCode, brokerEpoch: BrokerEpoch = .none) {
        self.error = error
        self.brokerEpoch = brokerEpoch
    }
}

public struct BrokerHeartbeatRequest: Equatable, Sendable {
    public let broker: BrokerID
    public let brokerEpoch: BrokerEpoch
    /// The last metadata offset the broker has applied.
    public let currentMetadataOffset: Offset
    public let wantsFence: Bool
    public let wantsShutdown: Bool
    public let offlineLogDirs: [DirectoryID]

    public init(
        broker: BrokerID,
        brokerEpoch: BrokerEpoch,
        currentMetadataOffset: Offset,
        wantsFence: Bool,
        wantsShutdown: Bool,
        offlineLogDirs: [DirectoryID] = []
    ) {
        self.broker = broker
        self.brokerEpoch = brokerEpoch
        self.currentMetadataOffset = currentMetadataOffset
        self.wantsFence = wantsFence
        self.wantsShutdown = wantsShutdown
        self.offlineLogDirs = offlineLogDirs
    }
}

public struct BrokerHeartbeatResponse: Equatable, Sendable {
    public let error: ErrorCode
    public let isCaughtUp: Bool
    public let isFenced: Bool
    public let shouldShutDown: Bool

    public init(
        error: ErrorCode,
        isCaughtUp: Bool = false,
        isFenced: Bool = true,
        shouldShutDown: Bool = false
    ) {
        self.error = error
        self.isCaughtUp = isCaughtUp
        self.isFenced = isFenced
        self.shouldShutDown = shouldShutDown
    }
}

// MARK: AlterPartition

/// Whether a partition's leader was elected uncleanly and has not confirmed its recovery yet.
public enum LeaderRecoveryState: Int8, Hashable, Sendable {
    case recovered = 0
    case recovering = 1
}

public struct IsrMember: Equatable, Sendable {
    public let broker: BrokerID
    public let epoch: BrokerEpoch

    public init(broker: BrokerID, epoch: BrokerEpoch) {
        self.broker = broker
        self.epoch = epoch
    }
}

public struct AlterPartitionRequest: Equatable, Sendable {
    public let broker: BrokerID
    public let brokerEpoch: BrokerEpoch
    public let partitions: [AlterPartitionItem]

    public init(broker: BrokerID, brokerEpoch: BrokerEpoch, partitions: [AlterPartitionItem]) {
        self.broker = broker
        self.brokerEpoch = brokerEpoch
        self.partitions = partitions
    }
}

public struct AlterPartitionItem: Equatable, Sendable {
    public let partition: TopicPartition
    public let topicID: TopicID
    public let leaderEpoch: LeaderEpoch
    public let partitionEpoch: PartitionEpoch
    public let newISR: [IsrMember]
    public let recoveryState: LeaderRecoveryState

    public init(
        partition: TopicPartition,
        topicID: TopicID,
        leaderEpoch: LeaderEpoch,
        partitionEpoch: PartitionEpoch,
        newISR: [IsrMember],
        recoveryState: LeaderRecoveryState
    ) {
        self.partition = partition
        self.topicID = topicID
        self.leaderEpoch = leaderEpoch
        self.partitionEpoch = partitionEpoch
        self.newISR = newISR
        self.recoveryState = recoveryState
    }
}

public struct AlterPartitionResponse: Equatable, Sendable {
    public let error: ErrorCode
    public let partitions: [AlterPartitionAnswer]

    public init(error: ErrorCode, partitions: [AlterPartitionAnswer] = []) {
        self.error = error
        self.partitions = partitions
    }
}

public struct AlterPartitionAnswer: Equatable, Sendable {
    public let partition: TopicPartition
    public let error: ErrorCode
    public let leader: BrokerID
    public let leaderEpoch: LeaderEpoch
    public let isr: [BrokerID]
    public let recoveryState: LeaderRecoveryState
    public let partitionEpoch: PartitionEpoch

    public init(
        partition: TopicPartition,
        error: ErrorCode,
        leader: BrokerID = .none,
        leaderEpoch: LeaderEpoch = .none,
        isr: [BrokerID] = [],
        recoveryState: LeaderRecoveryState = .recovered,
        partitionEpoch: PartitionEpoch = PartitionEpoch(-1)
    ) {
        self.partition = partition
        self.error = error
        self.leader = leader
        self.leaderEpoch = leaderEpoch
        self.isr = isr
        self.recoveryState = recoveryState
        self.partitionEpoch = partitionEpoch
    }
}

// MARK: Administration

public struct CreateTopicRequest: Equatable, Sendable {
    public let name: TopicName
    /// -1 means the broker's `num.partitions`.
    public let partitions: Int32
    /// -1 means the broker's `default.replication.factor`.
    public let replicationFactor: Int16
    /// Replicas of each partition; overrides count and factor, which must then be -1.
    public let assignment: [[BrokerID]]?
    public let configs: [ConfigEntry]
    public let timeout: Interval

    public init(
        name: TopicName,
        partitions: Int32,
        replicationFactor: Int16,
        assignment: [[BrokerID]]? = nil,
        configs: [ConfigEntry] = [],
        timeout: Interval
    ) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.assignment = assignment
        self.configs = configs
        self.timeout = timeout
    }
}

/// A dynamic configuration: a property and its text, `nil` to return to the default.
///
/// Configuration changes are rare: the text travels as it is written in the scenario.
public struct ConfigEntry: Equatable, Sendable {
    public let name: String
    public let value: String?

    public init(name: String, value: String?) {
        self.name = name
        self.value = value
    }
}

public enum ConfigResource: Hashable, Sendable {
    case topic(TopicName)
    case broker(BrokerID)
    /// The cluster-wide default for brokers.
    case allBrokers
}

/// One administrative request; each is answered by one error code.
public enum AdminRequest: Equatable, Sendable {
    case deleteTopic(TopicName)
    case createPartitions(TopicName, count: Int32, assignment: [[BrokerID]]?)
    /// `nil` replicas cancel a reassignment.
    case reassign(TopicPartition, replicas: [BrokerID]?)
    case electLeaders(ElectionType, [TopicPartition])
    case alterConfigs(ConfigResource, [ConfigEntry])
    /// From a broker with several log directories: where it keeps its replicas (KIP-858).
    case assignReplicas(BrokerID, BrokerEpoch, directory: DirectoryID, [TopicPartition])
}

public enum ElectionType: Int8, Hashable, Sendable {
    case preferred = 0
    case unclean = 1
}
