public import KafkaProtocol
public import SimBase

/// Kafka's admin client: operations side by side, one request at a time on a connection, each tried
/// again until its time is over.
/// - Source: org.apache.kafka.clients.admin.KafkaAdminClient.
public struct AdminClient: Sendable {
    /// How an operation ended.
    public struct Completion: Equatable, Sendable {
        /// The operation's token, as its caller gave it.
        public let token: Int32
        /// The answer; after a time-out one that says `REQUEST_TIMED_OUT` everywhere.
        public let response: Response

        public init(token: Int32, response: Response) {
            self.token = token
            self.response = response
        }

        /// The first error in the answer.
        public var error: ErrorCode {
            var first = ErrorCode.none
            response.forEachError { if !first.isError { first = $0 } }
            return first
        }

        /// `NONE`, or Kafka's name of the first error.
        public var errorName: String { error.name }
    }

    private struct Call: Sendable {
        /// Tells the answers apart; from 1.
        let number: UInt64
        let token: Int32
        let request: Request
        /// The broker to ask, if not any.
        let node: BrokerID?
        let deadline: Instant
        var attempts: Int32 = 0
        var retryAt = Instant.distantPast
        var isInFlight = false
    }

    private let backoff: ExponentialBackoff
    private let callTimeout: Interval
    private var network: ClientNetwork
    private var random: Random
    /// What is not done yet, the oldest first.
    private var calls: [Call] = []
    private var nextNumber: UInt64 = 1
    private var completions: [Completion] = []
    private var ended: [NetworkClient.Completion] = []
    private var armedAt = Instant.distantFuture

    /// - Parameters:
    ///   - bootstrap: where the first connections go.
    ///   - config: connections and back-offs.
    ///   - features: behaviour of the client's release.
    ///   - callTimeout: `default.api.timeout.ms`.
    ///   - random: jitter and choice of nodes.
    ///   - now: the time of construction.
    ///   - effects: receives nothing before the first operation.
    public init(
        bootstrap: [BrokerID],
        config: ClientConfig,
        features: Features = Features(),
        callTimeout: Interval = .seconds(60),
        random: Random,
        now: Instant,
        into effects: inout [Effect]
    ) {
        var stream = random
        backoff = config.retryBackoff(features)
        self.callTimeout = callTimeout
        network = ClientNetwork(
            config: config,
            features: features,
            bootstrap: bootstrap,
            maxInFlight: 1,
            maxIdle: nil,
            allowsAutoCreation: false,
            random: &stream
        )
        self.random = stream
    }

    /// Queues a request; its completion carries `token`.
    ///
    /// Records are deleted at their partition's leader; administration goes to the broker that
    /// stands for the controller; metadata and coordinators are asked of any broker, unless `node`
    /// names one.
    public mutating func submit(
        _ request: Request,
        to node: BrokerID? = nil,
        token: Int32,
        now: Instant,
        into effects: inout [Effect]
    ) {
        calls.append(
            Call(
                number: nextNumber,
                token: token,
                request: request,
                node: node,
                deadline: now + callTimeout
            )
        )
        nextNumber += 1
        if case .deleteRecords(let deletion) = request {
            network.metadata.add(deletion.partition.topic, now: now)
        }
        run(now: now, into: &effects)
    }

    /// Moves the operations that have ended to the end of `completions`, the oldest first.
    public mutating func takeCompletions(into completions: inout [Completion]) {
        completions.append(contentsOf: self.completions)
        self.completions.clear()
    }

    /// Takes an event of this process.
    public mutating func handle(_ event: Event, now: Instant, into effects: inout [Effect]) {
        if case .timerFired(let kind) = event {
            guard kind == .client else { return }
            armedAt = .distantFuture
        } else {
            guard network.handle(event, now: now, into: &effects, completions: &ended) else {
                return
            }
        }
        run(now: now, into: &effects)
    }

    private mutating func run(now: Instant, into effects: inout [Effect]) {
        network.poll(now: now, into: &effects, completions: &ended)
        for item in ended where item.token != 0 {
            callEnded(item.token, item.outcome, now: now)
        }
        ended.clear()
        while let index = calls.firstIndex(where: { now >= $0.deadline && !$0.isInFlight }) {
            finish(index, Response.failure(.requestTimedOut, of: calls[index].request))
        }
        guard !calls.isEmpty else { return }
        var deadline = network.updateMetadata(now: now, into: &effects)
        for index in calls.indices {
            deadline = min(deadline, send(index, now: now, into: &effects))
        }
        deadline = min(deadline, network.network.nextDeadline)
        if deadline < armedAt {
            armedAt = max(deadline, now)
            effects.append(.armTimer(.client, at: armedAt))
        }
    }

    private mutating func send(
        _ index: Int,
        now: Instant,
        into effects: inout [Effect]
    ) -> Instant {
        let call = calls[index]
        guard !call.isInFlight else { return .distantFuture }
        guard now >= call.retryAt else { return min(call.retryAt, call.deadline) }
        guard let node = call.node ?? target(of: call.request, now: now) else {
            network.metadata.requestUpdate()
            return min(call.deadline, now + pause)
        }
        guard network.ready(node, now: now, into: &effects) else {
            return min(
                call.deadline,
                max(network.network.backoffEnd(of: node), now + pause)
            )
        }
        calls[index].isInFlight = true
        network.network.send(
            call.request,
            to: node,
            token: call.number,
            now: now,
            into: &effects,
            completions: &ended
        )
        return call.deadline
    }

    private mutating func target(of request: Request, now: Instant) -> BrokerID? {
        switch request {
        case .createTopics, .admin:
            return network.metadata.controller == .none ? nil : network.metadata.controller
        case .deleteRecords(let deletion):
            return network.metadata.leader(of: deletion.partition)
        default:
            return network.leastLoadedNode(now: now)
        }
    }

    private var pause: Interval { max(backoff.initial, .milliseconds(1)) }

    private mutating func callEnded(
        _ number: UInt64,
        _ outcome: NetworkClient.Completion.Outcome,
        now: Instant
    ) {
        guard let index = calls.firstIndex(where: { $0.number == number }) else { return }
        calls[index].isInFlight = false
        guard case .response(let response) = outcome else {
            retry(index, now: now)
            return
        }
        let completion = Completion(token: calls[index].token, response: response)
        let error = completion.error
        if error == .notController || error.isInvalidMetadata { network.metadata.requestUpdate() }
        let isFinal = !error.isRetriable || isOutcome(error, of: calls[index].request)
        if isFinal || now >= calls[index].deadline {
            finish(index, response)
        } else {
            retry(index, now: now)
        }
    }

    /// Whether an error is what became of a partition's election: the client hands it on, though
    /// such exceptions count as retriable.
    /// - Source: org.apache.kafka.clients.admin.KafkaAdminClient.electLeaders.
    private func isOutcome(_ error: ErrorCode, of request: Request) -> Bool {
        guard case .admin(.electLeaders) = request else { return false }
        return error == .electionNotNeeded || error == .preferredLeaderNotAvailable
            || error == .eligibleLeadersNotAvailable || error == .unknownTopicOrPartition
    }

    private mutating func retry(_ index: Int, now: Instant) {
        network.metadata.requestUpdate()
        calls[index].retryAt =
            now + max(backoff.delay(attempts: calls[index].attempts, &random), .milliseconds(1))
        calls[index].attempts += 1
    }

    private mutating func finish(_ index: Int, _ response: Response) {
        let call = calls.remove(at: index)
        completions.append(Completion(token: call.token, response: response))
    }
}
