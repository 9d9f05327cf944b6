import KafkaProtocol
import SimBase

/// A consumer's connections: one to each broker, and one more to the coordinator. Requests wait
/// here until their connection stands.
/// - Source: org.apache.kafka.clients.consumer.internals.ConsumerNetworkClient.
struct ConsumerNetwork: Sendable {
    enum Route: Equatable, Sendable {
        case broker
        case coordinator
    }

    struct Ended: Sendable {
        let token: Int32
        let outcome: NetworkClient.Completion.Outcome
    }

    private struct Unsent: Sendable {
        let node: BrokerID
        let route: Route
        let request: Request
        let token: Int32
        let timeout: Interval?
        let deadline: Instant
    }

    var brokers: ClientNetwork
    var coordinator: NetworkClient
    private var unsent: [Unsent] = []
    private var completions: [NetworkClient.Completion] = []
    /// Coordinators that are to be disconnected from at the next turn.
    private var dropped: [BrokerID] = []
    private var scratch: [NetworkClient.Completion] = []
    private let requestTimeout: Interval

    init(config: ConsumerConfig, features: Features, bootstrap: [BrokerID], random: inout Random) {
        brokers = ClientNetwork(
            config: config.client,
            features: features,
            bootstrap: bootstrap,
            maxInFlight: 100,
            maxIdle: nil,
            allowsAutoCreation: config.allowAutoCreateTopics,
            random: &random
        )
        coordinator = NetworkClient(
            role: .coordinator,
            settings: brokers.network.settings,
            random: Random(seed: random.next())
        )
        requestTimeout = config.client.requestTimeout
    }

    /// Queues a request; it is sent as soon as its connection is ready.
    mutating func send(
        _ request: Request,
        to node: BrokerID,
        route: Route,
        token: Int32,
        timeout: Interval? = nil,
        now: Instant
    ) {
        unsent.append(
            Unsent(
                node: node,
                route: route,
                request: request,
                token: token,
                timeout: timeout,
                deadline: now + (timeout ?? requestTimeout)
            )
        )
    }

    /// Ends the connection to a coordinator, with all that waits for it.
    mutating func disconnectCoordinator(_ node: BrokerID) {
        dropped.append(node)
    }

    private mutating func disconnectDropped(
        now: Instant,
        into effects: inout [Effect],
        ended: inout [Ended]
    ) {
        for node in dropped {
            coordinator.disconnect(node, now: now, into: &effects, completions: &scratch)
            unsent.removeAll { item in
                guard item.route == .coordinator, item.node == node else { return false }
                ended.append(Ended(token: item.token, outcome: .disconnected))
                return true
            }
        }
        dropped.clear()
    }

    /// Whether a connection to the node failed and may not be tried again yet.
    func isUnavailable(_ node: BrokerID, _ route: Route, now: Instant) -> Bool {
        switch route {
        case .broker:
            brokers.network.state(of: node) == .disconnected
                && brokers.network.backoffEnd(of: node) > now
        case .coordinator:
            coordinator.state(of: node) == .disconnected && coordinator.backoffEnd(of: node) > now
        }
    }

    mutating func handle(_ event: Event, now: Instant, into effects: inout [Effect]) {
        if coordinator.handle(event, now: now, into: &effects, completions: &scratch) {
            siftCoordinator(now: now)
        } else {
            _ = brokers.handle(event, now: now, into: &effects, completions: &completions)
        }
    }

    private mutating func siftCoordinator(now: Instant) {
        guard !scratch.isEmpty else { return }
        for completion in scratch {
            if case .connectionLost = completion.outcome { brokers.metadata.requestUpdate() }
            completions.append(completion)
        }
        scratch.clear()
    }

    /// Runs time-outs, sends what can be sent and asks for metadata if due.
    /// - Returns: when to call again if nothing else happens.
    mutating func poll(now: Instant, into effects: inout [Effect], ended: inout [Ended]) -> Instant
    {
        brokers.poll(now: now, into: &effects, completions: &completions)
        coordinator.poll(now: now, into: &effects, completions: &scratch)
        if !dropped.isEmpty { disconnectDropped(now: now, into: &effects, ended: &ended) }
        siftCoordinator(now: now)
        var deadline = brokers.updateMetadata(now: now, into: &effects)
        deadline = min(deadline, trySend(now: now, into: &effects, ended: &ended))
        for completion in completions where completion.token != 0 {
            ended.append(Ended(token: Int32(completion.token) - 1, outcome: completion.outcome))
        }
        completions.clear()
        return min(deadline, brokers.network.nextDeadline, coordinator.nextDeadline)
    }

    private mutating func trySend(
        now: Instant,
        into effects: inout [Effect],
        ended: inout [Ended]
    ) -> Instant {
        guard !unsent.isEmpty else { return .distantFuture }
        // Thousands may wait for a busy coordinator: it is asked once, and they stay in place.
        var busy: [(route: Route, node: BrokerID)] = []
        var earliest = Instant.distantFuture
        var index = 0
        while index < unsent.count {
            let (route, node, deadline) = ConsumerNetwork.look(at: &unsent[index])
            if !busy.contains(where: { $0.route == route && $0.node == node }) {
                if isReady(node, route, now: now, into: &effects) {
                    send(unsent.remove(at: index), now: now, into: &effects)
                    continue
                }
                // A connection that failed fails what waits for it.
                if isUnavailable(node, route, now: now) {
                    let failed = unsent.remove(at: index)
                    ended.append(Ended(token: failed.token, outcome: .disconnected))
                    continue
                }
                busy.append((route, node))
            }
            if now >= deadline {
                let late = unsent.remove(at: index)
                ended.append(Ended(token: late.token, outcome: .timedOut))
                continue
            }
            earliest = min(earliest, deadline)
            index += 1
        }
        return earliest
    }

    /// Where a request goes and until when it may wait. Mutable, and so in place: a copy of each of
    /// thousands at every event would be most of the consumer's work.
    private static func look(
        at item: inout Unsent
    ) -> (route: Route, node: BrokerID, deadline: Instant) {
        (item.route, item.node, item.deadline)
    }

    private mutating func isReady(
        _ node: BrokerID,
        _ route: Route,
        now: Instant,
        into effects: inout [Effect]
    ) -> Bool {
        switch route {
        case .broker: brokers.ready(node, now: now, into: &effects)
        case .coordinator: coordinator.ready(node, now: now, into: &effects)
        }
    }

    private mutating func send(_ item: Unsent, now: Instant, into effects: inout [Effect]) {
        let token = UInt64(item.token) + 1
        switch item.route {
        case .broker:
            brokers.network.send(
                item.request,
                to: item.node,
                token: token,
                timeout: item.timeout,
                now: now,
                into: &effects,
                completions: &completions
            )
        case .coordinator:
            coordinator.send(
                item.request,
                to: item.node,
                token: token,
                timeout: item.timeout,
                now: now,
                into: &effects,
                completions: &completions
            )
        }
    }

    /// Whether the coordinator owes an answer, or will.
    var hasPending: Bool {
        coordinator.hasInFlight || unsent.contains { $0.route == .coordinator }
    }

    mutating func closeAll(now: Instant, into effects: inout [Effect]) {
        brokers.network.closeAll(now: now, into: &effects)
        coordinator.closeAll(now: now, into: &effects)
        unsent.removeAll()
    }
}
