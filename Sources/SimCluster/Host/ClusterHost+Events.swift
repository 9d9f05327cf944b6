import Checkers
import KafkaBroker
import KafkaClients
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

extension ClusterHost {
    /// Executes everything that is due at `limit` or before.
    mutating func run(until limit: Instant) {
        while phase != .over, let event = kernel.next(until: limit) {
            execute(event)
        }
    }

    mutating func execute(_ event: KernelEvent) {
        if phase != .booting { counters.events += 1 }
        switch event {
        case .world(let payload, let token):
            kernel.record(
                event,
                content: UInt64(bitPattern: token) &+ UInt64(UInt32(bitPattern: payload))
            )
            tracer.note(event, at: now, node: nil, layout: layout, detail: "world")
            execute(world: payload, token: token)
        case .process(let node, let payload, let token):
            kernel.record(
                event,
                content: UInt64(bitPattern: token) &+ UInt64(UInt32(bitPattern: payload))
            )
            hand(.timerFired(TimerKind(UInt8(payload))), to: node)
        case .timerFired(let node, let kind):
            kernel.record(event, content: UInt64(kind))
            tracer.note(event, at: now, node: node, layout: layout, detail: "timer \(kind)")
            hand(.timerFired(TimerKind(kind)), to: node)
        case .connected(let node, let connection):
            kernel.record(event, content: UInt64(UInt32(bitPattern: connection.slot)))
            guard let channel = connections.channel(of: connection) else { break }
            hand(.connected(channel), to: node)
        case .connectFailed(let node, let connection):
            kernel.record(event, content: UInt64(UInt32(bitPattern: connection.slot)))
            guard let channel = connections.channel(of: connection) else { break }
            _ = connections.unbind(channel, on: node)
            hand(.connectionFailed(channel), to: node)
        case .disconnected(let node, let connection, let side):
            kernel.record(event, content: UInt64(UInt32(bitPattern: connection.slot)))
            if side == .client, let channel = connections.channel(of: connection) {
                _ = connections.unbind(channel, on: node)
                hand(.disconnected(channel), to: node)
            }
        case .delivered(let node, let connection, let side, let payload):
            kernel.record(event, content: messages.notes[Int(payload)].digestWord)
            if side == .server {
                arrived(payload, on: connection, at: node)
            } else {
                answered(payload, on: connection, at: node)
            }
        case .serviceCompleted(let node, let connection, let payload):
            kernel.record(event, content: messages.notes[Int(payload)].digestWord)
            serve(payload, on: connection, at: node)
        case .flushed(let node, let token):
            kernel.record(event, content: UInt64(bitPattern: token))
            hand(.flushCompleted(FlushToken(token)), to: node)
        case .flushFailed(let node, let token):
            kernel.record(event, content: UInt64(bitPattern: token))
            hand(.storageChanged(logDir: 0, .failed), to: node)
        }
        freeDiscarded()
        checkConditions()
    }

    // MARK: Requests and responses

    /// A request's bytes are at the server: it waits for a handler thread, then costs its time.
    private mutating func arrived(
        _ payload: Int32,
        on connection: ConnectionIndex,
        at node: NodeIndex
    ) {
        let load = messages.notes[Int(payload)].load
        kernel.enqueueService(connection, payload: payload, cost: cost(of: load, at: node))
    }

    private mutating func serve(
        _ payload: Int32,
        on connection: ConnectionIndex,
        at node: NodeIndex
    ) {
        let handle = RequestHandle(
            connection,
            messages.notes[Int(payload)].correlation,
            port: kernel.port(of: connection)
        )
        let request = messages.takeRequest(payload)
        if phase != .booting { counters.requests[request.api.index] += 1 }
        tracer.note(request, at: now, node: node, layout: layout)
        if !request.expectsResponse { interceptor.forget(handle) }
        interceptor.remember(handle, tag: UInt8(request.api.index))
        switch interceptor.verdict(on: request, at: node) {
        case .pass:
            break
        case .answer(let error):
            // With acks=0 the only sign of an error is a closed connection.
            effects.append(
                request.expectsResponse
                    ? .reply(handle, .failure(error, of: request)) : .closeInbound(handle)
            )
            perform(for: node)
            return
        case .resetAfterExecution where request.expectsResponse:
            interceptor.expectReset(of: handle)
        case .resetAfterExecution:
            hand(.requestReceived(handle, request), to: node)
            return kernel.close(connection, by: .server)
        }
        if case .apiVersions = request {
            effects.append(.reply(handle, .status(.none)))
            perform(for: node)
            return
        }
        hand(.requestReceived(handle, request), to: node)
    }

    private mutating func answered(
        _ payload: Int32,
        on connection: ConnectionIndex,
        at node: NodeIndex
    ) {
        let correlation = messages.notes[Int(payload)].correlation
        let response = messages.takeResponse(payload)
        guard let channel = connections.channel(of: connection) else { return }
        tracer.note(response, at: now, node: node, layout: layout)
        hand(.responseReceived(channel, correlation, response), to: node)
    }

    /// What handling a request costs an I/O thread: see ``CostSpec``.
    private func cost(of load: RequestLoad, at node: NodeIndex) -> Interval {
        let bytes = Interval(
            nanoseconds: load.bytes * document.costs.picosecondsPerByte / 1_000
        )
        let work = document.costs.request + bytes + document.costs.partition * load.partitions
        guard load.writes > 0 else { return work }
        let slowness = kernel.diskCondition(of: node).slowFactor
        return work + document.disk.append * load.writes * slowness
    }

    private mutating func freeDiscarded() {
        kernel.takeDiscarded(into: &discarded)
        guard !discarded.isEmpty else { return }
        for payload in discarded { messages.discard(payload) }
        discarded.clear()
    }

    // MARK: Machines

    /// Hands an event to the machine on `node` and performs what it orders.
    mutating func hand(_ event: Event, to node: NodeIndex) {
        syncClock(of: node)
        let now = kernel.now
        switch layout.role(of: node) {
        case .server(let index):
            servers[index]?.handle(event, now: now, into: &effects)
            perform(for: node)
        case .producer(let index):
            producers[index].handle(event, now: now, into: &effects, ledger: &recorder.ledger)
            perform(for: node)
            afterProducer(index)
        case .consumer(let index):
            consumers[index].handle(event, now: now, into: &effects, recorder: &recorder)
            perform(for: node)
            afterConsumer(index)
        case .admin:
            admin.handle(event, now: now, into: &effects)
            perform(for: node)
            afterAdmin()
        }
    }

    /// Tells the machine of a drifting clock once it is a millisecond off what it knows.
    private mutating func syncClock(of node: NodeIndex) {
        let skew = kernel.wallOffset(node)
        let known = knownSkews[node.position]
        guard skew != known else { return }
        let difference = skew - known
        guard difference >= .milliseconds(1) || difference <= .milliseconds(-1) else { return }
        knownSkews[node.position] = skew
        let event = Event.wallClockShifted(skew)
        switch layout.role(of: node) {
        case .server(let index): servers[index]?.handle(event, now: kernel.now, into: &effects)
        case .producer(let index):
            producers[index].handle(
                event,
                now: kernel.now,
                into: &effects,
                ledger: &recorder.ledger
            )
        case .consumer(let index):
            consumers[index].handle(event, now: kernel.now, into: &effects, recorder: &recorder)
        case .admin: break
        }
        perform(for: node)
    }
}
