internal import KafkaProtocol
internal import SimBase

/// What a node is in its epoch, with the state that is valid only there.
/// - Source: org.apache.kafka.raft.QuorumState and its `EpochState` classes.
enum QuorumPhase: Sendable {
    /// Knows no leader. Goes on to follower, candidate (a voter whose timer lapses) or unattached
    /// in a higher epoch.
    case unattached(Unattached)
    /// Knows the leader and fetches from it. Goes on to candidate, unattached or follower.
    case follower(Follower)
    /// Asks for votes. Goes on to leader, follower, unattached or candidate in the next epoch.
    case candidate(Candidate)
    /// Goes on to resigned, follower or unattached.
    case leader(Leadership)
    /// Led in this epoch and must not do so again. Goes on to candidate, follower or unattached.
    case resigned(Resigned)

    struct Unattached: Sendable {
        /// `distantFuture` for an observer.
        var electionDeadline: Instant
    }

    struct Follower: Sendable {
        let leader: BrokerID
        /// Moved by each successful answer of the leader.
        var fetchDeadline: Instant
        /// What the leader told to fetch before anything else.
        var snapshot: EpochEnd?
    }

    struct Candidate: Sendable {
        /// Elections in a row, this one included.
        let retries: Int32
        let electionDeadline: Instant
        /// In the order of arrival; the node itself first.
        var granted: [BrokerID]
        var rejected: [BrokerID] = []
        /// After a lost election: when the next begins.
        var backoffEnd: Instant?
    }

    struct Resigned: Sendable {
        let electionDeadline: Instant
        /// Voters by descending end of their logs.
        let preferred: [BrokerID]
        /// Voters that have not answered EndQuorumEpoch.
        var unacknowledged: [BrokerID]
    }
}
