import KafkaLog
import KafkaProtocol
import SimBase

extension Broker {
    // MARK: Followers of others

    /// Begins to fetch a partition from its leader, from where its log ends or may be trusted.
    mutating func follow(_ slot: Int) {
        let leader = replicas.partitions[slot].leader
        guard leader != .none, brokers.isRegistered(leader) else { return }
        let fetcher = fetcherIndex(of: replicas.partitions[slot].id, leader: leader)
        let epoch = replicas.partitions[slot].log.latestEpoch
        let truncatesOnFetch = features.truncation == .onFetch && epoch != nil
        let log = replicas.partitions[slot].log
        fetchers[fetcher].add(
            FollowedPartition(
                partition: replicas.partitions[slot].id,
                topicID: replicas.partitions[slot].topicID,
                slot: slot,
                leaderEpoch: replicas.partitions[slot].leaderEpoch,
                state: truncatesOnFetch ? .fetching : .truncating,
                fetchOffset: truncatesOnFetch ? log.logEndOffset : log.highWatermark,
                lastFetchedEpoch: truncatesOnFetch ? epoch ?? .none : .none
            )
        )
    }

    mutating func unfollow(_ partition: TopicPartition) {
        for index in fetchers.indices { fetchers[index].remove(partition) }
    }

    /// The fetcher thread for a partition: by leader, and by a hash among its threads.
    /// - Source: kafka.server.AbstractFetcherManager.getFetcherId.
    private mutating func fetcherIndex(of partition: TopicPartition, leader: BrokerID) -> Int {
        let topic = Int(partition.topic.rawValue)
        let hash =
            31 &* (topic < topicHashes.count ? topicHashes[topic] : 0)
            &+ partition.partition
        let thread = (hash == Int32.min ? 0 : abs(hash)) % max(1, config.replicaFetchers)
        if let known = fetchers.firstIndex(where: { $0.leader == leader && $0.thread == thread }) {
            return known
        }
        fetchers.append(
            ReplicaFetcher(
                leader: leader,
                thread: thread,
                id: id,
                config: config,
                features: features,
                random: Random(seed: random.next())
            )
        )
        return fetchers.count - 1
    }

    /// Threads without partitions end with the publish that left them so.
    mutating func closeIdleFetchers(now: Instant, into effects: inout [Effect]) {
        for index in fetchers.indices where fetchers[index].isIdle {
            fetchers[index].close(now: now, into: &effects)
        }
        fetchers.removeAll(where: \.isIdle)
    }

    /// `num.replica.fetchers` has changed: everything is followed anew from where it stands.
    mutating func rebuildFetchers(now: Instant, into effects: inout [Effect]) {
        for index in fetchers.indices { fetchers[index].close(now: now, into: &effects) }
        let followed = fetchers.flatMap { $0.partitions }
        fetchers.removeAll()
        for partition in followed { follow(partition.slot) }
    }

    mutating func pollFetchers(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        for index in fetchers.indices {
            pollFetcher(index, now: now, handles: &handles, into: &effects)
        }
        armFetcherTimer(into: &effects)
    }

    mutating func armFetcherTimer(into effects: inout [Effect]) {
        var deadline = Instant.distantFuture
        for index in fetchers.indices { deadline = min(deadline, fetchers[index].wakeUp()) }
        fetcherTimer.arm(at: deadline, into: &effects)
    }

    mutating func pollFetcher(
        _ index: Int,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        if case .stopping(let step) = phase, case .handingOver = step {
        } else if case .stopping =
            phase
        {
            return
        }
        fetchers[index].poll(
            replicas: &replicas,
            brokerEpoch: lifecycle.brokerEpoch,
            clock: clock(now),
            handles: &handles,
            into: &effects,
            outcomes: &fetcherOutcomes
        )
        for outcome in fetcherOutcomes {
            switch outcome {
            case .truncated(let slot):
                let directory = replicas.partitions[slot].log.logDir
                checkpointRecoveryPoints(directory, handles: &handles, into: &effects)
                wakes.append(Wake(slot: slot, isHighWatermark: true))
            case .highWatermarkChanged(let slot):
                if isFetchWaiting(for: slot) {
                    wakes.append(Wake(slot: slot, isHighWatermark: true))
                }
            case .mustHalt: effects.append(.exit(.fatalFault))
            }
        }
        fetcherOutcomes.clear()
    }

    // MARK: ISR

    mutating func advanceHighWatermark(
        _ slot: Int,
        now: Instant,
        into effects: inout [Effect]
    ) -> Bool {
        let moved = replicas[changing: slot].advanceHighWatermark(
            brokers: brokers,
            config: config,
            features: features,
            now: now,
            into: &effects
        )
        if moved { noteHighWatermarkForGroups(slot, now: now, into: &effects) }
        return moved
    }

    /// Looks for followers that lag for too long; every half `replica.lag.time.max.ms`.
    mutating func expireISR(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        if case .stopping = phase { return }
        for slot in replicas.slots {
            let proposal = replicas[changing: slot].proposeShrink(
                brokers: brokers,
                brokerEpoch: lifecycle.brokerEpoch,
                config: config,
                now: now,
                into: &effects
            )
            if let proposal { submit(proposal, slot) }
        }
        effects.append(.armTimer(.isrExpiration, at: now + config.replicaLagTimeMax / 2))
    }

    mutating func submit(_ proposal: IsrProposal, _ slot: Int) {
        channelsNeedCare = true
        if !alterPartitions.submit(proposal.item, number: proposal.number) {
            replicas[changing: slot].revertIsr()
        }
    }

    /// Takes the controller's answer to an ISR change.
    mutating func conclude(
        _ answer: AlterPartitionAnswer,
        number: Int32,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard let slot = replicas.slot(of: answer.partition) else { return }
        switch replicas[changing: slot].conclude(answer, number: number) {
        case .committed:
            if advanceHighWatermark(slot, now: now, into: &effects) {
                wakes.append(Wake(slot: slot, isHighWatermark: true))
            }
        case .resubmit:
            let proposal = replicas.partitions[slot].proposal(
                brokers: brokers,
                brokerEpoch: lifecycle.brokerEpoch
            )
            if let proposal { submit(proposal, slot) }
        case .awaitsMetadata, .ignored:
            effects.append(.observe(.mark(.staleAlterPartition)))
        case .reverted: break
        }
    }

    // MARK: The controller

    /// Looks after everything that talks to the controller.
    mutating func pollChannels(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        channelsNeedCare = false
        lifecycle.poll(
            controller: controller,
            metadataOffset: publishedOffset,
            now: now,
            into: &effects,
            outcomes: &lifecycleOutcomes
        )
        while !lifecycleOutcomes.isEmpty {
            let outcomes = lifecycleOutcomes
            lifecycleOutcomes.clear()
            for outcome in outcomes { take(outcome, now: now, handles: &handles, into: &effects) }
            lifecycle.poll(
                controller: controller,
                metadataOffset: publishedOffset,
                now: now,
                into: &effects,
                outcomes: &lifecycleOutcomes
            )
        }
        readyToUnfenceIfSo(now: now, into: &effects)
        pollAlterPartitions(now: now, into: &effects)
        requestProducerIDs(now: now)
        reportDirectories(now: now)
        controllerRequests.poll(
            controller: controller,
            now: now,
            into: &effects,
            outcomes: &requestOutcomes
        )
        for outcome in requestOutcomes { take(outcome, now: now, into: &effects) }
        requestOutcomes.clear()
        completeWakes(now: now, into: &effects)
        channelTimer.arm(
            at: min(
                min(lifecycle.nextDeadline, alterPartitions.nextDeadline),
                min(controllerRequests.nextDeadline, min(producerIDRetry, assignments.dueAt))
            ),
            into: &effects
        )
    }

    private mutating func pollAlterPartitions(now: Instant, into effects: inout [Effect]) {
        alterPartitions.poll(
            controller: controller,
            brokerEpoch: lifecycle.brokerEpoch,
            now: now,
            into: &effects,
            outcomes: &alterOutcomes
        )
        guard !alterOutcomes.isEmpty else { return }
        let outcomes = alterOutcomes
        alterOutcomes.clear()
        for case .answered(let answer, let number) in outcomes {
            conclude(answer, number: number, now: now, into: &effects)
        }
        alterPartitions.poll(
            controller: controller,
            brokerEpoch: lifecycle.brokerEpoch,
            now: now,
            into: &effects,
            outcomes: &alterOutcomes
        )
    }

    private mutating func take(
        _ outcome: BrokerLifecycle.Outcome,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        switch outcome {
        case .stateChanged(let state):
            effects.append(.observe(.brokerStateChanged(state)))
            switch state {
            case .running: effects.append(.listen(.broker))
            case .shuttingDown: handedOver(now: now, handles: &handles, into: &effects)
            case .starting, .recovery, .pendingControlledShutdown: break
            }
        case .registered: pollFetchers(now: now, handles: &handles, into: &effects)
        case .registrationTimedOut: effects.append(.exit(.registrationTimedOut))
        case .logDirFailureTimedOut: beginShutdown(now: now, handles: &handles, into: &effects)
        }
    }

    /// Caught up with the metadata, and all logs loaded: nothing keeps the broker fenced.
    private mutating func readyToUnfenceIfSo(now: Instant, into effects: inout [Effect]) {
        guard phase == .serving, lifecycle.state == .recovery, !lifecycle.isReadyToUnfence else {
            return
        }
        lifecycle.setReadyToUnfence(now: now)
        lifecycle.poll(
            controller: controller,
            metadataOffset: publishedOffset,
            now: now,
            into: &effects,
            outcomes: &lifecycleOutcomes
        )
    }

    private mutating func take(
        _ outcome: ControllerRequests.Outcome,
        now: Instant,
        into effects: inout [Effect]
    ) {
        switch outcome {
        case .relay(let handle, let response): effects.append(.reply(handle, response))
        case .producerIDs(let error, let first, let count):
            producerIDs.received(error, first: first, count: count, now: now)
        case .assigned(let directory, let partitions, let error):
            if error != .none { assignments.retry(partitions, in: directory, now: now) }
        }
    }

    private var producerIDRetry: Instant {
        producerIDs.retryAt
    }

    /// Asks for a block of producer ids when one is wanted.
    mutating func requestProducerIDs(now: Instant) {
        guard producerIDs.isWanted, producerIDs.shouldRequest(now: now) else { return }
        controllerRequests.allocateProducerIDs(
            broker: id,
            epoch: lifecycle.brokerEpoch,
            now: now
        )
    }
}
