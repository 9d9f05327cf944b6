import KafkaProtocol
import SimBase

/// Where a follower stands with one partition.
/// - Source: kafka.server.PartitionFetchState.
struct FollowedPartition: Equatable, Sendable {
    enum State: Equatable, Sendable {
        case fetching
        /// The log may differ from the leader's and is cut before the first fetch.
        case truncating
    }

    let partition: TopicPartition
    let topicID: TopicID
    let slot: Int
    /// The epoch in which the leader is followed.
    let leaderEpoch: LeaderEpoch
    var state: State { didSet { settled = nil } }
    var fetchOffset: Offset { didSet { settled = nil } }
    /// The epoch of the last record; none in versions that do not truncate on fetch.
    var lastFetchedEpoch = LeaderEpoch.none { didSet { settled = nil } }
    /// Left alone until then.
    var delayedUntil = Instant.distantPast { didSet { settled = nil } }

    /// The offset that the fetch in flight asked for; none if it does not ask for the partition.
    var requestedOffset = Offset.none { didSet { settled = nil } }
    /// The epoch that the fetch in flight named.
    var requestedEpoch = LeaderEpoch.none { didSet { settled = nil } }
    /// What the leader's fetch session knows; `nil` if the partition is not in the session.
    var told: FetchPartition? { didSet { settled = nil } }
    /// The replica's count of changes when the session was found to know just what would be asked:
    /// while it stands, and nothing above is touched, the next fetch asks the same.
    var settled: UInt32?

    /// Whether the leader's session knows just what would be asked now.
    func isTold(_ epoch: LeaderEpoch, _ logStart: Offset) -> Bool {
        guard let told else { return false }
        return told.topicID == topicID && told.fetchOffset == fetchOffset
            && told.currentLeaderEpoch == epoch && told.lastFetchedEpoch == lastFetchedEpoch
            && told.logStartOffset == logStart
    }

    func isReady(now: Instant) -> Bool {
        state == .fetching && now >= delayedUntil
    }
}

/// Where a follower's log is to be cut, given where the leader's epoch ends.
struct TruncationTarget: Equatable, Sendable {
    let offset: Offset
    /// Whether the logs agree below the target. If not, the leader is asked about an older epoch.
    let isComplete: Bool

    /// Compares the leader's answer with the own log.
    ///
    /// - Parameters:
    ///   - end: the leader's answer: the last epoch up to the one asked for, and its end.
    ///   - fetchOffset: where the follower began; taken if the leader knows nothing.
    ///   - logEnd: the follower's log end.
    ///   - ignoresEpoch: whether only the answer's offset is looked at, as before KIP-279.
    ///   - localEnd: the follower's own end of an epoch.
    /// - Returns: where to cut, and whether that settles it.
    /// - Source: kafka.server.AbstractFetcherThread.getOffsetTruncationState (KIP-101, KIP-279).
    static func of(
        _ end: EpochEnd,
        fetchOffset: Offset,
        logEnd: Offset,
        ignoresEpoch: Bool,
        localEnd: (LeaderEpoch) -> EpochEnd
    ) -> TruncationTarget {
        guard end.endOffset != .none else {
            return TruncationTarget(offset: fetchOffset, isComplete: true)
        }
        guard end.epoch != .none, !ignoresEpoch else {
            return TruncationTarget(offset: min(end.endOffset, logEnd), isComplete: true)
        }
        let local = localEnd(end.epoch)
        guard local.endOffset != .none else {
            return TruncationTarget(offset: min(end.endOffset, logEnd), isComplete: true)
        }
        guard local.epoch == end.epoch else {
            // The leader's epoch is unknown here: an older common one has to be found first.
            return TruncationTarget(offset: min(local.endOffset, logEnd), isComplete: false)
        }
        return TruncationTarget(
            offset: min(local.endOffset, end.endOffset, logEnd),
            isComplete: true
        )
    }
}
