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
        let all = request.partitions
        var reading = beginReading()
        read(session, or: all, parameters, updates: true, &reading, now: now, into: &effects)
        let count = session.map { sessions[$0].partitions.count } ?? all.count
        if request.maxWait <= .zero || reading.refused.count == count || reading.mustAnswer
            || reading.bytes >= Int(parameters.minBytes)
        {
            answer(handle, context, &reading, into: &effects)
        } else if parameters.minBytes > 1,
            isComplete(
                session.map { sessions[$0].partitions } ?? all,
                parameters,
                reading.refused
            )
        {
            // What a fetch waits for may be there although less of it was read: it is read again.
            reading.restart()
            read(session, or: all, parameters, updates: false, &reading, now: now, into: &effects)
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
    mutating func adoptOrphans() {
        for orphan in sessions.takeOrphans() {
            fetches.watch(Int(orphan.operation), orphan.slots) { operation in
                operation.partitions = orphan.partitions
                if let session = orphan.lostSession { operation.lostSession = [session] }
            }
        }
    }
}
