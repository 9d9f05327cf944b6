import KafkaProtocol
import SimBase

extension KafkaProducer {
    /// Fails the batches whose time is over: those waiting in queues first, then those in flight.
    /// - Returns: when the next one expires.
    /// - Source: Sender.sendProducerData, RecordAccumulator.expiredBatches (KIP-91).
    mutating func expireBatches(now: Instant, into effects: inout [Effect]) -> Instant {
        scratch.expired.clear()
        var next = Instant.distantFuture
        for topic in accumulator.topics.indices {
            for slot in accumulator.topics[topic].partitions.indices {
                while let head = accumulator.topics[topic].partitions[slot].batches.first {
                    let end = expiry(of: head, topic: topic, slot: slot)
                    guard end <= now else {
                        next = min(next, end)
                        break
                    }
                    accumulator.topics[topic].partitions[slot].batches.removeFirst()
                    accumulator.batches[Int(head)].isClosedForAppends = true
                    scratch.expired.append(head)
                }
            }
        }
        if features.deliveryTimeout { next = min(next, expireInFlight(now: now)) }
        guard !scratch.expired.isEmpty else { return next }
        let expired = scratch.expired
        for id in expired {
            let topic = Int(accumulator.batches[Int(id)].topic)
            let slot = Int(accumulator.batches[Int(id)].partition.partition)
            let isRetry = accumulator.batches[Int(id)].isRetry
            failBatch(id, .timeout, error: nil, adjustsSequences: false, now: now, into: &effects)
            if isIdempotent, isRetry { markUnresolved(id, topic: topic, slot: slot) }
            if !accumulator.batches[Int(id)].isOnWire { accumulator.recycle(id) }
        }
        return next
    }

    private mutating func expireInFlight(now: Instant) -> Instant {
        var next = Instant.distantFuture
        for topic in accumulator.topics.indices {
            for slot in accumulator.topics[topic].partitions.indices {
                while let first = accumulator.topics[topic].partitions[slot].inFlight.first {
                    let end = accumulator.batches[Int(first)].created + config.deliveryTimeout
                    guard end <= now else {
                        next = min(next, end)
                        break
                    }
                    accumulator.topics[topic].partitions[slot].inFlight.removeFirst()
                    scratch.expired.append(first)
                }
            }
        }
        return next
    }

    /// When a queued batch expires.
    private mutating func expiry(of id: BatchID, topic: Int, slot: Int) -> Instant {
        let batch = accumulator.batches[Int(id)]
        if features.deliveryTimeout { return batch.created + config.deliveryTimeout }
        // Before KIP-91 queued batches lived for request.timeout.ms, counted by their state.
        guard !accumulator.topics[topic].partitions[slot].isMuted else { return .distantFuture }
        let limit = config.client.requestTimeout + .milliseconds(1)
        if batch.isRetry { return batch.lastAttempt + config.client.retryBackoff + limit }
        let lingered = batch.created + config.linger + limit
        let isFull = accumulator.topics[topic].partitions[slot].batches.count > 1 || batch.isFull
        return isFull ? min(batch.lastAppend + limit, lingered) : lingered
    }
}
