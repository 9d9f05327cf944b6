import KafkaProtocol
import SimBase

extension KafkaConsumer {
    /// One turn of the poll loop: group, positions, records.
    /// - Source: ClassicKafkaConsumer.poll, updateAssignmentMetadataIfNeeded, pollForFetches.
    mutating func runPoll(until end: Instant, now: Instant) -> Instant {
        guard now > lastThrow else { return now + .milliseconds(1) }
        var deadline = end
        do throws(PollFailure) {
            let hasCoordinator = try pollCoordinator(now: now, &deadline)
            if !events.isEmpty { return now }
            // The whole time goes into the search; what is buffered is handed out at its end.
            // Source: ConsumerCoordinator.poll, coordinatorUnknownAndUnreadySync.
            if !hasCoordinator, now < end { return deadline }
            let records = try collectRecords(now: now)
            if !records.isEmpty {
                sendFetches(now: now)
                finishPoll(.polled(records))
                return .distantFuture
            }
        } catch {
            lastThrow = now
            finishPoll(.pollThrew(error.exception))
            return .distantFuture
        }
        sendFetches(now: now)
        if now >= end {
            finishPoll(.polled([]))
            return .distantFuture
        }
        // The timer wakes a poll that could commit; during a rejoin, nothing is committed by it.
        if group != nil, config.enableAutoCommit, coordinator != nil, membership.phase == .stable,
            !needsRejoin()
        {
            deadline = min(deadline, nextAutoCommit)
        }
        return deadline
    }

    /// What ends a `poll()` with an exception.
    struct PollFailure: Error {
        let exception: ClientException
    }

    private mutating func finishPoll(_ event: ConsumerEvent) {
        pollEnd = nil
        events.append(event)
    }

    /// Looks after the group and the positions.
    /// - Returns: whether the group has a coordinator, as far as is known.
    private mutating func pollCoordinator(
        now: Instant,
        _ deadline: inout Instant
    ) throws(PollFailure) -> Bool {
        if let exception = deferredException {
            deferredException = nil
            throw PollFailure(exception: exception)
        }
        guard group != nil else {
            assignEverything()
            try updatePositions(now: now, &deadline)
            return true
        }
        runCommitCallbacks()
        if let failure = heartbeat.failure {
            heartbeat.failure = nil
            throw PollFailure(exception: failure)
        }
        heartbeat.pollEnd = now + config.maxPollInterval
        guard findCoordinator(now: now, &deadline) else { return false }
        if needsRejoin() {
            guard try joinIfNeeded(now: now, &deadline) else { return true }
        }
        commitAutomatically(now: now)
        try updatePositions(now: now, &deadline)
        return true
    }

    /// Without a group: all partitions of the topics, as they become known.
    private mutating func assignEverything() {
        var all: [TopicPartition] = []
        for topic in topics {
            let count = network.brokers.metadata.partitionCount(of: topic) ?? 0
            for partition in 0..<count { all.append(TopicPartition(topic, partition)) }
        }
        guard all.count > subscription.partitions.count else { return }
        subscription.assign(all)
    }

    // MARK: Coordinator lookup

    /// Makes sure that there is a coordinator to talk to.
    /// - Source: AbstractCoordinator.ensureCoordinatorReady, FindCoordinatorResponseHandler.
    mutating func findCoordinator(now: Instant, _ deadline: inout Instant) -> Bool {
        checkCoordinator(now: now)
        if coordinator != nil { return true }
        if case .backingOff(let until) = lookup {
            guard now >= until else {
                deadline = min(deadline, until)
                return false
            }
            lookup = .idle
        }
        guard lookup == .idle, let group else { return false }
        guard let node = network.brokers.leastLoadedNode(now: now) else {
            lookup = .backingOff(until: now + retryPause)
            network.brokers.metadata.requestUpdate()
            deadline = min(deadline, now + retryPause)
            return false
        }
        lookup = .inFlight(since: now)
        request(
            .findCoordinator(.group(group)),
            to: node,
            route: .broker,
            for: .findCoordinator,
            now: now
        )
        return false
    }

    /// Forgets a coordinator to which no connection can be had.
    private mutating func checkCoordinator(now: Instant) {
        guard let node = coordinator, network.isUnavailable(node, .coordinator, now: now) else {
            return
        }
        forgetCoordinator()
        lookup = .backingOff(until: now + retryPause)
    }

    /// Looks for another coordinator; what the old one still owes ends with its connection.
    /// - Source: AbstractCoordinator.markCoordinatorUnknown.
    mutating func forgetCoordinator() {
        if let old = coordinator { network.disconnectCoordinator(old) }
        coordinator = nil
    }

    mutating func coordinatorFound(
        _ outcome: NetworkClient.Completion.Outcome,
        now: Instant
    ) {
        lookup = .idle
        if case .response(.findCoordinator(let response)) = outcome {
            if response.error == .none {
                coordinator = response.coordinator
                heartbeat.sessionEnd = now + config.sessionTimeout
                for commit in commitsAwaitingCoordinator { sendCommit(commit, now: now) }
                commitsAwaitingCoordinator.removeAll()
                return
            }
            if !response.error.isRetriable {
                deferredException = .broker(response.error)
            }
        }
        for commit in commitsAwaitingCoordinator { commitFailed(commit, .retriable, now: now) }
        commitsAwaitingCoordinator.removeAll()
        network.brokers.metadata.requestUpdate()
        lookup = .backingOff(until: now + retryPause)
    }
}
