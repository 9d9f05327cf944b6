/// A vote asked for by a candidate (KIP-595).
public struct VoteRequest: Equatable, Sendable {
    public let epoch: QuorumEpoch
    public let candidate: BrokerID
    public let lastEpoch: QuorumEpoch
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
    public let epoch: QuorumEpoch
    public let leader: BrokerID
    public let voteGranted: Bool

    public init(error: ErrorCode, epoch: QuorumEpoch, leader: BrokerID, voteGranted: Bool = false) {
        self.error = error
        self.epoch = epoch
        self.leader = leader
        self.voteGranted = voteGranted
    }
}

public struct BeginQuorumEpochRequest: Equatable, Sendable {
    public let epoch: QuorumEpoch
    public let leader: BrokerID

    public init(epoch: QuorumEpoch, leader: BrokerID) {
        self.epoch = epoch
        self.leader = leader
    }
}

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
    public let replica: BrokerID
    public let epoch: QuorumEpoch
    public let snapshot: EpochEnd

    public init(replica: BrokerID, epoch: QuorumEpoch, snapshot: EpochEnd) {
        self.replica = replica
        self.epoch = epoch
        self.snapshot = snapshot
    }
}

public struct FetchSnapshotResponse: Equatable, Sendable {
    public let error: ErrorCode
    public let leader: LeaderHint?
    public let snapshot: EpochEnd
    public let records: [RecordBatch]

    public init(error: ErrorCode, leader: LeaderHint?, snapshot: EpochEnd, records: [RecordBatch]) {
        self.error = error
        self.leader = leader
        self.snapshot = snapshot
        self.records = records
    }
}
