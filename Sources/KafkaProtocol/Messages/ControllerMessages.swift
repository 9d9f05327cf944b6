public import SimBase

// MARK: Broker lifecycle

/// A starting broker's introduction of itself to the active controller (KIP-631).
public struct BrokerRegistrationRequest: Equatable, Sendable {
    public let broker: BrokerID
    /// Tells a restarted broker from another one that claims the same id.
    public let incarnation: IncarnationID
    /// The rack as a dense number; -1 for none.
    public let rack: Int32
    /// All log directories that work.
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

/// The active controller's answer: the epoch under which the broker takes part.
public struct BrokerRegistrationResponse: Equatable, Sendable {
    public let error: ErrorCode
    /// ``BrokerEpoch/none`` with an error.
    public let brokerEpoch: BrokerEpoch

    public init(error: ErrorCode, brokerEpoch: BrokerEpoch = .none) {
        self.error = error
        self.brokerEpoch = brokerEpoch
    }
}

/// A broker's sign of life to the active controller, and what it wishes to be (KIP-631).
public struct BrokerHeartbeatRequest: Equatable, Sendable {
    public let broker: BrokerID
    public let brokerEpoch: BrokerEpoch
    /// The last metadata offset the broker has applied.
    public let currentMetadataOffset: Offset
    /// The broker is not ready to lead or follow yet.
    public let wantsFence: Bool
    /// The broker asks that its leaderships be moved away (controlled shutdown).
    public let wantsShutdown: Bool
    /// Directories that have failed since the broker started (KIP-858).
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

/// The active controller's answer to a heartbeat: the state that the broker is in now.
public struct BrokerHeartbeatResponse: Equatable, Sendable {
    /// `STALE_BROKER_EPOCH` where a later registration counts.
    public let error: ErrorCode
    /// Whether the broker has applied the metadata as far as its own registration.
    public let isCaughtUp: Bool
    public let isFenced: Bool
    /// The broker leads nothing any more and may end its controlled shutdown.
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
    /// The log counts as complete.
    case recovered = 0
    /// Committed records may be missing: the ISR is the leader alone until it has recovered.
    case recovering = 1
}

/// A replica that is to be in sync, and the registration under which it was found to be (KIP-903).
public struct IsrMember: Equatable, Sendable {
    public let broker: BrokerID
    /// ``BrokerEpoch/none`` if the leader does not know it; passes the check.
    public let epoch: BrokerEpoch

    public init(broker: BrokerID, epoch: BrokerEpoch) {
        self.broker = broker
        self.epoch = epoch
    }
}

/// Changes of in-sync replicas that a leader asks the active controller for (KIP-497).
public struct AlterPartitionRequest: Equatable, Sendable {
    /// The leader of all the partitions.
    public let broker: BrokerID
    public let brokerEpoch: BrokerEpoch
    public let partitions: [AlterPartitionItem]

    public init(broker: BrokerID, brokerEpoch: BrokerEpoch, partitions: [AlterPartitionItem]) {
        self.broker = broker
        self.brokerEpoch = brokerEpoch
        self.partitions = partitions
    }
}

/// The change that is asked for in one partition.
public struct AlterPartitionItem: Equatable, Sendable {
    public let partition: TopicPartition
    public let topicID: TopicID
    public let leaderEpoch: LeaderEpoch
    /// The state that the change is based on: refused if the controller has a later one.
    public let partitionEpoch: PartitionEpoch
    /// All in-sync replicas after the change, the leader included.
    public let newISR: [IsrMember]
    /// `recovering` only with the leader as the one member.
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

/// The active controller's answer to an `AlterPartitionRequest`.
public struct AlterPartitionResponse: Equatable, Sendable {
    /// For the whole request, such as `STALE_BROKER_EPOCH`; `partitions` is then empty.
    public let error: ErrorCode
    public let partitions: [AlterPartitionAnswer]

    public init(error: ErrorCode, partitions: [AlterPartitionAnswer] = []) {
        self.error = error
        self.partitions = partitions
    }
}

/// The state of one partition after the change, or why it was refused.
public struct AlterPartitionAnswer: Equatable, Sendable {
    public let partition: TopicPartition
    /// `NEW_LEADER_ELECTED` if the change was made and took the leadership away.
    public let error: ErrorCode
    /// This and what follows is meaningless with an error.
    public let leader: BrokerID
    public let leaderEpoch: LeaderEpoch
    public let isr: [BrokerID]
    public let recoveryState: LeaderRecoveryState
    /// -1 with an error.
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

/// A topic to be created by the active controller.
public struct CreateTopicRequest: Equatable, Sendable {
    public let name: TopicName
    /// -1 means the broker's `num.partitions`.
    public let partitions: Int32
    /// -1 means the broker's `default.replication.factor`.
    public let replicationFactor: Int16
    /// Replicas of each partition; overrides count and factor, which must then be -1.
    public let assignment: [[BrokerID]]?
    /// Properties of the topic that differ from the brokers' defaults.
    public let configs: [ConfigEntry]
    /// Part of the message; the simulated controller does not look at it.
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
    /// `nil` removes the entry.
    public let value: String?

    public init(name: String, value: String?) {
        self.name = name
        self.value = value
    }
}

/// What a dynamic configuration applies to.
public enum ConfigResource: Hashable, Sendable {
    case topic(TopicName)
    case broker(BrokerID)
    /// The cluster-wide default for brokers.
    case allBrokers
}

/// One administrative request; each is answered by one error code.
public enum AdminRequest: Equatable, Sendable {
    case deleteTopic(TopicName)
    /// `count` is the new total; `assignment` names the replicas of the added partitions.
    case createPartitions(TopicName, count: Int32, assignment: [[BrokerID]]?)
    /// `nil` replicas cancel a reassignment.
    case reassign(TopicPartition, replicas: [BrokerID]?)
    /// No partitions means all.
    case electLeaders(ElectionType, [TopicPartition])
    case alterConfigs(ConfigResource, [ConfigEntry])
    /// From a broker with several log directories: where it keeps its replicas (KIP-858).
    case assignReplicas(BrokerID, BrokerEpoch, directory: DirectoryID, [TopicPartition])
}

/// How an administrator wants leaders to be elected (KIP-460).
public enum ElectionType: Int8, Hashable, Sendable {
    /// The first replica, if it is in sync.
    case preferred = 0
    /// Any live replica, where there is no leader: committed records may be lost.
    case unclean = 1
}
