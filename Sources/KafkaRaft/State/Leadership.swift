internal import KafkaProtocol
internal import SimBase

/// A leader's knowledge of its voters, and the records that it is to write.
/// - Source: org.apache.kafka.raft.LeaderState.
struct Leadership: Sendable {
    /// A voter's log as far as it is known.
    struct Progress: Sendable {
        let id: BrokerID
        /// `nil` until the voter has fetched in this epoch.
        var endOffset: Offset?
        /// Fetched since the check-quorum timer was last moved.
        var hasFetched = false
    }

    /// The end of the log when the epoch began: its first record is the LeaderChange.
    let epochStart: Offset
    /// Ascending ids; the leader itself among them.
    private(set) var voters: [Progress]
    private let own: Int
    /// Unknown until a record of this epoch is committed.
    private(set) var highWatermark: Offset?
    var accumulator: BatchAccumulator
    /// When what is gathered is written; `distantFuture` if there is nothing.
    var drainAt: Instant
    var checkQuorumDeadline: Instant
    var beginQuorumDeadline: Instant
    /// The listener asked to give the leadership up.
    var mustResign = false

    init(
        id: BrokerID,
        voters: [BrokerID],
        epochStart: Offset,
        checkQuorumDeadline: Instant,
        now: Instant
    ) {
        self.epochStart = epochStart
        self.voters = voters.map { Progress(id: $0) }
        own = voters.firstIndex(of: id) ?? 0
        accumulator = BatchAccumulator(from: epochStart)
        drainAt = .distantFuture
        self.checkQuorumDeadline = checkQuorumDeadline
        beginQuorumDeadline = now
    }

    /// Notes the end of the leader's own log, which counts before it is flushed.
    /// - Returns: whether the high watermark moved.
    mutating func noteOwnEnd(_ offset: Offset) -> Bool {
        voters[own].endOffset = offset
        return raiseHighWatermark()
    }

    /// Notes that a voter asked for `offset`, and therefore has flushed everything before it.
    /// - Returns: whether the high watermark moved.
    mutating func noteFetch(_ replica: BrokerID, at offset: Offset) -> Bool {
        guard let index = voters.firstIndex(where: { $0.id == replica }) else { return false }
        voters[index].endOffset = offset
        return raiseHighWatermark()
    }

    /// Notes a sign of life of a voter.
    /// - Returns: whether a majority, the leader counted, has now given one.
    mutating func noteContact(_ replica: BrokerID) -> Bool {
        guard let index = voters.firstIndex(where: { $0.id == replica }) else { return false }
        voters[index].hasFetched = true
        guard voters.count(where: \.hasFetched) >= voters.count / 2 else { return false }
        for index in voters.indices { voters[index].hasFetched = false }
        return true
    }

    /// The high watermark is what a majority holds, once that includes a record of this epoch.
    private mutating func raiseHighWatermark() -> Bool {
        let ends = voters.map { $0.endOffset ?? .none }.sorted(by: >)
        let candidate = ends[voters.count / 2]
        guard candidate > epochStart, candidate > highWatermark ?? .none else { return false }
        highWatermark = candidate
        return true
    }

    /// The other voters, the longest log first.
    var successors: [BrokerID] {
        voters.indices.filter { $0 != own }
            .sorted {
                let (left, right) = (voters[$0].endOffset, voters[$1].endOffset)
                return left == right ? $0 < $1 : left ?? .none > right ?? .none
            }
            .map { voters[$0].id }
    }
}
