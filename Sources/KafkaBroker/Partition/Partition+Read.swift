import KafkaLog
import KafkaProtocol
import SimBase

/// What one partition contributes to a fetch's answer.
struct PartitionRead: Sendable {
    /// Its offsets are as they were before the fetch had any effect itself.
    var answer: FetchPartitionResponse
    var logEndOffset = Offset.none
    var sizeInBytes = 0
    /// The reader is ahead of what it may see: it is not to wait for more.
    var isBeyondBound = false

    init(_ answer: consuming FetchPartitionResponse) {
        self.answer = answer
    }
}

extension FetchPartitionResponse {
    /// Neither records nor anything else to tell.
    var hasNothing: Bool {
        error == .none && divergingEpoch == nil && records.isEmpty
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
        guard epochError == .none else { return refusal(epochError) }
        if parameters.isFromFollower {
            guard role == .leader else { return refusal(.notLeaderOrFollower) }
            guard replicas.place(of: parameters.replica) != nil else {
                return refusal(
                    fetch.currentLeaderEpoch == .none ? .notLeaderOrFollower : .unknownLeaderEpoch
                )
            }
        } else if role == .unassigned {
            return refusal(.notLeaderOrFollower)
        }
        if fetch.lastFetchedEpoch != .none {
            let end = log.endOffset(for: fetch.lastFetchedEpoch)
            guard end.endOffset != .none, end.epoch != .none,
                fetch.fetchOffset >= log.logStartOffset
            else { return answer(.offsetOutOfRange) }
            if end.epoch < fetch.lastFetchedEpoch || end.endOffset < fetch.fetchOffset {
                return answer(diverging: end)
            }
        }
        guard fetch.fetchOffset >= log.logStartOffset, fetch.fetchOffset <= log.logEndOffset
        else { return answer(.offsetOutOfRange) }
        let bound = bound(for: parameters)
        guard fetch.fetchOffset < bound, maxBytes > 0 || atLeastOne else {
            var read = answer()
            read.isBeyondBound = fetch.fetchOffset > bound
            return read
        }
        guard
            let found = log.read(
                from: fetch.fetchOffset,
                below: bound,
                maxBytes: maxBytes,
                atLeastOne: atLeastOne
            )
        else { return answer(.offsetOutOfRange) }
        var read = answer(records: found.batches)
        read.sizeInBytes = found.sizeInBytes
        return read
    }

    /// The answer to a reader who is not served, and is told nothing else.
    private func refusal(_ error: ErrorCode) -> PartitionRead {
        PartitionRead(FetchPartitionResponse(partition: id, error: error))
    }

    private func answer(
        _ error: ErrorCode = .none,
        diverging: EpochEnd? = nil,
        records: [RecordBatch] = []
    ) -> PartitionRead {
        var read = PartitionRead(
            FetchPartitionResponse(
                partition: id,
                error: error,
                highWatermark: log.highWatermark,
                lastStableOffset: log.lastStableOffset,
                logStartOffset: log.logStartOffset,
                divergingEpoch: diverging,
                records: records
            )
        )
        read.logEndOffset = log.logEndOffset
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
            // Somebody who waits for any byte does not have to be told how many there are.
            available =
                parameters.minBytes <= 1 && fetch.maxBytes > 0
                ? 1
                : log.availableBytes(
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
