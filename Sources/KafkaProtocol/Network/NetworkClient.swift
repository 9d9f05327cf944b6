internal import DequeModule
public import SimBase

/// Connections to brokers as Kafka's clients (and brokers among themselves) keep them: connect with
/// back-off, ask for API versions, pipeline requests up to a limit, time out.
///
/// A part, not a node: its owner feeds it events and the time, asks ``nextDeadline`` for when to
/// call ``poll(now:into:completions:)`` again, and reads the completions.
/// - Source: org.apache.kafka.clients.NetworkClient, ClusterConnectionStates, InFlightRequests.
public struct NetworkClient: Sendable {
    public struct Settings: Equatable, Sendable {
        public var requestTimeout: Interval = .seconds(30)
        public var reconnectBackoff: Interval = .milliseconds(50)
        public var reconnectBackoffMax: Interval = .seconds(1)
        public var connectionSetupTimeout: Interval = .seconds(10)
        public var connectionSetupTimeoutMax: Interval = .seconds(30)
        public var maxInFlight: Int = 5
        /// Whether a new connection first asks for API versions, one round trip before it is ready.
        public var discoversVersions = true
        /// Connections unused for this long are closed; `forever` leaves them.
        public var maxIdle: Interval = .milliseconds(540_000)
        public var listener: Listener = .broker

        public init() {}
    }

    /// What became of a request or a connection.
    public struct Completion: Equatable, Sendable {
        public enum Outcome: Equatable, Sendable {
            case response(Response)
            /// The request's bytes were written and no answer is expected.
            case written
            /// The connection broke before the answer.
            case disconnected
            /// This request, or an older one on the same connection, ran into `request.timeout.ms`.
            case timedOut
            /// No request: the connection to `peer` became ready.
            case connectionReady
            /// No request: the connection to `peer` broke or an attempt to open it failed.
            case connectionLost
        }

        public let peer: BrokerID
        /// The owner's number for the request; 0 for connections.
        public let token: UInt64
        public let outcome: Outcome
    }

    public enum ConnectionState: Equatable, Sendable {
        case disconnected
        case connecting
        case checkingVersions
        case ready
    }

    private struct InFlight: Sendable {
        let correlation: CorrelationID
        let token: UInt64
        let deadline: Instant
    }

    private struct Peer: Sendable {
        let id: BrokerID
        var state = ConnectionState.disconnected
        /// When the state was entered; for `disconnected`, when the connection was lost.
        var since = Instant.distantPast
        /// When the last attempt to connect began.
        var lastAttempt = Instant.distantPast
        /// No attempt before this.
        var backoffUntil = Instant.distantPast
        var failures: Int32 = 0
        var setupFailures: Int32 = 0
        var setupDeadline = Instant.distantFuture
        var lastUse = Instant.distantPast
        var nextCorrelation: Int32 = 0
        var inFlight = Deque<InFlight>()
    }

    public let role: ChannelRole
    public var settings: Settings
    private let indexBase: Int32
    private var random: Random
    private var peers: [Peer] = []

    /// - Parameters:
    ///   - role: the channels' role; one client a role and process, unless `indexBase` parts them.
    ///   - settings: limits and time-outs.
    ///   - random: jitter of back-offs, and where ``leastLoaded(among:now:)`` starts.
    ///   - indexBase: added to a peer's id to make its channel's index (fetcher threads).
    public init(role: ChannelRole, settings: Settings, random: Random, indexBase: Int32 = 0) {
        self.role = role
        self.settings = settings
        self.random = random
        self.indexBase = indexBase
    }

    // MARK: State

    public func state(of peer: BrokerID) -> ConnectionState {
        position(of: peer).map { peers[$0].state } ?? .disconnected
    }

    public func inFlightCount(to peer: BrokerID) -> Int {
        position(of: peer).map { peers[$0].inFlight.count } ?? 0
    }

    public var hasInFlight: Bool {
        peers.contains { !$0.inFlight.isEmpty }
    }

    /// Whether a request can be handed over now.
    public func canSend(to peer: BrokerID) -> Bool {
        guard let index = position(of: peer) else { return false }
        return peers[index].state == .ready && peers[index].inFlight.count < settings.maxInFlight
    }

    /// Whether a connection to one of `candidates` is ready, be its pipeline full or not.
    public func hasReady(among candidates: [BrokerID]) -> Bool {
        candidates.contains { state(of: $0) == .ready }
    }

    /// Whether an attempt to connect may begin now.
    public func canConnect(to peer: BrokerID, now: Instant) -> Bool {
        guard let index = position(of: peer) else { return true }
        return peers[index].state == .disconnected && now >= peers[index].backoffUntil
    }

    /// When an attempt to a disconnected peer may begin; `now` or earlier if at once.
    public func backoffEnd(of peer: BrokerID) -> Instant {
        position(of: peer).map { peers[$0].backoffUntil } ?? .distantPast
    }

    /// The next instant at which ``poll(now:into:completions:)`` has something to do.
    public var nextDeadline: Instant {
        var deadline = Instant.distantFuture
        for index in peers.indices where peers[index].state != .disconnected {
            deadline = min(deadline, peers[index].setupDeadline)
            if let first = peers[index].inFlight.first {
                deadline = min(deadline, first.deadline)
            } else if peers[index].state == .ready {
                deadline = min(deadline, peers[index].lastUse + settings.maxIdle)
            }
        }
        return deadline
    }

    // MARK: Actions

    /// Begins to connect to `peer` if there is no connection and no back-off.
    /// - Returns: whether a request can be sent now.
    public mutating func ready(_ peer: BrokerID, now: Instant, into effects: inout [Effect]) -> Bool
    {
        if canSend(to: peer) { return true }
        if canConnect(to: peer, now: now) { connect(to: peer, now: now, into: &effects) }
        return false
    }

    /// Hands over a request to a peer that ``canSend(to:)``.
    ///
    /// A request that expects no answer is complete at once: its bytes are in the socket.
    public mutating func send(
        _ request: Request,
        to peer: BrokerID,
        token: UInt64,
        timeout: Interval? = nil,
        now: Instant,
        into effects: inout [Effect],
        completions: inout [Completion]
    ) {
        guard let index = position(of: peer), peers[index].state == .ready else {
            preconditionFailure("a request to node \(peer), to which no connection is ready")
        }
        let correlation = CorrelationID(peers[index].nextCorrelation)
        peers[index].nextCorrelation &+= 1
        peers[index].lastUse = now
        effects.append(.send(channel(peer), correlation, request))
        if request.expectsResponse {
            // The check is strict and made on millisecond clocks: it fires a millisecond late.
            let limit = (timeout ?? settings.requestTimeout) + .milliseconds(1)
            peers[index].inFlight.append(
                InFlight(correlation: correlation, token: token, deadline: now + limit)
            )
        } else {
            completions.append(Completion(peer: peer, token: token, outcome: .written))
        }
    }

    /// Closes the connection to `peer`: what is in flight on it ends as with any lost connection.
    public mutating func disconnect(
        _ peer: BrokerID,
        now: Instant,
        into effects: inout [Effect],
        completions: inout [Completion]
    ) {
        guard let index = position(of: peer), peers[index].state != .disconnected else { return }
        effects.append(.close(channel(peer)))
        lose(index, .disconnected, now: now, completions: &completions)
    }

    /// Closes the connection to `peer` without completions; requests in flight are forgotten.
    public mutating func close(_ peer: BrokerID, now: Instant, into effects: inout [Effect]) {
        guard let index = position(of: peer), peers[index].state != .disconnected else { return }
        effects.append(.close(channel(peer)))
        peers[index].inFlight.removeAll()
        peers[index].state = .disconnected
        peers[index].since = now
        peers[index].setupDeadline = .distantFuture
    }

    /// Closes all connections.
    public mutating func closeAll(now: Instant, into effects: inout [Effect]) {
        for peer in peers.map(\.id) { close(peer, now: now, into: &effects) }
    }

    /// The peer to ask when any will do: ready and idle first, then the least busy, then one that
    /// is connecting, then one that may be connected to, the longest untried first.
    /// - Source: NetworkClient.leastLoadedNode.
    public mutating func leastLoaded(among candidates: [BrokerID], now: Instant) -> BrokerID? {
        guard !candidates.isEmpty else { return nil }
        let start = random.next(below: candidates.count)
        var busy: (peer: BrokerID, count: Int)?
        var connecting: BrokerID?
        var connectable: (peer: BrokerID, lastAttempt: Instant)?
        for step in 0..<candidates.count {
            let candidate = candidates[(start + step) % candidates.count]
            let known = position(of: candidate).map { peers[$0] }
            switch known?.state ?? .disconnected {
            case .ready:
                let count = known?.inFlight.count ?? 0
                if count == 0 { return candidate }
                if count < settings.maxInFlight, count < busy?.count ?? Int.max {
                    busy = (candidate, count)
                }
            case .connecting, .checkingVersions:
                connecting = candidate
            case .disconnected:
                let lastAttempt = known?.lastAttempt ?? .distantPast
                if canConnect(to: candidate, now: now),
                    lastAttempt < connectable?.lastAttempt ?? .distantFuture
                {
                    connectable = (candidate, lastAttempt)
                }
            }
        }
        return busy?.peer ?? connecting ?? connectable?.peer
    }

    // MARK: Events

    /// Takes an event of one of this client's channels.
    /// - Returns: whether the event was for this client.
    public mutating func handle(
        _ event: Event,
        now: Instant,
        into effects: inout [Effect],
        completions: inout [Completion]
    ) -> Bool {
        switch event {
        case .connected(let channel):
            guard let index = position(of: channel) else { return false }
            established(index, now: now, into: &effects, completions: &completions)
        case .connectionFailed(let channel), .disconnected(let channel):
            guard let index = position(of: channel) else { return false }
            lose(index, .disconnected, now: now, completions: &completions)
        case .responseReceived(let channel, let correlation, let response):
            guard let index = position(of: channel) else { return false }
            answered(index, correlation, response, now: now, completions: &completions)
        case .started, .requestReceived, .timerFired, .flushCompleted, .storageChanged,
            .wallClockShifted, .stopRequested:
            return false
        }
        return true
    }

    /// Times out what is overdue: connection set-ups, requests, idle connections.
    public mutating func poll(
        now: Instant,
        into effects: inout [Effect],
        completions: inout [Completion]
    ) {
        for index in peers.indices where peers[index].state != .disconnected {
            if now >= peers[index].setupDeadline {
                effects.append(.close(channel(peers[index].id)))
                lose(index, .timedOut, now: now, completions: &completions)
            } else if let first = peers[index].inFlight.first, now >= first.deadline {
                effects.append(.close(channel(peers[index].id)))
                lose(index, .timedOut, now: now, completions: &completions)
            } else if peers[index].state == .ready, peers[index].inFlight.isEmpty,
                now >= peers[index].lastUse + settings.maxIdle
            {
                effects.append(.close(channel(peers[index].id)))
                lose(index, .disconnected, now: now, completions: &completions)
            }
        }
    }

    // MARK: Steps

    private mutating func connect(to peer: BrokerID, now: Instant, into effects: inout [Effect]) {
        let index = position(of: peer) ?? add(peer)
        peers[index].state = .connecting
        peers[index].since = now
        peers[index].lastAttempt = now
        peers[index].lastUse = now
        let timeout = backoff(
            settings.connectionSetupTimeout,
            max: settings.connectionSetupTimeoutMax,
            attempts: peers[index].setupFailures
        )
        peers[index].setupDeadline = now + timeout + .milliseconds(1)
        effects.append(.connect(channel(peer), to: peer, settings.listener))
    }

    private mutating func established(
        _ index: Int,
        now: Instant,
        into effects: inout [Effect],
        completions: inout [Completion]
    ) {
        guard peers[index].state == .connecting else { return }
        peers[index].setupDeadline = .distantFuture
        peers[index].setupFailures = 0
        guard settings.discoversVersions else {
            becomeReady(index, now: now, completions: &completions)
            return
        }
        peers[index].state = .checkingVersions
        let correlation = CorrelationID(peers[index].nextCorrelation)
        peers[index].nextCorrelation &+= 1
        peers[index].inFlight.append(
            InFlight(
                correlation: correlation,
                token: 0,
                deadline: now + settings.requestTimeout + .milliseconds(1)
            )
        )
        effects.append(.send(channel(peers[index].id), correlation, .apiVersions))
    }

    private mutating func becomeReady(
        _ index: Int,
        now: Instant,
        completions: inout [Completion]
    ) {
        peers[index].state = .ready
        peers[index].since = now
        peers[index].lastUse = now
        peers[index].failures = 0
        completions.append(
            Completion(peer: peers[index].id, token: 0, outcome: .connectionReady)
        )
    }

    private mutating func answered(
        _ index: Int,
        _ correlation: CorrelationID,
        _ response: Response,
        now: Instant,
        completions: inout [Completion]
    ) {
        guard let first = peers[index].inFlight.first, first.correlation == correlation else {
            return
        }
        peers[index].inFlight.removeFirst()
        peers[index].lastUse = now
        if peers[index].state == .checkingVersions {
            becomeReady(index, now: now, completions: &completions)
        } else {
            completions.append(
                Completion(peer: peers[index].id, token: first.token, outcome: .response(response))
            )
        }
    }

    /// The connection is gone: everything in flight on it fails, oldest first.
    private mutating func lose(
        _ index: Int,
        _ outcome: Completion.Outcome,
        now: Instant,
        completions: inout [Completion]
    ) {
        guard peers[index].state != .disconnected else { return }
        let wasCheckingVersions = peers[index].state == .checkingVersions
        let lost = peers[index].inFlight
        peers[index].inFlight.removeAll()
        // A refusal lengthens the next set-up time-out as a time-out does.
        let isSettingUp = peers[index].state == .connecting
        peers[index].setupFailures = isSettingUp ? peers[index].setupFailures + 1 : 0
        peers[index].state = .disconnected
        peers[index].since = now
        peers[index].setupDeadline = .distantFuture
        let wait = backoff(
            settings.reconnectBackoff,
            max: settings.reconnectBackoffMax,
            attempts: peers[index].failures
        )
        peers[index].failures += 1
        peers[index].backoffUntil = now + wait
        let id = peers[index].id
        if !wasCheckingVersions {
            for request in lost {
                completions.append(Completion(peer: id, token: request.token, outcome: outcome))
            }
        }
        completions.append(Completion(peer: id, token: 0, outcome: .connectionLost))
    }

    private mutating func backoff(_ initial: Interval, max limit: Interval, attempts: Int32)
        -> Interval
    {
        ExponentialBackoff(initial: initial, max: limit).delay(attempts: attempts, &random)
    }

    private mutating func add(_ peer: BrokerID) -> Int {
        peers.append(Peer(id: peer))
        return peers.count - 1
    }

    private func channel(_ peer: BrokerID) -> ChannelID {
        ChannelID(role, indexBase + peer.rawValue)
    }

    private func position(of peer: BrokerID) -> Int? {
        peers.firstIndex { $0.id == peer }
    }

    private func position(of channel: ChannelID) -> Int? {
        guard channel.role == role else { return nil }
        return position(of: BrokerID(channel.index - indexBase))
    }
}
