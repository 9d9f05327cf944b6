internal import DequeModule
import KafkaProtocol
import SimBase

extension KafkaProducer {
    /// Runs the handlers of requests that ended.
    mutating func handleNetworkCompletions(now: Instant, into effects: inout [Effect]) {
        guard !networkCompletions.isEmpty else { return }
        var ended: [NetworkClient.Completion] = []
        swap(&ended, &networkCompletions)
        for completion in ended {
            guard completion.token != 0 else { continue }
            if completion.token == ProducerIdentity.token {
                producerIDAnswered(completion.outcome, now: now)
            } else {
                produceEnded(
                    Int(completion.token) - 1,
                    completion.outcome,
                    now: now,
                    into: &effects
                )
            }
        }
        ended.clear()
        swap(&ended, &networkCompletions)
        networkCompletions.append(contentsOf: ended)
    }

    private mutating func produceEnded(
        _ request: Int,
        _ outcome: NetworkClient.Completion.Outcome,
        now: Instant,
        into effects: inout [Effect]
    ) {
        let ids = requests[request]
        requests[request] = []
        freeRequests.append(request)
        switch outcome {
        case .response(.produce(let response)):
            for (position, answer) in response.partitions.enumerated() {
                guard let id = batch(in: ids, for: answer.partition, near: position) else {
                    continue
                }
                batchAnswered(id, answer, now: now, into: &effects)
            }
            for answer in response.partitions {
                if let hint = answer.currentLeader,
                    answer.error == .notLeaderOrFollower || answer.error == .fencedLeaderEpoch
                {
                    _ = network.metadata.apply(hint, to: answer.partition)
                }
            }
        case .response(let other):
            failAll(ids, responseError(other), now: now, into: &effects)
        case .written:
            failAll(ids, .none, now: now, into: &effects)
        case .timedOut:
            let error: ErrorCode =
                features.requestTimeoutError ? .requestTimedOut : .networkException
            failAll(ids, error, now: now, into: &effects)
        case .disconnected, .connectionLost, .connectionReady:
            failAll(ids, .networkException, now: now, into: &effects)
        }
    }

    private func responseError(_ response: Response) -> ErrorCode {
        if case .status(let error) = response { error } else { .unknownServerError }
    }

    private mutating func failAll(
        _ ids: [BatchID],
        _ error: ErrorCode,
        now: Instant,
        into effects: inout [Effect]
    ) {
        for id in ids {
            let answer = ProducePartitionResponse(
                partition: accumulator.batches[Int(id)].partition,
                error: error
            )
            batchAnswered(id, answer, now: now, into: &effects)
        }
    }

    private func batch(in ids: [BatchID], for partition: TopicPartition, near position: Int)
        -> BatchID?
    {
        if position < ids.count, accumulator.batches[Int(ids[position])].partition == partition {
            return ids[position]
        }
        return ids.first { accumulator.batches[Int($0)].partition == partition }
    }

    /// What becomes of a batch: success, split, retry or failure.
    /// - Source: Sender.completeBatch.
    private mutating func batchAnswered(
        _ id: BatchID,
        _ answer: ProducePartitionResponse,
        now: Instant,
        into effects: inout [Effect]
    ) {
        let topic = Int(accumulator.batches[Int(id)].topic)
        let slot = Int(accumulator.batches[Int(id)].partition.partition)
        accumulator.batches[Int(id)].isOnWire = false
        accumulator.topics[topic].partitions[slot].inFlight.removeAll { $0 == id }
        let error = answer.error
        switch error {
        case .none:
            sequenceAcknowledged(id, baseOffset: answer.baseOffset, topic: topic, slot: slot)
            succeedBatch(id, answer.baseOffset, now: now, into: &effects)
        case .messageTooLarge
        where accumulator.batches[Int(id)].recordCount > 1
            && !accumulator.batches[Int(id)].isDone:
            splitBatch(id, topic: topic, slot: slot, now: now, into: &effects)
        default:
            if canRetry(id, answer, topic: topic, slot: slot, now: now) {
                retryBatch(id, error, now: now, into: &effects)
            } else if error == .duplicateSequenceNumber {
                sequenceAcknowledged(id, baseOffset: answer.baseOffset, topic: topic, slot: slot)
                succeedBatch(id, answer.baseOffset, now: now, into: &effects)
            } else {
                // With retries used up nobody knows whether the sequence was taken.
                let adjusts = accumulator.batches[Int(id)].attempts < config.retries
                failBatch(
                    id,
                    .broker(error),
                    error: error,
                    recordErrors: answer.recordErrors,
                    adjustsSequences: adjusts,
                    now: now,
                    into: &effects
                )
                accumulator.recycle(id)
            }
            if error.isInvalidMetadata { network.metadata.requestUpdate() }
        }
        if config.maxInFlight == 1 { accumulator.topics[topic].partitions[slot].isMuted = false }
    }

    private mutating func canRetry(
        _ id: BatchID,
        _ answer: ProducePartitionResponse,
        topic: Int,
        slot: Int,
        now: Instant
    ) -> Bool {
        if features.deliveryTimeout,
            accumulator.batches[Int(id)].hasReachedDeliveryTimeout(config.deliveryTimeout, now: now)
        {
            return false
        }
        guard accumulator.batches[Int(id)].attempts < config.retries,
            !accumulator.batches[Int(id)].isDone
        else { return false }
        return isIdempotent
            ? canRetryWithSequence(id, answer, topic: topic, slot: slot) : answer.error.isRetriable
    }

    private mutating func retryBatch(
        _ id: BatchID,
        _ error: ErrorCode,
        now: Instant,
        into effects: inout [Effect]
    ) {
        accumulator.batches[Int(id)].lastError = error
        accumulator.reenqueue(id, isIdempotent: isIdempotent, now: now)
        let count = accumulator.batches[Int(id)].recordCount
        statistics.retries += Int64(count)
        effects.append(
            .observe(
                .producerRetried(accumulator.batches[Int(id)].partition, error, records: count)
            )
        )
    }

    private mutating func splitBatch(
        _ id: BatchID,
        topic: Int,
        slot: Int,
        now: Instant,
        into effects: inout [Effect]
    ) {
        if isIdempotent { removeInFlight(id, topic: topic, slot: slot) }
        let pieces = accumulator.split(id, isIdempotent: isIdempotent)
        if isIdempotent {
            for piece in pieces { addInFlight(piece, topic: topic, slot: slot) }
        }
        statistics.splits += 1
        effects.append(.observe(.batchSplit(accumulator.batches[Int(id)].partition)))
        let bytes = accumulator.batches[Int(id)].pooledBytes
        accumulator.batches[Int(id)].isDone = true
        settled(id)
        accumulator.recycle(id)
        releaseMemory(bytes, now: now, into: &effects)
    }

    // MARK: Ends

    private mutating func succeedBatch(
        _ id: BatchID,
        _ baseOffset: Offset,
        now: Instant,
        into effects: inout [Effect]
    ) {
        defer { accumulator.recycle(id) }
        guard !accumulator.batches[Int(id)].isDone else { return }
        let partition = accumulator.batches[Int(id)].partition
        let run = runs.count - 1
        for (index, token) in accumulator.batches[Int(id)].tokens.enumerated() {
            let offset = baseOffset == .none ? .none : baseOffset.advanced(by: Int64(index))
            runs[run].completions.append(
                Completion(token: token, outcome: .acknowledged(partition, offset))
            )
        }
        accumulator.batches[Int(id)].isDone = true
        settled(id)
        releaseMemory(accumulator.batches[Int(id)].pooledBytes, now: now, into: &effects)
    }

    /// Tells the application of a failure, once; the memory follows when the callbacks have run.
    mutating func failBatch(
        _ id: BatchID,
        _ exception: ClientException,
        error: ErrorCode?,
        recordErrors: [Int32] = [],
        adjustsSequences: Bool,
        now: Instant,
        into effects: inout [Effect]
    ) {
        let topic = Int(accumulator.batches[Int(id)].topic)
        let partition = accumulator.batches[Int(id)].partition
        if features.lateErrorsKeepSequences, accumulator.batches[Int(id)].isDone { return }
        sequenceFailed(
            id,
            error: error,
            adjustsSequences: adjustsSequences,
            topic: topic,
            slot: Int(partition.partition)
        )
        guard !accumulator.batches[Int(id)].isDone else { return }
        let last = error ?? accumulator.batches[Int(id)].lastError
        let run = runs.count - 1
        for (index, token) in accumulator.batches[Int(id)].tokens.enumerated() {
            let mine = KafkaProducer.exception(of: index, exception, recordErrors)
            runs[run].completions.append(
                Completion(token: token, outcome: .failed(mine, lastError: last, partition))
            )
        }
        accumulator.batches[Int(id)].isDone = true
        runs[run].releases = accumulator.batches[Int(id)].pooledBytes
        runs.append(CallbackRun())
        settled(id)
    }

    /// In a batch refused for single records the others fail as part of it.
    private static func exception(
        of index: Int,
        _ exception: ClientException,
        _ recordErrors: [Int32]
    ) -> ClientException {
        guard !recordErrors.isEmpty else { return exception }
        guard recordErrors.contains(Int32(index)) else { return .kafka }
        return recordErrors.count == 1 ? exception : .broker(.invalidRecord)
    }

    /// The batch counts as complete for `flush()`.
    private mutating func settled(_ id: BatchID) {
        accumulator.completed(id)
        guard !flushes.isEmpty else { return }
        let serial = accumulator.batches[Int(id)].serial
        for index in flushes.indices where serial < flushes[index].limit {
            flushes[index].left -= 1
        }
        finishFlushes()
    }
}
