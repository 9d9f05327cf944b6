import KafkaProtocol
import SimBase

/// A consumer's standing in its group.
/// - Source: org.apache.kafka.clients.consumer.internals.AbstractCoordinator.
struct GroupMembershipState: Sendable {
    enum Phase: Equatable, Sendable {
        /// To: preparing.
        case unjoined
        /// JoinGroup is under way. To: completing, unjoined.
        case preparing
        /// SyncGroup is under way. To: stable, preparing, unjoined.
        case completing
        /// To: preparing, unjoined.
        case stable
    }

    /// How far the join in progress is.
    enum Join: Equatable, Sendable {
        case idle
        case joining
        /// This member leads and waits for metadata of all topics.
        case assigning(JoinGroupResponse)
        case syncing
        /// The assignment is here; `poll()` completes the join.
        case joined([TopicPartition])
        /// `poll()` tries again at once.
        case failedAtOnce
        /// `poll()` tries again after `retry.backoff.ms`.
        case failed
        /// `poll()` throws.
        case fatal(ClientException)
    }

    var phase = Phase.unjoined
    var join = Join.idle
    var member = MemberID.none
    var generation = Generation.none
    var assignor = Assignor.range
    var rejoinNeeded = true
    var needsPrepare = true
    /// The next attempt to join waits for this.
    var retryAt = Instant.distantPast

    /// Deadline of the commit before a rejoin; `nil` outside.
    var prepareDeadline: Instant?
    /// The commit before a rejoin is under way.
    var isPrepareCommitInFlight = false
    var prepareCommitRetryAt = Instant.distantPast
    /// The partitions whose callback ran before a rejoin.
    var hasRevoked = false
    /// The listener was told of what a cooperative join takes away.
    var hasToldRevoked = false

    /// The leader's view of partition counts when it assigned; `nil` for followers.
    var assignedCounts: [TopicCount]?
    /// What the last completed join assigned, and in which generation (sticky assignors).
    var lastAssignment: [TopicPartition] = []
    var lastGeneration = Generation.none

    struct TopicCount: Equatable, Sendable {
        let topic: TopicName
        let count: Int32
    }

    var isRebalancing: Bool { phase == .preparing || phase == .completing }

    /// Back to the start; the member's id is kept where it may still be valid.
    mutating func reset(keepsMember: Bool) {
        phase = .unjoined
        generation = .none
        if !keepsMember { member = .none }
        rejoinNeeded = true
        needsPrepare = true
    }
}

/// The three clocks of a group member.
/// - Source: org.apache.kafka.clients.consumer.internals.Heartbeat.
struct Heartbeat: Sendable {
    var isEnabled = false
    var isInFlight = false
    var attempts: Int32 = 0
    /// When the next heartbeat is due.
    var due = Instant.distantFuture
    /// When the coordinator counts as lost for want of an answer.
    var sessionEnd = Instant.distantFuture
    /// When the application counts as stuck.
    var pollEnd = Instant.distantFuture
    /// The thread has died of this; the next `poll()` throws it.
    var failure: ClientException?
}
