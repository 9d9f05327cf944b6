internal import DequeModule
import KafkaProtocol
import SimBase

extension KafkaConsumer {
    /// Whether a join is needed or under way.
    ///
    /// Topics that have changed since the assignment ask for one, and it is held even if they have
    /// changed back by the time it is sent: what was owned is given up by then.
    /// - Source: ConsumerCoordinator.rejoinNeededOrPending.
    mutating func needsRejoin() -> Bool {
        if membership.rejoinNeeded || membership.join != .idle { return true }
        guard let counts = membership.assignedCounts else { return false }
        membership.rejoinNeeded = counts.contains {
            $0.count != network.brokers.metadata.partitionCount(of: $0.topic) ?? 0
        }
        return membership.rejoinNeeded
    }

    /// Drives a join as far as it goes now.
    /// - Returns: whether the member is in the group with its assignment applied.
    /// - Source: AbstractCoordinator.joinGroupIfNeeded.
    mutating func joinIfNeeded(now: Instant, _ deadline: inout Instant) throws(PollFailure) -> Bool
    {
        while needsRejoin() {
            switch membership.join {
            case .idle:
                guard now >= membership.retryAt else {
                    deadline = min(deadline, membership.retryAt)
                    return false
                }
                if membership.needsPrepare {
                    guard prepareJoin(now: now, &deadline) else { return false }
                    membership.needsPrepare = false
                }
                guard findCoordinator(now: now, &deadline) else { return false }
                sendJoin(now: now)
                return false
            case .joining, .syncing:
                return false
            case .assigning(let response):
                guard lead(response, now: now) else { return false }
            case .joined(let partitions):
                if tellRevoked(partitions) { return false }
                membership.join = .idle
                guard membership.phase == .stable, membership.generation != .none else {
                    membership.reset(keepsMember: true)
                    return false
                }
                membership.needsPrepare = true
                completeJoin(partitions, now: now)
                if !events.isEmpty { return false }
            case .failedAtOnce:
                membership.join = .idle
                membership.rejoinNeeded = true
            case .failed:
                membership.join = .idle
                membership.rejoinNeeded = true
                membership.retryAt = now + retryPause
            case .fatal(let exception):
                membership.join = .idle
                membership.rejoinNeeded = true
                throw PollFailure(exception: exception)
            }
        }
        return true
    }

    // MARK: Before the join

    /// Commits, then hands back what the protocol demands: everything with the eager one.
    /// - Returns: whether JoinGroup may be sent.
    /// - Source: ConsumerCoordinator.onJoinPrepare.
    private mutating func prepareJoin(now: Instant, _ deadline: inout Instant) -> Bool {
        let end: Instant
        if let running = membership.prepareDeadline {
            end = running
        } else {
            end = now + config.maxPollInterval
            membership.prepareDeadline = end
            membership.isPrepareCommitInFlight = false
            membership.prepareCommitRetryAt = .distantPast
            membership.hasRevoked = false
        }
        let isLost = membership.generation == .none || membership.member == .none
        if !membership.hasRevoked {
            if config.enableAutoCommit, now < end, !commitBeforeRejoin(now: now, &deadline) {
                deadline = min(deadline, end)
                return false
            }
            membership.hasRevoked = true
            let leaving = leavingPartitions(isLost: isLost)
            if !leaving.isEmpty {
                events.append(isLost ? .lost(leaving) : .revoked(leaving))
                return false
            }
        }
        let leaving = leavingPartitions(isLost: isLost)
        if !leaving.isEmpty {
            subscription.assign(subscription.assigned.filter { !leaving.contains($0) })
            buffers.removeAll { leaving.contains($0.partition) }
        }
        membership.prepareDeadline = nil
        membership.assignedCounts = nil
        return true
    }

    private func leavingPartitions(isLost: Bool) -> [TopicPartition] {
        guard isCooperative, !isLost else { return subscription.assigned }
        return subscription.assigned.filter { !topics.contains($0.topic) }
    }

    /// - Returns: whether the commit is settled, one way or the other.
    private mutating func commitBeforeRejoin(now: Instant, _ deadline: inout Instant) -> Bool {
        if membership.isPrepareCommitInFlight { return false }
        let retry = membership.prepareCommitRetryAt
        guard retry < .distantFuture else { return true }
        guard now >= retry else {
            deadline = min(deadline, retry)
            return false
        }
        // With the eager protocol nothing of the partitions is returned any more.
        if !isCooperative { subscription.markAllPendingRevocation() }
        membership.isPrepareCommitInFlight = true
        sendCommit(Commit(purpose: .beforeRejoin, offsets: subscription.allConsumed), now: now)
        return !membership.isPrepareCommitInFlight
            && membership.prepareCommitRetryAt == .distantFuture
    }

    // MARK: JoinGroup

    private mutating func sendJoin(now: Instant) {
        guard let group, let node = coordinator else { return }
        membership.phase = .preparing
        membership.join = .joining
        heartbeat.isEnabled = false
        let limit = max(config.client.requestTimeout, config.maxPollInterval + .seconds(5))
        request(
            .joinGroup(
                JoinGroupRequest(
                    group: group,
                    member: membership.member,
                    instance: config.instance,
                    client: client,
                    sessionTimeout: config.sessionTimeout,
                    rebalanceTimeout: config.maxPollInterval,
                    protocols: config.assignors,
                    subscription: ownSubscription()
                )
            ),
            to: node,
            route: .coordinator,
            for: .join,
            timeout: limit,
            now: now
        )
    }

    private func ownSubscription() -> MemberSubscription {
        let isSticky = config.assignors.contains(.sticky)
        return MemberSubscription(
            topics: topics,
            owned: isCooperative
                ? subscription.assigned : isSticky ? membership.lastAssignment : [],
            ownedGeneration: membership.lastGeneration
        )
    }

    mutating func joinEnded(_ outcome: NetworkClient.Completion.Outcome, now: Instant) {
        guard case .response(.joinGroup(let response)) = outcome else {
            forgetCoordinator()
            membership.join = .failed
            return
        }
        switch response.error {
        case .none:
            guard membership.phase == .preparing else {
                membership.join = .failedAtOnce
                return
            }
            membership.phase = .completing
            membership.member = response.member
            membership.generation = response.generation
            membership.assignor = response.assignor
            enableHeartbeat(now: now)
            if response.leader == response.member {
                membership.join = .assigning(response)
                for member in response.members {
                    for topic in member.subscription.topics {
                        network.brokers.metadata.add(topic, now: now)
                    }
                }
                _ = lead(response, now: now)
            } else {
                sendSync([], now: now)
            }
        case .coordinatorLoadInProgress:
            membership.join = .failed
        case .memberIdRequired:
            membership.member = response.member
            membership.join = .failedAtOnce
        case .unknownMemberId:
            membership.reset(keepsMember: false)
            membership.join = .failedAtOnce
        case .notCoordinator, .coordinatorNotAvailable:
            forgetCoordinator()
            membership.join = .failed
        case .rebalanceInProgress:
            membership.join = .failedAtOnce
        default:
            membership.join = .fatal(.broker(response.error))
        }
    }

    // MARK: Leading

    /// Counts of the topics' partitions; 0 while a topic does not exist.
    private func topicCounts(_ topics: [TopicName]) -> [GroupMembershipState.TopicCount] {
        topics.map { topic in
            GroupMembershipState.TopicCount(
                topic: topic,
                count: network.brokers.metadata.partitionCount(of: topic) ?? 0
            )
        }
    }

    /// Assigns partitions once the metadata of all topics is fresh.
    /// - Returns: whether the assignment is on its way.
    mutating func lead(_ response: JoinGroupResponse, now: Instant) -> Bool {
        var all: [TopicName] = []
        for member in response.members {
            for topic in member.subscription.topics where !all.contains(topic) {
                all.append(topic)
            }
        }
        all.sort()
        let isFresh = all.allSatisfy { network.brokers.metadata.topic($0)?.isNew == false }
        guard isFresh || all.isEmpty else { return false }
        let counts = topicCounts(all)
        membership.assignedCounts = counts
        let assignments =
            response.skipAssignment
            ? []
            : PartitionAssignment.assign(
                response.assignor,
                members: response.members,
                topics: counts.filter { $0.count > 0 }.map {
                    PartitionAssignment.Topic(name: $0.topic, partitions: $0.count)
                }
            )
        sendSync(assignments, now: now)
        return true
    }

    private mutating func sendSync(_ assignments: [MemberAssignment], now: Instant) {
        guard let group, let node = coordinator else {
            membership.join = .failed
            return
        }
        membership.join = .syncing
        request(
            .syncGroup(
                SyncGroupRequest(
                    group: group,
                    member: membership.member,
                    instance: config.instance,
                    generation: membership.generation,
                    assignor: membership.assignor,
                    assignments: assignments
                )
            ),
            to: node,
            route: .coordinator,
            for: .sync(membership.generation),
            now: now
        )
    }

    mutating func syncEnded(
        _ outcome: NetworkClient.Completion.Outcome,
        _ generation: Generation,
        now: Instant
    ) {
        guard case .response(.syncGroup(let response)) = outcome else {
            forgetCoordinator()
            membership.join = .failed
            return
        }
        let isUnchanged = generation == membership.generation
        switch response.error {
        case .none:
            guard membership.phase == .completing, membership.generation != .none else {
                membership.join = .failedAtOnce
                return
            }
            membership.phase = .stable
            membership.rejoinNeeded = false
            membership.join = .joined(response.partitions)
        case .rebalanceInProgress:
            membership.join = .failedAtOnce
        case .unknownMemberId, .illegalGeneration:
            if isUnchanged {
                membership.reset(keepsMember: response.error == .illegalGeneration)
            }
            membership.join = .failedAtOnce
        case .notCoordinator, .coordinatorNotAvailable:
            forgetCoordinator()
            membership.join = .failed
        case .fencedInstanceId:
            membership.join = .fatal(.broker(.fencedInstanceId))
        default:
            membership.join = .fatal(.kafka)
        }
    }

    // MARK: After the join

    /// With the cooperative protocol the listener hears of partitions that go while they are still
    /// owned, and may commit them.
    /// - Returns: whether there is something to tell.
    private mutating func tellRevoked(_ assignment: [TopicPartition]) -> Bool {
        guard isCooperative, membership.phase == .stable, !membership.hasToldRevoked else {
            return false
        }
        let revoked = subscription.assigned.filter { !assignment.contains($0) }
        guard !revoked.isEmpty else { return false }
        membership.hasToldRevoked = true
        events.append(.revoked(revoked))
        return true
    }

    /// Applies an assignment: revocations first with the cooperative protocol, then additions.
    /// - Source: ConsumerCoordinator.onJoinComplete.
    private mutating func completeJoin(_ assignment: [TopicPartition], now: Instant) {
        guard assignment.allSatisfy({ topics.contains($0.topic) }) else {
            membership.rejoinNeeded = true
            return
        }
        let owned = subscription.assigned
        let assigned = assignment.sorted()
        let added = assigned.filter { !owned.contains($0) }
        let revoked = owned.filter { !assigned.contains($0) }
        membership.lastAssignment = assigned
        membership.lastGeneration = membership.generation
        membership.hasToldRevoked = false
        // What was given up can be handed out in the next rebalance only.
        if isCooperative, !revoked.isEmpty { membership.rejoinNeeded = true }
        nextAutoCommit = now + config.autoCommitInterval
        subscription.assign(assigned)
        buffers.removeAll { !assigned.contains($0.partition) }
        let leaders = assigned.map { currentLeader(of: $0) }
        for (index, leader) in leaders.enumerated() {
            subscription.update(index) { $0.leaderChanged(to: leader) }
        }
        events.append(.assigned(isCooperative ? added : assigned))
    }
}
