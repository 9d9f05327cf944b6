import KafkaProtocol
import SimBase

extension KafkaConsumer {
    /// Starts the heartbeat thread's clocks, when a JoinGroup was answered.
    mutating func enableHeartbeat(now: Instant) {
        heartbeat.isEnabled = true
        heartbeat.attempts = 0
        heartbeat.due = now + config.heartbeatInterval
        heartbeat.sessionEnd = now + config.sessionTimeout
        heartbeat.pollEnd = now + config.maxPollInterval
    }

    /// One turn of the heartbeat thread.
    /// - Source: AbstractCoordinator.HeartbeatThread.
    mutating func runHeartbeatThread(now: Instant) {
        guard heartbeat.isEnabled else { return }
        guard membership.phase == .completing || membership.phase == .stable,
            heartbeat.failure == nil
        else {
            heartbeat.isEnabled = false
            return
        }
        guard coordinator != nil else {
            var ignored = Instant.distantFuture
            // Whoever was asked may be out of reach: another is asked, and either answer counts.
            if case .inFlight(let since) = lookup, now >= since + retryPause * 2 { lookup = .idle }
            // A stuck application is noticed even without a coordinator to tell.
            _ = findCoordinator(now: now, &ignored)
            return
        }
        if now >= heartbeat.sessionEnd {
            forgetCoordinator()
            heartbeat.sessionEnd = now + config.sessionTimeout
            needsAnotherPass = true
        } else if now >= heartbeat.pollEnd {
            leaveGroup(now: now)
        } else if now >= heartbeat.due {
            sendHeartbeat(now: now)
        }
    }

    /// When the thread has something to do next.
    func heartbeatDeadline(now: Instant) -> Instant {
        guard heartbeat.isEnabled else { return .distantFuture }
        if coordinator == nil {
            switch lookup {
            case .backingOff(let until): return until
            case .inFlight(let since): return since + retryPause * 2
            case .idle: return now + retryPause
            }
        }
        return min(heartbeat.due, heartbeat.sessionEnd, heartbeat.pollEnd)
    }

    private mutating func sendHeartbeat(now: Instant) {
        guard let group, let node = coordinator else { return }
        heartbeat.isInFlight = true
        heartbeat.due = now + config.heartbeatInterval
        request(
            .heartbeat(
                GroupMembership(
                    group: group,
                    member: membership.member,
                    instance: config.instance,
                    generation: membership.generation
                )
            ),
            to: node,
            route: .coordinator,
            for: .heartbeat(membership.member, membership.generation),
            now: now
        )
    }

    private mutating func heartbeatSucceeded(now: Instant) {
        heartbeat.isInFlight = false
        heartbeat.attempts = 0
        heartbeat.sessionEnd = now + config.sessionTimeout
    }

    private mutating func heartbeatFailed(now: Instant) {
        heartbeat.isInFlight = false
        let backoff = config.client.retryBackoff(features)
        heartbeat.due = now + backoff.delay(attempts: heartbeat.attempts, &random)
        heartbeat.attempts += 1
    }

    mutating func heartbeatEnded(
        _ outcome: NetworkClient.Completion.Outcome,
        _ member: MemberID,
        _ generation: Generation,
        now: Instant
    ) {
        guard case .response(.status(let error)) = outcome else {
            forgetCoordinator()
            heartbeatFailed(now: now)
            return
        }
        let isUnchanged = member == membership.member && generation == membership.generation
        switch error {
        case .none:
            heartbeatSucceeded(now: now)
        case .notCoordinator, .coordinatorNotAvailable:
            forgetCoordinator()
            heartbeatFailed(now: now)
        case .rebalanceInProgress:
            // The member stays in the group for as long as it says so; it rejoins inside poll().
            if membership.phase == .stable { membership.rejoinNeeded = true }
            heartbeatSucceeded(now: now)
        case .illegalGeneration, .unknownMemberId, .fencedInstanceId:
            guard isUnchanged else {
                heartbeatSucceeded(now: now)
                return
            }
            membership.reset(keepsMember: error == .illegalGeneration)
            heartbeatFailed(now: now)
            if error == .fencedInstanceId { heartbeat.failure = .broker(error) }
        default:
            heartbeatFailed(now: now)
        }
    }

    /// Leaves the group; the coordinator is told of dynamic members only.
    mutating func leaveGroup(now: Instant) {
        if config.instance < 0, let group, let node = coordinator, membership.phase != .unjoined,
            membership.member != .none
        {
            request(
                .leaveGroup(
                    GroupMembership(
                        group: group,
                        member: membership.member,
                        instance: config.instance,
                        generation: membership.generation
                    )
                ),
                to: node,
                route: .coordinator,
                for: .leave,
                now: now
            )
        }
        membership.reset(keepsMember: false)
    }
}
