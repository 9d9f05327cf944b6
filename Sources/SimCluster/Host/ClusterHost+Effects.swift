import Checkers
import KafkaBroker
import KafkaClients
import KafkaProtocol
import SimBase
import SimKernel

extension ClusterHost {
    /// Performs what a machine ordered, in the order it gave: the only exhaustive switch over
    /// ``Effect`` there is.
    mutating func perform(for node: NodeIndex) {
        var orders: [Effect] = []
        swap(&orders, &effects)
        var exit: ExitReason?
        for index in orders.indices {
            // Moved out: a copy would count everything that it refers to up and down.
            var order = Effect.cancelTimer(.client)
            swap(&order, &orders[index])
            switch consume order {
            case .connect(let channel, let peer, let listener):
                connect(channel, to: peer, listener, from: node)
            case .send(let channel, let correlation, let request):
                send(request, correlation, on: channel, from: node)
            case .close(let channel):
                if let connection = connections.unbind(channel, on: node) {
                    kernel.close(connection, by: .client)
                }
            case .reply(let handle, let response):
                reply(response, to: handle, from: node)
            case .release(let handle):
                kernel.release(handle.connectionIndex)
            case .closeInbound(let handle):
                kernel.close(handle.connectionIndex, by: .server)
            case .listen(let listener):
                kernel.listen(node, port: listener.rawValue)
                if listener == .broker {
                    isListening[node.position] = true
                    leadershipMayHaveChanged()
                }
            case .stopListening(let listener):
                kernel.stopListening(node, port: listener.rawValue)
                if listener == .broker {
                    isListening[node.position] = false
                    leadershipMayHaveChanged()
                }
            case .armTimer(let kind, let deadline):
                if deadline < .distantFuture {
                    kernel.armTimer(node, kind: kind.rawValue, at: deadline)
                } else {
                    kernel.cancelTimer(node, kind: kind.rawValue)
                }
            case .cancelTimer(let kind):
                kernel.cancelTimer(node, kind: kind.rawValue)
            case .open(let handle, let id):
                let (file, isNew) = files[node.position].open(handle, id)
                if isNew { kernel.createFile(node, file) }
            case .append(let handle, let chunk):
                _ = kernel.append(node, files[node.position].file(handle), chunk)
            case .flush(let handle, let token):
                kernel.flush(node, files[node.position].file(handle), token: token.rawValue)
            case .truncate(let handle, let length):
                kernel.truncate(
                    node,
                    files[node.position].file(handle),
                    to: Int(length.bytes)
                )
            case .replace(let handle, let bytes, let token):
                _ = kernel.replace(
                    node,
                    files[node.position].file(handle),
                    with: FileContents([FileChunk(bytes)]),
                    token: token?.rawValue
                )
            case .remove(let handle):
                kernel.deleteFile(node, files[node.position].remove(handle))
            case .exit(let reason):
                exit = reason
            case .observe(let observation):
                observe(observation, by: node)
            }
        }
        orders.clear()
        if effects.isEmpty { swap(&orders, &effects) }
        if let exit { processExited(node, exit) }
    }

    private mutating func connect(
        _ channel: ChannelID,
        to peer: BrokerID,
        _ listener: Listener,
        from node: NodeIndex
    ) {
        if let stale = connections.unbind(channel, on: node) {
            kernel.close(stale, by: .client)
        }
        let connection = kernel.connect(
            from: node,
            to: layout.node(of: peer),
            port: listener.rawValue
        )
        connections.bind(channel, on: node, to: connection)
    }

    private mutating func send(
        _ request: consuming Request,
        _ correlation: CorrelationID,
        on channel: ChannelID,
        from node: NodeIndex
    ) {
        guard let connection = connections.connection(of: channel, on: node) else { return }
        let size = request.wireSize
        let tag = UInt8(request.api.index)
        countSent(size)
        let slot = messages.store(request, correlation, bytes: size)
        kernel.send(connection, from: .client, bytes: size, tag: tag, payload: slot)
    }

    private mutating func reply(
        _ response: consuming Response,
        to handle: RequestHandle,
        from node: NodeIndex
    ) {
        let connection = handle.connectionIndex
        if interceptor.takeReset(of: handle) {
            kernel.close(connection, by: .server)
            return
        }
        if phase != .booting {
            response.forEachError { error in counters.count(error) }
        }
        guard kernel.isOpen(connection, side: .server) else { return }
        let size = response.wireSize
        countSent(size)
        let tag = interceptor.tag(of: handle)
        let slot = messages.store(response, handle.correlation, bytes: size)
        kernel.send(connection, from: .server, bytes: size, tag: tag, payload: slot)
        kernel.release(connection)
    }

    private mutating func countSent(_ size: Int) {
        if phase != .booting { counters.networkBytes += Int64(size) }
    }
}

extension RequestHandle {
    var connectionIndex: ConnectionIndex {
        ConnectionIndex(slot: connection, generation: UInt32(bitPattern: generation))
    }

    init(_ connection: ConnectionIndex, _ correlation: CorrelationID, port: UInt8) {
        self.init(
            connection: connection.slot,
            generation: Int32(bitPattern: connection.generation),
            correlation: correlation,
            listener: port == Listener.controller.rawValue ? .controller : .broker
        )
    }
}
