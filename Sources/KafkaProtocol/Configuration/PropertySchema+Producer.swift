import SimBase

extension PropertySchema {
    /// - Source: org.apache.kafka.clients.producer.ProducerConfig,
    ///   org.apache.kafka.clients.CommonClientConfigs; KIP-1030 for `linger.ms` of 4.0.
    static let producerProperties: [Property<ProducerConfig>] =
        [
            Property(
                "acks",
                .string,
                "all",
                .acks(\.acks),
                allowed: ["all", "-1", "0", "1"]
            ),
            .flag("enable.idempotence", true, \.enableIdempotence),
            .int32("retries", Int32.max, atLeast: 0, \.retries),
            .milliseconds(
                "delivery.timeout.ms",
                120_000,
                atLeast: 0,
                \.deliveryTimeout,
                type: .int
            ),
            .milliseconds(
                "linger.ms",
                5,
                atLeast: 0,
                \.linger,
                earlier: .before(KafkaVersion(4, 0), "0")
            ),
            .int("batch.size", 16_384, atLeast: 0, \.batchSize),
            Property(
                "buffer.memory",
                .long,
                "33554432",
                .int64(\.bufferMemory),
                unit: .bytes,
                range: 0...Int64.max
            ),
            .milliseconds("max.block.ms", 60_000, atLeast: 0, \.maxBlock),
            .int("max.request.size", 1_048_576, atLeast: 0, \.maxRequestSize),
            .int("max.in.flight.requests.per.connection", 5, atLeast: 1, \.maxInFlight),
            .flag("partitioner.adaptive.partitioning.enable", true, \.adaptivePartitioning),
            .milliseconds(
                "partitioner.availability.timeout.ms",
                0,
                atLeast: 0,
                \.partitionerAvailabilityTimeout
            ),
            .flag("partitioner.ignore.keys", false, \.partitionerIgnoreKeys),
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
            .milliseconds(
                "metadata.max.idle.ms",
                300_000,
                atLeast: 5_000,
                \.client.metadataMaxIdle
            ),
            .limited(
                "compression.type",
                .string,
                "none",
                to: ["none"],
                of: ["none", "gzip", "snappy", "lz4", "zstd"]
            ),
            .limited("transactional.id", .string, nil, to: []),
            .limited("partitioner.class", .class, nil, to: []),
            .limited("interceptor.classes", .list, "", to: [""]),
            .ignored("transaction.timeout.ms", .int, "60000"),
            .ignored("key.serializer", .class),
            .ignored("value.serializer", .class),
            .ignored("compression.gzip.level", .int, "-1"),
            .ignored("compression.lz4.level", .int, "9"),
            .ignored("compression.zstd.level", .int, "3"),
        ] + ignoredClientProperties()

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
