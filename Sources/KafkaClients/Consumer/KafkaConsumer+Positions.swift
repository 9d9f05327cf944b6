import KafkaProtocol
import SimBase

extension KafkaConsumer {
    /// Validates, restores and resets positions, in this order.
    /// - Source: ClassicKafkaConsumer.updateFetchPositions, OffsetFetcher.
    mutating func updatePositions(now: Instant, _ deadline: inout Instant) throws(PollFailure) {
        validatePositions(now: now, &deadline)
        if subscription.hasAllPositions { return }
        guard restoreCommitted(now: now, &deadline) else { return }
        try resetInitializing()
        lookUpResets(now: now, &deadline)
    }

    func currentLeader(of partition: TopicPartition) -> CurrentLeader {
        guard let known = network.brokers.metadata.metadata(of: partition) else { return .unknown }
        // Metadata that is older than what else is known names nobody.
        // Source: org.apache.kafka.clients.Metadata.partitionMetadataIfCurrent.
        let seen = network.brokers.metadata.lastSeenEpoch(of: partition)
        guard seen == .none || seen == known.leaderEpoch else {
            return CurrentLeader(leader: nil, epoch: seen)
        }
        return CurrentLeader(
            leader: known.leader.rawValue >= 0 ? known.leader : nil,
            epoch: known.leaderEpoch.rawValue >= 0 ? known.leaderEpoch : nil
        )
    }

    // MARK: Validation (KIP-320)

    private mutating func validatePositions(now: Instant, _ deadline: inout Instant) {
        let version = network.brokers.metadata.changes
        if version != validatedVersion {
            validatedVersion = version
            for index in subscription.partitions.indices {
                let leader = currentLeader(of: subscription[index].partition)
                subscription.update(index) { $0.leaderChanged(to: leader) }
            }
        }
        var queries: [(node: BrokerID, query: EpochQuery)] = []
        for index in subscription.partitions.indices
        where subscription[index].state == .awaitingValidation {
            let item = subscription[index]
            guard now >= item.nextRetry else {
                deadline = min(deadline, item.nextRetry)
                continue
            }
            guard let position = item.position, let epoch = position.offsetEpoch,
                let node = position.leader.leader
            else {
                network.brokers.metadata.requestUpdate()
                continue
            }
            subscription.update(index) { $0.nextRetry = now + config.client.requestTimeout }
            queries.append(
                (
                    node,
                    EpochQuery(
                        partition: item.partition,
                        currentLeaderEpoch: position.leader.epoch ?? .none,
                        leaderEpoch: epoch
                    )
                )
            )
        }
        for node in distinct(queries.map(\.node)) {
            let asked = queries.filter { $0.node == node }.map(\.query)
            request(
                .offsetForLeaderEpoch(
                    OffsetForLeaderEpochRequest(replica: .none, partitions: asked)
                ),
                to: node,
                route: .broker,
                for: .epochEnds(asked.map(\.partition)),
                now: now
            )
        }
    }

    private func distinct(_ nodes: [BrokerID]) -> [BrokerID] {
        var seen: [BrokerID] = []
        for node in nodes where !seen.contains(node) { seen.append(node) }
        return seen
    }

    mutating func epochEndsEnded(
        _ outcome: NetworkClient.Completion.Outcome,
        _ partitions: [TopicPartition],
        now: Instant
    ) {
        guard case .response(.offsets(let answers)) = outcome else {
            retryLookups(partitions, now: now)
            return
        }
        for answer in answers.partitions {
            guard let index = subscription.index(of: answer.partition),
                subscription[index].state == .awaitingValidation,
                let position = subscription[index].position
            else { continue }
            switch answer.error {
            case .none: validated(index, position, answer, now: now)
            default: retryLookups([answer.partition], now: now)
            }
        }
    }

    private mutating func validated(
        _ index: Int,
        _ position: FetchPosition,
        _ answer: OffsetAnswer,
        now: Instant
    ) {
        let isUndefined = answer.offset == .none || answer.epoch == .none
        guard isUndefined || answer.offset < position.offset else {
            subscription.update(index) { $0.state = .fetching }
            return
        }
        // The log was cut below what has been read.
        guard config.autoOffsetReset != .none else {
            subscription.update(index) { $0.nextRetry = now + config.client.requestTimeout }
            deferredException = .logTruncation
            return
        }
        if isUndefined {
            subscription.update(index) { $0.requestReset(config.autoOffsetReset) }
        } else {
            let cut = FetchPosition(
                offset: answer.offset,
                offsetEpoch: answer.epoch,
                leader: position.leader
            )
            subscription.update(index) {
                $0.position = cut
                $0.state = .fetching
            }
        }
    }

    private mutating func retryLookups(_ partitions: [TopicPartition], now: Instant) {
        for partition in partitions {
            guard let index = subscription.index(of: partition) else { continue }
            let retry = now + retryPause
            subscription.update(index) { $0.nextRetry = retry }
        }
        network.brokers.metadata.requestUpdate()
    }

    // MARK: Committed offsets

    /// - Returns: whether no partition waits for its committed offset.
    private mutating func restoreCommitted(now: Instant, _ deadline: inout Instant) -> Bool {
        guard let group else { return true }
        let waiting = subscription.partitions.filter { $0.state == .initializing }
        guard !waiting.isEmpty else { return true }
        guard !isFetchingCommitted else { return false }
        guard now >= committedRetryAt else {
            deadline = min(deadline, committedRetryAt)
            return false
        }
        guard findCoordinator(now: now, &deadline), let node = coordinator else { return false }
        isFetchingCommitted = true
        request(
            .offsetFetch(OffsetFetchRequest(group: group, partitions: waiting.map(\.partition))),
            to: node,
            route: .coordinator,
            for: .committedOffsets,
            now: now
        )
        return false
    }

    mutating func committedOffsetsEnded(
        _ outcome: NetworkClient.Completion.Outcome,
        now: Instant
    ) {
        isFetchingCommitted = false
        guard case .response(.offsetFetch(let response)) = outcome, response.error == .none else {
            committedRetryAt = now + retryPause
            switch outcome {
            case .response(.offsetFetch(let response)):
                if response.error == .notCoordinator || response.error == .coordinatorNotAvailable {
                    forgetCoordinator()
                } else if !response.error.isRetriable {
                    deferredException = .broker(response.error)
                }
            case .response, .written, .connectionReady: break
            case .disconnected, .timedOut, .connectionLost: forgetCoordinator()
            }
            return
        }
        for committed in response.offsets {
            guard let index = subscription.index(of: committed.partition),
                subscription[index].state == .initializing
            else { continue }
            guard committed.offset != .none else {
                subscription.update(index) { $0.requestReset(.none) }
                continue
            }
            let epoch = committed.leaderEpoch == .none ? nil : committed.leaderEpoch
            if let epoch {
                network.brokers.metadata.noteEpoch(epoch, of: committed.partition)
            }
            let position = FetchPosition(
                offset: committed.offset,
                offsetEpoch: epoch,
                leader: currentLeader(of: committed.partition)
            )
            subscription.update(index) { $0.seek(position) }
        }
    }

    // MARK: Reset

    /// Partitions without any position take the policy, or are the application's problem.
    private mutating func resetInitializing() throws(PollFailure) {
        let policy = config.autoOffsetReset
        var isMissing = false
        for index in subscription.partitions.indices {
            switch subscription[index].state {
            case .initializing, .awaitingReset(.none):
                if policy == .none {
                    isMissing = true
                    subscription.update(index) { $0.state = .initializing }
                } else {
                    subscription.update(index) { $0.requestReset(policy) }
                }
            case .fetching, .awaitingReset, .awaitingValidation: break
            }
        }
        if isMissing { throw PollFailure(exception: .noOffsetForPartition) }
    }

    private mutating func lookUpResets(now: Instant, _ deadline: inout Instant) {
        var queries: [(node: BrokerID, query: ListOffsetsPartition)] = []
        for index in subscription.partitions.indices {
            let item = subscription[index]
            guard case .awaitingReset(let policy) = item.state else { continue }
            guard now >= item.nextRetry else {
                deadline = min(deadline, item.nextRetry)
                continue
            }
            let leader = currentLeader(of: item.partition)
            guard let node = leader.leader else {
                network.brokers.metadata.requestUpdate()
                continue
            }
            subscription.update(index) { $0.nextRetry = now + config.client.requestTimeout }
            queries.append(
                (
                    node,
                    ListOffsetsPartition(
                        partition: item.partition,
                        currentLeaderEpoch: leader.epoch ?? .none,
                        query: policy == .earliest ? .earliest : .latest
                    )
                )
            )
        }
        for node in distinct(queries.map(\.node)) {
            let asked = queries.filter { $0.node == node }.map(\.query)
            request(
                .listOffsets(
                    ListOffsetsRequest(
                        replica: .none,
                        isolation: config.isolation,
                        partitions: asked
                    )
                ),
                to: node,
                route: .broker,
                for: .listOffsets(asked.map(\.partition)),
                now: now
            )
        }
    }

    mutating func listOffsetsEnded(
        _ outcome: NetworkClient.Completion.Outcome,
        _ partitions: [TopicPartition],
        now: Instant
    ) {
        guard case .response(.offsets(let answers)) = outcome else {
            retryLookups(partitions, now: now)
            return
        }
        for answer in answers.partitions {
            guard answer.error == .none, answer.offset != .none else {
                retryLookups([answer.partition], now: now)
                continue
            }
            guard let index = subscription.index(of: answer.partition),
                case .awaitingReset(let asked) = subscription[index].state
            else { continue }
            let policy = asked == .none ? config.autoOffsetReset : asked
            noteReset(answer.partition, to: answer.offset, policy)
            if answer.epoch != .none {
                network.brokers.metadata.noteEpoch(answer.epoch, of: answer.partition)
            }
            // Without an epoch of the offset nothing needs to be validated.
            let position = FetchPosition(
                offset: answer.offset,
                offsetEpoch: nil,
                leader: currentLeader(of: answer.partition)
            )
            subscription.update(index) { $0.seek(position) }
        }
    }
}
