internal import DequeModule
public import KafkaProtocol
public import SimBase

/// Kafka's admin client: one operation after the other, tried again until its time is over.
/// - Source: org.apache.kafka.clients.admin.KafkaAdminClient.
public struct AdminClient: Sendable {
    public enum Operation: Equatable, Sendable {
        case createTopics([CreateTopicRequest])
        case admin(AdminRequest)
        /// Goes to the partition's leader.
        case deleteRecords(DeleteRecordsRequest)
    }

    /// How an operation ended: the first error of its answer, or `REQUEST_TIMED_OUT`.
    public struct Completion: Equatable, Sendable {
        public let token: Int32
        public let error: ErrorCode

        public init(token: Int32, error: ErrorCode) {
            self.token = token
            self.error = error
        }
    }

    private struct Call: Sendable {
        let token: Int32
        let operation: Operation
        let deadline: Instant
        var attempts: Int32 = 0
        var retryAt = Instant.distantPast
        var isInFlight = false
    }

    private let backoff: ExponentialBackoff
    private let callTimeout: Interval
    private var network: ClientNetwork
    private var random: Random
    private var calls = Deque<Call>()
    private var completions: [Completion] = []
    private var ended: [NetworkClient.Completion] = []
    private var armedAt = Instant.distantFuture

    /// - Parameters:
    ///   - config: connections and back-offs.
    ///   - features: behaviour of the client's release.
    ///   - bootstrap: where the first connections go.
    ///   - callTimeout: `default.api.timeout.ms`.
    ///   - random: jitter and choice of nodes.
    ///   - now: the time of construction.
    ///   - effects: receives nothing before the first operation.
    public init(
        config: ClientConfig,
        features: Features,
        bootstrap: [BrokerID],
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

    /// Queues an operation; its completion carries `token`.
    public mutating func submit(
        _ operation: Operation,
        token: Int32,
        now: Instant,
        into effects: inout [Effect]
    ) {
        calls.append(Call(token: token, operation: operation, deadline: now + callTimeout))
        if case .deleteRecords(let request) = operation {
            network.metadata.add(request.partition.topic, now: now)
        }
        run(now: now, into: &effects)
    }

    public mutating func takeCompletions(into completions: inout [Completion]) {
        completions.append(contentsOf: self.completions)
        self.completions.removeAll(keepingCapacity: true)
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
        for item in ended where item.token != 0 { callEnded(item.outcome, now: now) }
        ended.removeAll(keepingCapacity: true)
        while let call = calls.first, now >= call.deadline, !call.isInFlight {
            finish(.requestTimedOut)
        }
        guard !calls.isEmpty else { return }
        var deadline = network.updateMetadata(now: now, into: &effects)
        deadline = min(deadline, send(now: now, into: &effects), network.network.nextDeadline)
        if deadline < armedAt {
            armedAt = max(deadline, now)
            effects.append(.armTimer(.client, at: armedAt))
        }
    }

    private mutating func send(now: Instant, into effects: inout [Effect]) -> Instant {
        let call = calls[0]
        guard !call.isInFlight else { return .distantFuture }
        guard now >= call.retryAt else { return min(call.retryAt, call.deadline) }
        guard let node = target(of: call.operation) else {
            network.metadata.requestUpdate()
            return min(call.deadline, now + pause)
        }
        guard network.ready(node, now: now, into: &effects) else {
            return min(
                call.deadline,
                max(network.network.backoffEnd(of: node), now + pause)
            )
        }
        calls[0].isInFlight = true
        network.network.send(
            request(of: call.operation),
            to: node,
            token: 1,
            now: now,
            into: &effects,
            completions: &ended
        )
        return call.deadline
    }

    /// The broker that stands for the controller, or a partition's leader.
    private func target(of operation: Operation) -> BrokerID? {
        switch operation {
        case .createTopics, .admin:
            network.metadata.controller == .none ? nil : network.metadata.controller
        case .deleteRecords(let request):
            network.metadata.leader(of: request.partition)
        }
    }

    private var pause: Interval { max(backoff.initial, .milliseconds(1)) }

    private func request(of operation: Operation) -> Request {
        switch operation {
        case .createTopics(let topics): .createTopics(topics)
        case .admin(let request): .admin(request)
        case .deleteRecords(let request): .deleteRecords(request)
        }
    }

    private mutating func callEnded(
        _ outcome: NetworkClient.Completion.Outcome,
        now: Instant
    ) {
        guard !calls.isEmpty, calls[0].isInFlight else { return }
        calls[0].isInFlight = false
        guard case .response(let response) = outcome else {
            retry(now: now)
            return
        }
        var error = ErrorCode.none
        response.forEachError { if !error.isError { error = $0 } }
        guard error.isError else {
            finish(.none)
            return
        }
        if error == .notController || error.isInvalidMetadata { network.metadata.requestUpdate() }
        if error.isRetriable, now < calls[0].deadline {
            retry(now: now)
        } else {
            finish(error)
        }
    }

    private mutating func retry(now: Instant) {
        network.metadata.requestUpdate()
        calls[0].retryAt =
            now + max(backoff.delay(attempts: calls[0].attempts, &random), .milliseconds(1))
        calls[0].attempts += 1
    }

    private mutating func finish(_ error: ErrorCode) {
        completions.append(Completion(token: calls.removeFirst().token, error: error))
    }
}
