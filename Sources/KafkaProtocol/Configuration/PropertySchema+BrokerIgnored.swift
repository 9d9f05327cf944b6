extension PropertySchema {
    /// What a `server.properties` holds and the simulation has no use for: the scenario says which
    /// nodes there are and how they reach each other; transactions, the new group protocol,
    /// tiered storage, quotas, encryption and metrics are not simulated.
    static let ignoredBrokerProperties: [Property<ServerConfig>] =
        ignoredBrokerTexts.map { .ignored($0) }
        + ignoredBrokerValues.map { .ignored($0.name, $0.type, $0.defaultText) }
        + ignoredSecurityProperties()

    private static let ignoredBrokerTexts = [
        "broker.id", "node.id", "process.roles", "controller.quorum.voters",
        "controller.quorum.bootstrap.servers", "controller.listener.names", "listeners",
        "advertised.listeners", "listener.security.protocol.map",
        "inter.broker.listener.name", "control.plane.listener.name", "broker.rack",
        "metadata.log.dir", "security.inter.broker.protocol", "host.name", "port",
        "zookeeper.connect", "zookeeper.set.acl", "zookeeper.clientCnxnSocket",
        "zookeeper.ssl.client.enable", "zookeeper.metadata.migration.enable",
        "inter.broker.protocol.version", "log.message.format.version",
        "authorizer.class.name", "super.users", "principal.builder.class",
        "sasl.enabled.mechanisms", "sasl.mechanism.inter.broker.protocol",
        "sasl.mechanism.controller.protocol", "ssl.client.auth",
        "ssl.principal.mapping.rules", "metric.reporters", "kafka.metrics.reporters",
        "metrics.recording.level", "client.quota.callback.class", "config.providers",
        "create.topic.policy.class.name", "alter.config.policy.class.name",
        "group.consumer.assignors", "group.coordinator.rebalance.protocols",
        "group.consumer.migration.policy", "early.start.listeners", "group.share.enable",
        "share.coordinator.state.topic.num.partitions",
        "share.coordinator.state.topic.replication.factor",
        "share.coordinator.state.topic.min.isr", "max.connections.per.ip.overrides",
        "connections.max.reauth.ms", "unstable.api.versions.enable",
        "unstable.feature.versions.enable",
    ]

    private static let ignoredBrokerValues:
        [(name: String, type: PropertyType, defaultText: String?)] =
            [
                ("broker.id.generation.enable", PropertyType.boolean, "true"),
                ("reserved.broker.max.id", .int, "1000"),
                ("zookeeper.session.timeout.ms", .int, "18000"),
                ("zookeeper.connection.timeout.ms", .int, nil),
                ("zookeeper.max.in.flight.requests", .int, "10"),
                ("background.threads", .int, "10"),
                ("num.replica.alter.log.dirs.threads", .int, nil),
                ("socket.send.buffer.bytes", .int, "102400"),
                ("socket.receive.buffer.bytes", .int, "102400"),
                ("socket.listen.backlog.size", .int, "50"),
                ("connection.failed.authentication.delay.ms", .int, "100"),
                ("max.connections", .int, "2147483647"),
                ("max.connections.per.ip", .int, "2147483647"),
                ("max.connection.creation.rate", .int, "2147483647"),
                ("queued.max.request.bytes", .long, "-1"),
                ("controlled.shutdown.max.retries", .int, "3"),
                ("controlled.shutdown.retry.backoff.ms", .long, "5000"),
                ("controller.quota.window.num", .int, "11"),
                ("quota.window.num", .int, "11"),
                ("quota.window.size.seconds", .int, "1"),
                ("log.preallocate", .boolean, "false"),
                ("log.message.downconversion.enable", .boolean, "true"),
                ("log.cleaner.dedupe.buffer.size", .long, "134217728"),
                ("log.cleaner.io.buffer.size", .int, "524288"),
                ("log.cleaner.io.buffer.load.factor", .double, "0.9"),
                ("log.cleaner.io.max.bytes.per.second", .double, "1.7976931348623157E308"),
                ("log.local.retention.ms", .long, "-2"),
                ("log.local.retention.bytes", .long, "-2"),
                ("metadata.log.segment.bytes", .int, "1073741824"),
                ("metadata.log.segment.ms", .long, "604800000"),
                ("metadata.max.retention.bytes", .long, "104857600"),
                ("metadata.max.retention.ms", .long, "604800000"),
                ("eligible.leader.replicas.enable", .boolean, "false"),
                ("offsets.load.buffer.size", .int, "5242880"),
                ("offsets.topic.compression.codec", .int, "0"),
                ("offsets.commit.required.acks", .short, "-1"),
                ("group.coordinator.threads", .int, "4"),
                ("group.coordinator.new.enable", .boolean, "true"),
                ("group.consumer.session.timeout.ms", .int, "45000"),
                ("group.consumer.min.session.timeout.ms", .int, "45000"),
                ("group.consumer.max.session.timeout.ms", .int, "60000"),
                ("group.consumer.heartbeat.interval.ms", .int, "5000"),
                ("group.consumer.min.heartbeat.interval.ms", .int, "5000"),
                ("group.consumer.max.heartbeat.interval.ms", .int, "15000"),
                ("group.consumer.max.size", .int, "2147483647"),
                ("transaction.state.log.num.partitions", .int, "50"),
                ("transaction.state.log.replication.factor", .short, "3"),
                ("transaction.state.log.min.isr", .int, "2"),
                ("transaction.state.log.segment.bytes", .int, "104857600"),
                ("transaction.state.log.load.buffer.size", .int, "5242880"),
                ("transaction.max.timeout.ms", .int, "900000"),
                (
                    "transaction.abort.timed.out.transaction.cleanup.interval.ms", .int, "10000"
                ),
                (
                    "transaction.remove.expired.transaction.cleanup.interval.ms", .int, "3600000"
                ),
                ("transaction.partition.verification.enable", .boolean, "true"),
                ("transactional.id.expiration.ms", .int, "604800000"),
                ("metrics.num.samples", .int, "2"),
                ("metrics.sample.window.ms", .long, "30000"),
                ("auto.include.jmx.reporter", .boolean, "true"),
            ]
}
