import DequeModule
import KafkaProtocol
import SimBase

/// Requests to whoever is the active controller, one at a time, over changes of that controller.
///
/// A request that meets a broken connection or NOT_CONTROLLER is sent again at once to whomever the
/// quorum then names; it ends with an answer, or when it is too old.
/// - Source: kafka.server.NodeToControllerChannelManager, NodeToControllerRequestThread.
struct ControllerChannel: Sendable {
    enum Outcome: Equatable, Sendable {
        case answered(token: UInt64, Response)
        /// The request got older than the retry time-out.
        case timedOut(token: UInt64)
    }

    private struct Waiting: Sendable {
        let token: UInt64
        let request: Request
        let created: Instant
    }

    /// How often an unknown controller is looked up.
    private static let lookupInterval = Interval.milliseconds(100)

    /// A request is given up this long after it was handed over.
    private let retryTimeout: Interval
    private var network: NetworkClient
    /// Waiting requests; the first may be in flight.
    private var queue = Deque<Waiting>()
    private var inFlight: Waiting?
    private var target: BrokerID?
    private var nextLookup = Instant.distantFuture
    /// A node that said it is not the controller is not connected to again before this.
    private var refusal: (peer: BrokerID, until: Instant)?
    private var completions: [NetworkClient.Completion] = []
    private var nextToken: UInt64 = 1

    init(role: ChannelRole, config: ServerConfig, retryTimeout: Interval, random: Random) {
        self.retryTimeout = retryTimeout
        var settings = NetworkClient.Settings()
        settings.requestTimeout = min(config.controllerSocketTimeout, retryTimeout)
        settings.reconnectBackoff = .milliseconds(50)
        settings.reconnectBackoffMax = .milliseconds(50)
        settings.maxInFlight = 1
        settings.maxIdle = config.connectionsMaxIdle
        settings.listener = .controller
        network = NetworkClient(role: role, settings: settings, random: random)
    }

    var role: ChannelRole {
        network.role
    }

    /// Hands over a request.
    /// - Returns: the number by which its outcome names it.
    mutating func submit(_ request: Request, now: Instant) -> UInt64 {
        let token = nextToken
        nextToken += 1
        queue.append(Waiting(token: token, request: request, created: now))
        return token
    }

    /// When ``poll(controller:now:into:outcomes:)`` has something to do without an event.
    var nextDeadline: Instant {
        var deadline = min(network.nextDeadline, nextLookup)
        if retryTimeout < .forever {
            for waiting in queue { deadline = min(deadline, waiting.created + retryTimeout) }
        }
        if let target, inFlight == nil, !queue.isEmpty,
            network.state(of: target) == .disconnected
        {
            deadline = min(deadline, network.backoffEnd(of: target))
        }
        if let refusal, inFlight == nil, !queue.isEmpty { deadline = min(deadline, refusal.until) }
        return deadline
    }

    /// Takes an event of this channel; the caller polls afterwards.
    mutating func handle(_ event: Event, now: Instant, into effects: inout [Effect]) -> Bool {
        network.handle(event, now: now, into: &effects, completions: &completions)
    }

    /// Moves on as far as possible, asking `controller`: the quorum's leader as this process knows
    /// it.
    mutating func poll(
        controller: BrokerID?,
        now: Instant,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        network.poll(now: now, into: &effects, completions: &completions)
        consume(now: now, into: &effects, outcomes: &outcomes)
        // What is too old goes, unless it is on its way: that has a time-out of its own.
        while let index = queue.firstIndex(where: { now >= $0.created + retryTimeout }) {
            outcomes.append(.timedOut(token: queue[index].token))
            queue.remove(at: index)
        }
        nextLookup = .distantFuture
        if let refusal, now >= refusal.until { self.refusal = nil }
        guard inFlight == nil, let first = queue.first else { return }
        guard let destination = target ?? controller else {
            nextLookup = now + ControllerChannel.lookupInterval
            return
        }
        if let refusal, destination == refusal.peer { return }
        target = destination
        guard network.ready(destination, now: now, into: &effects) else { return }
        queue.removeFirst()
        inFlight = first
        network.send(
            first.request,
            to: destination,
            token: first.token,
            now: now,
            into: &effects,
            completions: &completions
        )
    }

    mutating func closeAll(now: Instant, into effects: inout [Effect]) {
        network.closeAll(now: now, into: &effects)
        queue.removeAll()
        inFlight = nil
    }

    private mutating func consume(
        now: Instant,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        for completion in completions {
            switch completion.outcome {
            case .response(let response):
                guard let request = inFlight, request.token == completion.token else { continue }
                inFlight = nil
                if response.saysNotController {
                    retry(request)
                    network.close(completion.peer, now: now, into: &effects)
                    refusal = (completion.peer, now + network.settings.reconnectBackoff)
                } else {
                    outcomes.append(.answered(token: request.token, response))
                }
            case .disconnected, .timedOut:
                if let request = inFlight, request.token == completion.token { retry(request) }
            case .connectionLost: target = nil
            case .written, .connectionReady: break
            }
        }
        completions.clear()
    }

    private mutating func retry(_ request: Waiting) {
        inFlight = nil
        target = nil
        queue.prepend(request)
    }
}

extension Response {
    /// Whether any part of the answer says that the other is not the active controller.
    fileprivate var saysNotController: Bool {
        var found = false
        forEachError { if $0 == .notController { found = true } }
        return found
    }
}
