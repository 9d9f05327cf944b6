import KafkaProtocol
import SimBase

/// A client's connections together with the metadata that they serve and are guided by.
///
/// While an update is due nothing else is sent; every lost connection asks for one.
/// - Source: org.apache.kafka.clients.NetworkClient.DefaultMetadataUpdater.
struct ClientNetwork: Sendable {
    /// The token of metadata requests; owners' tokens are below.
    static let metadataToken = UInt64.max

    var network: NetworkClient
    var metadata: ClusterMetadata
    private var inProgress: ClusterMetadata.PendingRequest?
    private var random: Random
    private var scratch: [NetworkClient.Completion] = []
    private let reconnectBackoff: Interval
    private let recovery: MetadataRecovery

    init(
        config: ClientConfig,
        features: Features,
        bootstrap: [BrokerID],
        maxInFlight: Int,
        maxIdle: Interval?,
        allowsAutoCreation: Bool,
        random: inout Random
    ) {
        var settings = NetworkClient.Settings()
        settings.requestTimeout = config.requestTimeout
        settings.reconnectBackoff = config.reconnectBackoff
        settings.reconnectBackoffMax = config.reconnectBackoffMax
        settings.connectionSetupTimeout = config.connectionSetupTimeout
        settings.connectionSetupTimeoutMax = config.connectionSetupTimeoutMax
        settings.maxInFlight = maxInFlight
        settings.maxIdle = config.connectionsMaxIdle
        network = NetworkClient(
            role: .client,
            settings: settings,
            random: Random(seed: random.next())
        )
        metadata = ClusterMetadata(
            bootstrap: bootstrap,
            settings: ClusterMetadata.Settings(
                refreshBackoff: config.retryBackoff(features),
                maxAge: config.metadataMaxAge,
                maxIdle: maxIdle,
                allowsAutoCreation: allowsAutoCreation
            )
        )
        self.random = Random(seed: random.next())
        reconnectBackoff = max(config.reconnectBackoff, .milliseconds(1))
        recovery = config.metadataRecovery
    }

    private mutating func isUpdateDue(now: Instant) -> Bool {
        inProgress == nil && metadata.nextUpdate(now: now, &random) <= now
    }

    /// Whether a request to `node` can be handed over now; begins to connect if there is no connection.
    mutating func ready(_ node: BrokerID, now: Instant, into effects: inout [Effect]) -> Bool {
        network.ready(node, now: now, into: &effects) && !isUpdateDue(now: now)
    }

    /// Any node that will do.
    mutating func leastLoadedNode(now: Instant) -> BrokerID? {
        network.leastLoaded(among: metadata.nodes, now: now)
    }

    /// Takes a connection's event; completions of metadata requests stay here.
    /// - Returns: whether the event was for this network.
    mutating func handle(
        _ event: Event,
        now: Instant,
        into effects: inout [Effect],
        completions: inout [NetworkClient.Completion]
    ) -> Bool {
        guard network.handle(event, now: now, into: &effects, completions: &scratch) else {
            return false
        }
        sift(now: now, completions: &completions)
        return true
    }

    /// Runs time-outs.
    mutating func poll(
        now: Instant,
        into effects: inout [Effect],
        completions: inout [NetworkClient.Completion]
    ) {
        network.poll(now: now, into: &effects, completions: &scratch)
        sift(now: now, completions: &completions)
    }

    private mutating func sift(now: Instant, completions: inout [NetworkClient.Completion]) {
        guard !scratch.isEmpty else { return }
        for completion in scratch {
            if case .connectionLost = completion.outcome { disconnected(now: now) }
            guard completion.token == ClientNetwork.metadataToken else {
                completions.append(completion)
                continue
            }
            let pending = inProgress
            inProgress = nil
            if case .response(.metadata(let response)) = completion.outcome, let pending {
                metadata.update(response, of: pending, now: now)
            } else {
                metadata.failed(now: now)
            }
        }
        scratch.clear()
    }

    /// A lost connection may mean stale metadata; while an update is due it counts as failed.
    private mutating func disconnected(now: Instant) {
        if isUpdateDue(now: now) { metadata.failed(now: now) }
        metadata.requestUpdate()
    }

    /// Sends a metadata request if one is due and a node is there.
    /// - Returns: when to call again if nothing else happens.
    mutating func updateMetadata(now: Instant, into effects: inout [Effect]) -> Instant {
        guard inProgress == nil else { return .distantFuture }
        let due = metadata.nextUpdate(now: now, &random)
        guard due <= now else { return due }
        var candidate = leastLoadedNode(now: now)
        if candidate == nil, recovery == .rebootstrap, !network.hasReady(among: metadata.nodes) {
            metadata.rebootstrap()
            candidate = leastLoadedNode(now: now)
        }
        guard let node = candidate else { return now + reconnectBackoff }
        if network.canSend(to: node) {
            let pending = metadata.nextRequest(now: now)
            inProgress = pending
            network.send(
                .metadata(pending.request),
                to: node,
                token: ClientNetwork.metadataToken,
                now: now,
                into: &effects,
                completions: &scratch
            )
        } else if network.canConnect(to: node, now: now) {
            _ = network.ready(node, now: now, into: &effects)
        }
        return .distantFuture
    }
}

extension ClientConfig {
    /// `retry.backoff.ms` as the client's release counts it: doubling since KIP-580.
    func retryBackoff(_ features: Features) -> ExponentialBackoff {
        ExponentialBackoff(
            initial: retryBackoff,
            max: features.exponentialRetryBackoff ? retryBackoffMax : retryBackoff
        )
    }
}
