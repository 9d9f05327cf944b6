import KafkaLog
import KafkaProtocol
import SimBase

/// What one partition contributes to a fetch's answer.
struct PartitionRead: Sendable {
    var error = ErrorCode.none
    // As they were before the fetch had any effect itself.
    var highWatermark = Offset.none
    var lastStableOffset = Offset.none
    var logStartOffset = Offset.none
    var logEndOffset = Offset.none
    var diverging: EpochEnd?
    var records: [RecordBatch] = []
    var sizeInBytes = 0
    /// For readers that have come to the wrong broker.
    var currentLeader: LeaderHint?

    /// Neither records nor anything else to tell.
    var hasNothing: Bool {
        error == .none && diverging == nil && records.isEmpty
    }

    init() {}

    init(_ error: ErrorCode) {
        self.error = error
    }
}

extension Partition {
    /// Checks the leader epoch that a reader believes in; ``LeaderEpoch/none`` passes.
    func checkEpoch(_ requested: LeaderEpoch) -> ErrorCode {
        if requested == .none || requested == leaderEpoch { return .none }
        return requested < leaderEpoch ? .fencedLeaderEpoch : .unknownLeaderEpoch
    }

    /// Reads for a follower or consumer: steps 2 to 7 of the fetch path.
    ///
    /// The offsets in the answer are sampled before the read, and before the fetch itself moves
    /// anything: a follower hears of the high watermark one fetch late.
    ///
    /// - Parameters:
    ///   - fetch: what is asked for.
    ///   - parameters: who asks.
    ///   - maxBytes: how much may be read.
    ///   - atLeastOne: whether the first batch comes even if it is larger.
    /// - Returns: what the partition contributes to the answer.
    /// - Source: kafka.cluster.Partition.fetchRecords, readRecords.
    func read(
        _ fetch: FetchPartition,
        _ parameters: FetchParameters,
        maxBytes: Int32,
        atLeastOne: Bool
    ) -> PartitionRead {
        let epochError = checkEpoch(fetch.currentLeaderEpoch)
        guard epochError == .none else { return PartitionRead(epochError) }
        if parameters.isFromFollower {
            guard role == .leader else { return PartitionRead(.notLeaderOrFollower) }
            guard replicas.place(of: parameters.replica) != nil else {
                return PartitionRead(
                    fetch.currentLeaderEpoch == .none ? .notLeaderOrFollower : .unknownLeaderEpoch
                )
            }
        } else if role == .unassigned {
            return PartitionRead(.notLeaderOrFollower)
        }
        var read = PartitionRead()
        read.highWatermark = log.highWatermark
        read.lastStableOffset = log.lastStableOffset
        read.logStartOffset = log.logStartOffset
        read.logEndOffset = log.logEndOffset
        if fetch.lastFetchedEpoch != .none {
            let end = log.endOffset(for: fetch.lastFetchedEpoch)
            guard end.endOffset != .none, end.epoch != .none else {
                read.error = .offsetOutOfRange
                return read
            }
            guard fetch.fetchOffset >= read.logStartOffset else {
                read.error = .offsetOutOfRange
                return read
            }
            if end.epoch < fetch.lastFetchedEpoch || end.endOffset < fetch.fetchOffset {
                read.diverging = end
                return read
            }
        }
        guard fetch.fetchOffset >= read.logStartOffset, fetch.fetchOffset <= read.logEndOffset
        else { read.error = .offsetOutOfRange
                return read }
        let bound = bound(for: parameters)
        guard fetch.fetchOffset < bound, maxBytes > 0 || atLeastOne else { return read }
        guard
            let found = log.read(
                from: fetch.fetchOffset,
                below: bound,
                maxBytes: maxBytes,
                atLeastOne: atLeastOne
            )
        else { read.error = .offsetOutOfRange
                return read }
        read.records = found.batches
        read.sizeInBytes = found.sizeInBytes
        return read
    }

    /// The offset below which a reader may see records.
    func bound(for parameters: FetchParameters) -> Offset {
        if parameters.isFromFollower { return log.logEndOffset }
        return parameters.isolation == .readCommitted ? log.lastStableOffset : log.highWatermark
    }

    /// What a partition means for a parked fetch.
    enum FetchProgress: Equatable, Sendable {
        /// This many bytes are there to be read.
        case available(Int)
        /// The fetch must be answered now: an error, a truncation, a new segment.
        case mustAnswer
    }

    /// Looks at a partition for a parked fetch, without reading.
    /// - Source: kafka.server.DelayedFetch.tryComplete.
    func progress(of fetch: FetchPartition, _ parameters: FetchParameters) -> FetchProgress {
        guard checkEpoch(fetch.currentLeaderEpoch) == .none,
            role == .leader || (!parameters.isFromFollower && role == .follower)
        else { return .mustAnswer }
        let bound = bound(for: parameters)
        var available = 0
        if fetch.fetchOffset > bound { return .mustAnswer }
        if fetch.fetchOffset < bound {
            if log.crossesSegment(from: fetch.fetchOffset, below: bound) { return .mustAnswer }
            available = log.availableBytes(
                from: fetch.fetchOffset,
                below: bound,
                atMost: fetch.maxBytes
            )
        }
        if fetch.lastFetchedEpoch != .none {
            let end = log.endOffset(for: fetch.lastFetchedEpoch)
            if end.endOffset == .none || end.epoch == .none || end.endOffset < fetch.fetchOffset
                || end.epoch < fetch.lastFetchedEpoch
            {
                return .mustAnswer
            }
        }
        return .available(available)
    }
}

extension FetchPartitionResponse {
    /// What was read, as the reader is told.
    init(_ partition: TopicPartition, _ read: borrowing PartitionRead) {
        self.init(
            partition: partition,
            error: read.error,
            highWatermark: read.highWatermark,
            lastStableOffset: read.lastStableOffset,
            logStartOffset: read.logStartOffset,
            divergingEpoch: read.diverging,
            currentLeader: read.currentLeader,
            records: read.records
        )
    }
}
