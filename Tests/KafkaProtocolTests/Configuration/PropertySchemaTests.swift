import SimBase
import Testing

@testable import KafkaProtocol

@Suite struct PropertySchemaTests {
    /// Setting a property to its own default must change nothing: table and struct agree.
    @Test func defaultsOfTheTablesAreThoseOfTheStructs() throws {
        try expectDefaults(PropertySchema.topic, TopicConfig())
        try expectDefaults(PropertySchema.broker, ServerConfig())
        try expectDefaults(PropertySchema.producer, ProducerConfig())
        try expectDefaults(PropertySchema.consumer, ConsumerConfig())
    }

    private func expectDefaults<Config: Equatable & Sendable>(
        _ table: PropertyTable<Config>,
        _ config: Config
    ) throws {
        #expect(table.properties.count > 20)
        for property in table.properties {
            guard let text = property.definition.defaultText else { continue }
            var changed = config
            try property.apply(text, to: &changed, version: .latest)
            #expect(changed == config, "\(property.definition.name)=\(text)")
        }
    }

    /// Every property that is modelled reaches a field: another value changes the configuration.
    @Test func modelledPropertiesReachTheirFields() throws {
        try expectReach(PropertySchema.topic, TopicConfig())
        try expectReach(PropertySchema.broker, ServerConfig())
        try expectReach(PropertySchema.producer, ProducerConfig())
        try expectReach(PropertySchema.consumer, ConsumerConfig())
    }

    private func expectReach<Config: Equatable & Sendable>(
        _ table: PropertyTable<Config>,
        _ config: Config
    ) throws {
        for property in table.properties where property.definition.effect == .modelled {
            let definition = property.definition
            var text: String
            switch definition.type {
            case .boolean: text = definition.defaultText == "true" ? "false" : "true"
            case .double: text = "0.25"
            case .list:
                text = definition.allowed.first ?? "/a,/b,/c"
                if definition.name == "partition.assignment.strategy" { text = "StickyAssignor" }
            case .string, .class, .password:
                text = definition.allowed.first { $0 != definition.defaultText } ?? "x"
                if definition.name == "acks" { text = "1" }
            case .short, .int, .long:
                let least = max(definition.range.lowerBound, 0)
                text = String(least + 9)
            }
            var changed = config
            try property.apply(text, to: &changed, version: .latest)
            #expect(changed != config, "\(definition.name)=\(text)")
        }
    }

    @Test(arguments: [
        ("acks", "2", "one of: all, -1, 0, 1"),
        ("linger.ms", "soon", "an integer of at least 0 (milliseconds)"),
        ("linger.ms", "-1", "an integer of at least 0 (milliseconds)"),
        ("retries", "2147483648", "an integer of at least 0"),
        ("enable.idempotence", "yes", "true or false"),
    ])
    func refusesWhatKafkaRefuses(_ name: String, _ value: String, _ allowed: String) {
        var config = ProducerConfig()
        #expect(throws: PropertyError.invalid(name: name, found: value, allowed: allowed)) {
            try PropertySchema.apply(name, value, to: &config)
        }
        #expect(config == ProducerConfig())
    }

    @Test func readsValuesAsKafkaDoes() throws {
        var producer = ProducerConfig()
        try PropertySchema.apply("acks", " -1 ", to: &producer)
        #expect(producer.acks == .all)
        try PropertySchema.apply("acks", "0", to: &producer)
        #expect(producer.acks == .none)
        var topic = TopicConfig()
        try PropertySchema.apply("cleanup.policy", "compact, delete", to: &topic)
        #expect(topic.compacts && topic.deletes)
        try PropertySchema.apply("min.cleanable.dirty.ratio", "0.015", to: &topic)
        #expect(topic.minCleanableDirtyRatioPartsPerMillion == 15_000)
        try PropertySchema.apply("unclean.leader.election.enable", "TRUE", to: &topic)
        #expect(topic.uncleanLeaderElection)
        try PropertySchema.apply("retention.ms", "-1", to: &topic)
        #expect(topic.retention == .forever)
        var consumer = ConsumerConfig()
        try PropertySchema.apply(
            "partition.assignment.strategy",
            "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
            to: &consumer
        )
        #expect(consumer.assignors == [.cooperativeSticky])
    }

    @Test func finerUnitsWinWhateverTheOrder() {
        var errors: [PropertyError] = []
        let entries = [
            ConfigEntry(name: "log.retention.ms", value: "5000"),
            ConfigEntry(name: "log.retention.hours", value: "1"),
            ConfigEntry(name: "log.retention.minutes", value: "3"),
        ]
        let config = PropertySchema.serverConfig(entries, over: ServerConfig(), errors: &errors)
        #expect(errors.isEmpty)
        #expect(config.topicDefaults.retention == .milliseconds(5_000))
    }

    @Test func flusherPeriodStandsForAnUnsetFlushInterval() {
        var errors: [PropertyError] = []
        let entries = [ConfigEntry(name: "log.flush.scheduler.interval.ms", value: "1000")]
        let config = PropertySchema.serverConfig(entries, over: ServerConfig(), errors: &errors)
        #expect(config.topicDefaults.flushInterval == .milliseconds(1_000))
    }

    @Test func unknownNamesAreSuggestedAndSentHome() {
        var config = TopicConfig()
        #expect(
            throws: PropertyError.unknown(
                name: "min.insync.replica",
                scope: .topic,
                nearest: "min.insync.replicas",
                home: nil
            )
        ) {
            try PropertySchema.apply("min.insync.replica", "2", to: &config)
        }
        #expect(
            throws: PropertyError.unknown(
                name: "acks",
                scope: .topic,
                nearest: nil,
                home: .producer
            )
        ) {
            try PropertySchema.apply("acks", "all", to: &config)
        }
    }

    /// A property of both has one default, and both names lead to one field.
    @Test func brokerAndTopicNamesAgree() throws {
        for name in PropertySchema.definitions(of: .topic).map(\.name) {
            guard let broker = PropertySchema.counterpart(of: name, in: .broker) else { continue }
            let topicDefinition = try #require(PropertySchema.definition(of: name, in: .topic))
            let definition = try #require(PropertySchema.definition(of: broker, in: .broker))
            #expect(PropertySchema.counterpart(of: broker, in: .topic) == name)
            guard topicDefinition.effect == .modelled else { continue }
            #expect(definition.effect == .modelled, "\(broker)")
            let text = topicDefinition.defaultText ?? ""
            guard ["long", "int"].contains(topicDefinition.type.rawValue) else { continue }
            let value = text == "2000000" ? "3000000" : "2000000"
            var topic = TopicConfig()
            try PropertySchema.apply(name, value, to: &topic)
            var server = ServerConfig()
            try PropertySchema.apply(broker, value, to: &server)
            #expect(server.topicDefaults == topic, "\(name) and \(broker)")
        }
    }

    @Test(arguments: [
        ("transactional.id", "t1"), ("compression.type", "gzip"), ("partitioner.class", "x.Y"),
    ])
    func whatIsNotSimulatedIsRefused(_ name: String, _ value: String) {
        var config = ProducerConfig()
        let error = #expect(throws: PropertyError.self) {
            try PropertySchema.apply(name, value, to: &config)
        }
        #expect(error?.message.contains("not supported by this build") == true)
    }

    @Test func releaseLinesHaveTheirOwnDefaultsAndRanges() throws {
        let old = try #require(KafkaVersion("3.5"))
        #expect(ProducerConfig(version: old).linger == .zero)
        #expect(ProducerConfig(version: .latest).linger == .milliseconds(5))
        #expect(TopicConfig(version: old).timestampAfterMax == .forever)
        #expect(ServerConfig(version: old).topicDefaults.timestampAfterMax == .forever)
        #expect(ServerConfig(version: old).groupAppendLinger == .zero)
        var topic = TopicConfig()
        try PropertySchema.apply("segment.bytes", "1000", to: &topic, version: old)
        #expect(throws: PropertyError.self) {
            try PropertySchema.apply("segment.bytes", "1000", to: &topic)
        }
        var producer = ProducerConfig()
        #expect(throws: PropertyError.self) {
            try PropertySchema.apply("retry.backoff.max.ms", "1", to: &producer, version: old)
        }
        #expect(!Features(version: old).minISRGatesHighWatermark)
        #expect(Features(version: old).leaderEpochBumpOnISRShrink)
        #expect(Features(version: .latest) == Features())
    }

    // MARK: Constructors

    private func producer(_ entries: [(String, String)]) -> (ProducerConfig, [PropertyError]) {
        var errors: [PropertyError] = []
        let config = PropertySchema.producerConfig(
            entries.map { ConfigEntry(name: $0.0, value: $0.1) },
            errors: &errors
        )
        return (config, errors)
    }

    @Test(arguments: [
        ("acks", "1"), ("retries", "0"), ("max.in.flight.requests.per.connection", "6"),
    ])
    func conflictsSwitchIdempotenceOffUnlessItIsExplicit(_ name: String, _ value: String) {
        let (silent, none) = producer([(name, value)])
        #expect(!silent.enableIdempotence)
        #expect(none.isEmpty)
        let (_, errors) = producer([(name, value), ("enable.idempotence", "true")])
        guard case .conflict(let names, _)? = errors.first else {
            Issue.record("no conflict for \(name)")
            return
        }
        #expect(names == [name, "enable.idempotence"])
        #expect(errors.count == 1)
    }

    @Test func deliveryTimeoutCoversLingerAndRequest() {
        #expect(producer([("delivery.timeout.ms", "30005")]).1.isEmpty)
        let (_, errors) = producer([("delivery.timeout.ms", "30004")])
        #expect(errors.map(\.name) == ["delivery.timeout.ms"])
        let (raised, none) = producer([("linger.ms", "100000")])
        #expect(none.isEmpty)
        #expect(raised.deliveryTimeout == .milliseconds(130_000))
    }

    @Test func heartbeatsComeWithinTheSession() {
        var errors: [PropertyError] = []
        _ = PropertySchema.consumerConfig(
            [ConfigEntry(name: "session.timeout.ms", value: "3000")],
            errors: &errors
        )
        #expect(errors.map(\.name) == ["heartbeat.interval.ms"])
    }

    @Test func fetchesOfReplicasWaitWithinTheLagTime() {
        var errors: [PropertyError] = []
        _ = PropertySchema.serverConfig(
            [ConfigEntry(name: "replica.lag.time.max.ms", value: "400")],
            over: ServerConfig(),
            errors: &errors
        )
        #expect(errors.count == 1)
    }

    // MARK: Versions

    @Test(arguments: [
        ("4.0", "4.0"), ("4.0.1", "4.0"), ("3.9", "3.9"), ("0.8", "0.8"), ("0.8.2", "0.8.2"),
        ("0.10.2", "0.10.2"), ("0.10.2.1", "0.10.2"), ("0.11", "0.11"), ("0.11.0.3", "0.11"),
    ])
    func releasesBelongToLines(_ text: String, _ line: String) {
        #expect(KafkaVersion(text)?.description == line)
    }

    @Test(arguments: ["5.0", "4", "", "4.0.0.1", "2.9", "x.y", "3.-1", "0.10.7", "+3.9"])
    func otherTextsAreNoVersions(_ text: String) {
        #expect(KafkaVersion(text) == nil)
    }

    @Test func nearestNameIsWithinAThirdOfTheName() {
        #expect(NearestName.find("brokres", among: ["brokers", "controllers"]) == "brokers")
        #expect(NearestName.find("xyz", among: ["brokers"]) == nil)
        #expect(
            NearestName.find("", among: ["a"]) == "a" || NearestName.find("", among: ["a"]) == nil
        )
    }
}
