public import SimBase

/// A broker's and controller's configuration.
/// - Source: kafka.server.KafkaConfig and the classes it gathers.
public struct ServerConfig: Equatable, Sendable {
    /// What topics have unless they say otherwise (`log.*`, `min.insync.replicas`, …).
    public var topicDefaults = TopicConfig()

    // Topics
    /// `auto.create.topics.enable`, `num.partitions`, `default.replication.factor`
    public var autoCreateTopics = true
    public var defaultPartitions: Int32 = 1
    public var defaultReplicationFactor: Int16 = 1

    // Logs
    /// `log.dirs`: how many log directories a broker has.
    public var logDirCount: Int = 1
    public var recoveryPointCheckpointInterval = Interval.milliseconds(60_000)
    public var logStartCheckpointInterval = Interval.milliseconds(60_000)
    public var logFlusherInterval = Interval.forever
    public var initialTaskDelay = Interval.milliseconds(30_000)
    public var retentionCheckInterval = Interval.milliseconds(300_000)
    public var cleanerBackoff = Interval.milliseconds(15_000)
    public var producerIDExpiration = Interval.milliseconds(86_400_000)
    public var producerIDExpirationCheck = Interval.milliseconds(600_000)

    // Replication
    public var replicaLagTimeMax = Interval.milliseconds(30_000)
    public var replicaFetchMaxBytes: Int32 = 1_048_576
    public var replicaFetchResponseMaxBytes: Int32 = 10_485_760
    public var replicaFetchMinBytes: Int32 = 1
    public var replicaFetchWaitMax = Interval.milliseconds(500)
    public var replicaFetchBackoff = Interval.milliseconds(1_000)
    public var replicaSocketTimeout = Interval.milliseconds(30_000)
    public var replicaFetchers: Int32 = 1
    public var highWatermarkCheckpointInterval = Interval.milliseconds(5_000)
    /// `request.timeout.ms` of brokers among themselves
    public var requestTimeout = Interval.milliseconds(30_000)

    // Requests
    public var ioThreads: Int = 8
    public var networkThreads: Int = 3
    public var socketRequestMaxBytes = ByteCount(Int64(104_857_600))
    public var fetchMaxBytes: Int32 = 57_671_680
    public var fetchSessionSlots: Int = 1_000
    public var connectionsMaxIdle = Interval.milliseconds(600_000)

    // Lifecycle
    public var heartbeatInterval = Interval.milliseconds(2_000)
    public var sessionTimeout = Interval.milliseconds(9_000)
    public var initialRegistrationTimeout = Interval.milliseconds(60_000)
    public var logDirFailureTimeout = Interval.milliseconds(30_000)
    public var controlledShutdown = true
    public var controllerSocketTimeout = Interval.milliseconds(30_000)

    // Controller
    public var metadataMaxIdle = Interval.milliseconds(500)
    public var snapshotAfterBytes = ByteCount(Int64(20_971_520))
    public var snapshotAfter = Interval.milliseconds(3_600_000)
    public var uncleanElectionInterval = Interval.milliseconds(300_000)
    public var autoLeaderRebalance = true
    public var leaderImbalanceCheckInterval = Interval.seconds(300)

    // Quorum
    public var quorumElectionTimeout = Interval.milliseconds(1_000)
    public var quorumFetchTimeout = Interval.milliseconds(2_000)
    public var quorumElectionBackoffMax = Interval.milliseconds(1_000)
    public var quorumAppendLinger = Interval.milliseconds(25)
    public var quorumRequestTimeout = Interval.milliseconds(2_000)
    public var quorumRetryBackoff = Interval.milliseconds(20)

    // Groups
    public var groupInitialRebalanceDelay = Interval.milliseconds(3_000)
    public var groupMinSessionTimeout = Interval.milliseconds(6_000)
    public var groupMaxSessionTimeout = Interval.milliseconds(1_800_000)
    public var groupMaxSize = Int32.max
    public var groupAppendLinger = Interval.milliseconds(5)
    public var offsetsTopicPartitions: Int32 = 50
    public var offsetsTopicReplicationFactor: Int16 = 3
    public var offsetsTopicSegmentBytes = ByteCount(Int64(104_857_600))
    public var offsetsRetention = Interval.seconds(10_080 * 60)
    public var offsetsRetentionCheck = Interval.milliseconds(600_000)
    public var offsetsCommitTimeout = Interval.milliseconds(5_000)

    public init() {}
}
