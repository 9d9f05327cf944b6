import KafkaController
import KafkaLog
import KafkaProtocol
import SimBase

extension Broker {
    /// Serves a follower or a consumer.
    /// - Source: kafka.server.KafkaApis.handleFetchRequest, ReplicaManager.fetchMessages.
    mutating func handleFetch(
        _ handle: RequestHandle,
        _ request: FetchRequest,
        now: Instant,
        into effects: inout [Effect]
    ) {
        var wasEvicted = false
        let resolution = sessions.resolve(request, now: now, evicted: &wasEvicted)
        if wasEvicted { effects.append(.observe(.mark(.fetchSessionEvicted))) }
        guard case .read(let context, let partitions) = resolution else {
            if case .refused(let error) = resolution {
                let response = FetchResponse(
                    error: error,
                    sessionID: request.sessionID,
                    partitions: []
                )
                effects.append(.reply(handle, .fetch(response)))
            }
            return
        }
        let maxBytes = min(request.maxBytes, config.fetchMaxBytes)
        let parameters = FetchParameters(
            replica: request.replica,
            replicaEpoch: request.replicaEpoch,
            minBytes: min(request.minBytes, maxBytes),
            maxBytes: maxBytes,
            isolation: request.isolation
        )
        let summary = readAll(partitions, parameters, updates: true, now: now, into: &effects)
        if request.maxWait <= .zero || partitions.isEmpty || summary.mustAnswer
            || summary.bytes >= Int(parameters.minBytes)
        {
            answer(handle, context, partitions, into: &effects)
            return
        }
        // Something may have been appended since the read, by nobody: one event is one step.
        let table = replicas
        fetches.park(deadline: now + request.maxWait) { operation in
            operation.handle = handle
            operation.parameters = parameters
            operation.partitions = partitions
            operation.context = context
            for fetch in partitions {
                if let slot = table.slot(of: fetch.partition) {
                    operation.watchedSlots.append(Int32(slot))
                }
            }
        }
    }

    struct ReadSummary: Equatable, Sendable {
        var bytes = 0
        /// An error or a diverging epoch was found.
        var mustAnswer = false
    }

    /// Reads all partitions into ``reads``, in order.
    ///
    /// The first that has anything gives at least one batch, however large; the others what fits.
    ///
    /// - Parameters:
    ///   - partitions: what is asked for.
    ///   - parameters: who asks.
    ///   - updates: whether a follower's progress is noted: not when a parked fetch is answered.
    ///   - now: the time.
    ///   - effects: where orders go.
    /// - Returns: how much was read, and whether anything forbids to wait for more.
    /// - Source: kafka.server.ReplicaManager.readFromLog (KIP-74).
    private mutating func readAll(
        _ partitions: [FetchPartition],
        _ parameters: FetchParameters,
        updates: Bool,
        now: Instant,
        into effects: inout [Effect]
    ) -> ReadSummary {
        reads.removeAll(keepingCapacity: true)
        var summary = ReadSummary()
        var budget = Int(parameters.maxBytes)
        for fetch in partitions {
            guard let slot = replicas.slot(of: fetch.partition) else {
                reads.append(PartitionRead(errorOfAbsent(fetch)))
                summary.mustAnswer = true
                continue
            }
            var read = self.read(
                slot,
                fetch,
                parameters,
                budget: budget,
                atLeastOne: summary.bytes == 0
            )
            if read.error == .none, read.diverging == nil, parameters.isFromFollower, updates {
                let error = recordFetch(slot, fetch, parameters, read, now: now, into: &effects)
                if error != .none { read = PartitionRead(error) }
            }
            summary.bytes += read.sizeInBytes
            budget = max(0, budget - read.sizeInBytes)
            if read.error != .none || read.diverging != nil { summary.mustAnswer = true }
            reads.append(read)
        }
        return summary
    }

    private mutating func read(
        _ slot: Int,
        _ fetch: FetchPartition,
        _ parameters: FetchParameters,
        budget: Int,
        atLeastOne: Bool
    ) -> PartitionRead {
        replicas.look(at: slot) { partition in
            if fetch.topicID != .none, fetch.topicID != partition.topicID {
                return PartitionRead(.inconsistentTopicId)
            }
            return partition.read(
                fetch,
                parameters,
                maxBytes: Int32(clamping: min(budget, Int(fetch.maxBytes))),
                atLeastOne: atLeastOne
            )
        }
    }

    private func errorOfAbsent(_ fetch: FetchPartition) -> ErrorCode {
        if fetch.topicID != .none, loader.image.topicName(of: fetch.topicID) == nil {
            return .unknownTopicId
        }
        return errorOfAbsent(fetch.partition)
    }

    /// Notes how far a follower has come; that may let it join the ISR and move the high watermark.
    /// - Source: kafka.cluster.Partition.updateFollowerFetchState.
    private mutating func recordFetch(
        _ slot: Int,
        _ fetch: FetchPartition,
        _ parameters: FetchParameters,
        _ read: PartitionRead,
        now: Instant,
        into effects: inout [Effect]
    ) -> ErrorCode {
        // An older incarnation of the follower must not move anything.
        if features.brokerEpochInISR, parameters.replicaEpoch != .none,
            let alive = brokers.aliveEpoch(parameters.replica), parameters.replicaEpoch < alive
        {
            return .notLeaderOrFollower
        }
        let noted: (place: Int, hasMoved: Bool)? = replicas.look(at: slot) { partition in
            guard let place = partition.replicas.place(of: parameters.replica) else { return nil }
            let before = partition.replicas.followers[place].logEndOffset
            partition.replicas.followers[place].recordFetch(
                at: fetch.fetchOffset,
                logStart: fetch.logStartOffset,
                leaderEnd: read.logEndOffset,
                brokerEpoch: parameters.replicaEpoch,
                now: now
            )
            return (place, before != fetch.fetchOffset)
        }
        guard let noted else { return .notLeaderOrFollower }
        let waitsForDeletion = deletions.watcherCount(of: slot) > 0
        let proposal = replicas.partitions[slot].proposeExpand(
            by: noted.place,
            brokers: brokers,
            brokerEpoch: lifecycle.brokerEpoch,
            features: features,
            into: &effects
        )
        if let proposal { submit(proposal, slot) }
        var moved = false
        if noted.hasMoved {
            moved = advanceHighWatermark(slot, now: now, into: &effects)
        }
        if moved || waitsForDeletion {
            complete(Wake(slot: slot, isHighWatermark: true), now: now, into: &effects)
        }
        return .none
    }

    // MARK: Answers

    /// Sends what ``reads`` holds.
    private mutating func answer(
        _ handle: RequestHandle,
        _ context: FetchContext,
        _ partitions: [FetchPartition],
        into effects: inout [Effect]
    ) {
        answers.removeAll(keepingCapacity: true)
        for (fetch, read) in zip(partitions, reads) {
            let needsHint = read.error == .notLeaderOrFollower || read.error == .fencedLeaderEpoch
            answers.append(
                FetchPartitionResponse(
                    partition: fetch.partition,
                    error: read.error,
                    highWatermark: read.highWatermark,
                    lastStableOffset: read.lastStableOffset,
                    logStartOffset: read.logStartOffset,
                    divergingEpoch: read.diverging,
                    currentLeader: needsHint ? leaderHint(fetch.partition) : nil,
                    records: read.records
                )
            )
        }
        reads.removeAll(keepingCapacity: true)
        effects.append(.reply(handle, .fetch(sessions.respond(context, answers))))
        answers.removeAll(keepingCapacity: true)
    }

    /// Looks whether a parked fetch can be answered.
    ///
    /// - Parameters:
    ///   - place: the fetch's place in ``fetches``.
    ///   - slot: the partition that changed. With `fetch.min.bytes` of 1 the others need no look:
    ///     each wakes the fetch by itself.
    /// - Returns: whether it is to be answered now.
    /// - Source: kafka.server.DelayedFetch.tryComplete.
    mutating func isComplete(fetch place: Int, after slot: Int) -> Bool {
        let operation = fetches.operations[place]
        let changed = replicas.look(at: slot) { $0.id }
        var available = 0
        for fetch in operation.partitions {
            if operation.parameters.minBytes <= 1, fetch.partition != changed { continue }
            guard let slot = replicas.slot(of: fetch.partition) else { return true }
            let progress = replicas.look(at: slot) { $0.progress(of: fetch, operation.parameters) }
            switch progress {
            case .mustAnswer: return true
            case .available(let bytes): available += bytes
            }
        }
        return available >= Int(operation.parameters.minBytes)
    }

    /// Answers a parked fetch: everything is read anew, and the follower's progress left alone.
    mutating func finish(fetch place: Int, now: Instant, into effects: inout [Effect]) {
        let handle = fetches.operations[place].handle
        let context = fetches.operations[place].context
        let parameters = fetches.operations[place].parameters
        let partitions = fetches.operations[place].partitions
        fetches.remove(place)
        _ = readAll(partitions, parameters, updates: false, now: now, into: &effects)
        answer(handle, context, partitions, into: &effects)
    }
}
