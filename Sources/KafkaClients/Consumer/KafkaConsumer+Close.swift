internal import DequeModule
public import KafkaProtocol
public import SimBase

extension KafkaConsumer {
    /// `close(timeout)`: commits with auto-commit, runs the listener, leaves the group. Ends with
    /// `closed`, which comes when everything was answered or the time-out is over.
    public mutating func close(timeout: Interval, now: Instant, into effects: inout [Effect]) {
        guard closing == nil else { return }
        pollEnd = nil
        closing = .committing
        closeEnd = now + timeout
        blockingCommit = nil
        if config.enableAutoCommit, group != nil, !subscription.allConsumed.isEmpty {
            blockingCommit = BlockingCommit(
                commit: Commit(purpose: .beforeClose, offsets: subscription.allConsumed),
                deadline: closeEnd
            )
        }
        run(now: now, into: &effects)
    }

    /// The application's thread inside `close()`.
    /// - Source: ConsumerCoordinator.close, AbstractCoordinator.close.
    mutating func runClose(now: Instant) -> Instant {
        switch closing {
        case .committing:
            closing = .revoking
            let owned = subscription.assigned
            if !owned.isEmpty, group != nil {
                let isLost = membership.generation == .none || membership.isRebalancing
                events.append(isLost ? .lost(owned) : .revoked(owned))
                return now
            }
            needsAnotherPass = true
            return now
        case .revoking:
            subscription.assign([])
            buffers.removeAll()
            heartbeat.isEnabled = false
            leaveGroup(now: now)
            closing = .leaving
            needsAnotherPass = true
            return closeEnd
        case .leaving:
            let isDone = pendingAsynchronousCommits == 0 && !network.hasPending
            guard isDone || now >= closeEnd else { return closeEnd }
            runCommitCallbacks()
            closing = .closed
            events.append(.closed)
            return .distantFuture
        case .closed, nil:
            return .distantFuture
        }
    }
}
