import KafkaProtocol
import SimBase

/// Buffers that the sender's passes reuse.
struct SenderScratch: Sendable {
    var readyNodes: [BrokerID] = []
    /// What was drained: batches of all nodes one after the other, and each node's share.
    var drained: [BatchID] = []
    var shares: [Share] = []
    var expired: [BatchID] = []
    /// A head batch counted as ready, and then drew a longer back-off as it was to be drained.
    var hasSkippedBackoff = false
    var queueSizes: [Int32] = []
    var weighted: [Int32] = []

    struct Share: Sendable {
        let node: BrokerID
        let start: Int
        let end: Int
    }
}

extension KafkaProducer {
    /// The I/O thread's loop: passes until one sends nothing, then sleeps until the next deadline.
    /// - Source: org.apache.kafka.clients.producer.internals.Sender.runOnce.
    mutating func runSender(now: Instant, into effects: inout [Effect]) {
        guard phase != .closed else { return }
        if !isIOThreadBlocked, !hasPendingCallbacks() {
            network.poll(now: now, into: &effects, completions: &networkCompletions)
            handleNetworkCompletions(now: now, into: &effects)
        }
        var deadline = Instant.distantFuture
        while !isIOThreadBlocked, !hasPendingCallbacks() {
            // A forced close ends the loop before anything more is drained.
            if isCloseForced(at: now), finishClosing(now: now, into: &effects) { return }
            // Waiting for a producer id's node, the thread polls: a due metadata request comes first.
            if isIdempotent, identity.phase != .valid {
                _ = network.updateMetadata(now: now, into: &effects)
            }
            let pass = runPass(now: now, into: &effects)
            let metadataDeadline = network.updateMetadata(now: now, into: &effects)
            deadline = min(pass.deadline, metadataDeadline, network.network.nextDeadline)
            if finishClosing(now: now, into: &effects) { return }
            guard pass.hasProgress else { break }
        }
        resumeMetadataWaiters(now: now, into: &effects)
        if hasPendingCallbacks(), !isIOThreadBlocked { deadline = now }
        if let waiting = blockedApplication?.deadline { deadline = min(deadline, waiting) }
        if let waiting = blockedIOThread?.deadline { deadline = min(deadline, waiting) }
        if case .closing(let end) = phase { deadline = min(deadline, end) }
        if deadline < .distantFuture { wake(at: max(deadline, now), into: &effects) }
    }

    private struct Pass {
        var deadline: Instant
        var hasProgress: Bool
    }

    private mutating func runPass(now: Instant, into effects: inout [Effect]) -> Pass {
        let identityBefore = identity.phase
        guard prepareIdentity(now: now, into: &effects) else {
            let hasMoved = identity.phase != identityBefore
            return Pass(
                deadline: identityDeadline,
                hasProgress: hasMoved && identity.phase != .requested
            )
        }
        nodeQueues.refresh(from: network.metadata, accumulator: &accumulator)
        var deadline = findReadyNodes(now: now)
        deadline = min(deadline, keepConnectedNodes(now: now, into: &effects))
        scratch.hasSkippedBackoff = false
        for node in scratch.readyNodes { drain(node, now: now) }
        let hasProgress = !scratch.drained.isEmpty
        // With a ready node the thread does not sleep: it draws anew in its next turn.
        if scratch.hasSkippedBackoff { deadline = min(deadline, now + .milliseconds(1)) }
        markDrained()
        deadline = min(deadline, expireBatches(now: now, into: &effects))
        sendRequests(now: now, into: &effects)
        return Pass(deadline: deadline, hasProgress: hasProgress)
    }

    // MARK: Readiness

    /// Collects the leaders of partitions whose head batch may go.
    /// - Returns: when the next partition will be ready at the earliest.
    private mutating func findReadyNodes(now: Instant) -> Instant {
        scratch.readyNodes.clear()
        var next = Instant.distantFuture
        var hasUnknownLeader = false
        let pushes =
            accumulator.pool.hasWaiters || accumulator.isClosed || accumulator.flushesInProgress > 0
        for topic in accumulator.topics.indices {
            let name = accumulator.topics[topic].name
            let measures = beginLoad(topic: topic)
            for slot in accumulator.topics[topic].partitions.indices
            where accumulator.topics[topic].partitions[slot].isScheduled {
                let partition = TopicPartition(name, Int32(slot))
                let known = network.metadata.metadata(of: partition)
                let leader = known.flatMap { $0.leader.rawValue >= 0 ? $0.leader : nil }
                let queued = accumulator.topics[topic].partitions[slot].batches.count
                if let leader, measures {
                    noteLoad(slot: Int32(slot), queued: Int32(queued), leader: leader)
                }
                guard let head = accumulator.topics[topic].partitions[slot].batches.first else {
                    continue
                }
                accumulator.batches[Int(head)].noteLeaderEpoch(known?.leaderEpoch)
                guard let leader else {
                    network.metadata.add(name, now: now)
                    hasUnknownLeader = true
                    continue
                }
                guard !accumulator.topics[topic].partitions[slot].isMuted,
                    !scratch.readyNodes.contains(leader)
                else { continue }
                let readyAt = readiness(of: head, isAlone: queued == 1, isPushed: pushes, now: now)
                if readyAt <= now {
                    scratch.readyNodes.append(leader)
                } else {
                    next = min(next, readyAt)
                }
            }
            if measures { endLoad(topic: topic) }
        }
        if hasUnknownLeader { network.metadata.requestUpdate() }
        return next
    }

    /// When a head batch is ready: after its back-off, or when full, pushed or lingered enough.
    private mutating func readiness(
        of head: BatchID,
        isAlone: Bool,
        isPushed: Bool,
        now: Instant
    ) -> Instant {
        let attempts = accumulator.batches[Int(head)].attempts
        let since = accumulator.batches[Int(head)].lastAttempt
        if attempts > 0, !isWithNewLeader(head) {
            let end = since + accumulator.backoff.delay(attempts: attempts - 1, &random)
            if end > now { return end }
        }
        if isPushed || !isAlone || accumulator.batches[Int(head)].isFull { return now }
        return max(since + config.linger, now)
    }

    /// Whether the partition has another leader than at the last attempt: then nothing is waited for.
    private func isWithNewLeader(_ id: BatchID) -> Bool {
        features.newLeaderEndsBackoff && accumulator.batches[Int(id)].hasLeaderChangedForRetry
    }

    private func isBackingOff(_ id: BatchID, now: Instant, _ random: inout Random) -> Bool {
        let attempts = accumulator.batches[Int(id)].attempts
        guard attempts > 0, !isWithNewLeader(id) else { return false }
        return now - accumulator.batches[Int(id)].lastAttempt
            < accumulator.backoff.delay(attempts: attempts - 1, &random)
    }

    // MARK: Load of the partitions

    private mutating func beginLoad(topic: Int) -> Bool {
        scratch.queueSizes.clear()
        scratch.weighted.clear()
        guard config.adaptivePartitioning else { return false }
        let name = accumulator.topics[topic].name
        let count = Int(network.metadata.partitionCount(of: name) ?? 0)
        let scheduled = accumulator.topics[topic].partitions.count { $0.isScheduled }
        if count > 0, scheduled >= count { return true }
        accumulator.topics[topic].partitioner.updateLoad(queueSizes: nil, partitions: [], all: 0)
        return false
    }

    private mutating func noteLoad(slot: Int32, queued: Int32, leader: BrokerID) {
        if queued > 0, config.partitionerAvailabilityTimeout > .zero,
            let node = nodeQueues.index(of: leader)
        {
            let silent = nodeQueues.nodes[node].readyAt - nodeQueues.nodes[node].drainedAt
            if silent > config.partitionerAvailabilityTimeout.milliseconds { return }
        }
        scratch.queueSizes.append(queued)
        scratch.weighted.append(slot)
    }

    private mutating func endLoad(topic: Int) {
        let all = accumulator.topics[topic].partitions.count { $0.isScheduled }
        accumulator.topics[topic].partitioner.updateLoad(
            queueSizes: scratch.queueSizes,
            partitions: scratch.weighted,
            all: all
        )
    }

    // MARK: Drain

    /// Drops the ready nodes that no request can go to, and begins to connect to them.
    /// - Returns: when the first of them may be tried again.
    private mutating func keepConnectedNodes(now: Instant, into effects: inout [Effect]) -> Instant
    {
        var retry = Instant.distantFuture
        var kept = 0
        for position in scratch.readyNodes.indices {
            let node = scratch.readyNodes[position]
            let isReady = network.ready(node, now: now, into: &effects)
            if config.partitionerAvailabilityTimeout > .zero,
                let index = nodeQueues.index(of: node)
            {
                nodeQueues.noteReady(index, canDrain: isReady, milliseconds: now.milliseconds)
            }
            if isReady {
                scratch.readyNodes[kept] = node
                kept += 1
            } else if network.network.state(of: node) == .disconnected {
                retry = min(retry, max(network.network.backoffEnd(of: node), now))
            }
        }
        scratch.readyNodes.removeLast(scratch.readyNodes.count - kept)
        return retry
    }

    /// Takes at most one batch of each partition that the node leads, round robin, up to
    /// `max.request.size`. A partition whose sequence gate is shut ends the drain.
    private mutating func drain(_ node: BrokerID, now: Instant) {
        guard let index = nodeQueues.index(of: node), !nodeQueues.nodes[index].places.isEmpty else {
            return
        }
        let count = nodeQueues.nodes[index].places.count
        let start = nodeQueues.nodes[index].drainIndex % count
        let first = scratch.drained.count
        var size = 0
        for step in 0..<count {
            let position = (start + step) % count
            nodeQueues.visit(position, of: index)
            let place = nodeQueues.nodes[index].places[position]
            let topic = Int(place.topic)
            let slot = Int(place.partition)
            guard !accumulator.topics[topic].partitions[slot].isMuted,
                let head = accumulator.topics[topic].partitions[slot].batches.first
            else { continue }
            let epoch = network.metadata.metadata(
                of: accumulator.topics[topic].partitions[slot].partition
            )?.leaderEpoch
            accumulator.batches[Int(head)].noteLeaderEpoch(epoch)
            if isBackingOff(head, now: now, &random) {
                scratch.hasSkippedBackoff = true
                continue
            }
            let estimate = accumulator.batches[Int(head)].sizeInBytes
            if size + estimate > config.maxRequestSize, scratch.drained.count > first { break }
            if mustNotDrain(head, topic: topic, slot: slot) { break }
            accumulator.topics[topic].partitions[slot].batches.removeFirst()
            assignSequence(head, topic: topic, slot: slot)
            accumulator.batches[Int(head)].close()
            size += accumulator.batches[Int(head)].sizeInBytes
            scratch.drained.append(head)
        }
        guard scratch.drained.count > first else { return }
        scratch.shares.append(
            SenderScratch.Share(node: node, start: first, end: scratch.drained.count)
        )
    }

    private mutating func markDrained() {
        for id in scratch.drained {
            let topic = Int(accumulator.batches[Int(id)].topic)
            let slot = Int(accumulator.batches[Int(id)].partition.partition)
            accumulator.batches[Int(id)].isOnWire = true
            accumulator.topics[topic].partitions[slot].inFlight.append(id)
            // One request in flight: nothing overtakes a batch that may have to be retried.
            if config.maxInFlight == 1 { accumulator.topics[topic].partitions[slot].isMuted = true }
        }
    }

    private mutating func sendRequests(now: Instant, into effects: inout [Effect]) {
        for share in scratch.shares {
            let ids = Array(scratch.drained[share.start..<share.end])
            let request = ProduceRequest(
                acks: config.acks,
                timeout: config.client.requestTimeout,
                partitions: ids.map { produced($0) }
            )
            let index: Int
            if let reused = freeRequests.popLast() {
                index = reused
                requests[index] = ids
            } else {
                index = requests.count
                requests.append(ids)
            }
            statistics.requests += 1
            network.network.send(
                .produce(request),
                to: share.node,
                token: UInt64(index) + 1,
                now: now,
                into: &effects,
                completions: &networkCompletions
            )
        }
        scratch.drained.clear()
        scratch.shares.clear()
        if !networkCompletions.isEmpty { handleNetworkCompletions(now: now, into: &effects) }
    }

    private func produced(_ id: BatchID) -> ProducePartition {
        guard let body = accumulator.batches[Int(id)].body else {
            preconditionFailure("batch \(id) of client \(client) is sent without being closed")
        }
        return ProducePartition(
            partition: accumulator.batches[Int(id)].partition,
            batch: RecordBatch(baseOffset: .zero, partitionLeaderEpoch: .none, body: body)
        )
    }
}
