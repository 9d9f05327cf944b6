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
        // What leaves the session keeps the time at which it was last fetched.
        for partition in request.forgotten {
            if let slot = replicas.slot(of: partition) {
                replicas.recallFetch(by: request.replica, of: slot)
            }
        }
        var wasEvicted = false
        let resolution = sessions.resolve(request, now: now, evicted: &wasEvicted)
        if wasEvicted { effects.append(.observe(.mark(.fetchSessionEvicted))) }
        adoptOrphans()
        guard case .read(let context) = resolution else {
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
        let session = sessions.place(of: context)
        var reading = beginReading()
        if let session {
            readSession(session, parameters, updates: true, &reading, now: now, into: &effects)
        } else {
            let all = request.partitions
            readAll(all, parameters, updates: true, &reading, now: now, into: &effects)
        }
        let count = session.map { sessions[$0].partitions.count } ?? request.partitions.count
        if request.maxWait <= .zero || reading.refused.count == count || reading.mustAnswer
            || reading.bytes >= Int(parameters.minBytes)
        {
            answer(handle, context, &reading, into: &effects)
        } else if parameters.minBytes > 1,
            isComplete(
                session.map { sessions[$0].partitions } ?? request.partitions,
                parameters,
                reading.refused
            )
        {
            // What a fetch waits for may be there although less of it was read: it is read again.
            reading.restart()
            if let session {
                readSession(
                    session,
                    parameters,
                    updates: false,
                    &reading,
                    now: now,
                    into: &effects
                )
            } else {
                let all = request.partitions
                readAll(all, parameters, updates: false, &reading, now: now, into: &effects)
            }
            answer(handle, context, &reading, into: &effects)
        } else {
            let refused = reading.refused
            putBack(&reading)
            let deadline = now + request.maxWait
            park(handle, context, parameters, request, refused, session, until: deadline)
        }
    }

    private mutating func park(
        _ handle: RequestHandle,
        _ context: FetchContext,
        _ parameters: FetchParameters,
        _ request: FetchRequest,
        _ refused: [FetchPartitionResponse],
        _ session: Int?,
        until deadline: Instant
    ) {
        // An incremental fetch is told by its session what it is about.
        let isIncremental = if case .incremental = context { true } else { false }
        var slots: [Int32] = []
        if session == nil {
            for fetch in request.partitions {
                if let slot = replicas.slot(of: fetch.partition) { slots.append(Int32(slot)) }
            }
        }
        parkedFetches += 1
        let arrival = parkedFetches
        let place = fetches.park(deadline: deadline) { operation in
            operation.handle = handle
            operation.parameters = parameters
            operation.partitions = isIncremental ? [] : request.partitions
            operation.context = context
            operation.arrival = arrival
            operation.watchedSlots = slots
            operation.refused = refused
        }
        if let session {
            sessions.park(session, place)
            adoptOrphans()
        }
    }

    /// Watches the parked fetches whose sessions have gone on or are gone, each on its own.
    private mutating func adoptOrphans() {
        for orphan in sessions.takeOrphans() {
            fetches.watch(Int(orphan.operation), orphan.slots) { operation in
                operation.partitions = orphan.partitions
                if let session = orphan.lostSession { operation.lostSession = [session] }
            }
        }
    }

    /// What a fetch has read so far.
    ///
    /// A value of its own for each fetch: reading for one may move a high watermark, which answers
    /// others in between.
    struct Reading: Sendable {
        var answers: [FetchPartitionResponse] = []
        /// Where each answer's partition stands in the session, or in the request if it has none.
        var places: [Int32] = []
        var bytes = 0
        /// An error or a diverging epoch was found, or a reader ahead of what it may see.
        var mustAnswer = false
        /// Partitions that nobody knows: they are told with the rest, and make no haste.
        /// - Source: kafka.server.KafkaApis.handleFetchRequest (`erroneous`).
        var refused: [FetchPartitionResponse] = []

        /// Forgets what was read, and keeps what was refused.
        mutating func restart() {
            answers.clear()
            places.clear()
            bytes = 0
            mustAnswer = false
        }
    }

    private mutating func beginReading() -> Reading {
        spareReadings.popLast() ?? Reading()
    }

    /// Keeps the memory for the next reading.
    private mutating func putBack(_ reading: inout Reading) {
        reading.restart()
        reading.refused.clear()
        spareReadings.append(reading)
    }

    /// Reads those partitions of a session that have something new, in order.
    ///
    /// Another fetch of the rest would find what the last one found: a follower that stays at the
    /// end of a log that stays as it is. Of it, only the time counts.
    private mutating func readSession(
        _ session: Int,
        _ parameters: FetchParameters,
        updates: Bool,
        _ reading: inout Reading,
        now: Instant,
        into effects: inout [Effect]
    ) {
        if sessions[session].layout != replicas.layout { sessions.locate(session, in: replicas) }
        let isAccepted = updates && !isFenced(parameters)
        // Whoever waits for a deletion is told by the fetch itself.
        if !sessions[session].parameters.isSameReader(as: parameters) || deletions.count > 0
            || updates != isAccepted
        {
            sessions[session].unsettle()
        }
        sessions[session].parameters = parameters
        var next = 0
        while let place = sessions[session].nextToLook(from: next, replicas.changes) {
            next = place + 1
            let fetch = sessions[session].partitions[place]
            let slot = Int(sessions[session].slots[place])
            // As it was before the fetch itself may have moved the high watermark.
            let count = slot < 0 ? 0 : replicas.changes[slot]
            look(place, fetch, parameters, updates: updates, &reading, now: now, into: &effects)
            if slot >= 0, isAccepted || !parameters.isFromFollower {
                let last = reading.answers.count - 1
                if reading.answers[last].hasNothing,
                    sessions[session].hasTold(reading.answers[last], at: place)
                {
                    settle(session, place, slot, at: count, fetch, parameters)
                }
            }
        }
        if isAccepted, parameters.isFromFollower {
            replicas.noteFetch(by: sessions[session].reader, at: now)
        }
    }

    /// Lets the session skip a partition in which nothing new was found, if nothing is to come of
    /// another fetch like this one: the reader is at the end, and a follower is in the ISR.
    private mutating func settle(
        _ session: Int,
        _ place: Int,
        _ slot: Int,
        at count: UInt32,
        _ fetch: FetchPartition,
        _ parameters: FetchParameters
    ) {
        let end = replicas.look(at: slot) { $0.bound(for: parameters) }
        guard fetch.fetchOffset == end else { return }
        if parameters.isFromFollower {
            let follower = replicas.look(at: slot) {
                $0.replicas.settledPlace(of: parameters.replica, at: end)
            }
            guard let follower else { return }
            replicas.deferTimes(of: follower, on: slot, to: sessions[session].reader)
        }
        sessions[session].settle(place, at: count)
    }

    /// Reads all partitions, in order.
    private mutating func readAll(
        _ partitions: [FetchPartition],
        _ parameters: FetchParameters,
        updates: Bool,
        _ reading: inout Reading,
        now: Instant,
        into effects: inout [Effect]
    ) {
        for (place, fetch) in partitions.enumerated() {
            look(place, fetch, parameters, updates: updates, &reading, now: now, into: &effects)
        }
    }

    /// Reads one partition.
    ///
    /// The first that has anything gives at least one batch, however large; the others what fits.
    ///
    /// - Parameters:
    ///   - place: of the partition in the session or the request.
    ///   - fetch: what is asked for.
    ///   - parameters: who asks.
    ///   - updates: whether a follower's progress is noted: not when a parked fetch is answered.
    ///   - reading: how much has been read, and whether anything forbids to wait for more.
    ///   - now: the time.
    ///   - effects: where orders go.
    /// - Source: kafka.server.ReplicaManager.readFromLog (KIP-74).
    private mutating func look(
        _ place: Int,
        _ fetch: FetchPartition,
        _ parameters: FetchParameters,
        updates: Bool,
        _ reading: inout Reading,
        now: Instant,
        into effects: inout [Effect]
    ) {
        reading.places.append(Int32(place))
        if !updates, let known = reading.refused.first(where: { $0.partition == fetch.partition }) {
            reading.answers.append(known)
            return
        }
        guard let slot = replicas.slot(of: fetch.partition) else {
            let error = errorOfAbsent(fetch)
            let answer = refusal(fetch.partition, error)
            reading.answers.append(answer)
            if error == .unknownTopicId || error == .unknownTopicOrPartition {
                if updates { reading.refused.append(answer) }
            } else {
                reading.mustAnswer = true
            }
            return
        }
        // Whether this fetch counts is decided here and now, not by the session.
        if updates, parameters.isFromFollower {
            replicas.recallFetch(by: parameters.replica, of: slot)
        }
        let read = self.read(
            slot,
            fetch,
            parameters,
            budget: max(0, Int(parameters.maxBytes) - reading.bytes),
            atLeastOne: reading.bytes == 0
        )
        var error = read.answer.error
        let isGood = error == .none && read.answer.divergingEpoch == nil
        if isGood, updates, parameters.isFromFollower {
            let end = read.logEndOffset
            error = recordFetch(slot, fetch, parameters, end, now: now, into: &effects)
        }
        if !isGood || error != .none || read.isBeyondBound { reading.mustAnswer = true }
        guard !error.sendsElsewhere else {
            reading.answers.append(refusal(fetch.partition, error))
            return
        }
        reading.bytes += read.sizeInBytes
        reading.answers.append(read.answer)
    }

    /// An answer without anything but the error, and where to go instead.
    private func refusal(_ partition: TopicPartition, _ error: ErrorCode)
        -> FetchPartitionResponse
    {
        FetchPartitionResponse(
            partition: partition,
            error: error,
            currentLeader: error.sendsElsewhere ? leaderHint(partition) : nil
        )
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
                return PartitionRead(
                    FetchPartitionResponse(partition: fetch.partition, error: .inconsistentTopicId)
                )
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
        _ leaderEnd: Offset,
        now: Instant,
        into effects: inout [Effect]
    ) -> ErrorCode {
        if isFenced(parameters) { return .notLeaderOrFollower }
        let noted: (place: Int, hasMoved: Bool)? = replicas.look(at: slot) { partition in
            guard let place = partition.replicas.place(of: parameters.replica) else { return nil }
            let before = partition.replicas.followers[place].logEndOffset
            partition.replicas.followers[place].recordFetch(
                at: fetch.fetchOffset,
                logStart: fetch.logStartOffset,
                leaderEnd: leaderEnd,
                brokerEpoch: parameters.replicaEpoch,
                now: now
            )
            return (place, before != fetch.fetchOffset)
        }
        guard let noted else { return .notLeaderOrFollower }
        let waitsForDeletion = deletions.watcherCount(of: slot) > 0
        if mayExpand(slot, by: noted.place) {
            let proposal = replicas[changing: slot].proposeExpand(
                by: noted.place,
                brokers: brokers,
                brokerEpoch: lifecycle.brokerEpoch,
                features: features,
                into: &effects
            )
            if let proposal { submit(proposal, slot) }
        }
        var moved = false
        if noted.hasMoved {
            moved = advanceHighWatermark(slot, now: now, into: &effects)
        }
        if moved || waitsForDeletion {
            complete(Wake(slot: slot, isHighWatermark: true), now: now, into: &effects)
        }
        return .none
    }

    /// Whether it is an older incarnation of the follower that asks: it must not move anything.
    private func isFenced(_ parameters: FetchParameters) -> Bool {
        guard features.brokerEpochInISR, parameters.isFromFollower,
            parameters.replicaEpoch != .none,
            let alive = brokers.aliveEpoch(parameters.replica)
        else { return false }
        return parameters.replicaEpoch < alive
    }

    private mutating func mayExpand(_ slot: Int, by place: Int) -> Bool {
        let brokers = brokers
        let features = features
        return replicas.look(at: slot) {
            $0.mayExpand(by: place, brokers: brokers, features: features)
        }
    }

    // MARK: Answers

    /// Sends what has been read.
    private mutating func answer(
        _ handle: RequestHandle,
        _ context: FetchContext,
        _ reading: inout Reading,
        into effects: inout [Effect]
    ) {
        let isFull = if case .full = context { true } else { false }
        var answers: [FetchPartitionResponse] = []
        swap(&answers, &reading.answers)
        let response: FetchResponse
        if let place = sessions.place(of: context) {
            response = sessions.respond(place, answers, at: reading.places, isFull: isFull)
        } else {
            response = FetchResponse(partitions: answers)
        }
        putBack(&reading)
        effects.append(.reply(handle, .fetch(response)))
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
        let parameters = fetches.operations[place].parameters
        let session = sessions.place(of: fetches.operations[place].context)
        let changed = replicas.look(at: slot) { $0.id }
        let refused = fetches.operations[place].refused
        if parameters.minBytes <= 1 {
            let fetch =
                if let session {
                    sessions[session].fetch(of: changed, on: slot)
                } else {
                    fetches.operations[place].partitions.first { $0.partition == changed }
                }
            guard let fetch, !refused.contains(where: { $0.partition == changed }) else {
                return false
            }
            return available(to: fetch, parameters).map { $0 >= Int(parameters.minBytes) } ?? true
        }
        let partitions =
            session.map { sessions[$0].partitions } ?? fetches.operations[place].partitions
        return isComplete(partitions, parameters, refused)
    }

    /// Whether there is enough for a fetch, or something that it must be told at once.
    private mutating func isComplete(
        _ partitions: [FetchPartition],
        _ parameters: FetchParameters,
        _ refused: [FetchPartitionResponse]
    ) -> Bool {
        var sum = 0
        for fetch in partitions where !refused.contains(where: { $0.partition == fetch.partition }) {
            guard let bytes = available(to: fetch, parameters) else { return true }
            sum += bytes
        }
        return sum >= Int(parameters.minBytes)
    }

    /// What a parked fetch could read of a partition; `nil` if it must be answered at once.
    private mutating func available(to fetch: FetchPartition, _ parameters: FetchParameters)
        -> Int?
    {
        guard let slot = replicas.slot(of: fetch.partition) else { return nil }
        let progress = replicas.look(at: slot) { $0.progress(of: fetch, parameters) }
        return if case .available(let bytes) = progress { bytes } else { nil }
    }

    /// Answers a parked fetch: everything is read anew, and the follower's progress left alone.
    mutating func finish(fetch place: Int, now: Instant, into effects: inout [Effect]) {
        let handle = fetches.operations[place].handle
        let context = fetches.operations[place].context
        let parameters = fetches.operations[place].parameters
        let partitions = fetches.operations[place].partitions
        let lost = fetches.operations[place].lostSession.first
        var reading = beginReading()
        reading.refused = fetches.operations[place].refused
        sessions.unpark(context, place)
        fetches.remove(place)
        if let session = sessions.place(of: context) {
            readSession(session, parameters, updates: false, &reading, now: now, into: &effects)
        } else if case .incremental = context, var session = lost {
            readAll(partitions, parameters, updates: false, &reading, now: now, into: &effects)
            var answers: [FetchPartitionResponse] = []
            swap(&answers, &reading.answers)
            session.sift(&answers, at: reading.places, isFull: false)
            let response = FetchResponse(sessionID: session.id, partitions: answers)
            effects.append(.reply(handle, .fetch(response)))
            putBack(&reading)
            return
        } else if case .incremental(let id, _) = context {
            // The reader has gone on without waiting for this answer.
            let response = FetchResponse(
                error: .invalidFetchSessionEpoch,
                sessionID: id,
                partitions: []
            )
            effects.append(.reply(handle, .fetch(response)))
            putBack(&reading)
            return
        } else {
            readAll(partitions, parameters, updates: false, &reading, now: now, into: &effects)
        }
        answer(handle, context, &reading, into: &effects)
    }
}

extension ErrorCode {
    /// Whether it tells the reader of another leader (KIP-951).
    fileprivate var sendsElsewhere: Bool {
        self == .notLeaderOrFollower || self == .fencedLeaderEpoch
    }
}
