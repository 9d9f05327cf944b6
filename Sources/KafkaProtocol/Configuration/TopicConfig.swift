public import SimBase

/// A topic's configuration: its own settings over the brokers' defaults.
/// - Source: org.apache.kafka.storage.internals.log.LogConfig.
public struct TopicConfig: Equatable, Sendable {
    /// `segment.bytes`
    public var segmentBytes = ByteCount(Int64(1_073_741_824))
    /// `segment.ms`
    public var segmentAge = Interval.milliseconds(604_800_000)
    /// `segment.index.bytes`
    public var segmentIndexBytes = ByteCount(Int64(10_485_760))
    /// `index.interval.bytes`
    public var indexIntervalBytes = ByteCount(Int64(4_096))
    /// `flush.messages`
    public var flushMessages = Int64.max
    /// `flush.ms`
    public var flushInterval = Interval.forever
    /// `retention.ms`; `forever` for -1
    public var retention = Interval.milliseconds(604_800_000)
    /// `retention.bytes`; `nil` for -1
    public var retentionBytes: ByteCount?
    /// `file.delete.delay.ms`
    public var fileDeleteDelay = Interval.milliseconds(60_000)
    /// `cleanup.policy`
    public var deletes = true
    public var compacts = false
    /// `min.cleanable.dirty.ratio`, in parts per million
    public var minCleanableDirtyRatioPartsPerMillion: Int64 = 500_000
    /// `delete.retention.ms`
    public var deleteRetention = Interval.milliseconds(86_400_000)
    /// `min.compaction.lag.ms`
    public var minCompactionLag = Interval.zero
    /// `max.message.bytes`
    public var maxMessageBytes = ByteCount(Int64(1_048_588))
    /// `message.timestamp.type`
    public var timestampType = TimestampType.createTime
    /// `message.timestamp.before.max.ms`, `message.timestamp.after.max.ms`
    public var timestampBeforeMax = Interval.forever
    public var timestampAfterMax = Interval.milliseconds(3_600_000)
    /// `min.insync.replicas`
    public var minInSyncReplicas: Int32 = 1
    /// `unclean.leader.election.enable`
    public var uncleanLeaderElection = false

    public init() {}
}
