public import KafkaProtocol

/// A producing application, as the ledger and the diagnosis need to know it.
public struct ProducerFacts: Sendable {
    public let name: String
    public let acks: Acks
    public let isIdempotent: Bool
    public let resends: Bool
    /// What matters to a diagnosis, as `producers.<name>.config.<property>` and
    /// `producers.<name>.on-error`.
    public let settings: [SettingRow]
    /// How often the producer began new sequences.
    public var epochBumps: Int64 = 0

    public init(
        name: String,
        acks: Acks,
        isIdempotent: Bool,
        resends: Bool,
        settings: [SettingRow]
    ) {
        self.name = name
        self.acks = acks
        self.isIdempotent = isIdempotent
        self.resends = resends
        self.settings = settings
    }

    /// The rows for the named properties, in the order asked for.
    public func settings(_ properties: String...) -> [SettingRow] {
        properties.compactMap { property in
            settings.first { $0.path.hasSuffix(".\(property)") }
        }
    }
}

/// A consumer group of the scenario.
public struct GroupFacts: Sendable {
    public let name: String
    public let group: GroupName
    public let topics: [TopicName]
    /// The commit strategy, as the scenario names it.
    public let commit: String
    public let settings: [SettingRow]

    public init(
        name: String,
        group: GroupName,
        topics: [TopicName],
        commit: String,
        settings: [SettingRow]
    ) {
        self.name = name
        self.group = group
        self.topics = topics
        self.commit = commit
        self.settings = settings
    }

    public func settings(_ properties: String...) -> [SettingRow] {
        properties.compactMap { property in
            settings.first { $0.path.hasSuffix(".\(property)") }
        }
    }
}

/// A topic's settings that matter to a diagnosis.
public struct TopicFacts: Sendable {
    public let topic: TopicName
    public let settings: [SettingRow]

    public init(topic: TopicName, settings: [SettingRow]) {
        self.topic = topic
        self.settings = settings
    }

    public func settings(_ properties: String...) -> [SettingRow] {
        properties.compactMap { property in
            settings.first { $0.path.hasSuffix(".\(property)") }
        }
    }
}
