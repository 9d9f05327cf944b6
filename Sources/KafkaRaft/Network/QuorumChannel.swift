internal import KafkaProtocol
internal import SimBase

/// Requests to the voters: at most one a voter awaits its answer, a failure is followed by a short
/// back-off, and a request without an answer is given up after
/// `controller.quorum.request.timeout.ms`.
/// - Source: org.apache.kafka.raft.RequestManager, KafkaNetworkChannel; kafka.raft.RaftManager for
///   the connections' settings.
struct QuorumChannel: Sendable {
    /// A voter's answer to the request that was awaited.
    struct Answer: Sendable {
        let peer: BrokerID
        let response: Response
    }

    private enum Exchange: Sendable {
        case ready
        /// Until `until`; afterwards the request counts as lost.
        case awaiting(token: UInt64, until: Instant)
        case backingOff(until: Instant)
    }

    private struct Unsent: Sendable {
        let token: UInt64
        let request: Request
    }

    private struct Peer: Sendable {
        let id: BrokerID
        var exchange = Exchange.ready
        /// Waits for its connection.
        var unsent: Unsent?
    }

    private var client: NetworkClient
    private var peers: [Peer]
    private var nextToken: UInt64 = 1
    private let requestTimeout: Interval
    private let retryBackoff: Interval
    private var completions: [NetworkClient.Completion] = []

    init(to peers: [BrokerID], config: ServerConfig, random: Random) {
        var settings = NetworkClient.Settings()
        settings.requestTimeout = config.quorumRequestTimeout
        settings.reconnectBackoff = .milliseconds(50)
        settings.reconnectBackoffMax = .milliseconds(500)
        settings.maxInFlight = 1
        settings.maxIdle = config.connectionsMaxIdle
        settings.listener = .controller
        client = NetworkClient(role: .quorum, settings: settings, random: random)
        self.peers = peers.map { Peer(id: $0) }
        requestTimeout = config.quorumRequestTimeout
        retryBackoff = config.quorumRetryBackoff
    }

    // MARK: State

    func isBackingOff(_ peer: BrokerID, now: Instant) -> Bool {
        guard let index = position(of: peer), case .backingOff(let until) = peers[index].exchange
        else { return false }
        return now < until
    }

    func hasTimedOut(_ peer: BrokerID, now: Instant) -> Bool {
        guard let index = position(of: peer), case .awaiting(_, let until) = peers[index].exchange
        else { return false }
        return now >= until
    }

    func hasInFlight(now: Instant) -> Bool {
        peers.contains {
            if case .awaiting(_, let until) = $0.exchange { now < until } else { false }
        }
    }

    /// A voter that may be asked now, if no request at all awaits an answer.
    func anyReady(now: Instant, _ random: inout Random) -> BrokerID? {
        guard !peers.isEmpty, !hasInFlight(now: now) else { return nil }
        let start = random.next(below: peers.count)
        for step in peers.indices {
            let index = (start + step) % peers.count
            if isReady(index, now: now) { return peers[index].id }
        }
        return nil
    }

    /// When ``anyReady(now:_:)`` may have another answer.
    func nextChange(now: Instant) -> Instant {
        var next = Instant.distantFuture
        for peer in peers {
            switch peer.exchange {
            case .ready: break
            case .awaiting(_, let until), .backingOff(let until):
                if until > now { next = min(next, until) }
            }
        }
        return next
    }

    /// The next instant at which ``poll(now:outbox:answers:)`` has something to do.
    var nextDeadline: Instant {
        client.nextDeadline
    }

    // MARK: Requests

    /// Sends a request unless the voter owes an answer or a back-off runs.
    /// - Returns: when to look again.
    mutating func send(
        _ request: @autoclosure () -> Request,
        to peer: BrokerID,
        now: Instant,
        outbox: inout Outbox
    ) -> Instant {
        guard let index = position(of: peer) else { return .distantFuture }
        if isReady(index, now: now) {
            begin(request(), index, now: now, outbox: &outbox)
        }
        switch peers[index].exchange {
        case .ready: return now
        case .awaiting(_, let until), .backingOff(let until): return until
        }
    }

    /// Forgets what `peer` owes: its answer, if one comes, is not looked at.
    mutating func reset(_ peer: BrokerID) {
        guard let index = position(of: peer) else { return }
        peers[index].exchange = .ready
    }

    mutating func resetAll() {
        for index in peers.indices { peers[index].exchange = .ready }
    }

    /// Ends the exchange that an answer came from.
    mutating func settle(_ peer: BrokerID, succeeded: Bool, now: Instant) {
        guard let index = position(of: peer) else { return }
        peers[index].exchange = succeeded ? .ready : .backingOff(until: now + retryBackoff)
    }

    private mutating func begin(
        _ request: Request,
        _ index: Int,
        now: Instant,
        outbox: inout Outbox
    ) {
        let token = nextToken
        nextToken += 1
        peers[index].exchange = .awaiting(token: token, until: now + requestTimeout)
        peers[index].unsent = Unsent(token: token, request: request)
        var effects: [Effect] = []
        let id = peers[index].id
        if client.ready(id, now: now, into: &effects) {
            write(index, now: now, into: &effects)
        } else if client.state(of: id) == .disconnected {
            // The connection waits out its own back-off: the request fails at once.
            abandon(index, now: now)
        }
        outbox.order(effects)
    }

    private mutating func write(_ index: Int, now: Instant, into effects: inout [Effect]) {
        guard let unsent = peers[index].unsent, client.canSend(to: peers[index].id) else { return }
        peers[index].unsent = nil
        client.send(
            unsent.request,
            to: peers[index].id,
            token: unsent.token,
            now: now,
            into: &effects,
            completions: &completions
        )
    }

    private mutating func abandon(_ index: Int, now: Instant) {
        guard let unsent = peers[index].unsent else { return }
        peers[index].unsent = nil
        fail(index, token: unsent.token, now: now)
    }

    private mutating func fail(_ index: Int, token: UInt64, now: Instant) {
        guard case .awaiting(token, _) = peers[index].exchange else { return }
        peers[index].exchange = .backingOff(until: now + retryBackoff)
    }

    // MARK: Events

    mutating func handle(
        _ event: Event,
        now: Instant,
        outbox: inout Outbox,
        answers: inout [Answer]
    ) {
        var effects: [Effect] = []
        _ = client.handle(event, now: now, into: &effects, completions: &completions)
        complete(now: now, into: &effects, answers: &answers)
        outbox.order(effects)
    }

    /// Times out what is overdue.
    mutating func poll(now: Instant, outbox: inout Outbox, answers: inout [Answer]) {
        guard now >= client.nextDeadline else { return }
        var effects: [Effect] = []
        client.poll(now: now, into: &effects, completions: &completions)
        complete(now: now, into: &effects, answers: &answers)
        outbox.order(effects)
    }

    private mutating func complete(
        now: Instant,
        into effects: inout [Effect],
        answers: inout [Answer]
    ) {
        for completion in completions {
            guard let index = position(of: completion.peer) else { continue }
            switch completion.outcome {
            case .response(let response):
                if case .awaiting(completion.token, _) = peers[index].exchange {
                    answers.append(Answer(peer: completion.peer, response: response))
                }
            case .disconnected, .timedOut: fail(index, token: completion.token, now: now)
            case .connectionLost: abandon(index, now: now)
            case .connectionReady, .written: break
            }
        }
        completions.clear()
        for index in peers.indices { write(index, now: now, into: &effects) }
    }

    private func isReady(_ index: Int, now: Instant) -> Bool {
        switch peers[index].exchange {
        case .ready: true
        case .awaiting(_, let until), .backingOff(let until): now >= until
        }
    }

    private func position(of peer: BrokerID) -> Int? {
        peers.firstIndex { $0.id == peer }
    }
}
