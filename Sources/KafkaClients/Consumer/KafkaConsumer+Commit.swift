public import KafkaProtocol
public import SimBase

extension KafkaConsumer {
    /// How a commit failed.
    enum CommitFailure: Equatable, Sendable {
        /// Worth another attempt.
        case retriable
        case final(ClientException)
    }

    /// `commitSync()` or `commitAsync()`; ends with `committed` or `commitFailed` with this token.
    ///
    /// - Parameters:
    ///   - offsets: the next offsets to read; `nil` for the current positions of all partitions.
    ///   - isSync: whether the application's thread waits, with retries up to `default.api.timeout.ms`.
    ///     An asynchronous commit is tried once, and its result is told in a later call.
    ///   - token: the application's number for the commit.
    ///   - now: the current time.
    ///   - effects: receives requests.
    public mutating func commit(
        _ offsets: [CommittedOffset]?,
        isSync: Bool,
        token: Int32,
        now: Instant,
        into effects: inout [Effect]
    ) {
        let offsets = offsets ?? subscription.allConsumed
        guard closing != .closed, group != nil else {
            events.append(.commitFailed(token, .illegalState))
            return
        }
        if isSync {
            blockingCommit = BlockingCommit(
                commit: Commit(purpose: .synchronous(token), offsets: offsets),
                deadline: now + config.defaultAPITimeout
            )
        } else {
            runCommitCallbacks()
            commitAsynchronously(
                Commit(purpose: .asynchronous(token), offsets: offsets),
                now: now
            )
        }
        run(now: now, into: &effects)
    }

    private mutating func commitAsynchronously(_ commit: Commit, now: Instant) {
        pendingAsynchronousCommits += 1
        var ignored = Instant.distantFuture
        if findCoordinator(now: now, &ignored) {
            sendCommit(commit, now: now)
        } else if case .inFlight = lookup {
            commitsAwaitingCoordinator.append(commit)
        } else {
            commitFailed(commit, .retriable, now: now)
        }
    }

    /// The timer's commit, inside `poll()` and before new records are taken: it holds what earlier
    /// polls returned.
    mutating func commitAutomatically(now: Instant) {
        guard config.enableAutoCommit, now >= nextAutoCommit else { return }
        nextAutoCommit = now + config.autoCommitInterval
        commitAsynchronously(
            Commit(purpose: .automatic, offsets: subscription.allConsumed),
            now: now
        )
    }

    /// Callbacks of asynchronous commits run inside the application's next call.
    mutating func runCommitCallbacks() {
        guard !finishedCommits.isEmpty else { return }
        events.append(contentsOf: finishedCommits)
        finishedCommits.clear()
    }

    // MARK: Sending

    /// Sends a commit once, or fails it at once if the member is not part of a stable group.
    mutating func sendCommit(_ commit: Commit, now: Instant) {
        guard !commit.offsets.isEmpty else {
            commitSucceeded(commit, now: now)
            return
        }
        guard let group, let node = coordinator else {
            commitFailed(commit, .retriable, now: now)
            return
        }
        guard membership.phase == .stable else {
            commitFailed(
                commit,
                .final(membership.isRebalancing ? .rebalanceInProgress : .commitFailed),
                now: now
            )
            return
        }
        request(
            .offsetCommit(
                OffsetCommitRequest(
                    membership: GroupMembership(
                        group: group,
                        member: membership.member,
                        instance: config.instance,
                        generation: membership.generation
                    ),
                    offsets: commit.offsets
                )
            ),
            to: node,
            route: .coordinator,
            for: .commit(commit, membership.member, membership.generation),
            now: now
        )
    }

    mutating func commitEnded(
        _ outcome: NetworkClient.Completion.Outcome,
        _ commit: Commit,
        _ member: MemberID,
        _ generation: Generation,
        now: Instant
    ) {
        guard case .response(let response) = outcome else {
            forgetCoordinator()
            commitFailed(commit, .retriable, now: now)
            return
        }
        var errors: [ErrorCode] = []
        switch response {
        case .offsetCommit(let items): errors = items.map(\.error)
        case .status(let error): errors = [error]
        default: errors = [.unknownServerError]
        }
        guard let error = errors.first(where: \.isError) else {
            commitSucceeded(commit, now: now)
            return
        }
        let isUnchanged = member == membership.member && generation == membership.generation
        commitFailed(commit, react(to: error, isUnchanged: isUnchanged), now: now)
    }

    /// What a commit's error means for the member.
    /// - Source: ConsumerCoordinator.OffsetCommitResponseHandler.
    private mutating func react(to error: ErrorCode, isUnchanged: Bool) -> CommitFailure {
        switch error {
        case .coordinatorLoadInProgress, .unknownTopicOrPartition, .unstableOffsetCommit:
            return .retriable
        case .coordinatorNotAvailable, .notCoordinator, .requestTimedOut:
            forgetCoordinator()
            return .retriable
        case .fencedInstanceId:
            if isUnchanged { return .final(.broker(error)) }
            return .final(membership.isRebalancing ? .rebalanceInProgress : .commitFailed)
        case .rebalanceInProgress:
            membership.rejoinNeeded = true
            return .final(.rebalanceInProgress)
        case .unknownMemberId, .illegalGeneration:
            if !isUnchanged, membership.phase == .preparing {
                return .final(.rebalanceInProgress)
            }
            membership.reset(keepsMember: error == .illegalGeneration)
            return .final(.commitFailed)
        case .offsetMetadataTooLarge, .invalidCommitOffsetSize, .groupIdNotFound:
            return .final(.broker(error))
        default:
            return .final(error.isRetriable ? .broker(error) : .kafka)
        }
    }

    // MARK: Ends

    private mutating func commitSucceeded(_ commit: Commit, now: Instant) {
        switch commit.purpose {
        case .automatic: pendingAsynchronousCommits -= 1
        case .beforeRejoin:
            membership.isPrepareCommitInFlight = false
            membership.prepareCommitRetryAt = .distantFuture
        case .asynchronous(let token):
            pendingAsynchronousCommits -= 1
            finishedCommits.append(.committed(token))
        case .synchronous, .beforeClose: finishBlockingCommit(nil)
        }
        needsAnotherPass = true
    }

    mutating func commitFailed(_ commit: Commit, _ failure: CommitFailure, now: Instant) {
        switch commit.purpose {
        case .automatic:
            pendingAsynchronousCommits -= 1
            if failure == .retriable { nextAutoCommit = now + retryPause }
        case .beforeRejoin:
            membership.isPrepareCommitInFlight = false
            // Anything but a passing error ends the attempts: the rejoin goes on.
            membership.prepareCommitRetryAt =
                failure == .retriable ? now + retryPause : .distantFuture
        case .asynchronous(let token):
            pendingAsynchronousCommits -= 1
            switch failure {
            case .retriable: finishedCommits.append(.commitFailed(token, .retriableCommitFailed))
            case .final(let exception): finishedCommits.append(.commitFailed(token, exception))
            }
        case .synchronous, .beforeClose:
            switch failure {
            case .retriable:
                blockingCommit?.isInFlight = false
                let retry = now + retryPause
                blockingCommit?.retryAt = retry
            case .final(let exception): finishBlockingCommit(exception)
            }
        }
        needsAnotherPass = true
    }

    private mutating func finishBlockingCommit(_ exception: ClientException?) {
        guard let waiting = blockingCommit else { return }
        blockingCommit = nil
        runCommitCallbacks()
        guard case .synchronous(let token) = waiting.commit.purpose else { return }
        if let exception {
            events.append(.commitFailed(token, exception))
        } else {
            events.append(.committed(token))
        }
    }

    /// The application's thread inside `commitSync()`.
    mutating func runBlockingCommit(now: Instant) -> Instant {
        guard let waiting = blockingCommit else { return .distantFuture }
        var deadline = waiting.deadline
        if now >= waiting.deadline {
            finishBlockingCommit(.timeout)
            needsAnotherPass = true
            return now
        }
        if waiting.isInFlight { return deadline }
        if now < waiting.retryAt { return min(deadline, waiting.retryAt) }
        guard findCoordinator(now: now, &deadline) else { return deadline }
        blockingCommit?.isInFlight = true
        sendCommit(waiting.commit, now: now)
        return deadline
    }
}
