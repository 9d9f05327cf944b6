import KafkaController
import KafkaLog
import KafkaProtocol
import SimBase

/// Reading for a fetch, and what a follower's fetch tells its leader.
extension Broker {
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

    mutating func beginReading() -> Reading {
        spareReadings.popLast() ?? Reading()
    }

    /// Keeps the memory for the next reading.
    mutating func putBack(_ reading: inout Reading) {
        reading.restart()
        reading.refused.clear()
        spareReadings.append(reading)
    }

    /// Reads for a fetch: what is new in its session, or all that it asks for if it has none.
    mutating func read(
        _ session: Int?,
        or partitions: [FetchPartition],
        _ parameters: FetchParameters,
        updates: Bool,
        _ reading: inout Reading,
        now: Instant,
        into effects: inout [Effect]
    ) {
        if let session {
            readSession(session, parameters, updates: updates, &reading, now: now, into: &effects)
        } else {
            readAll(partitions, parameters, updates: updates, &reading, now: now, into: &effects)
        }
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
    mutating func readAll(
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
}

extension ErrorCode {
    /// Whether it tells the reader of another leader (KIP-951).
    fileprivate var sendsElsewhere: Bool {
        self == .notLeaderOrFollower || self == .fencedLeaderEpoch
    }
}
