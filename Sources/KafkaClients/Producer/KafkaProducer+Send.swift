internal import DequeModule
public import KafkaProtocol
public import SimBase

extension KafkaProducer {
    /// `send(record, callback)` on the application's thread, or on the I/O thread from a callback.
    ///
    /// The application must not call it again while its last call is blocked. Callbacks may: theirs
    /// run one after the other, and the further ones wait for the I/O thread.
    /// - Source: org.apache.kafka.clients.producer.KafkaProducer.doSend.
    public mutating func send(
        _ record: ProducerRecord,
        isIOThread: Bool = false,
        now: Instant,
        into effects: inout [Effect]
    ) -> SendOutcome {
        if isIOThread, isIOThreadBlocked {
            queuedCallbackSends.append(record)
            return .blocked
        }
        guard phase == .running else { return .threw(.illegalState) }
        if network.metadata.isInvalid(record.topic) {
            return .failed(.broker(.invalidTopicException))
        }
        network.metadata.add(record.topic, now: now)
        guard let count = network.metadata.partitionCount(of: record.topic),
            record.partition ?? 0 < count
        else {
            return waitForMetadata(record, isIOThread: isIOThread, now: now, into: &effects)
        }
        return append(
            record,
            partitions: count,
            granted: nil,
            waiter: isIOThread ? .ioThread : .application,
            began: now,
            now: now,
            into: &effects
        )
    }

    private mutating func waitForMetadata(
        _ record: ProducerRecord,
        isIOThread: Bool,
        now: Instant,
        into effects: inout [Effect]
    ) -> SendOutcome {
        network.metadata.requestUpdate(for: record.topic)
        if !isIOThread { wake(at: now, into: &effects) }
        guard config.maxBlock > .zero else { return .failed(.timeout) }
        block(
            BlockedSend(
                record: record,
                began: now,
                deadline: now + config.maxBlock,
                waiter: isIOThread ? .ioThread : .application,
                stage: .metadata(seen: network.metadata.updateVersion)
            ),
            into: &effects
        )
        return .blocked
    }

    private mutating func block(_ send: BlockedSend, into effects: inout [Effect]) {
        switch send.waiter {
        case .application: blockedApplication = send
        case .ioThread: blockedIOThread = send
        }
        wake(at: send.deadline, into: &effects)
    }

    /// Steps 4 to 10 of a send: partition, size checks, accumulator.
    private mutating func append(
        _ record: ProducerRecord,
        partitions: Int32,
        granted: Int?,
        waiter: BufferPool.Waiter,
        began: Instant,
        now: Instant,
        into effects: inout [Effect]
    ) -> SendOutcome {
        let size = RecordBatchBuilder.upperBound(
            keyLength: record.key?.count,
            valueLength: record.value.count
        )
        guard size <= config.maxRequestSize, Int64(size) <= config.bufferMemory else {
            return .failed(.recordTooLarge)
        }
        if accumulator.isClosed {
            if let granted { accumulator.pool.release(granted) }
            return .threw(.producerClosed)
        }
        let topic = accumulator.slot(of: record.topic)
        let fixed = fixedPartition(of: record, count: partitions)
        let partition = fixed ?? stickyPartition(of: record.topic, slot: topic)
        accumulator.reserve(partition: partition, topic: topic)
        let outcome = accumulator.append(
            record,
            timestamp: record.timestamp ?? wallClock(now),
            topic: topic,
            partition: partition,
            granted: granted,
            now: now
        )
        switch outcome {
        case .needsMemory(let bytes):
            // The time is taken before the wait, which may last for `max.block.ms`.
            var record = record
            record.timestamp = record.timestamp ?? wallClock(now)
            return waitForMemory(
                record,
                bytes,
                waiter: waiter,
                began: began,
                now: now,
                into: &effects
            )
        case .appended(let isFull, let isNewBatch, let bytes):
            if fixed == nil {
                accumulator.topics[topic].partitioner.appended(
                    bytes,
                    enableSwitch: accumulator.areAllBatchesFull(topic: topic, partition: partition),
                    topic: record.topic,
                    metadata: network.metadata,
                    &random
                )
            }
            wakeSender(
                for: TopicPartition(record.topic, partition),
                isFull: isFull,
                isNewBatch: isNewBatch,
                now: now,
                into: &effects
            )
            if let error = identity.fatalError { return .threw(.broker(error)) }
            return .accepted
        }
    }

    /// An explicit partition or a key's; `nil` for the partitioner's choice.
    private func fixedPartition(of record: borrowing ProducerRecord, count: Int32) -> Int32? {
        if let partition = record.partition { return partition }
        guard let key = record.key, !config.partitionerIgnoreKeys else { return nil }
        return Murmur2.partition(of: key, count: count)
    }

    private mutating func stickyPartition(of topic: TopicName, slot: Int) -> Int32 {
        let partition = accumulator.topics[slot].partitioner.current(
            topic: topic,
            metadata: network.metadata,
            &random
        )
        accumulator.reserve(partition: partition, topic: slot)
        // An earlier append may have left the switch to the time when its queue is full.
        guard accumulator.areAllBatchesFull(topic: slot, partition: partition) else {
            return partition
        }
        accumulator.topics[slot].partitioner.appended(
            0,
            enableSwitch: true,
            topic: topic,
            metadata: network.metadata,
            &random
        )
        return accumulator.topics[slot].partitioner.sticky ?? partition
    }

    private mutating func waitForMemory(
        _ record: ProducerRecord,
        _ bytes: Int,
        waiter: BufferPool.Waiter,
        began: Instant,
        now: Instant,
        into effects: inout [Effect]
    ) -> SendOutcome {
        guard Int64(bytes) <= config.bufferMemory else { return .threw(.illegalArgument) }
        let deadline = began + config.maxBlock
        guard now < deadline else { return .failed(.bufferExhausted) }
        accumulator.pool.wait(waiter, for: bytes)
        block(
            BlockedSend(
                record: record,
                began: began,
                deadline: deadline,
                waiter: waiter,
                stage: .memory(size: bytes)
            ),
            into: &effects
        )
        // Somebody waits for memory: every batch may go now.
        wake(at: now, into: &effects)
        return .blocked
    }

    /// Wakes the sender where Kafka does, and only if it would find something to do before the
    /// time it sleeps to.
    private mutating func wakeSender(
        for partition: TopicPartition,
        isFull: Bool,
        isNewBatch: Bool,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard isFull || isNewBatch else { return }
        let isUrgent =
            isFull || accumulator.flushesInProgress > 0
            || network.metadata.leader(of: partition) == nil
        wake(at: isUrgent ? now : now + min(config.linger, config.deliveryTimeout), into: &effects)
    }

    // MARK: Waiting threads

    /// Gives memory back and lets the threads go on that it suffices for.
    mutating func releaseMemory(_ bytes: Int, now: Instant, into effects: inout [Effect]) {
        if bytes > 0 { accumulator.pool.release(bytes) }
        while let waiter = accumulator.pool.nextServed() {
            let waiting = waiter == .application ? blockedApplication : blockedIOThread
            guard let waiting, case .memory(let size) = waiting.stage else { continue }
            resume(waiting, granted: size, now: now, into: &effects)
        }
    }

    /// Looks again whether the topics that threads wait for are known.
    mutating func resumeMetadataWaiters(now: Instant, into effects: inout [Effect]) {
        guard let waiting = blockedApplication, case .metadata(let seen) = waiting.stage,
            network.metadata.updateVersion > seen
        else { return }
        guard now < waiting.deadline else { return }
        if network.metadata.isInvalid(waiting.record.topic) {
            unblock(waiting, .failed(.broker(.invalidTopicException)), now: now)
            return
        }
        if let count = network.metadata.partitionCount(of: waiting.record.topic),
            waiting.record.partition ?? 0 < count
        {
            resume(waiting, granted: nil, now: now, into: &effects)
            return
        }
        network.metadata.add(waiting.record.topic, now: now)
        network.metadata.requestUpdate(for: waiting.record.topic)
        blockedApplication?.stage = .metadata(seen: network.metadata.updateVersion)
    }

    private mutating func resume(
        _ waiting: BlockedSend,
        granted: Int?,
        now: Instant,
        into effects: inout [Effect]
    ) {
        clear(waiting.waiter)
        let count = network.metadata.partitionCount(of: waiting.record.topic) ?? 1
        let outcome = append(
            waiting.record,
            partitions: count,
            granted: granted,
            waiter: waiting.waiter,
            began: waiting.began,
            now: now,
            into: &effects
        )
        guard outcome != .blocked else { return }
        finish(waiting, outcome, now: now)
    }

    private mutating func clear(_ waiter: BufferPool.Waiter) {
        switch waiter {
        case .application: blockedApplication = nil
        case .ioThread: blockedIOThread = nil
        }
    }

    private mutating func unblock(_ waiting: BlockedSend, _ outcome: SendOutcome, now: Instant) {
        clear(waiting.waiter)
        finish(waiting, outcome, now: now)
    }

    private mutating func finish(_ waiting: BlockedSend, _ outcome: SendOutcome, now: Instant) {
        statistics.blocked += now - waiting.began
        let completion = Completion(token: waiting.record.token, outcome: .unblocked(outcome))
        // The I/O thread goes on inside the callback it runs: before any other completion.
        switch waiting.waiter {
        case .ioThread: runs[0].completions.append(completion)
        case .application: runs[runs.count - 1].completions.append(completion)
        }
    }

    /// Ends the waits whose `max.block.ms` is over.
    mutating func expireBlockedSends(now: Instant, into effects: inout [Effect]) {
        guard blockedApplication?.deadline != nil || isIOThreadBlocked else { return }
        for waiting in [blockedApplication, blockedIOThread] {
            guard let waiting, now >= waiting.deadline else { continue }
            switch waiting.stage {
            case .metadata: unblock(waiting, .failed(.timeout), now: now)
            case .memory:
                accumulator.pool.giveUp(waiting.waiter)
                unblock(waiting, .failed(.bufferExhausted), now: now)
                releaseMemory(0, now: now, into: &effects)
            }
        }
    }

    /// The pool is closed: threads that wait for memory throw.
    mutating func abortMemoryWaiters(now: Instant) {
        for waiting in [blockedApplication, blockedIOThread] {
            guard let waiting, case .memory = waiting.stage else { continue }
            accumulator.pool.giveUp(waiting.waiter)
            unblock(waiting, .threw(.producerClosed), now: now)
        }
    }

    /// The metadata is closed with the I/O thread: threads that wait for it throw.
    mutating func abortMetadataWaiters(now: Instant) {
        for waiting in [blockedApplication, blockedIOThread] {
            guard let waiting else { continue }
            unblock(waiting, .threw(.producerClosed), now: now)
        }
    }
}
