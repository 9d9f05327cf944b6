import SimBase

/// What a power loss leaves of the bytes that were not synced.
public enum CrashSurvival: Equatable, Sendable {
    /// Exactly what was synced.
    case synced
    /// Of each file, up to a seeded point between what was synced and what was written, which may
    /// lie inside a chunk.
    case random
}

extension Kernel {
    /// Whether code runs on `node`, and whether its host is up.
    public func state(of node: NodeIndex) -> NodeState {
        nodes[node.position].state
    }

    /// Grows with each start and each death of the node's process.
    public func incarnation(of node: NodeIndex) -> UInt32 {
        nodes[node.position].incarnation
    }

    /// Starts a process on `node`, and its host if that is off.
    /// - Precondition: none runs there.
    public mutating func start(_ node: NodeIndex) {
        let position = node.position
        precondition(!nodes[position].state.hasProcess, "node \(node) runs already at \(now)")
        nodes[position].state = .running
        nodes[position].incarnation += 1
    }

    /// Switches a host on that is off, without starting a process: connects are refused from now
    /// on, and peers that retransmit on connections of before are told so.
    public mutating func powerOn(_ node: NodeIndex) {
        guard !nodes[node.position].state.isHostUp else { return }
        nodes[node.position].state = .down(hostUp: true)
    }

    /// Ends the process of `node` as `kill -9` does.
    ///
    /// Its timers, waiting requests and undelivered messages are gone. Its host closes the
    /// connections, behind what was sent already; the page cache stands.
    public mutating func kill(_ node: NodeIndex) {
        guard nodes[node.position].state.hasProcess else { return }
        endProcess(of: node)
        nodes[node.position].state = .down(hostUp: true)
        for slot in 0..<connections.count {
            closeSockets(of: node, connection: slot)
        }
    }

    /// Takes the power from `node`: no peer is told anything, and each file is cut as `keep` says.
    public mutating func crash(_ node: NodeIndex, keep: CrashSurvival) {
        if nodes[node.position].state.hasProcess {
            endProcess(of: node)
        }
        guard nodes[node.position].state.isHostUp else { return }
        nodes[node.position].state = .down(hostUp: false)
        for slot in 0..<connections.count {
            loseSockets(of: node, connection: slot)
        }
        disks[node.position].losePower(keep: keep, now: now)
    }

    /// Stops all code on `node`. What arrives and falls due waits, in that order.
    public mutating func pause(_ node: NodeIndex) {
        let position = node.position
        guard nodes[position].state == .running else { return }
        nodes[position].state = .paused
        nodes[position].isHolding = true
        nodes[position].pausedSince = now
    }

    /// Lets the code on `node` go on, beginning with what waited.
    public mutating func resume(_ node: NodeIndex) {
        let position = node.position
        guard nodes[position].state == .paused else { return }
        nodes[position].state = .running
        nodes[position].pausedTotal += now - nodes[position].pausedSince
        nodes[position].isHolding = !nodes[position].backlog.isEmpty
        if nodes[position].isHolding {
            scheduleDrain(of: position)
        }
    }

    private mutating func endProcess(of node: NodeIndex) {
        let position = node.position
        for event in nodes[position].dropBacklog() {
            switch event.kind {
            case .process, .dataArrival: discard(event.payload)
            default: break
            }
        }
        nodes[position].incarnation += 1
        nodes[position].listening = 0
        nodes[position].pausedTotal = .zero
        dropTimers(of: node)
        dropJobs(of: node)
    }
}
