import SimBase

extension PropertySchema {
    /// - Source: org.apache.kafka.common.config.TopicConfig,
    ///   org.apache.kafka.storage.internals.log.LogConfig; KIP-1030 for the limits of 4.0.
    static let topicProperties: [Property<TopicConfig>] = [
        .bytes(
            "segment.bytes",
            1_073_741_824,
            atLeast: 1_048_576,
            \.segmentBytes,
            earlierRange: .init(before: KafkaVersion(4, 0), range: 14...Int64(Int32.max))
        ),
        Property(
            "internal.segment.bytes",
            .int,
            nil,
            .bytes(\.segmentBytes),
            unit: .bytes,
            range: 1...Int64(Int32.max),
            since: KafkaVersion(4, 0),
            precedence: 1
        ),
        .milliseconds("segment.ms", 604_800_000, atLeast: 1, \.segmentAge),
        .limited("segment.jitter.ms", .long, "0", to: ["0"]),
        .bytes("segment.index.bytes", 10_485_760, atLeast: 4, \.segmentIndexBytes),
        .bytes("index.interval.bytes", 4_096, atLeast: 0, \.indexIntervalBytes),
        Property(
            "flush.messages",
            .long,
            String(Int64.max),
            .int64(\.flushMessages),
            range: 1...Int64.max
        ),
        .milliseconds("flush.ms", Int64.max, atLeast: 0, \.flushInterval),
        .milliseconds("retention.ms", 604_800_000, atLeast: -1, \.retention),
        Property(
            "retention.bytes",
            .long,
            "-1",
            .optionalBytes(\.retentionBytes),
            unit: .bytes
        ),
        .milliseconds("file.delete.delay.ms", 60_000, atLeast: 0, \.fileDeleteDelay),
        Property(
            "cleanup.policy",
            .list,
            "delete",
            .cleanupPolicy(\.self),
            allowed: ["compact", "delete"]
        ),
        Property(
            "min.cleanable.dirty.ratio",
            .double,
            "0.5",
            .partsPerMillion(\.minCleanableDirtyRatioPartsPerMillion),
            range: 0...1
        ),
        .milliseconds("delete.retention.ms", 86_400_000, atLeast: 0, \.deleteRetention),
        .milliseconds("min.compaction.lag.ms", 0, atLeast: 0, \.minCompactionLag),
        .limited("max.compaction.lag.ms", .long, String(Int64.max), to: [String(Int64.max)]),
        .bytes("max.message.bytes", 1_048_588, atLeast: 0, \.maxMessageBytes),
        Property(
            "message.timestamp.type",
            .string,
            "CreateTime",
            .timestampType(\.timestampType),
            allowed: ["CreateTime", "LogAppendTime"]
        ),
        .milliseconds(
            "message.timestamp.before.max.ms",
            Int64.max,
            atLeast: 0,
            \.timestampBeforeMax,
            since: KafkaVersion(3, 6)
        ),
        .milliseconds(
            "message.timestamp.after.max.ms",
            3_600_000,
            atLeast: 0,
            \.timestampAfterMax,
            since: KafkaVersion(3, 6),
            earlier: .before(KafkaVersion(4, 0), String(Int64.max))
        ),
        .int32("min.insync.replicas", 1, atLeast: 1, \.minInSyncReplicas),
        .flag("unclean.leader.election.enable", false, \.uncleanLeaderElection),
        .limited(
            "compression.type",
            .string,
            "producer",
            to: ["producer", "uncompressed"],
            of: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]
        ),
        .limited(
            "message.timestamp.difference.max.ms",
            .long,
            String(Int64.max),
            to: [
                String(Int64.max)
            ]
        ),
        .limited("leader.replication.throttled.replicas", .list, "", to: [""]),
        .limited("follower.replication.throttled.replicas", .list, "", to: [""]),
        .limited("remote.storage.enable", .boolean, "false", to: ["false"]),
        .ignored("local.retention.ms", .long, "-2"),
        .ignored("local.retention.bytes", .long, "-2"),
        .ignored("remote.log.copy.disable", .boolean, "false"),
        .ignored("remote.log.delete.on.disable", .boolean, "false"),
        .ignored("preallocate", .boolean, "false"),
        .ignored("compression.gzip.level", .int, "-1"),
        .ignored("compression.lz4.level", .int, "9"),
        .ignored("compression.zstd.level", .int, "3"),
        .ignored("message.downconversion.enable", .boolean, "true"),
        .ignored("message.format.version"),
    ]
}
