import SimBase

/// A configuration that holds a client's.
protocol ClientConfigured: Sendable {
    var client: ClientConfig { get set }
}

extension ProducerConfig: ClientConfigured {}
extension ConsumerConfig: ClientConfigured {}

extension PropertySchema {
    /// What producers and consumers have in common.
    /// - Source: org.apache.kafka.clients.CommonClientConfigs.
    static func clientProperties<Config: ClientConfigured>() -> [Property<Config>] {
        [
            .milliseconds(
                "request.timeout.ms",
                30_000,
                atLeast: 0,
                \.client.requestTimeout,
                type: .int
            ),
            .milliseconds("retry.backoff.ms", 100, atLeast: 0, \.client.retryBackoff),
            .milliseconds(
                "retry.backoff.max.ms",
                1_000,
                atLeast: 0,
                \.client.retryBackoffMax,
                since: KafkaVersion(3, 7)
            ),
            .milliseconds("reconnect.backoff.ms", 50, atLeast: 0, \.client.reconnectBackoff),
            .milliseconds(
                "reconnect.backoff.max.ms",
                1_000,
                atLeast: 0,
                \.client.reconnectBackoffMax
            ),
            .milliseconds(
                "socket.connection.setup.timeout.ms",
                10_000,
                atLeast: 0,
                \.client.connectionSetupTimeout
            ),
            .milliseconds(
                "socket.connection.setup.timeout.max.ms",
                30_000,
                atLeast: 0,
                \.client.connectionSetupTimeoutMax
            ),
            .milliseconds(
                "connections.max.idle.ms",
                540_000,
                atLeast: -1,
                \.client.connectionsMaxIdle
            ),
            .milliseconds("metadata.max.age.ms", 300_000, atLeast: 0, \.client.metadataMaxAge),
            .metadataRecovery(\.client.metadataRecovery),
        ]
    }

    /// What a client's file holds and the simulation has no use for: the scenario says who talks to
    /// whom, and neither encryption nor metrics nor socket buffers are simulated.
    static func ignoredClientProperties<Config: Sendable>() -> [Property<Config>] {
        [
            .ignored("bootstrap.servers", .list),
            .ignored("client.id"),
            .ignored("client.rack", .string, ""),
            .ignored("client.dns.lookup"),
            .ignored("send.buffer.bytes", .int, "131072"),
            .ignored("receive.buffer.bytes", .int, "32768"),
            .ignored("metric.reporters", .list),
            .ignored("metrics.num.samples", .int, "2"),
            .ignored("metrics.recording.level"),
            .ignored("metrics.sample.window.ms", .long, "30000"),
            .ignored("auto.include.jmx.reporter", .boolean, "true"),
            .ignored("enable.metrics.push", .boolean, "true"),
            .ignored("metadata.recovery.rebootstrap.trigger.ms", .long, "300000"),
            .ignored("config.providers", .list),
        ] + ignoredSecurityProperties()
    }

    static func ignoredSecurityProperties<Config: Sendable>() -> [Property<Config>] {
        [
            "security.protocol", "security.providers", "sasl.mechanism", "sasl.jaas.config",
            "sasl.client.callback.handler.class", "sasl.kerberos.service.name",
            "sasl.login.callback.handler.class", "sasl.login.class",
            "sasl.oauthbearer.token.endpoint.url", "ssl.cipher.suites", "ssl.enabled.protocols",
            "ssl.endpoint.identification.algorithm", "ssl.engine.factory.class",
            "ssl.key.password", "ssl.keymanager.algorithm", "ssl.keystore.certificate.chain",
            "ssl.keystore.key", "ssl.keystore.location", "ssl.keystore.password",
            "ssl.keystore.type", "ssl.protocol", "ssl.provider",
            "ssl.secure.random.implementation", "ssl.trustmanager.algorithm",
            "ssl.truststore.certificates", "ssl.truststore.location", "ssl.truststore.password",
            "ssl.truststore.type",
        ].map { .ignored($0) }
    }
}
