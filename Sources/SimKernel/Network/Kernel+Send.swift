import SimBase

extension Kernel {
    /// Gives a message to the socket of `side`; it arrives whole, behind all that went before.
    ///
    /// - Parameters:
    ///   - connection: where; when it has ended for `side`, the payload counts as discarded.
    ///   - side: the sending end.
    ///   - bytes: the message's size, at most 1 GiB.
    ///   - tag: what kind of message it is, for shapes that delay some kinds only: 0 ... 63.
    ///   - payload: what the host finds the message by; not negative.
    public mutating func send(
        _ connection: ConnectionIndex,
        from side: ConnectionSide,
        bytes: Int,
        tag: UInt8 = 0,
        payload: Int32
    ) {
        let slot = Int(connection.slot)
        let own = 2 * slot + Int(side.rawValue)
        guard connections[slot].generation == connection.generation, sockets[own].state == .open
        else {
            return discard(payload)
        }
        bytesSent += Int64(bytes)
        messagesSent += 1
        let segment = Segment(bytes: Int32(bytes), tag: tag, isEnd: false, payload: payload)
        submit(segment, slot: slot, side: side)
    }

    /// Closes the end of `side`: what it sent before still arrives, then the peer is told; what
    /// the peer sends is thrown away. Does nothing when the connection has ended for `side`.
    public mutating func close(_ connection: ConnectionIndex, by side: ConnectionSide) {
        guard let slot = liveSlot(connection) else { return }
        closeSocket(slot, side)
    }

    mutating func closeSocket(_ slot: Int, _ side: ConnectionSide) {
        let own = 2 * slot + Int(side.rawValue)
        guard sockets[own].state == .open || sockets[own].state == .opening else { return }
        let isKnownToPeer = sockets[own ^ 1].state == .open
        sockets[own].state = .closed
        if side == .server {
            dropWaitingJobs(connection: slot)
        }
        guard isKnownToPeer || (side == .server && sockets[own ^ 1].state == .opening) else {
            return freeConnection(slot)
        }
        let end = Segment(bytes: 0, tag: 0, isEnd: true, payload: -1)
        submit(end, slot: slot, side: side)
    }

    /// Closes what a process that has ended held of the connection.
    mutating func closeSockets(of node: NodeIndex, connection slot: Int) {
        for side in [ConnectionSide.client, .server] {
            guard connections[slot].isInUse else { return }
            let own = 2 * slot + Int(side.rawValue)
            guard sockets[own].node == node else { continue }
            // A server that has not answered the SYN has no socket to close.
            guard side == .client || sockets[own].state != .opening else { continue }
            dropHeld(socket: own)
            closeSocket(slot, side)
        }
    }

    /// Forgets what a host without power held of the connection.
    mutating func loseSockets(of node: NodeIndex, connection slot: Int) {
        for side in [ConnectionSide.client, .server] {
            guard connections[slot].isInUse else { return }
            let own = 2 * slot + Int(side.rawValue)
            guard sockets[own].node == node else { continue }
            guard side == .client || sockets[own].state != .opening else { continue }
            dropWaiting(socket: own)
            sockets[own].state = .lost
            if side == .server {
                dropWaitingJobs(connection: slot)
            }
            freeIfOver(slot)
        }
    }

    /// Frees the connection when neither end has a process that knows it.
    func isOver(_ slot: Int) -> Bool {
        let client = sockets[2 * slot].state
        let server = sockets[2 * slot + 1].state
        let hasClient = client == .open || client == .opening
        // Before the SYN arrives, only the client knows of the connection.
        return !hasClient && server != .open
    }

    mutating func freeIfOver(_ slot: Int) {
        if isOver(slot) {
            freeConnection(slot)
        }
    }

    /// Sends a segment, or lets it wait when the link is shut or others wait before it.
    private mutating func submit(_ segment: Segment, slot: Int, side: ConnectionSide) {
        let own = 2 * slot + Int(side.rawValue)
        let link = linkIndex(sockets[own].node, sockets[own ^ 1].node)
        let hold = segment.isEnd ? .zero : holdTime(link, tag: segment.tag)
        if hold > .zero || !sockets[own].held.isEmpty {
            return holdBack(segment, for: hold, slot: slot, side: side)
        }
        putOnWire(segment, slot: slot, side: side, link: link)
    }

    private mutating func putOnWire(
        _ segment: Segment,
        slot: Int,
        side: ConnectionSide,
        link: Int
    ) {
        if sockets[2 * slot + Int(side.rawValue)].waiting.isEmpty, passes(link) {
            transmit(segment, slot: slot, side: side, link: link)
        } else {
            keepWaiting(segment, slot: slot, side: side)
        }
    }

    /// Keeps a segment in its sender's hands for a while; what follows stays behind it.
    private mutating func holdBack(
        _ segment: Segment,
        for hold: Interval,
        slot: Int,
        side: ConnectionSide
    ) {
        let own = 2 * slot + Int(side.rawValue)
        sockets[own].heldUntil = max(sockets[own].heldUntil, now + hold)
        segments.append(segment, to: &sockets[own].held)
        schedule(.holdOver, at: sockets[own].heldUntil, connection: slot, side: side)
    }

    mutating func holdOver(_ due: QueuedEvent) {
        let slot = Int(due.subject)
        guard isCurrent(due) else { return }
        let own = 2 * slot + Int(due.side)
        guard let segment = segments.removeFirst(from: &sockets[own].held) else { return }
        let link = linkIndex(sockets[own].node, sockets[own ^ 1].node)
        putOnWire(segment, slot: slot, side: due.side == 0 ? .client : .server, link: link)
    }

    /// Sends a segment that gets through.
    mutating func transmit(_ segment: Segment, slot: Int, side: ConnectionSide, link: Int) {
        let own = 2 * slot + Int(side.rawValue)
        let source = sockets[own].node
        let target = sockets[own ^ 1].node
        var sent = now
        if source != target {
            let busy = Int64(segment.bytes) * links[link].picosecondsPerByte / 1_000
            sent = max(now, links[link].freeAt) + Interval(nanoseconds: busy)
            links[link].freeAt = sent
        }
        let latency = sampleLatency(from: source, to: target, link: link)
        let arrival = max(sockets[own].lastArrival, sent + latency)
        sockets[own].lastArrival = arrival
        schedule(
            segment.isEnd ? .finArrival : .dataArrival,
            at: arrival,
            connection: slot,
            side: side.opposite,
            payload: segment.payload
        )
        if blockedLinks > 0 {
            noteMissingAcknowledgement(slot, side)
        }
    }

    mutating func dataArrived(_ due: QueuedEvent) -> KernelEvent? {
        let slot = Int(due.subject)
        guard isCurrent(due) else {
            discard(due.payload)
            return nil
        }
        let side: ConnectionSide = due.side == 0 ? .client : .server
        let own = 2 * slot + Int(due.side)
        guard sockets[own].isTaking else {
            refuse(due, slot: slot, side: side)
            return nil
        }
        let node = sockets[own].node
        guard !holds(due, at: node.position) else { return nil }
        return .delivered(
            node: node,
            connection: ConnectionIndex(slot: due.subject, generation: due.generation),
            side: side,
            payload: due.payload
        )
    }

    /// Answers bytes that arrive where no process takes them.
    private mutating func refuse(_ due: QueuedEvent, slot: Int, side: ConnectionSide) {
        let own = 2 * slot + Int(side.rawValue)
        guard sockets[own ^ 1].state == .open else { return discard(due.payload) }
        let back = linkIndex(sockets[own].node, sockets[own ^ 1].node)
        guard nodes[sockets[own].node.position].state.isHostUp, passes(back) else {
            // Not acknowledged: it stays in the sender's socket and is sent again.
            let segment = Segment(bytes: 0, tag: 0, isEnd: false, payload: due.payload)
            return keepWaiting(segment, slot: slot, side: side.opposite)
        }
        discard(due.payload)
        sendReset(slot, to: side.opposite, link: back)
    }

    /// Lets the host at the other end tell `side` that it does not know the connection.
    mutating func sendReset(_ slot: Int, to side: ConnectionSide, link: Int) {
        let own = 2 * slot + Int(side.rawValue)
        let source = sockets[own ^ 1].node
        let latency = sampleLatency(from: source, to: sockets[own].node, link: link)
        let arrival = max(sockets[own ^ 1].lastArrival, now + latency)
        schedule(.resetArrival, at: arrival, connection: slot, side: side)
    }

    /// Ends the connection for the side that learns of the peer's close, or of a reset.
    mutating func endArrived(_ due: QueuedEvent) -> KernelEvent? {
        let slot = Int(due.subject)
        guard isCurrent(due) else { return nil }
        let side: ConnectionSide = due.side == 0 ? .client : .server
        let own = 2 * slot + Int(due.side)
        guard sockets[own].isTaking else { return nil }
        let node = sockets[own].node
        guard !holds(due, at: node.position) else { return nil }
        if side == .server, due.kind == .finArrival, connections[slot].isMuted {
            // The end stands behind the requests in the socket buffer, which is not read now.
            connections[slot].isEndWaiting = true
            return nil
        }
        let connection = index(of: slot)
        sockets[own].state = .closed
        dropWaiting(socket: own)
        if side == .server {
            dropWaitingJobs(connection: slot)
        }
        freeIfOver(slot)
        return .disconnected(node: node, connection: connection, side: side)
    }
}
