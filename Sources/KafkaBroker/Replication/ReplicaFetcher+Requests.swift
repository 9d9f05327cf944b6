import KafkaLog
import KafkaProtocol
import SimBase

extension ReplicaFetcher {
    /// Epochs that the leader checks against its own came with KIP-320.
    private func fencing(_ epoch: LeaderEpoch) -> LeaderEpoch {
        switch features.truncation {
        case .epochFenced, .onFetch: epoch
        case .highWatermark, .epochV0, .epoch: .none
        }
    }

    // MARK: Offsets out of range

    /// Asks the leader for its log end on behalf of a partition that is out of range.
    mutating func prepareOffsetQuery() -> Bool {
        while let partition = outOfRange.first {
            guard let place = place(of: partition) else {
                outOfRange.removeFirst()
                continue
            }
            prepare(offsetQuery(.latest, place), .leaderEnd(partition))
            return true
        }
        return false
    }

    func offsetQuery(_ query: OffsetQuery, _ place: Int) -> Request {
        .listOffsets(
            ListOffsetsRequest(
                replica: id,
                partitions: [
                    ListOffsetsPartition(
                        partition: partitions[place].partition,
                        currentLeaderEpoch: fencing(partitions[place].leaderEpoch),
                        query: query
                    )
                ]
            )
        )
    }

    // MARK: Truncation

    /// Cuts what can be cut without the leader, and asks for epochs where it is needed.
    mutating func prepareTruncation(
        replicas: inout ReplicaTable,
        clock: WallTime,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) -> Bool {
        var queries: [EpochQuery] = []
        for place in partitions.indices
        where partitions[place].state == .truncating && clock.now >= partitions[place].delayedUntil
        {
            let slot = partitions[place].slot
            if features.truncation != .highWatermark,
                let epoch = replicas.partitions[slot].log.latestEpoch
            {
                queries.append(
                    EpochQuery(
                        partition: partitions[place].partition,
                        currentLeaderEpoch: fencing(partitions[place].leaderEpoch),
                        leaderEpoch: epoch
                    )
                )
            } else {
                // Without epochs there is nothing better than the own high watermark.
                cut(
                    place,
                    TruncationTarget(offset: partitions[place].fetchOffset, isComplete: true),
                    replicas: &replicas,
                    clock: clock,
                    handles: &handles,
                    into: &effects,
                    outcomes: &outcomes
                )
            }
        }
        guard !queries.isEmpty else { return false }
        prepare(
            .offsetForLeaderEpoch(OffsetForLeaderEpochRequest(replica: id, partitions: queries)),
            .epochEnds(queries)
        )
        return true
    }

    /// Cuts the log and goes on from there.
    mutating func cut(
        _ place: Int,
        _ target: TruncationTarget,
        replicas: inout ReplicaTable,
        clock: WallTime,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        let slot = partitions[place].slot
        if target.offset < replicas.partitions[slot].log.highWatermark {
            effects.append(.observe(.mark(.truncatedBelowHighWatermark)))
        }
        let isCut = replicas[changing: slot].log.truncate(
            to: target.offset,
            now: clock.now,
            handles: &handles,
            into: &effects
        )
        if isCut { outcomes.append(.truncated(slot: slot)) }
        partitions[place].fetchOffset = target.offset
        if target.isComplete || features.truncation == .onFetch {
            partitions[place].state = .fetching
        }
        noteLatestEpoch(place, replicas)
    }

    mutating func noteLatestEpoch(_ place: Int, _ replicas: borrowing ReplicaTable) {
        guard features.truncation == .onFetch else { return }
        partitions[place].lastFetchedEpoch =
            replicas.partitions[partitions[place].slot].log.latestEpoch ?? .none
    }

    // MARK: Fetch

    /// Builds the next fetch: all partitions that are ready, or what changed of them since the last.
    mutating func prepareFetch(
        replicas: inout ReplicaTable,
        brokerEpoch: BrokerEpoch,
        now: Instant
    ) -> Bool {
        var asked: [FetchPartition] = []
        var forgotten = session.isFull ? [] : departed
        var isAnyReady = false
        for place in partitions.indices {
            let changes = replicas.changes[partitions[place].slot]
            if !session.isFull, partitions[place].settled == changes {
                isAnyReady = true
                continue
            }
            guard partitions[place].isReady(now: now) else {
                partitions[place].requestedOffset = .none
                if partitions[place].told != nil {
                    if !session.isFull { forgotten.append(partitions[place].partition) }
                    partitions[place].told = nil
                }
                continue
            }
            isAnyReady = true
            let epoch = fencing(partitions[place].leaderEpoch)
            let logStart = replicas.look(at: partitions[place].slot) { $0.log.logStartOffset }
            partitions[place].requestedOffset = partitions[place].fetchOffset
            partitions[place].requestedEpoch = epoch
            if !session.isFull, partitions[place].isTold(epoch, logStart) {
                partitions[place].settled = changes
                continue
            }
            let fetch = FetchPartition(
                partition: partitions[place].partition,
                topicID: partitions[place].topicID,
                currentLeaderEpoch: epoch,
                fetchOffset: partitions[place].fetchOffset,
                lastFetchedEpoch: partitions[place].lastFetchedEpoch,
                logStartOffset: logStart,
                maxBytes: config.replicaFetchMaxBytes
            )
            partitions[place].told = fetch
            asked.append(fetch)
        }
        guard isAnyReady || !forgotten.isEmpty else { return false }
        departed.clear()
        removedRequests.clear()
        prepare(
            .fetch(
                FetchRequest(
                    replica: id,
                    replicaEpoch: brokerEpoch,
                    maxWait: config.replicaFetchWaitMax,
                    minBytes: config.replicaFetchMinBytes,
                    maxBytes: config.replicaFetchResponseMaxBytes,
                    sessionID: session.id,
                    sessionEpoch: session.epoch,
                    partitions: asked,
                    forgotten: forgotten
                )
            ),
            .fetch
        )
        return true
    }
}
