import KafkaClients
import KafkaProtocol
import SimBase

/// The administrator who creates the scenario's topics and carries out its administrative actions.
struct AdminProcess {
    private var client: AdminClient?
    private(set) var results: [AdminClient.Completion] = []

    mutating func start(
        bootstrap: [BrokerID],
        config: ClientConfig,
        features: Features,
        random: Random,
        now: Instant,
        into effects: inout [Effect]
    ) {
        client = AdminClient(
            bootstrap: bootstrap,
            config: config,
            features: features,
            random: random,
            now: now,
            into: &effects
        )
    }

    mutating func submit(
        _ request: Request,
        to broker: BrokerID? = nil,
        token: Int32,
        now: Instant,
        into effects: inout [Effect]
    ) {
        client?.submit(request, to: broker, token: token, now: now, into: &effects)
    }

    mutating func handle(_ event: Event, now: Instant, into effects: inout [Effect]) {
        client?.handle(event, now: now, into: &effects)
        client?.takeCompletions(into: &results)
    }

    mutating func takeResults() -> [AdminClient.Completion] {
        client?.takeCompletions(into: &results)
        defer { results.removeAll() }
        return results
    }
}
