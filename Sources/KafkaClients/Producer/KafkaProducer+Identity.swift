import KafkaProtocol
import SimBase

extension KafkaProducer {
    var isIdempotent: Bool { config.enableIdempotence }

    /// The sender's housekeeping before data: resolves sequences, bumps the epoch, gets a producer id.
    /// - Returns: whether data may be drained.
    mutating func prepareIdentity(now: Instant, into effects: inout [Effect]) -> Bool {
        guard isIdempotent else { return true }
        resolveSequences()
        if case .failed(let error) = identity.phase {
            abortBatches(.broker(error), now: now, into: &effects)
            return false
        }
        if identity.isBumpRequired { bumpEpoch(into: &effects) }
        if identity.phase == .valid { return true }
        acquireProducerID(now: now, into: &effects)
        return false
    }

    private mutating func acquireProducerID(now: Instant, into effects: inout [Effect]) {
        if case .sleeping(let until) = identity.phase, now >= until {
            identity.phase = .uninitialized
        }
        if identity.phase == .uninitialized {
            guard let node = network.leastLoadedNode(now: now) else {
                sleepBeforeRetry(now: now)
                return
            }
            identity.phase = .connecting(node, deadline: now + config.client.requestTimeout)
        }
        guard case .connecting(let node, let deadline) = identity.phase else { return }
        if network.ready(node, now: now, into: &effects) {
            identity.phase = .requested
            network.network.send(
                .initProducerId,
                to: node,
                token: ProducerIdentity.token,
                now: now,
                into: &effects,
                completions: &networkCompletions
            )
        } else if now >= deadline || network.network.state(of: node) == .disconnected {
            sleepBeforeRetry(now: now)
        }
    }

    /// The I/O thread sleeps the raw `retry.backoff.ms`, whatever its maximum.
    private mutating func sleepBeforeRetry(now: Instant) {
        network.metadata.requestUpdate()
        sleepIdentity(now: now)
    }

    private mutating func sleepIdentity(now: Instant) {
        let pause = max(config.client.retryBackoff, .milliseconds(1))
        identity.phase = .sleeping(until: now + pause)
    }

    /// When ``prepareIdentity(now:into:)`` has something to do next.
    var identityDeadline: Instant {
        switch identity.phase {
        case .sleeping(let until): until
        case .connecting(_, let deadline): deadline
        case .uninitialized, .requested, .valid, .failed: .distantFuture
        }
    }

    mutating func producerIDAnswered(_ outcome: NetworkClient.Completion.Outcome, now: Instant) {
        guard case .response(.initProducerId(let response)) = outcome else {
            sleepIdentity(now: now)
            return
        }
        if !response.error.isError {
            identity.id = response.producerID
            identity.epoch = response.epoch
            identity.phase = .valid
        } else if response.error.isRetriable {
            sleepIdentity(now: now)
        } else {
            identity.phase = .failed(response.error)
        }
    }

    // MARK: Epoch

    /// The local bump of KIP-360: sequences of the partitions concerned start anew.
    private mutating func bumpEpoch(into effects: inout [Effect]) {
        if identity.epoch.rawValue == Int16.max {
            identity.id = .none
            identity.epoch = .none
            identity.phase = .uninitialized
        } else {
            identity.epoch = ProducerEpoch(identity.epoch.rawValue + 1)
        }
        statistics.epochBumps += 1
        effects.append(.observe(.producerEpochBumped(identity.epoch)))
        for partition in identity.rewrites {
            startSequencesAtBeginning(partition)
            clearUnresolved(partition)
        }
        identity.rewrites.clear()
        identity.isBumpRequired = false
    }

    private mutating func startSequencesAtBeginning(_ partition: TopicPartition) {
        let (topic, slot) = place(of: partition)
        var next = Sequence.zero
        for id in accumulator.topics[topic].partitions[slot].sequences.inFlight {
            accumulator.batches[Int(id)].resetProducerState(
                id: identity.id,
                epoch: identity.epoch,
                sequence: next
            )
            next = next.advanced(by: accumulator.batches[Int(id)].recordCount)
        }
        accumulator.topics[topic].partitions[slot].sequences.producerID = identity.id
        accumulator.topics[topic].partitions[slot].sequences.epoch = identity.epoch
        accumulator.topics[topic].partitions[slot].sequences.next = next
        accumulator.topics[topic].partitions[slot].sequences.lastAcked = -1
    }

    /// The partition's place in the accumulator.
    mutating func place(of partition: TopicPartition) -> (topic: Int, slot: Int) {
        let topic = accumulator.slot(of: partition.topic)
        accumulator.reserve(partition: partition.partition, topic: topic)
        return (topic, Int(partition.partition))
    }

    // MARK: Sequences

    private func isStale(_ sequences: borrowing PartitionSequences) -> Bool {
        sequences.producerID != identity.id || sequences.epoch != identity.epoch
    }

    /// The gate before a batch is drained: whether sequences forbid it now.
    func mustNotDrain(_ id: BatchID, topic: Int, slot: Int) -> Bool {
        guard isIdempotent else { return false }
        guard identity.phase == .valid else { return true }
        let hasSequence = accumulator.batches[Int(id)].hasSequence
        let sequences = accumulator.topics[topic].partitions[slot].sequences
        if !hasSequence {
            if !sequences.inFlight.isEmpty, isStale(sequences) { return true }
            return sequences.unresolvedNext != nil
        }
        // A batch sent before goes alone, after the one before it was answered for good.
        guard let first = sequences.inFlight.first else { return false }
        return accumulator.batches[Int(id)].baseSequence
            != accumulator.batches[Int(first)].baseSequence
    }

    /// Gives a batch its place in the partition's sequence as it is drained for the first time.
    mutating func assignSequence(_ id: BatchID, topic: Int, slot: Int) {
        guard isIdempotent, !accumulator.batches[Int(id)].hasSequence else { return }
        if isStale(accumulator.topics[topic].partitions[slot].sequences) {
            startSequencesAtBeginning(accumulator.topics[topic].partitions[slot].partition)
        }
        let next = accumulator.topics[topic].partitions[slot].sequences.next
        accumulator.batches[Int(id)].setProducerState(
            id: identity.id,
            epoch: identity.epoch,
            sequence: next
        )
        accumulator.topics[topic].partitions[slot].sequences.next = next.advanced(
            by: accumulator.batches[Int(id)].recordCount
        )
        addInFlight(id, topic: topic, slot: slot)
    }

    mutating func addInFlight(_ id: BatchID, topic: Int, slot: Int) {
        let batch = accumulator.batches[Int(id)]
        let list = accumulator.topics[topic].partitions[slot].sequences.inFlight
        var index = list.count
        while index > 0 {
            let other = accumulator.batches[Int(list[index - 1])]
            if (other.epoch, other.baseSequence) < (batch.epoch, batch.baseSequence) { break }
            index -= 1
        }
        accumulator.topics[topic].partitions[slot].sequences.inFlight.insert(id, at: index)
    }

    mutating func removeInFlight(_ id: BatchID, topic: Int, slot: Int) {
        accumulator.topics[topic].partitions[slot].sequences.inFlight.removeAll { $0 == id }
    }

    /// A success moves the partition on, even of a batch that had expired meanwhile.
    mutating func sequenceAcknowledged(_ id: BatchID, baseOffset: Offset, topic: Int, slot: Int) {
        guard isIdempotent else { return }
        let batch = accumulator.batches[Int(id)]
        let last = batch.lastSequence.rawValue
        if last > accumulator.topics[topic].partitions[slot].sequences.lastAcked {
            accumulator.topics[topic].partitions[slot].sequences.lastAcked = last
        }
        if baseOffset != .none {
            let lastOffset = baseOffset.advanced(by: Int64(batch.recordCount) - 1)
            if lastOffset > accumulator.topics[topic].partitions[slot].sequences.lastAckedOffset {
                accumulator.topics[topic].partitions[slot].sequences.lastAckedOffset = lastOffset
            }
        }
        removeInFlight(id, topic: topic, slot: slot)
    }

    /// A failure: what it means for the sequences behind.
    ///
    /// - Parameters:
    ///   - id: the batch.
    ///   - error: the broker's code, `nil` for the producer's own time-out.
    ///   - adjustsSequences: whether the batch certainly ended before its retries were used up.
    ///   - topic: the topic's place.
    ///   - slot: the partition's place.
    mutating func sequenceFailed(
        _ id: BatchID,
        error: ErrorCode?,
        adjustsSequences: Bool,
        topic: Int,
        slot: Int
    ) {
        guard isIdempotent else { return }
        removeInFlight(id, topic: topic, slot: slot)
        guard identity.fatalError == nil else { return }
        let partition = accumulator.batches[Int(id)].partition
        switch error {
        case .outOfOrderSequenceNumber:
            identity.requestBump(for: partition)
        case .unknownProducerId:
            accumulator.topics[topic].partitions[slot].sequences = PartitionSequences()
        default:
            if adjustsSequences { identity.requestBump(for: partition) }
        }
    }

    /// Whether an idempotent producer may send a batch again after `error`; may ask for a bump.
    mutating func canRetryWithSequence(
        _ id: BatchID,
        _ response: ProducePartitionResponse,
        topic: Int,
        slot: Int
    ) -> Bool {
        let batch = accumulator.batches[Int(id)]
        let sequences = accumulator.topics[topic].partitions[slot].sequences
        switch response.error {
        case .unknownProducerId:
            if response.logStartOffset == .none || batch.sequenceHasBeenReset { return true }
            identity.requestBump(for: batch.partition)
            return true
        case .outOfOrderSequenceNumber:
            let isUnresolved = sequences.unresolvedNext != nil
            let isNext = sequences.isNext(batch.baseSequence)
            if !isUnresolved, batch.sequenceHasBeenReset || !isNext { return true }
            // Exactly the next, or the first after the gap: the broker's log lacks what was before.
            if isNext || sequences.isFirstAfterGap(batch.baseSequence) {
                identity.requestBump(for: batch.partition)
            }
            return true
        default:
            return response.error.isRetriable
        }
    }

    // MARK: Unresolved sequences

    /// A batch expired after it had been sent: nobody knows whether its sequence was taken.
    mutating func markUnresolved(_ id: BatchID, topic: Int, slot: Int) {
        let next = accumulator.batches[Int(id)].lastSequence.rawValue &+ 1
        let known = accumulator.topics[topic].partitions[slot].sequences.unresolvedNext
        accumulator.topics[topic].partitions[slot].sequences.unresolvedNext = max(
            known ?? next,
            next
        )
        let partition = accumulator.topics[topic].partitions[slot].partition
        if !identity.unresolved.contains(partition) {
            identity.unresolved.append(partition)
            identity.unresolved.sort()
        }
    }

    private mutating func clearUnresolved(_ partition: TopicPartition) {
        let (topic, slot) = place(of: partition)
        accumulator.topics[topic].partitions[slot].sequences.unresolvedNext = nil
        identity.unresolved.removeAll { $0 == partition }
    }

    /// Once nothing is in flight, a gap either has closed by itself or takes a new epoch.
    private mutating func resolveSequences() {
        guard !identity.unresolved.isEmpty else { return }
        for partition in identity.unresolved {
            let (topic, slot) = place(of: partition)
            let sequences = accumulator.topics[topic].partitions[slot].sequences
            guard sequences.inFlight.isEmpty else { continue }
            if !sequences.isNext(sequences.next) { identity.requestBump(for: partition) }
            clearUnresolved(partition)
        }
    }
}
