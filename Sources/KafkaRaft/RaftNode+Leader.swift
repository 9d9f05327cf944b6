internal import KafkaProtocol
internal import SimBase

extension RaftNode {
    /// Writes what was gathered. Followers that wait get it before the leader's own flush, and the
    /// leader's log counts for the high watermark at once.
    /// - Source: KafkaRaftClient.maybeAppendBatches, flushLeaderLog.
    mutating func appendGathered(now: Instant) {
        let drained = withLeadership { leadership in
            leadership.drainAt = .distantFuture
            return leadership.accumulator.drain()
        }
        guard let drained, !drained.isEmpty else { return }
        for (offset, body) in drained {
            let batch = RecordBatch(
                baseOffset: offset,
                partitionLeaderEpoch: LeaderEpoch(epoch.rawValue),
                body: body
            )
            log.append(batch, outbox: &outbox)
        }
        let end = log.endOffset
        if withLeadership({ $0.noteOwnEnd(end) }) == true { advanceHighWatermark(now: now) }
        answerParkedFetches(now: now) { $0.partition.fetchOffset < end }
        log.flush(outbox: &outbox)
    }

    private mutating func advanceHighWatermark(now: Instant) {
        guard case .leader(let leadership) = phase, let offset = leadership.highWatermark else {
            return
        }
        raiseHighWatermark(to: offset)
        if features.metadataCommitWakesFetch {
            answerParkedFetches(now: now) { _ in true }
        }
    }

    // MARK: Fetch

    /// - Source: KafkaRaftClient.handleFetchRequest.
    mutating func take(_ request: FetchRequest, _ handle: RequestHandle, now: Instant) {
        guard let partition = request.partitions.first, partition.fetchOffset >= .zero,
            partition.lastFetchedEpoch.rawValue >= 0, partition.currentLeaderEpoch.rawValue >= 0
        else {
            outbox.order(.reply(handle, fetchFailure(.invalidRequest)))
            return
        }
        let response = answer(partition, of: request.replica, now: now)
        let isAtOnce =
            response.error.isError || !response.records.isEmpty || request.maxWait == .zero
            || response.divergingEpoch != nil || response.snapshot != nil
            || isNews(response.highWatermark, to: partition)
        let wrapped = Response.fetch(FetchResponse(partitions: [response]))
        guard !isAtOnce else {
            outbox.order(.reply(handle, wrapped))
            return
        }
        let fetch = ParkedFetch(
            handle: handle,
            replica: request.replica,
            partition: partition,
            response: wrapped,
            deadline: now + request.maxWait
        )
        parked.append(fetch)
    }

    /// Whether the replica says what it knows to be committed, and more is.
    private func isNews(_ highWatermark: Offset, to partition: FetchPartition) -> Bool {
        features.metadataCommitWakesFetch && partition.highWatermark != .none
            && highWatermark > partition.highWatermark
    }

    /// Reads for a replica and notes how far its log goes.
    /// - Source: KafkaRaftClient.tryCompleteFetchRequest.
    private mutating func answer(
        _ partition: FetchPartition,
        of replica: BrokerID,
        now: Instant
    ) -> FetchPartitionResponse {
        if let error = refusal(of: partition.currentLeaderEpoch) {
            return partitionResponse(error)
        }
        // An empty log is better served by a snapshot than by the log's beginning.
        if partition.fetchOffset == .zero, let snapshot = log.latestSnapshot?.id {
            return partitionResponse(.none, snapshot: snapshot)
        }
        switch log.validate(partition.fetchOffset, partition.lastFetchedEpoch) {
        case .snapshot(let snapshot): return partitionResponse(.none, snapshot: snapshot)
        case .diverging(let end):
            outbox.observe(.mark(.divergingEpochAnswered))
            return partitionResponse(.none, diverging: end)
        case .valid:
            let records = log.read(from: partition.fetchOffset)
            noteContact(replica, now: now)
            if withLeadership({ $0.noteFetch(replica, at: partition.fetchOffset) }) == true {
                advanceHighWatermark(now: now)
            }
            return partitionResponse(.none, records: records)
        }
    }

    private mutating func noteContact(_ replica: BrokerID, now: Instant) {
        let deadline = checkQuorumDeadline(now: now)
        withLeadership {
            if $0.noteContact(replica) { $0.checkQuorumDeadline = deadline }
        }
    }

    /// Answers the fetches that wait and that `isReady`, as if they came now.
    private mutating func answerParkedFetches(
        now: Instant,
        where isReady: (ParkedFetch) -> Bool
    ) {
        let ready = parked.filter(isReady)
        parked.removeAll(where: isReady)
        for fetch in ready {
            let response = answer(fetch.partition, of: fetch.replica, now: now)
            outbox.order(.reply(fetch.handle, .fetch(FetchResponse(partitions: [response]))))
        }
    }

    /// A fetch that waited in vain gets what was true when it came: a high watermark that moved
    /// meanwhile is not in it.
    mutating func expireParkedFetches(now: Instant) {
        while let first = parked.first, now >= first.deadline {
            parked.removeFirst()
            outbox.order(.reply(first.handle, first.response))
        }
    }

    /// Refuses the fetches that wait, so that they go to the next leader at once.
    mutating func refuseParkedFetches() {
        for fetch in parked {
            outbox.order(.reply(fetch.handle, fetchFailure(.notLeaderOrFollower)))
        }
        parked.removeAll()
    }

    // MARK: FetchSnapshot

    /// - Source: KafkaRaftClient.handleFetchSnapshotRequest.
    mutating func answer(_ request: FetchSnapshotRequest, now: Instant) -> Response {
        if let error = refusal(of: LeaderEpoch(request.epoch.rawValue)) {
            return snapshotResponse(error, request.snapshot)
        }
        noteContact(request.replica, now: now)
        guard let snapshot = log.snapshot(request.snapshot) else {
            return snapshotResponse(.snapshotNotFound, request.snapshot)
        }
        return snapshotResponse(.none, request.snapshot, records: snapshot.batches)
    }

    // MARK: Responses

    /// - Source: KafkaRaftClient.validateLeaderOnlyRequest.
    private func refusal(of requestEpoch: LeaderEpoch) -> ErrorCode? {
        if requestEpoch.rawValue < epoch.rawValue { return .fencedLeaderEpoch }
        if requestEpoch.rawValue > epoch.rawValue { return .unknownLeaderEpoch }
        if !isLeader { return .notLeaderOrFollower }
        return shutdownDeadline != nil ? .brokerNotAvailable : nil
    }

    func fetchFailure(_ error: ErrorCode) -> Response {
        .fetch(FetchResponse(partitions: [partitionResponse(error)]))
    }

    private var hint: LeaderHint {
        LeaderHint(leader: leader ?? .none, epoch: LeaderEpoch(epoch.rawValue))
    }

    private func partitionResponse(
        _ error: ErrorCode,
        diverging: EpochEnd? = nil,
        snapshot: EpochEnd? = nil,
        records: [RecordBatch] = []
    ) -> FetchPartitionResponse {
        var committed = Offset.none
        if !error.isError, case .leader(let leadership) = phase {
            committed = leadership.highWatermark ?? .none
        }
        return FetchPartitionResponse(
            partition: .clusterMetadata,
            error: error,
            highWatermark: committed,
            logStartOffset: error.isError ? .none : log.startOffset,
            divergingEpoch: diverging,
            currentLeader: hint,
            snapshot: snapshot,
            records: records
        )
    }

    private func snapshotResponse(
        _ error: ErrorCode,
        _ snapshot: EpochEnd,
        records: [RecordBatch] = []
    ) -> Response {
        .fetchSnapshot(
            FetchSnapshotResponse(
                error: error,
                leader: hint,
                snapshot: snapshot,
                records: records
            )
        )
    }
}
