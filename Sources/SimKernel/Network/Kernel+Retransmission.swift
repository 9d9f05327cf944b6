import SimBase

/// What TCP does with bytes that don't get through: they wait in the sender's socket and are sent
/// again after 200 ms, twice that, and so on up to 120 s, until they do or the connection is given
/// up. After a heal they arrive at the next of these instants, not at once.
/// - Source: RFC 6298; Linux ip-sysctl, `tcp_retries2`.
/// - Simplification: a message is lost or sent again as a whole; there is no fast retransmission,
///   no limit of the socket's buffer, and no keep-alive probe (Linux sends the first after 2 h).
extension Kernel {
    mutating func keepWaiting(_ segment: Segment, slot: Int, side: ConnectionSide) {
        let own = 2 * slot + Int(side.rawValue)
        if sockets[own].waiting.isEmpty {
            sockets[own].firstTry = now
            sockets[own].retransmissions = 0
            let time = now + TCP.timeout(after: 0)
            schedule(.retransmission, at: time, connection: slot, side: side)
        }
        segments.append(segment, to: &sockets[own].waiting)
    }

    mutating func retransmissionDue(_ due: QueuedEvent) {
        let slot = Int(due.subject)
        guard isCurrent(due) else { return }
        let own = 2 * slot + Int(due.side)
        guard !sockets[own].waiting.isEmpty else { return }
        let side: ConnectionSide = due.side == 0 ? .client : .server
        let isOrphan = sockets[own].state == .closed
        let limit = isOrphan ? TCP.orphanRetries : TCP.retries
        guard sockets[own].retransmissions < limit else {
            return giveUp(slot, side)
        }
        sockets[own].retransmissions += 1
        let target = sockets[own ^ 1].node
        let link = linkIndex(sockets[own].node, target)
        let back = linkIndex(target, sockets[own].node)
        let isTaken = sockets[own ^ 1].isTaking
        // A host that is off says nothing; one that does not know the connection resets it, if its
        // answer gets through.
        guard nodes[target.position].state.isHostUp, passes(link), isTaken || passes(back) else {
            let wait = TCP.timeout(after: sockets[own].retransmissions)
            return schedule(.retransmission, at: now + wait, connection: slot, side: side)
        }
        while let segment = segments.removeFirst(from: &sockets[own].waiting) {
            transmit(segment, slot: slot, side: side, link: link)
        }
    }

    /// Ends a connection whose bytes did not get through in time.
    private mutating func giveUp(_ slot: Int, _ side: ConnectionSide) {
        let own = 2 * slot + Int(side.rawValue)
        dropWaiting(socket: own)
        if sockets[own].state == .open {
            schedule(.resetArrival, at: now, connection: slot, side: side)
        }
    }

    /// Bytes that arrive while the way back is shut are never acknowledged: the sender gives up
    /// in the end, although they did arrive.
    mutating func noteMissingAcknowledgement(_ slot: Int, _ side: ConnectionSide) {
        let own = 2 * slot + Int(side.rawValue)
        let back = linkIndex(sockets[own ^ 1].node, sockets[own].node)
        guard links[back].blocks > 0, !sockets[own].isAcknowledgementDue else { return }
        sockets[own].isAcknowledgementDue = true
        sockets[own].unacknowledgedSince = now
        schedule(.acknowledgementTimeout, at: now + TCP.giveUp, connection: slot, side: side)
    }

    mutating func acknowledgementTimeoutDue(_ due: QueuedEvent) {
        let slot = Int(due.subject)
        guard isCurrent(due) else { return }
        let own = 2 * slot + Int(due.side)
        sockets[own].isAcknowledgementDue = false
        let back = linkIndex(sockets[own ^ 1].node, sockets[own].node)
        guard sockets[own].state == .open, links[back].blocks > 0,
            links[back].blockedSince <= sockets[own].unacknowledgedSince
        else {
            return
        }
        giveUp(slot, due.side == 0 ? .client : .server)
    }

    /// Throws away what the socket has yet to send.
    mutating func dropWaiting(socket: Int) {
        dropHeld(socket: socket)
        while let segment = segments.removeFirst(from: &sockets[socket].waiting) {
            discard(segment.payload)
        }
    }

    mutating func dropHeld(socket: Int) {
        while let segment = segments.removeFirst(from: &sockets[socket].held) {
            discard(segment.payload)
        }
    }
}
