internal import DequeModule
public import KafkaProtocol
public import SimBase

extension KafkaProducer {
    /// `flush()`: everything buffered is sent without linger; ends with a `flushed` completion when
    /// the batches that exist now are complete. A batch that is split counts as complete.
    public mutating func flush(token: Int32, now: Instant, into effects: inout [Effect]) {
        guard phase != .closed else {
            complete(token, .flushed)
            return
        }
        accumulator.flushesInProgress += 1
        flushes.append(
            Flush(
                token: token,
                limit: accumulator.newestSerial,
                left: accumulator.incompleteCount
            )
        )
        finishFlushes()
        wake(at: now, into: &effects)
    }

    mutating func finishFlushes() {
        for flush in flushes where flush.left <= 0 {
            complete(flush.token, .flushed)
            accumulator.flushesInProgress -= 1
        }
        flushes.removeAll { $0.left <= 0 }
    }

    /// `close(timeout)`: sends throw from now on; what is buffered goes out without linger. When the
    /// time-out ends first, everything incomplete fails. On the I/O thread the time-out is zero.
    public mutating func close(
        timeout: Interval,
        isIOThread: Bool = false,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard phase != .closed else { return }
        let end = isIOThread ? now : now + timeout
        if case .closing(let earlier) = phase {
            phase = .closing(deadline: min(earlier, end))
        } else {
            phase = .closing(deadline: end)
        }
        accumulator.isClosed = true
        abortMemoryWaiters(now: now)
        wake(at: now, into: &effects)
    }

    /// Whether the time-out of `close()` is over.
    func isCloseForced(at now: Instant) -> Bool {
        guard case .closing(let deadline) = phase else { return false }
        return now >= deadline
    }

    /// Ends the I/O thread when nothing is left to do, or the deadline has come.
    /// - Returns: whether the producer is closed now.
    mutating func finishClosing(now: Instant, into effects: inout [Effect]) -> Bool {
        guard case .closing = phase else { return false }
        let isForced = isCloseForced(at: now)
        guard isForced || (!accumulator.hasUndrained && !network.network.hasInFlight) else {
            return false
        }
        if isForced { abortBatches(.producerClosed, now: now, into: &effects) }
        // Nothing of the pool is asked for any more: its memory need not wait for callbacks.
        phase = .closed
        abortMetadataWaiters(now: now)
        network.network.closeAll(now: now, into: &effects)
        for flush in flushes { complete(flush.token, .flushed) }
        flushes.removeAll()
        complete(client, .closed)
        let all = runs.flatMap(\.completions)
        runs = [CallbackRun(completions: all)]
        effects.append(.cancelTimer(.client))
        return true
    }

    /// Fails everything that is not complete, sent or not, oldest first.
    mutating func abortBatches(
        _ exception: ClientException,
        now: Instant,
        into effects: inout [Effect]
    ) {
        for id in accumulator.incompleteBatches() {
            let topic = Int(accumulator.batches[Int(id)].topic)
            let slot = Int(accumulator.batches[Int(id)].partition.partition)
            accumulator.topics[topic].partitions[slot].batches.removeAll { $0 == id }
            accumulator.batches[Int(id)].isClosedForAppends = true
            failBatch(
                id,
                exception,
                error: accumulator.batches[Int(id)].lastError,
                adjustsSequences: false,
                now: now,
                into: &effects
            )
            if !accumulator.batches[Int(id)].isOnWire { accumulator.recycle(id) }
        }
    }
}
