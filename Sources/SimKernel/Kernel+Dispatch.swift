import SimBase

extension Kernel {
    /// Does what `due` says; an event for the host comes back.
    mutating func dispatch(_ due: QueuedEvent) -> KernelEvent? {
        switch due.kind {
        case .world: return .world(payload: due.payload, token: due.token)
        case .process: return processEvent(due)
        case .timer: return timerDue(due)
        case .drain: return drain(due)
        case .synArrival: synArrived(due)
        case .synRetry: synRetryDue(due)
        case .handshakeDone: return handshakeDone(due)
        case .handshakeRefused: return handshakeRefused(due)
        case .dataArrival: return dataArrived(due)
        case .finArrival, .resetArrival: return endArrived(due)
        case .retransmission: retransmissionDue(due)
        case .holdOver: holdOver(due)
        case .acknowledgementTimeout: acknowledgementTimeoutDue(due)
        case .serviceCompletion: return serviceCompletionDue(due)
        case .flushCompletion: return flushCompletionDue(due)
        case .flushNotice: return flushNotice(due)
        }
        return nil
    }

    private mutating func processEvent(_ due: QueuedEvent) -> KernelEvent? {
        let node = Int(due.subject)
        guard nodes[node].incarnation == due.generation else {
            discard(due.payload)
            return nil
        }
        guard !holds(due, at: node) else { return nil }
        return .process(node: NodeIndex(due.subject), payload: due.payload, token: due.token)
    }

    /// Puts `due` behind what waits already when the process of `node` takes nothing now.
    mutating func holds(_ due: QueuedEvent, at node: Int) -> Bool {
        guard nodes[node].isHolding else { return false }
        nodes[node].backlog.append(due)
        return true
    }

    /// Lets out the first event that waited during a pause.
    ///
    /// One at a time, each as an event of its own, so that what falls due at this very instant
    /// takes its place behind them.
    private mutating func drain(_ due: QueuedEvent) -> KernelEvent? {
        let node = Int(due.subject)
        guard nodes[node].incarnation == due.generation else { return nil }
        nodes[node].isDraining = false
        guard nodes[node].state == .running else { return nil }
        guard let event = nodes[node].takeFromBacklog() else { return nil }
        let hasMore = nodes[node].isHolding
        nodes[node].isHolding = false
        let result = dispatch(event)
        nodes[node].isHolding = hasMore
        if hasMore {
            scheduleDrain(of: node)
        }
        return result
    }

    mutating func scheduleDrain(of node: Int) {
        guard !nodes[node].isDraining else { return }
        nodes[node].isDraining = true
        let event = QueuedEvent(
            kind: .drain,
            subject: Int32(node),
            generation: nodes[node].incarnation
        )
        queue.schedule(at: now, event)
    }
}
