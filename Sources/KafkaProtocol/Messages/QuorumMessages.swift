/// A vote asked for by a candidate (KIP-595).
public struct VoteRequest: Equatable, Sendable {
    /// The epoch that the candidate stands for.
    public let epoch: QuorumEpoch
    public let candidate: BrokerID
    /// The epoch of the last record in the candidate's log.
    public let lastEpoch: QuorumEpoch
    /// The offset after that record.
    public let lastEndOffset: Offset
    /// Asks only whether the vote would be granted; `epoch` is then the asker's own (KIP-996).
    public let isPreVote: Bool

    public init(
        epoch: QuorumEpoch,
        candidate: BrokerID,
        lastEpoch: QuorumEpoch,
        lastEndOffset: Offset,
        isPreVote: Bool = false
    ) {
        self.epoch = epoch
        self.candidate = candidate
        self.lastEpoch = lastEpoch
        self.lastEndOffset = lastEndOffset
        self.isPreVote = isPreVote
    }
}

/// The answer to a vote, a begin or an end of an epoch: what the other knows.
public struct QuorumResponse: Equatable, Sendable {
    public let error: ErrorCode
    /// The answering node's own, which may be higher than the asker's.
    public let epoch: QuorumEpoch
    /// The leader of that epoch; ``BrokerID/none`` if the node knows none.
    public let leader: BrokerID
    /// For votes only; a pre-vote that is granted binds nobody.
    public let voteGranted: Bool

    public init(error: ErrorCode, epoch: QuorumEpoch, leader: BrokerID, voteGranted: Bool = false) {
        self.error = error
        self.epoch = epoch
        self.leader = leader
        self.voteGranted = voteGranted
    }
}

/// A new leader's announcement of itself to the other voters (KIP-595).
public struct BeginQuorumEpochRequest: Equatable, Sendable {
    public let epoch: QuorumEpoch
    public let leader: BrokerID

    public init(epoch: QuorumEpoch, leader: BrokerID) {
        self.epoch = epoch
        self.leader = leader
    }
}

/// A leader's resignation, told to the other voters so that they need not wait (KIP-595).
public struct EndQuorumEpochRequest: Equatable, Sendable {
    public let epoch: QuorumEpoch
    public let leader: BrokerID
    /// By descending fetch offset.
    public let preferredCandidates: [BrokerID]

    public init(epoch: QuorumEpoch, leader: BrokerID, preferredCandidates: [BrokerID]) {
        self.epoch = epoch
        self.leader = leader
        self.preferredCandidates = preferredCandidates
    }
}

/// A read of a metadata snapshot, whole: this simulator's snapshots are one chunk.
public struct FetchSnapshotRequest: Equatable, Sendable {
    /// The node that reads: a voter or an observer.
    public let replica: BrokerID
    /// The quorum epoch that the reader believes in.
    public let epoch: QuorumEpoch
    /// The snapshot's id: the epoch of its last record and the offset after it.
    public let snapshot: EpochEnd

    public init(replica: BrokerID, epoch: QuorumEpoch, snapshot: EpochEnd) {
        self.replica = replica
        self.epoch = epoch
        self.snapshot = snapshot
    }
}

/// A metadata snapshot, from the quorum's leader.
public struct FetchSnapshotResponse: Equatable, Sendable {
    public let error: ErrorCode
    /// Where the quorum is led, as the answering node knows it.
    public let leader: LeaderHint?
    public let snapshot: EpochEnd
    /// The whole snapshot; empty with an error.
    public let records: [RecordBatch]

    public init(error: ErrorCode, leader: LeaderHint?, snapshot: EpochEnd, records: [RecordBatch]) {
        self.error = error
        self.leader = leader
        self.snapshot = snapshot
        self.records = records
    }
}
