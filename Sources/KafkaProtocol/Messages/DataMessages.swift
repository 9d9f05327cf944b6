public import SimBase

/// How many copies a producer waits for.
public enum Acks: Int16, Hashable, Sendable {
    case all = -1
    case none = 0
    case leader = 1
}

/// Which records a reader may see.
public enum IsolationLevel: Int8, Hashable, Sendable {
    case readUncommitted = 0
    case readCommitted = 1
}

/// Where a partition is led, as a broker that is not the leader tells the client (KIP-951).
public struct LeaderHint: Equatable, Sendable {
    public let leader: BrokerID
    public let epoch: LeaderEpoch

    public init(leader: BrokerID, epoch: LeaderEpoch) {
        self.leader = leader
        self.epoch = epoch
    }
}

// MARK: Produce

public struct ProduceRequest: Equatable, Sendable {
    public let acks: Acks
    /// How long the leader may wait for `acks=all`: the producer's `request.timeout.ms`.
    public let timeout: Interval
    public let partitions: [ProducePartition]

    public init(acks: Acks, timeout: Interval, partitions: [ProducePartition]) {
        self.acks = acks
        self.timeout = timeout
        self.partitions = partitions
    }
}

public struct ProducePartition: Equatable, Sendable {
    public let partition: TopicPartition
    public let batch: RecordBatch

    public init(partition: TopicPartition, batch: RecordBatch) {
        self.partition = partition
        self.batch = batch
    }
}

public struct ProduceResponse: Equatable, Sendable {
    public let partitions: [ProducePartitionResponse]

    public init(partitions: [ProducePartitionResponse]) {
        self.partitions = partitions
    }
}

public struct ProducePartitionResponse: Equatable, Sendable {
    public let partition: TopicPartition
    public let error: ErrorCode
    public let baseOffset: Offset
    /// -1 with `CreateTime`.
    public let logAppendTime: Int64
    public let logStartOffset: Offset
    /// Indexes in the batch of the records that were refused (INVALID_RECORD, INVALID_TIMESTAMP).
    public let recordErrors: [Int32]
    public let currentLeader: LeaderHint?

    public init(
        partition: TopicPartition,
        error: ErrorCode,
        baseOffset: Offset = .none,
        logAppendTime: Int64 = -1,
        logStartOffset: Offset = .none,
        recordErrors: [Int32] = [],
        currentLeader: LeaderHint? = nil
    ) {
        self.partition = partition
        self.error = error
        self.baseOffset = baseOffset
        self.logAppendTime = logAppendTime
        self.logStartOffset = logStartOffset
        self.recordErrors = recordErrors
        self.currentLeader = currentLeader
    }
}

// MARK: Fetch

/// A fetch of data by a follower or consumer, or of the metadata log by a voter or observer.
public struct FetchRequest: Equatable, Sendable {
    /// ``BrokerID/none`` for a consumer.
    public let replica: BrokerID
    public let replicaEpoch: BrokerEpoch
    public let maxWait: Interval
    public let minBytes: Int32
    public let maxBytes: Int32
    public let isolation: IsolationLevel
    public let sessionID: Int32
    public let sessionEpoch: Int32
    /// Full fetches: all partitions; incremental ones: those that are new or changed.
    public let partitions: [FetchPartition]
    /// Partitions that leave the session.
    public let forgotten: [TopicPartition]

    public init(
        replica: BrokerID,
        replicaEpoch: BrokerEpoch = .none,
        maxWait: Interval,
        minBytes: Int32,
        maxBytes: Int32,
        isolation: IsolationLevel = .readUncommitted,
        sessionID: Int32 = 0,
        sessionEpoch: Int32 = -1,
        partitions: [FetchPartition],
        forgotten: [TopicPartition] = []
    ) {
        self.replica = replica
        self.replicaEpoch = replicaEpoch
        self.maxWait = maxWait
        self.minBytes = minBytes
        self.maxBytes = maxBytes
        self.isolation = isolation
        self.sessionID = sessionID
        self.sessionEpoch = sessionEpoch
        self.partitions = partitions
        self.forgotten = forgotten
    }
}

public struct FetchPartition: Equatable, Sendable {
    public let partition: TopicPartition
    public let topicID: TopicID
    /// What the reader believes; ``LeaderEpoch/none`` skips the check.
    public let currentLeaderEpoch: LeaderEpoch
    public let fetchOffset: Offset
    /// Followers: the epoch of their last record, for truncation on fetch (KIP-595).
    public let lastFetchedEpoch: LeaderEpoch
    /// Followers: their own log start.
    public let logStartOffset: Offset
    /// What the reader knows to be committed: a higher answer does not wait (KIP-1166);
    /// ``Offset/none`` if it does not say.
    public let highWatermark: Offset
    public let maxBytes: Int32

    public init(
        partition: TopicPartition,
        topicID: TopicID,
        currentLeaderEpoch: LeaderEpoch,
        fetchOffset: Offset,
        lastFetchedEpoch: LeaderEpoch = .none,
        logStartOffset: Offset = .none,
        highWatermark: Offset = .none,
        maxBytes: Int32
    ) {
        self.partition = partition
        self.topicID = topicID
        self.currentLeaderEpoch = currentLeaderEpoch
        self.fetchOffset = fetchOffset
        self.lastFetchedEpoch = lastFetchedEpoch
        self.logStartOffset = logStartOffset
        self.highWatermark = highWatermark
        self.maxBytes = maxBytes
    }
}

public struct FetchResponse: Equatable, Sendable {
    /// Top-level: session errors.
    public let error: ErrorCode
    public let sessionID: Int32
    public let partitions: [FetchPartitionResponse]

    public init(
        error: ErrorCode = .none,
        sessionID: Int32 = 0,
        partitions: [FetchPartitionResponse]
    ) {
        self.error = error
        self.sessionID = sessionID
        self.partitions = partitions
    }
}

/// An epoch and the offset at which it ends.
public struct EpochEnd: Equatable, Sendable {
    public let epoch: LeaderEpoch
    public let endOffset: Offset

    public init(epoch: LeaderEpoch, endOffset: Offset) {
        self.epoch = epoch
        self.endOffset = endOffset
    }

    public static let undefined = EpochEnd(epoch: .none, endOffset: .none)
}

public struct FetchPartitionResponse: Equatable, Sendable {
    public let partition: TopicPartition
    public let error: ErrorCode
    public let highWatermark: Offset
    public let lastStableOffset: Offset
    public let logStartOffset: Offset
    /// The reader's log diverges: it must cut back to this.
    public let divergingEpoch: EpochEnd?
    public let currentLeader: LeaderHint?
    /// Metadata log only: the reader needs this snapshot first.
    public let snapshot: EpochEnd?
    /// Contiguous batches; the first may begin before the offset asked for.
    public let records: [RecordBatch]

    public init(
        partition: TopicPartition,
        error: ErrorCode = .none,
        highWatermark: Offset = .none,
        lastStableOffset: Offset = .none,
        logStartOffset: Offset = .none,
        divergingEpoch: EpochEnd? = nil,
        currentLeader: LeaderHint? = nil,
        snapshot: EpochEnd? = nil,
        records: [RecordBatch] = []
    ) {
        self.partition = partition
        self.error = error
        self.highWatermark = highWatermark
        self.lastStableOffset = lastStableOffset
        self.logStartOffset = logStartOffset
        self.divergingEpoch = divergingEpoch
        self.currentLeader = currentLeader
        self.snapshot = snapshot
        self.records = records
    }
}

// MARK: ListOffsets, OffsetForLeaderEpoch, DeleteRecords

/// What a ListOffsets request asks for.
public enum OffsetQuery: Equatable, Sendable {
    /// The high watermark (or last stable offset); a follower asks for the log end.
    case latest
    case earliest
    /// The first offset whose timestamp is at least this many milliseconds.
    case timestamp(Int64)
}

public struct ListOffsetsRequest: Equatable, Sendable {
    public let replica: BrokerID
    public let isolation: IsolationLevel
    public let partitions: [ListOffsetsPartition]

    public init(
        replica: BrokerID,
        isolation: IsolationLevel = .readUncommitted,
        partitions: [ListOffsetsPartition]
    ) {
        self.replica = replica
        self.isolation = isolation
        self.partitions = partitions
    }
}

public struct ListOffsetsPartition: Equatable, Sendable {
    public let partition: TopicPartition
    public let currentLeaderEpoch: LeaderEpoch
    public let query: OffsetQuery

    public init(partition: TopicPartition, currentLeaderEpoch: LeaderEpoch, query: OffsetQuery) {
        self.partition = partition
        self.currentLeaderEpoch = currentLeaderEpoch
        self.query = query
    }
}

public struct OffsetAnswer: Equatable, Sendable {
    public let partition: TopicPartition
    public let error: ErrorCode
    /// ListOffsets: the offset found and its epoch. OffsetForLeaderEpoch: the epoch's end.
    public let epoch: LeaderEpoch
    public let offset: Offset
    public let timestamp: Int64

    public init(
        partition: TopicPartition,
        error: ErrorCode,
        epoch: LeaderEpoch = .none,
        offset: Offset = .none,
        timestamp: Int64 = -1
    ) {
        self.partition = partition
        self.error = error
        self.epoch = epoch
        self.offset = offset
        self.timestamp = timestamp
    }
}

public struct OffsetAnswers: Equatable, Sendable {
    public let partitions: [OffsetAnswer]

    public init(partitions: [OffsetAnswer]) {
        self.partitions = partitions
    }
}

public struct OffsetForLeaderEpochRequest: Equatable, Sendable {
    public let replica: BrokerID
    public let partitions: [EpochQuery]

    public init(replica: BrokerID, partitions: [EpochQuery]) {
        self.replica = replica
        self.partitions = partitions
    }
}

public struct EpochQuery: Equatable, Sendable {
    public let partition: TopicPartition
    public let currentLeaderEpoch: LeaderEpoch
    /// The epoch whose end is asked for.
    public let leaderEpoch: LeaderEpoch

    public init(
        partition: TopicPartition,
        currentLeaderEpoch: LeaderEpoch,
        leaderEpoch: LeaderEpoch
    ) {
        self.partition = partition
        self.currentLeaderEpoch = currentLeaderEpoch
        self.leaderEpoch = leaderEpoch
    }
}

public struct DeleteRecordsRequest: Equatable, Sendable {
    public let timeout: Interval
    public let partition: TopicPartition
    /// Everything before goes; ``Offset/none`` means the high watermark.
    public let before: Offset

    public init(timeout: Interval, partition: TopicPartition, before: Offset) {
        self.timeout = timeout
        self.partition = partition
        self.before = before
    }
}
