public import SimBase

/// How many copies a producer waits for.
public enum Acks: Int16, Hashable, Sendable {
    /// All in-sync replicas.
    case all = -1
    /// None: the broker does not answer at all.
    case none = 0
    /// The leader's own.
    case leader = 1
}

/// Which records a reader may see.
public enum IsolationLevel: Int8, Hashable, Sendable {
    /// All below the high watermark.
    case readUncommitted = 0
    /// All below the last stable offset.
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

/// Batches that a producer wants the leaders of their partitions to append, one a partition.
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

/// The batch of one partition.
public struct ProducePartition: Equatable, Sendable {
    public let partition: TopicPartition
    public let batch: RecordBatch

    public init(partition: TopicPartition, batch: RecordBatch) {
        self.partition = partition
        self.batch = batch
    }
}

/// A leader's answer to a produce with `acks` of 1 or `all`.
public struct ProduceResponse: Equatable, Sendable {
    public let partitions: [ProducePartitionResponse]

    public init(partitions: [ProducePartitionResponse]) {
        self.partitions = partitions
    }
}

/// What became of one batch.
public struct ProducePartitionResponse: Equatable, Sendable {
    public let partition: TopicPartition
    public let error: ErrorCode
    /// The offset of the batch's first record; ``Offset/none`` with an error.
    public let baseOffset: Offset
    /// Milliseconds since 1970 that the leader stamped the batch with.
    /// -1 with `CreateTime`.
    public let logAppendTime: Int64
    /// ``Offset/none`` with most errors.
    public let logStartOffset: Offset
    /// Indexes in the batch of the records that were refused (INVALID_RECORD, INVALID_TIMESTAMP).
    public let recordErrors: [Int32]
    /// With `NOT_LEADER_OR_FOLLOWER`, if the broker knows better.
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
    /// The follower's registration (KIP-903); ``BrokerEpoch/none`` passes the check.
    public let replicaEpoch: BrokerEpoch
    /// How long the answer may wait for `minBytes`.
    public let maxWait: Interval
    /// With 1 any record is enough; with 0 the answer comes at once.
    public let minBytes: Int32
    /// For the whole answer; a first batch that is larger comes all the same.
    public let maxBytes: Int32
    public let isolation: IsolationLevel
    /// 0 without a session (KIP-227).
    public let sessionID: Int32
    /// -1 for a fetch without a session, 0 to begin one, then a number that each fetch raises by
    /// one.
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

/// From where one partition is to be read.
public struct FetchPartition: Equatable, Sendable {
    public let partition: TopicPartition
    public let topicID: TopicID
    /// What the reader believes; ``LeaderEpoch/none`` skips the check.
    public let currentLeaderEpoch: LeaderEpoch
    /// The next offset to read; a follower's own log end, which tells the leader what it holds.
    public let fetchOffset: Offset
    /// Followers: the epoch of their last record, for truncation on fetch (KIP-595).
    public let lastFetchedEpoch: LeaderEpoch
    /// Followers: their own log start.
    public let logStartOffset: Offset
    /// What the reader knows to be committed: a higher answer does not wait (KIP-1166);
    /// ``Offset/none`` if it does not say.
    public let highWatermark: Offset
    /// For this partition; a first batch that is larger comes all the same.
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

/// A leader's answer to a fetch.
public struct FetchResponse: Equatable, Sendable {
    /// Top-level: session errors.
    public let error: ErrorCode
    /// 0 without a session: the reader must name all partitions again.
    public let sessionID: Int32
    /// Incremental fetches: only partitions with something to tell.
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

    /// No such epoch is known.
    public static let undefined = EpochEnd(epoch: .none, endOffset: .none)
}

/// What a fetch has read of one partition.
public struct FetchPartitionResponse: Equatable, Sendable {
    public let partition: TopicPartition
    public let error: ErrorCode
    /// As it was before this fetch moved anything; ``Offset/none`` if not known.
    public let highWatermark: Offset
    /// Below it no transaction is open; ``Offset/none`` with an error and in the metadata log.
    public let lastStableOffset: Offset
    public let logStartOffset: Offset
    /// The reader's log diverges: it must cut back to this.
    public let divergingEpoch: EpochEnd?
    /// With an error that sends the reader elsewhere; the metadata log always has it.
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

/// A question to leaders for offsets by position or time, from a consumer or follower.
public struct ListOffsetsRequest: Equatable, Sendable {
    /// ``BrokerID/none`` for a consumer, which sees no offset that is not committed.
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

/// The offset that is asked for in one partition.
public struct ListOffsetsPartition: Equatable, Sendable {
    public let partition: TopicPartition
    /// What the asker believes; ``LeaderEpoch/none`` skips the check.
    public let currentLeaderEpoch: LeaderEpoch
    public let query: OffsetQuery

    public init(partition: TopicPartition, currentLeaderEpoch: LeaderEpoch, query: OffsetQuery) {
        self.partition = partition
        self.currentLeaderEpoch = currentLeaderEpoch
        self.query = query
    }
}

/// An offset found in one partition, or why none was.
public struct OffsetAnswer: Equatable, Sendable {
    public let partition: TopicPartition
    public let error: ErrorCode
    /// ListOffsets: the offset found and its epoch. OffsetForLeaderEpoch: the epoch's end.
    public let epoch: LeaderEpoch
    /// ``Offset/none`` if there is none; for DeleteRecords the low watermark.
    public let offset: Offset
    /// Of the record that a search by time found, in milliseconds since 1970; else -1.
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

/// A leader's answer to ListOffsets, OffsetForLeaderEpoch or DeleteRecords.
public struct OffsetAnswers: Equatable, Sendable {
    public let partitions: [OffsetAnswer]

    public init(partitions: [OffsetAnswer]) {
        self.partitions = partitions
    }
}

/// A question to leaders for where epochs end, by which a reader finds out whether its log or
/// position diverges (KIP-101, KIP-320).
public struct OffsetForLeaderEpochRequest: Equatable, Sendable {
    /// ``BrokerID/none`` for a consumer.
    public let replica: BrokerID
    public let partitions: [EpochQuery]

    public init(replica: BrokerID, partitions: [EpochQuery]) {
        self.replica = replica
        self.partitions = partitions
    }
}

/// The epoch that is asked for in one partition.
public struct EpochQuery: Equatable, Sendable {
    public let partition: TopicPartition
    /// What the asker believes; ``LeaderEpoch/none`` skips the check.
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

/// An administrator's order to a partition's leader to delete its oldest records (KIP-107).
public struct DeleteRecordsRequest: Equatable, Sendable {
    /// How long the leader waits for its followers before it answers `REQUEST_TIMED_OUT`.
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
