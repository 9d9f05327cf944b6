import KafkaProtocol
import SimBase

extension Broker {
    /// Completes what the changes of this event have made complete, in their order.
    mutating func completeWakes(now: Instant, into effects: inout [Effect]) {
        var index = 0
        while index < wakes.count {
            complete(wakes[index], now: now, into: &effects)
            index += 1
        }
        wakes.clear()
    }

    /// Completes requests that waited for a partition: fetches for its log end, and with a new high
    /// watermark produces and deletions too.
    /// - Source: kafka.cluster.DelayedOperations.checkAndCompleteAll.
    mutating func complete(_ wake: Wake, now: Instant, into effects: inout [Effect]) {
        completeFetches(wake.slot, now: now, into: &effects)
        guard wake.isHighWatermark else { return }
        completeProduces(wake.slot, into: &effects)
        completeDeletions(wake.slot, into: &effects)
    }

    /// The partition has another role, or none: everything that waits for it has to look.
    mutating func completeAll(_ slot: Int, now: Instant, into effects: inout [Effect]) {
        complete(Wake(slot: slot, isHighWatermark: true), now: now, into: &effects)
    }

    /// Fetches are looked at in the order of their arrival, whether a session watches for them or
    /// they do it themselves. Answering one changes nothing for the others.
    private mutating func completeFetches(_ slot: Int, now: Instant, into effects: inout [Effect]) {
        gatherFetches(waitingFor: slot)
        guard !waiting.isEmpty else { return }
        var gathered: [Int32] = []
        swap(&gathered, &waiting)
        for place in gathered where isComplete(fetch: Int(place), after: slot) {
            finish(fetch: Int(place), now: now, into: &effects)
        }
        swap(&gathered, &waiting)
    }

    /// Whether a fetch waits for a replica.
    mutating func isFetchWaiting(for slot: Int) -> Bool {
        gatherFetches(waitingFor: slot)
        return !waiting.isEmpty
    }

    private mutating func gatherFetches(waitingFor slot: Int) {
        waiting.clear()
        for index in 0..<fetches.watcherCount(of: slot) {
            waiting.append(Int32(fetches.watcher(of: slot, at: index)))
        }
        sessions.appendParked(of: slot, to: &waiting)
        guard waiting.count > 1 else { return }
        for index in 1..<waiting.count {
            let place = waiting[index]
            let arrival = fetches.operations[Int(place)].arrival
            var target = index
            while target > 0, fetches.operations[Int(waiting[target - 1])].arrival > arrival {
                waiting[target] = waiting[target - 1]
                target -= 1
            }
            waiting[target] = place
        }
    }

    private mutating func completeProduces(_ slot: Int, into effects: inout [Effect]) {
        var index = 0
        while index < produces.watcherCount(of: slot) {
            let place = produces.watcher(of: slot, at: index)
            if decide(produce: place, slot) {
                finish(produce: place, into: &effects)
            } else {
                index += 1
            }
        }
    }

    /// Decides the partitions of a parked produce that a slot's change concerns.
    private mutating func decide(produce place: Int, _ slot: Int) -> Bool {
        let count = produces.operations[place].pending.count
        for index in stride(from: count - 1, through: 0, by: -1) {
            let item = produces.operations[place].pending[index]
            guard item.slot == Int32(slot),
                let error = verdict(on: slot, required: item.required)
            else { continue }
            produces.decide(place, pending: index, error)
        }
        return produces.operations[place].isDecided
    }

    /// A flush that produces on a partition waited for is on the platter.
    mutating func flushed(_ token: FlushToken, _ slot: Int, into effects: inout [Effect]) {
        var index = 0
        while index < produces.watcherCount(of: slot) {
            let place = produces.watcher(of: slot, at: index)
            let isDone = produces.update(place) { operation in
                if operation.awaitedFlush == token { operation.awaitedFlush = nil }
                return operation.isDecided
            }
            if isDone { finish(produce: place, into: &effects) } else { index += 1 }
        }
    }

    private mutating func finish(produce place: Int, into effects: inout [Effect]) {
        let handle = produces.operations[place].handle
        let response = ProduceResponse(partitions: produces.operations[place].responses)
        produces.remove(place)
        effects.append(.reply(handle, .produce(response)))
    }

    private mutating func completeDeletions(_ slot: Int, into effects: inout [Effect]) {
        var index = 0
        while index < deletions.watcherCount(of: slot) {
            let place = deletions.watcher(of: slot, at: index)
            if let answer = answer(
                toDeletion: deletions.operations[place].partition,
                required: deletions.operations[place].required
            ) {
                finish(deletion: place, answer, into: &effects)
            } else {
                index += 1
            }
        }
    }

    private mutating func finish(
        deletion place: Int,
        _ answer: OffsetAnswer,
        into effects: inout [Effect]
    ) {
        let handle = deletions.operations[place].handle
        deletions.remove(place)
        effects.append(.reply(handle, .offsets(OffsetAnswers(partitions: [answer]))))
    }

    /// Answers what has waited long enough, as it stands.
    mutating func expireRequests(now: Instant, into effects: inout [Effect]) {
        while let place = produces.popExpired(now: now) { finish(produce: place, into: &effects) }
        while let place = fetches.popExpired(now: now) {
            finish(fetch: place, now: now, into: &effects)
        }
        while let place = deletions.popExpired(now: now) {
            let answer = OffsetAnswer(
                partition: deletions.operations[place].partition,
                error: .requestTimedOut
            )
            finish(deletion: place, answer, into: &effects)
        }
    }
}

extension Purgatory where Operation == DelayedProduce {
    /// Ends the wait for one partition of a produce.
    mutating func decide(_ place: Int, pending index: Int, _ error: ErrorCode) {
        _ = update(place) { operation in
            let answer = Int(operation.pending[index].answer)
            operation.responses[answer] = operation.responses[answer].decided(error)
            operation.pending.remove(at: index)
            return true
        }
    }
}

extension Purgatory where Operation == DelayedFetch {
    /// Watches an operation that a session has watched for so far.
    mutating func watch(
        _ place: Int,
        _ slots: [Int32],
        _ fill: (inout DelayedFetch) -> Void
    ) {
        _ = update(place) { operation in
            operation.watchedSlots = slots
            fill(&operation)
            return true
        }
        watchAll(place)
    }
}
