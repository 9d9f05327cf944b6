public import SimBase

/// What producer, consumer and admin client have in common.
/// - Source: org.apache.kafka.clients.CommonClientConfigs.
public struct ClientConfig: Equatable, Sendable {
    public var requestTimeout = Interval.milliseconds(30_000)
    public var retryBackoff = Interval.milliseconds(100)
    public var retryBackoffMax = Interval.milliseconds(1_000)
    public var reconnectBackoff = Interval.milliseconds(50)
    public var reconnectBackoffMax = Interval.milliseconds(1_000)
    public var connectionSetupTimeout = Interval.milliseconds(10_000)
    public var connectionSetupTimeoutMax = Interval.milliseconds(30_000)
    public var connectionsMaxIdle = Interval.milliseconds(540_000)
    public var metadataMaxAge = Interval.milliseconds(300_000)
    public var metadataMaxIdle = Interval.milliseconds(300_000)
    public var metadataRecovery = MetadataRecovery.rebootstrap

    public init() {}
}

/// What a client does when none of the brokers that it knows can be reached.
/// - Source: KIP-899; KIP-1102 for the default of 4.0.
public enum MetadataRecovery: String, Hashable, Sendable, CaseIterable {
    /// It goes on with the brokers of its last metadata.
    case none
    /// It forgets its metadata and begins with the bootstrap list again.
    case rebootstrap
}

/// - Source: org.apache.kafka.clients.producer.ProducerConfig.
public struct ProducerConfig: Equatable, Sendable {
    public var client = ClientConfig()
    public var acks = Acks.all
    /// Whether sequences are used, after the rules that switch it off silently have been applied.
    public var enableIdempotence = true
    public var retries = Int32.max
    public var deliveryTimeout = Interval.milliseconds(120_000)
    public var linger = Interval.milliseconds(5)
    public var batchSize: Int = 16_384
    public var bufferMemory: Int64 = 33_554_432
    public var maxBlock = Interval.milliseconds(60_000)
    public var maxRequestSize: Int = 1_048_576
    public var maxInFlight: Int = 5
    /// `partitioner.adaptive.partitioning.enable`
    public var adaptivePartitioning = true
    public var partitionerAvailabilityTimeout = Interval.zero
    public var partitionerIgnoreKeys = false

    public init() {}
}

public enum OffsetReset: String, Hashable, Sendable, CaseIterable {
    case latest
    case earliest
    case none
}

/// - Source: org.apache.kafka.clients.consumer.ConsumerConfig.
public struct ConsumerConfig: Equatable, Sendable {
    public var client = ClientConfig()
    public var sessionTimeout = Interval.milliseconds(45_000)
    public var heartbeatInterval = Interval.milliseconds(3_000)
    public var maxPollInterval = Interval.milliseconds(300_000)
    public var maxPollRecords: Int = 500
    public var defaultAPITimeout = Interval.milliseconds(60_000)
    public var fetchMinBytes: Int32 = 1
    public var fetchMaxWait = Interval.milliseconds(500)
    public var fetchMaxBytes: Int32 = 52_428_800
    public var maxPartitionFetchBytes: Int32 = 1_048_576
    public var enableAutoCommit = true
    public var autoCommitInterval = Interval.milliseconds(5_000)
    public var autoOffsetReset = OffsetReset.latest
    public var isolation = IsolationLevel.readUncommitted
    public var assignors: [Assignor] = [.range, .cooperativeSticky]
    public var allowAutoCreateTopics = true
    /// `group.instance.id` as a dense number over the run; -1 for a dynamic member.
    public var instance: Int32 = -1

    public init() {}
}
