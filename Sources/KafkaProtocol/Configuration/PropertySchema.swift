import SimBase

/// Every property that a user may paste, and how it reaches the typed configurations.
///
/// Names, types, ranges and defaults are Kafka's; a property that changes nothing in the simulation
/// is known all the same, so that a real file can be read as it is.
public enum PropertySchema {
    /// The definitions of one scope, in the order of their tables.
    public static func definitions(of scope: PropertyScope) -> [PropertyDefinition] {
        switch scope {
        case .broker: broker.definitions
        case .topic: topic.definitions
        case .producer: producer.definitions
        case .consumer: consumer.definitions
        }
    }

    public static func definition(of name: String, in scope: PropertyScope) -> PropertyDefinition? {
        switch scope {
        case .broker: broker.property(name)?.definition
        case .topic: topic.property(name)?.definition
        case .producer: producer.property(name)?.definition
        case .consumer: consumer.property(name)?.definition
        }
    }

    static let topic = PropertyTable<TopicConfig>(scope: .topic, topicProperties)
    static let broker = PropertyTable<ServerConfig>(scope: .broker, brokerProperties)
    static let producer = PropertyTable<ProducerConfig>(scope: .producer, producerProperties)
    static let consumer = PropertyTable<ConsumerConfig>(scope: .consumer, consumerProperties)

    // MARK: One property

    /// Sets one property; nothing changes when it is refused.
    public static func apply(
        _ name: String,
        _ value: String,
        to config: inout TopicConfig,
        version: KafkaVersion = .latest
    ) throws(PropertyError) {
        try topic.apply(name, value, to: &config, version: version)
    }

    public static func apply(
        _ name: String,
        _ value: String,
        to config: inout ServerConfig,
        version: KafkaVersion = .latest
    ) throws(PropertyError) {
        try broker.apply(name, value, to: &config, version: version)
    }

    public static func apply(
        _ name: String,
        _ value: String,
        to config: inout ProducerConfig,
        version: KafkaVersion = .latest
    ) throws(PropertyError) {
        try producer.apply(name, value, to: &config, version: version)
    }

    public static func apply(
        _ name: String,
        _ value: String,
        to config: inout ConsumerConfig,
        version: KafkaVersion = .latest
    ) throws(PropertyError) {
        try consumer.apply(name, value, to: &config, version: version)
    }

    // MARK: Whole configurations

    /// A topic's configuration: the brokers' defaults with the topic's entries over them.
    ///
    /// An entry without a value takes the property back to the brokers' default. Every error of
    /// the entries is appended to `errors`.
    public static func topicConfig(
        _ entries: [ConfigEntry],
        over defaults: TopicConfig,
        version: KafkaVersion = .latest,
        errors: inout [PropertyError]
    ) -> TopicConfig {
        var config = defaults
        topic.apply(entries, to: &config, version: version, errors: &errors)
        return config
    }

    /// A server's configuration over `defaults`, with the rules that `KafkaConfig` checks.
    public static func serverConfig(
        _ entries: [ConfigEntry],
        over defaults: ServerConfig,
        version: KafkaVersion = .latest,
        errors: inout [PropertyError]
    ) -> ServerConfig {
        var config = defaults
        broker.apply(entries, to: &config, version: version, errors: &errors)
        let flushes = entries.contains { $0.name == "log.flush.interval.ms" && $0.value != nil }
        let schedules = entries.contains { $0.name == "log.flush.scheduler.interval.ms" }
        if schedules, !flushes {
            // `log.flush.interval.ms` is null by default: the scheduler's period is used.
            config.topicDefaults.flushInterval = config.logFlusherInterval
        }
        checkServer(config, errors: &errors)
        return config
    }

    /// A producer's configuration, with what its constructor refuses and what it corrects.
    public static func producerConfig(
        _ entries: [ConfigEntry],
        version: KafkaVersion = .latest,
        features: Features = Features(),
        errors: inout [PropertyError]
    ) -> ProducerConfig {
        var config = ProducerConfig(version: version)
        if !features.acksAllByDefault { config.acks = .leader }
        config.enableIdempotence = features.idempotenceByDefault
        producer.apply(entries, to: &config, version: version, errors: &errors)
        let named = Set(entries.compactMap { $0.value == nil ? nil : $0.name })
        resolveIdempotence(of: &config, named: named, errors: &errors)
        if features.deliveryTimeout {
            resolveDeliveryTimeout(of: &config, named: named, errors: &errors)
        }
        return config
    }

    /// A consumer's configuration, with what its constructor refuses.
    public static func consumerConfig(
        _ entries: [ConfigEntry],
        version: KafkaVersion = .latest,
        errors: inout [PropertyError]
    ) -> ConsumerConfig {
        var config = ConsumerConfig(version: version)
        consumer.apply(entries, to: &config, version: version, errors: &errors)
        if config.heartbeatInterval >= config.sessionTimeout {
            errors.append(
                .conflict(
                    names: ["heartbeat.interval.ms", "session.timeout.ms"],
                    reason: "the heartbeat interval (\(config.heartbeatInterval.milliseconds) ms) "
                        + "must be below the session timeout "
                        + "(\(config.sessionTimeout.milliseconds) ms)"
                )
            )
        }
        return config
    }
}

extension TopicConfig {
    /// The defaults of a release line.
    public init(version: KafkaVersion) {
        self.init()
        PropertySchema.topic.applyDefaults(of: version, to: &self)
    }
}

extension ServerConfig {
    /// The defaults of a release line.
    public init(version: KafkaVersion) {
        self.init()
        PropertySchema.broker.applyDefaults(of: version, to: &self)
    }
}

extension ProducerConfig {
    /// The defaults of a release line.
    public init(version: KafkaVersion) {
        self.init()
        PropertySchema.producer.applyDefaults(of: version, to: &self)
    }
}

extension ConsumerConfig {
    /// The defaults of a release line.
    public init(version: KafkaVersion) {
        self.init()
        PropertySchema.consumer.applyDefaults(of: version, to: &self)
    }
}
