public import KafkaProtocol

/// A topic to be created: declared, or by the action `create-topic`.
public struct TopicSpec: Equatable, Sendable {
    public var name: TopicName
    public var partitions: Int32
    public var replicationFactor: Int16
    /// The replicas of each partition, preferred leader first; `nil` leaves it to Kafka.
    public var assignment: [[BrokerID]]?
    /// What the topic sets itself, as written and checked; goes through the real admin path.
    public var entries: [ConfigEntry]
    /// The cluster's defaults with `entries` over them.
    public var config: TopicConfig
}
