import KafkaController
import KafkaLog
import KafkaProtocol
import SimBase

extension Broker {
    /// Appends what a producer sends, partition by partition, and answers when `acks` allows.
    /// - Source: kafka.server.KafkaApis.handleProduceRequest, ReplicaManager.appendRecords.
    mutating func handleProduce(
        _ handle: RequestHandle,
        _ request: ProduceRequest,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        var responses: [ProducePartitionResponse] = []
        responses.reserveCapacity(request.partitions.count)
        pendingProduces.clear()
        var hasFailed = false
        var awaited: FlushToken?
        for item in request.partitions {
            let response = append(
                item,
                acks: request.acks,
                answer: Int32(responses.count),
                now: now,
                handles: &handles,
                awaited: &awaited,
                into: &effects
            )
            hasFailed = hasFailed || response.error != .none
            responses.append(response)
        }
        switch request.acks {
        case .none:
            // The only sign of an error that such a producer gets is a closed connection.
            effects.append(hasFailed ? .closeInbound(handle) : .release(handle))
        case .leader:
            reply(handle, responses, after: awaited, into: &effects)
        case .all:
            if pendingProduces.isEmpty {
                reply(handle, responses, after: awaited, into: &effects)
            } else {
                park(
                    handle,
                    responses,
                    after: awaited,
                    timeout: request.timeout,
                    now: now,
                    into: &effects
                )
            }
        }
    }

    private mutating func reply(
        _ handle: RequestHandle,
        _ responses: [ProducePartitionResponse],
        after flush: FlushToken?,
        into effects: inout [Effect]
    ) {
        let response = Response.produce(ProduceResponse(partitions: responses))
        if let flush {
            flushWaits.append(FlushWait(token: flush, handle: handle, response: response))
        } else {
            effects.append(.reply(handle, response))
        }
    }

    /// Appends to one partition: the checks of the broker, then those of the log.
    private mutating func append(
        _ item: ProducePartition,
        acks: Acks,
        answer: Int32,
        now: Instant,
        handles: inout FileHandleAllocator,
        awaited: inout FlushToken?,
        into effects: inout [Effect]
    ) -> ProducePartitionResponse {
        let partition = item.partition
        guard case .hosted(let slot) = replicas.place(of: partition) else {
            return refusal(partition, errorOfAbsent(partition))
        }
        guard !partition.topic.isInternal else {
            return refusal(partition, .invalidTopicException)
        }
        guard replicas.partitions[slot].isLeader else {
            return refusal(partition, .notLeaderOrFollower)
        }
        if acks == .all,
            replicas.partitions[slot].replicas.committed.count
                < minInSync(of: slot)
        {
            return refusal(partition, .notEnoughReplicas)
        }
        let directory = replicas.partitions[slot].log.logDir
        guard !directories.directories[Int(directory)].isFull else {
            failDirectory(directory, now: now, handles: &handles, into: &effects)
            return refusal(partition, .kafkaStorageError)
        }
        let outcome = replicas[changing: slot].log.appendAsLeader(
            item.batch,
            epoch: replicas.partitions[slot].leaderEpoch,
            origin: .client,
            wallClock: clock(now).milliseconds,
            now: now,
            handles: &handles,
            into: &effects
        )
        let logStart = replicas.partitions[slot].log.logStartOffset
        let first: Offset
        let last: Offset
        var appendTime: Int64 = -1
        switch outcome {
        case .refused(let error, let recordErrors):
            return ProducePartitionResponse(
                partition: partition,
                error: error,
                logStartOffset: error == .invalidRecord ? logStart : .none,
                recordErrors: recordErrors
            )
        case .appended(let firstOffset, let lastOffset, let time):
            (first, last, appendTime) = (firstOffset, lastOffset, time)
            appended(slot, now: now, into: &effects)
        case .duplicate(let firstOffset, let lastOffset):
            (first, last) = (firstOffset, lastOffset)
        }
        if let flush = replicas.look(at: slot, { $0.log.awaitedFlush }) { awaited = flush }
        if acks == .all {
            pendingProduces.append(
                DelayedProduce.Pending(
                    slot: Int32(slot),
                    answer: answer,
                    required: last.advanced(by: 1)
                )
            )
        }
        return ProducePartitionResponse(
            partition: partition,
            error: .none,
            baseOffset: first,
            logAppendTime: appendTime,
            logStartOffset: logStart
        )
    }

    /// The leader's log has grown: its high watermark may move, parked fetches may be answered.
    ///
    /// With `flush.messages` the append itself takes until the flush is done.
    mutating func appended(_ slot: Int, now: Instant, into effects: inout [Effect]) {
        if let flush = replicas.look(at: slot, { $0.log.awaitedFlush }) {
            flushedAppends.append(FlushedAppend(token: flush, slot: slot))
            return
        }
        finishAppend(slot, now: now, into: &effects)
    }

    mutating func finishAppend(_ slot: Int, now: Instant, into effects: inout [Effect]) {
        let moved = advanceHighWatermark(slot, now: now, into: &effects)
        wakes.append(Wake(slot: slot, isHighWatermark: moved))
    }

    private func refusal(_ partition: TopicPartition, _ error: ErrorCode)
        -> ProducePartitionResponse
    {
        ProducePartitionResponse(
            partition: partition,
            error: error,
            currentLeader: error == .notLeaderOrFollower ? leaderHint(partition) : nil
        )
    }

    /// The error of a partition without a replica here.
    func errorOfAbsent(_ partition: TopicPartition) -> ErrorCode {
        guard loader.image.partition(partition) != nil else { return .unknownTopicOrPartition }
        return replicas.place(of: partition) == .offline ? .kafkaStorageError : .notLeaderOrFollower
    }

    /// Where a partition is led, as far as this broker knows (KIP-951).
    func leaderHint(_ partition: TopicPartition) -> LeaderHint? {
        guard features.leaderHints, let state = loader.image.partition(partition), state.hasLeader
        else { return nil }
        return LeaderHint(leader: state.leader, epoch: state.leaderEpoch)
    }

    // MARK: acks=all

    /// Decides what can be decided at once and parks the rest.
    private mutating func park(
        _ handle: RequestHandle,
        _ responses: [ProducePartitionResponse],
        after flush: FlushToken?,
        timeout: Interval,
        now: Instant,
        into effects: inout [Effect]
    ) {
        var responses = responses
        var open = 0
        for index in pendingProduces.indices {
            let item = pendingProduces[index]
            if let error = verdict(on: Int(item.slot), required: item.required) {
                responses[Int(item.answer)] = responses[Int(item.answer)].decided(error)
            } else {
                pendingProduces[open] = item
                open += 1
            }
        }
        pendingProduces.removeLast(pendingProduces.count - open)
        guard open > 0 else {
            reply(handle, responses, after: flush, into: &effects)
            return
        }
        for item in pendingProduces {
            responses[Int(item.answer)] = responses[Int(item.answer)].decided(.requestTimedOut)
        }
        let pending = pendingProduces
        produces.park(deadline: now + timeout) { operation in
            operation.handle = handle
            operation.responses = responses
            operation.awaitedFlush = flush
            operation.pending.append(contentsOf: pending)
            for item in pending where !operation.watchedSlots.contains(item.slot) {
                operation.watchedSlots.append(item.slot)
            }
        }
    }

    /// What became of a batch that waits for the high watermark; `nil` while it is undecided.
    /// - Source: kafka.server.DelayedProduce.tryComplete, Partition.checkEnoughReplicasReachOffset.
    mutating func verdict(on slot: Int, required: Offset) -> ErrorCode? {
        let id = replicas.partitions[slot].id
        guard replicas.slot(of: id) == slot else { return errorOfAbsent(id) }
        guard replicas.partitions[slot].isLeader else { return .notLeaderOrFollower }
        guard replicas.partitions[slot].log.highWatermark >= required else { return nil }
        return minInSync(of: slot)
            <= replicas.partitions[slot].replicas.maximalCount
            ? ErrorCode.none : .notEnoughReplicasAfterAppend
    }

    /// `min.insync.replicas` as it is applied to a replica.
    mutating func minInSync(of slot: Int) -> Int {
        let features = features
        return replicas.look(at: slot) { $0.effectiveMinInSync(features) }
    }
}
