/// A fact for checkers, ledgers and traces. Observing changes nothing.
///
/// The driver adds the instant and the process that observed.
public enum Observation: Equatable, Sendable {
    // MARK: Replicas
    /// A batch was written to a replica's log; on the leader, for the first time anywhere.
    case appended(TopicPartition, RecordBatch, asLeader: Bool)
    /// The leader of this epoch has a higher high watermark.
    case highWatermarkAdvanced(TopicPartition, LeaderEpoch, to: Offset)
    /// A follower's or restarting leader's high watermark; may be lower than before.
    case highWatermarkSet(TopicPartition, to: Offset)
    /// The log was cut from `from` (its end before) to `to`; below `highWatermark`, the replica's
    /// own, that takes back what it knew to be committed.
    case truncated(TopicPartition, from: Offset, to: Offset, highWatermark: Offset)
    /// Records before `to` were deleted (retention, DeleteRecords, a follower catching up).
    case logStartAdvanced(TopicPartition, to: Offset, LogStartReason)
    /// The cleaner has taken records out whose keys have newer ones, by offset, ascending.
    case compacted(TopicPartition, [Offset])
    /// A log was opened at start: what recovery kept.
    case recovered(TopicPartition, logStart: Offset, logEnd: Offset, wasClean: Bool)
    /// A replica (and all its files) was removed from this broker.
    case replicaDeleted(TopicPartition)
    /// A leadership begins, with the log's end as its start.
    case becameLeader(TopicPartition, LeaderEpoch, startOffset: Offset)
    case becameFollower(TopicPartition, LeaderEpoch, leader: BrokerID)
    /// The leader asks the controller for this ISR.
    case isrChangeProposed(TopicPartition, LeaderEpoch, isShrink: Bool)

    // MARK: Brokers and controllers
    /// The broker's own view of its life.
    case brokerStateChanged(BrokerState)
    /// The active controller's view of a partition changed (committed to the metadata log).
    case partitionChanged(PartitionChange)
    case topicDeleted(TopicName)
    case brokerRegistered(BrokerID, BrokerEpoch)
    case brokerFenced(BrokerID)
    case brokerUnfenced(BrokerID)
    /// A node's place in the metadata quorum; the leader is ``BrokerID/none`` if not known.
    case quorumStateChanged(QuorumEpoch, QuorumRole, leader: BrokerID)
    /// The node is the active controller from now on.
    case controllerActivated(QuorumEpoch)
    /// The metadata log is committed up to here, as this node knows.
    case quorumHighWatermark(QuorumEpoch, Offset)
    /// A batch of the metadata log was appended by this node.
    case quorumAppended(QuorumEpoch, base: Offset, end: Offset)
    /// The node's metadata log was cut to this end.
    case quorumTruncated(to: Offset)

    // MARK: Groups
    /// The leader's assignment is in force, committed by the coordinator.
    case groupStabilized(GroupName, Generation, [MemberAssignment])
    case groupStateChanged(GroupName, GroupPhase, Generation)
    case memberRemoved(GroupName, MemberID, MemberRemoval)
    /// The offset, the next one to read, is committed in `__consumer_offsets`.
    case offsetCommitted(GroupName, TopicPartition, Offset)

    // MARK: Clients
    /// A batch of this many records will be sent again; the error is why.
    case producerRetried(TopicPartition, ErrorCode, records: Int32)
    /// A producer starts its sequences anew under this epoch.
    case producerEpochBumped(ProducerEpoch)
    /// A batch that was too large for the broker is split and sent in pieces.
    case batchSplit(TopicPartition)

    /// A rare branch was taken; a test asserts that it was, a campaign lists those never taken.
    case mark(Mark)
}

/// A partition's state at the controller, and what changed it.
public struct PartitionChange: Equatable, Sendable {
    public let partition: TopicPartition
    /// ``BrokerID/none`` while nobody leads.
    public let leader: BrokerID
    public let leaderEpoch: LeaderEpoch
    public let partitionEpoch: PartitionEpoch
    public let isr: [BrokerID]
    public let replicas: [BrokerID]
    /// Replicas out of the ISR that still hold everything committed (KIP-966).
    public let eligibleLeaders: [BrokerID]
    /// `nil` if no leader was elected.
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

/// Why a log's start has moved.
public enum LogStartReason: UInt8, Hashable, Sendable {
    /// Old segments went, by time or size.
    case retention
    /// An administrator has asked for it.
    case deleteRecords
    /// The leader's log starts here.
    case followedLeader
    case compaction
}

/// How far a broker is in its life.
/// - Source: org.apache.kafka.metadata.BrokerState.
public enum BrokerState: UInt8, Hashable, Sendable {
    /// Catches up with the metadata as far as its own registration.
    case starting
    /// Caught up, still fenced.
    case recovery
    /// Unfenced: leads and follows.
    case running
    /// Waits for the controller to move its leaderships away.
    case pendingControlledShutdown
    case shuttingDown
}

/// What a node is in an epoch of the metadata quorum.
public enum QuorumRole: UInt8, Hashable, Sendable {
    /// Knows no leader.
    case unattached
    case follower
    case candidate
    case leader
    /// Has led in this epoch and does so no more.
    case resigned
    /// Fetches without a vote.
    case observer
    /// Asks whether it would win an election (KIP-996).
    case prospective
}

/// How far a group is in its rebalance.
/// - Source: org.apache.kafka.coordinator.group.classic.ClassicGroupState.
public enum GroupPhase: UInt8, Hashable, Sendable {
    /// No members; offsets may be kept.
    case empty
    /// Members gather: JoinGroup is awaited.
    case preparingRebalance
    /// The leader's assignment is awaited.
    case completingRebalance
    case stable
    case dead
}

/// Why a member is no longer in its group.
public enum MemberRemoval: UInt8, Hashable, Sendable {
    /// By its own LeaveGroup.
    case left
    /// No heartbeat came within `session.timeout.ms`.
    case sessionExpired
    /// It did not join again in time, or found the group full.
    case didNotRejoin
    /// It did not ask for its assignment in time.
    case didNotSync
    /// It came back under its `group.instance.id` with a new member id.
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
