import SimBase

extension Kernel {
    /// Lets connects to `port` of `node` succeed, until its process dies. Ports are 0 to 63.
    public mutating func listen(_ node: NodeIndex, port: UInt8) {
        precondition(port < 64, "port \(port) of node \(node): too high")
        nodes[node.position].listening |= 1 << UInt64(port)
    }

    /// Refuses connects to `port` of `node` from now on; connections stay.
    public mutating func stopListening(_ node: NodeIndex, port: UInt8) {
        nodes[node.position].listening &= ~(1 << UInt64(port & 63))
    }

    /// Begins to connect a process to a port.
    ///
    /// After a round trip `connected` or `connectFailed` follows. Silence, as of a host without
    /// power or beyond a partition, ends when a SYN that is sent again gets through, or after
    /// 127 s with `connectFailed`; clients have shorter time-outs of their own.
    public mutating func connect(
        from client: NodeIndex,
        to server: NodeIndex,
        port: UInt8
    ) -> ConnectionIndex {
        precondition(port < 64, "port \(port) of node \(server): too high")
        let slot = takeConnection()
        connections[slot].port = port
        connections[slot].isInUse = true
        connections[slot].firstSyn = now
        sockets[2 * slot] = Socket(node: client)
        sockets[2 * slot + 1] = Socket(node: server)
        if !nodes[client.position].state.hasProcess {
            // Nobody is there to be told, and nothing will ever close it.
            let index = index(of: slot)
            freeConnection(slot)
            return index
        }
        sendSyn(slot)
        return index(of: slot)
    }

    /// The port at which the connection's server listens.
    public func port(of connection: ConnectionIndex) -> UInt8 {
        connections[Int(connection.slot)].port
    }

    /// Whether `side` can send on the connection.
    public func isOpen(_ connection: ConnectionIndex, side: ConnectionSide) -> Bool {
        guard let slot = liveSlot(connection) else { return false }
        return sockets[2 * slot + Int(side.rawValue)].state == .open
    }

    func liveSlot(_ connection: ConnectionIndex) -> Int? {
        let slot = Int(connection.slot)
        guard connections[slot].generation == connection.generation, connections[slot].isInUse
        else {
            return nil
        }
        return slot
    }

    func index(of slot: Int) -> ConnectionIndex {
        ConnectionIndex(slot: Int32(slot), generation: connections[slot].generation)
    }

    private mutating func takeConnection() -> Int {
        if let free = freeConnections.popLast() {
            return Int(free)
        }
        connections.append(Connection())
        sockets.append(Socket())
        sockets.append(Socket())
        return connections.count - 1
    }

    mutating func freeConnection(_ slot: Int) {
        dropWaiting(socket: 2 * slot)
        dropWaiting(socket: 2 * slot + 1)
        dropWaitingJobs(connection: slot)
        let generation = connections[slot].generation
        connections[slot] = Connection(generation: generation &+ 1)
        freeConnections.append(Int32(slot))
    }

    private mutating func sendSyn(_ slot: Int) {
        let client = sockets[2 * slot].node
        let server = sockets[2 * slot + 1].node
        let link = linkIndex(client, server)
        guard passes(link) else { return scheduleSynRetry(slot) }
        let latency = sampleLatency(from: client, to: server, link: link)
        schedule(.synArrival, at: now + latency, connection: slot, side: .server)
    }

    /// The next SYN goes out 1, 3, 7, … s after the first.
    private mutating func scheduleSynRetry(_ slot: Int) {
        let seconds = (Int64(2) << connections[slot].synRetries) - 1
        connections[slot].synRetries += 1
        let time = connections[slot].firstSyn + .seconds(seconds)
        schedule(.synRetry, at: max(time, now), connection: slot, side: .client)
    }

    mutating func synRetryDue(_ due: QueuedEvent) {
        let slot = Int(due.subject)
        guard isCurrent(due), sockets[2 * slot].state == .opening else { return }
        guard connections[slot].synRetries <= TCP.synRetries else {
            return schedule(.handshakeRefused, at: now, connection: slot, side: .client)
        }
        sendSyn(slot)
    }

    mutating func synArrived(_ due: QueuedEvent) {
        let slot = Int(due.subject)
        guard isCurrent(due) else { return }
        let client = sockets[2 * slot].node
        let server = sockets[2 * slot + 1].node
        let back = linkIndex(server, client)
        // An answer that is lost on its way back is asked for again by the client's next SYN.
        guard nodes[server.position].state.isHostUp, passes(back) else {
            return scheduleSynRetry(slot)
        }
        let latency = sampleLatency(from: server, to: client, link: back)
        let arrival = now + latency
        let listening = nodes[server.position].listening >> UInt64(connections[slot].port) & 1 == 1
        guard listening else {
            return schedule(.handshakeRefused, at: arrival, connection: slot, side: .client)
        }
        sockets[2 * slot + 1].state = .open
        sockets[2 * slot + 1].lastArrival = arrival
        schedule(.handshakeDone, at: arrival, connection: slot, side: .client)
    }

    mutating func handshakeDone(_ due: QueuedEvent) -> KernelEvent? {
        let slot = Int(due.subject)
        guard isCurrent(due), sockets[2 * slot].state == .opening else { return nil }
        let node = sockets[2 * slot].node
        guard !holds(due, at: node.position) else { return nil }
        sockets[2 * slot].state = .open
        return .connected(node: node, connection: index(of: slot))
    }

    mutating func handshakeRefused(_ due: QueuedEvent) -> KernelEvent? {
        let slot = Int(due.subject)
        guard isCurrent(due), sockets[2 * slot].state == .opening else { return nil }
        let node = sockets[2 * slot].node
        guard !holds(due, at: node.position) else { return nil }
        let connection = index(of: slot)
        freeConnection(slot)
        return .connectFailed(node: node, connection: connection)
    }

    /// Whether the connection that `due` is about has not ended.
    func isCurrent(_ due: QueuedEvent) -> Bool {
        let slot = Int(due.subject)
        return connections[slot].generation == due.generation && connections[slot].isInUse
    }

    mutating func schedule(
        _ kind: QueuedEvent.Kind,
        at time: Instant,
        connection slot: Int,
        side: ConnectionSide,
        payload: Int32 = -1
    ) {
        let event = QueuedEvent(
            kind: kind,
            side: side.rawValue,
            subject: Int32(slot),
            generation: connections[slot].generation,
            payload: payload
        )
        queue.schedule(at: time, event)
    }
}
