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
    /// Asks voters whether they would vote for it, before it raises the epoch (KIP-996). Goes on to
    /// candidate, or back to follower or unattached.
    case prospective(Prospective)
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
        /// The leader has answered in this epoch.
        var hasFetched = false
        /// What the leader told to fetch before anything else.
        var snapshot: EpochEnd?
    }

    struct Prospective: Sendable {
        /// Of the elections to come, as in ``Candidate``.
        let retries: Int32
        var electionDeadline: Instant
        var ballot: Ballot
    }

    struct Candidate: Sendable {
        /// Elections in a row, this one included.
        let retries: Int32
        let electionDeadline: Instant
        var ballot: Ballot
        /// After a lost election: when the next begins.
        var backoffEnd: Instant?
    }

    /// The votes of an election.
    /// - Source: org.apache.kafka.raft.internals.EpochElection.
    struct Ballot: Sendable {
        let voters: [BrokerID]
        /// In the order of arrival; the node itself first.
        private(set) var granted: [BrokerID]
        private(set) var rejected: [BrokerID] = []

        init(of id: BrokerID, among voters: [BrokerID]) {
            self.voters = voters
            granted = [id]
        }

        private var majority: Int { voters.count / 2 + 1 }
        var isWon: Bool { granted.count >= majority }
        var isLost: Bool { voters.count - rejected.count < majority }
        /// Voters that have not answered.
        var open: [BrokerID] {
            voters.filter { !granted.contains($0) && !rejected.contains($0) }
        }

        mutating func record(_ voter: BrokerID, isGranted: Bool) {
            guard open.contains(voter) else { return }
            if isGranted { granted.append(voter) } else { rejected.append(voter) }
        }
    }

    struct Resigned: Sendable {
        let electionDeadline: Instant
        /// Voters by descending end of their logs.
        let preferred: [BrokerID]
        /// Voters that have not answered EndQuorumEpoch.
        var unacknowledged: [BrokerID]
    }
}
