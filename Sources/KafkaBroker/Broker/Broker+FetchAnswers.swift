import KafkaController
import KafkaLog
import KafkaProtocol
import SimBase

/// Answers to fetches, to those that have waited too.
extension Broker {
    /// Sends what has been read.
    mutating func answer(
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
    mutating func isComplete(
        _ partitions: [FetchPartition],
        _ parameters: FetchParameters,
        _ refused: [FetchPartitionResponse]
    ) -> Bool {
        var sum = 0
        for fetch in partitions where !refused.contains(where: { $0.partition == fetch.partition })
        {
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
        if !fetches.operations[place].lostSession.isEmpty {
            return finish(lost: place, now: now, into: &effects)
        }
        let handle = fetches.operations[place].handle
        let context = fetches.operations[place].context
        let parameters = fetches.operations[place].parameters
        let partitions = fetches.operations[place].partitions
        var reading = beginReading()
        reading.refused = fetches.operations[place].refused
        sessions.unpark(context, place)
        fetches.remove(place)
        let session = sessions.place(of: context)
        if session == nil, case .incremental(let id, _) = context {
            // The reader has gone on without waiting for this answer.
            let response = FetchResponse(
                error: .invalidFetchSessionEpoch,
                sessionID: id,
                partitions: []
            )
            effects.append(.reply(handle, .fetch(response)))
            putBack(&reading)
            return
        }
        read(
            session,
            or: partitions,
            parameters,
            updates: false,
            &reading,
            now: now,
            into: &effects
        )
        answer(handle, context, &reading, into: &effects)
    }

    /// Answers a parked fetch whose session was thrown out meanwhile: from what the session knew.
    private mutating func finish(lost place: Int, now: Instant, into effects: inout [Effect]) {
        let operation = fetches.operations[place]
        fetches.remove(place)
        var session = operation.lostSession[0]
        var reading = beginReading()
        reading.refused = operation.refused
        readAll(
            operation.partitions,
            operation.parameters,
            updates: false,
            &reading,
            now: now,
            into: &effects
        )
        var answers: [FetchPartitionResponse] = []
        swap(&answers, &reading.answers)
        let isFull = if case .full = operation.context { true } else { false }
        session.sift(&answers, at: reading.places, isFull: isFull)
        putBack(&reading)
        let response = FetchResponse(
            sessionID: isFull ? 0 : session.id,
            partitions: answers
        )
        effects.append(.reply(operation.handle, .fetch(response)))
    }
}
