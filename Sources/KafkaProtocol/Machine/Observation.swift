/// A fact for checkers, ledgers and traces. Observing changes nothing.
///
/// The driver adds the instant and the process that observed.
public enum Observation: Equatable, Sendable {
    // MARK: Replicas
    /// A batch was written to a replica's log; on the leader, for the first time anywhere.
    case appended(TopicPartition, RecordBatch, asLeader: Bool)
    case highWatermarkAdvanced(TopicPartition, LeaderEpoch, to: Offset)
    /// A follower's or restarting leader's high watermark; may be lower than before.
    case highWatermarkSet(TopicPartition, to: Offset)
    /// The log was cut from `from` (its end before) to `to`; `below` tells whether that lies under
    /// the replica's own high watermark.
    case truncated(TopicPartition, from: Offset, to: Offset, highWatermark: Offset)
    /// Records before `to` were deleted (retention, DeleteRecords, a follower catching up).
    case logStartAdvanced(TopicPartition, to: Offset, LogStartReason)
    /// A log was opened at start: what recovery kept.
    case recovered(TopicPartition, logStart: Offset, logEnd: Offset, wasClean: Bool)
    /// A replica (and all its files) was removed from this broker.
    case replicaDeleted(TopicPartition)
    case becameLeader(TopicPartition, LeaderEpoch, startOffset: Offset)
    case becameFollower(TopicPartition, LeaderEpoch, leader: BrokerID)
    /// The leader asks the controller for this ISR.
    case isrChangeProposed(TopicPartition, LeaderEpoch, isShrink: Bool)

    // MARK: Brokers and controllers
    case brokerStateChanged(BrokerState)
    /// The active controller's view of a partition changed (committed to the metadata log).
    case partitionChanged(PartitionChange)
    case topicDeleted(TopicName)
    case brokerRegistered(BrokerID, BrokerEpoch)
    case brokerFenced(BrokerID)
    case brokerUnfenced(BrokerID)
    case quorumStateChanged(QuorumEpoch, QuorumRole, leader: BrokerID)
    case controllerActivated(QuorumEpoch)
    case quorumHighWatermark(QuorumEpoch, Offset)
    /// A batch of the metadata log was appended by this node.
    case quorumAppended(QuorumEpoch, base: Offset, end: Offset)
    case quorumTruncated(to: Offset)

    // MARK: Groups
    case groupStabilized(GroupName, Generation, [MemberAssignment])
    case groupStateChanged(GroupName, GroupPhase, Generation)
    case memberRemoved(GroupName, MemberID, MemberRemoval)
    case offsetCommitted(GroupName, TopicPartition, Offset)

    // MARK: Clients
    case producerRetried(TopicPartition, ErrorCode, records: Int32)
    case producerEpochBumped(ProducerEpoch)
    case batchSplit(TopicPartition)

    /// A rare branch was taken; a test asserts that it was, a campaign lists those never taken.
    case mark(Mark)
}

/// A partition's state at the controller, and what changed it.
public struct PartitionChange: Equatable, Sendable {
    public let partition: TopicPartition
    public let leader: BrokerID
    public let leaderEpoch: LeaderEpoch
    public let partitionEpoch: PartitionEpoch
    public let isr: [BrokerID]
    public let replicas: [BrokerID]
    public let eligibleLeaders: [BrokerID]
    public let election: ElectionKind?

    public init(
        partition: TopicPartition,
        leader: BrokerID,
        leaderEpoch: LeaderEpoch,
        partitionEpoch: PartitionEpoch,
        isr: [BrokerID],
        replicas: [BrokerID],
        eligibleLeaders: [BrokerID] = [],
        election: ElectionKind?
    ) {
        self.partition = partition
        self.leader = leader
        self.leaderEpoch = leaderEpoch
        self.partitionEpoch = partitionEpoch
        self.isr = isr
        self.replicas = replicas
        self.eligibleLeaders = eligibleLeaders
        self.election = election
    }
}

/// How a leader came to be, when one was elected.
public enum ElectionKind: UInt8, Hashable, Sendable {
    /// At the topic's creation.
    case initial
    /// From the ISR.
    case clean
    /// From outside the ISR.
    case unclean
    /// Back to the first replica.
    case preferred
    /// The leader went and nobody could follow.
    case offline
}

public enum LogStartReason: UInt8, Hashable, Sendable {
    case retention
    case deleteRecords
    case followedLeader
    case compaction
}

/// - Source: org.apache.kafka.metadata.BrokerState.
public enum BrokerState: UInt8, Hashable, Sendable {
    case starting
    case recovery
    case running
    case pendingControlledShutdown
    case shuttingDown
}

public enum QuorumRole: UInt8, Hashable, Sendable {
    case unattached
    case follower
    case candidate
    case leader
    case resigned
    case observer
    /// Asks whether it would win an election (KIP-996).
    case prospective
}

/// - Source: org.apache.kafka.coordinator.group.classic.ClassicGroupState.
public enum GroupPhase: UInt8, Hashable, Sendable {
    case empty
    case preparingRebalance
    case completingRebalance
    case stable
    case dead
}

public enum MemberRemoval: UInt8, Hashable, Sendable {
    case left
    case sessionExpired
    case didNotRejoin
    case didNotSync
    case replaced
}

/// Rare branches worth knowing to have been taken.
public enum Mark: UInt8, Hashable, Sendable, CaseIterable {
    case truncatedBelowHighWatermark
    case tornBatchCut
    case divergingEpochAnswered
    case duplicateBatchAcknowledged
    case outOfOrderSequence
    case splitVote
    case registrationRefused
    case isrExpandPending
    case isrShrinkPending
    case staleAlterPartition
    case fetchSessionEvicted
    case offsetOutOfRange
    case logFullyTruncated
    case coordinatorMoved
}
