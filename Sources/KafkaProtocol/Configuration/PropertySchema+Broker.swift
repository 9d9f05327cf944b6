import SimBase

extension PropertySchema {
    /// - Source: kafka.server.KafkaConfig and the classes that it gathers.
    static let brokerProperties: [Property<ServerConfig>] =
        logProperties + replicationProperties + requestProperties + controllerProperties
        + groupProperties + ignoredBrokerProperties

    /// - Source: org.apache.kafka.server.config.ServerLogConfigs,
    ///   org.apache.kafka.storage.internals.log.CleanerConfig; KIP-1030 for 4.0.
    private static let logProperties: [Property<ServerConfig>] = [
        .flag("auto.create.topics.enable", true, \.autoCreateTopics),
        .int32("num.partitions", 1, atLeast: 1, \.defaultPartitions),
        Property(
            "log.dirs",
            .list,
            nil,
            .entryCount(\.logDirCount),
            precedence: 1
        ),
        Property("log.dir", .list, "/tmp/kafka-logs", .entryCount(\.logDirCount)),
        .bytes(
            "log.segment.bytes",
            1_073_741_824,
            atLeast: 1_048_576,
            \.topicDefaults.segmentBytes,
            earlierRange: .init(before: KafkaVersion(4, 0), range: 14...Int64(Int32.max))
        ),
        .milliseconds("log.roll.ms", nil, atLeast: 1, \.topicDefaults.segmentAge, precedence: 1),
        Property(
            "log.roll.hours",
            .int,
            "168",
            .interval(\.topicDefaults.segmentAge),
            unit: .hours,
            range: 1...Int64(Int32.max)
        ),
        .limited("log.roll.jitter.ms", .long, nil, to: ["0"]),
        .limited("log.roll.jitter.hours", .int, "0", to: ["0"]),
        .bytes(
            "log.index.size.max.bytes",
            10_485_760,
            atLeast: 4,
            \.topicDefaults.segmentIndexBytes
        ),
        .bytes(
            "log.index.interval.bytes",
            4_096,
            atLeast: 0,
            \.topicDefaults.indexIntervalBytes
        ),
        Property(
            "log.flush.interval.messages",
            .long,
            String(Int64.max),
            .int64(\.topicDefaults.flushMessages),
            range: 1...Int64.max
        ),
        .milliseconds("log.flush.interval.ms", nil, atLeast: 0, \.topicDefaults.flushInterval),
        .milliseconds(
            "log.flush.scheduler.interval.ms",
            Int64.max,
            atLeast: 1,
            \.logFlusherInterval
        ),
        .milliseconds(
            "log.flush.offset.checkpoint.interval.ms",
            60_000,
            atLeast: 0,
            \.recoveryPointCheckpointInterval,
            type: .int
        ),
        .milliseconds(
            "log.flush.start.offset.checkpoint.interval.ms",
            60_000,
            atLeast: 0,
            \.logStartCheckpointInterval,
            type: .int
        ),
        .milliseconds("log.initial.task.delay.ms", 30_000, atLeast: 0, \.initialTaskDelay),
        .milliseconds(
            "log.retention.ms",
            nil,
            atLeast: -1,
            \.topicDefaults.retention,
            precedence: 2
        ),
        Property(
            "log.retention.minutes",
            .int,
            nil,
            .interval(\.topicDefaults.retention),
            unit: .minutes,
            range: -1...Int64(Int32.max),
            precedence: 1
        ),
        Property(
            "log.retention.hours",
            .int,
            "168",
            .interval(\.topicDefaults.retention),
            unit: .hours,
            range: -1...Int64(Int32.max)
        ),
        Property(
            "log.retention.bytes",
            .long,
            "-1",
            .optionalBytes(\.topicDefaults.retentionBytes),
            unit: .bytes
        ),
        .milliseconds(
            "log.retention.check.interval.ms",
            300_000,
            atLeast: 1,
            \.retentionCheckInterval
        ),
        .milliseconds(
            "log.segment.delete.delay.ms",
            60_000,
            atLeast: 0,
            \.topicDefaults.fileDeleteDelay
        ),
        Property(
            "log.cleanup.policy",
            .list,
            "delete",
            .cleanupPolicy(\.topicDefaults),
            allowed: ["compact", "delete"]
        ),
        .milliseconds(
            "log.cleaner.delete.retention.ms",
            86_400_000,
            atLeast: 0,
            \.topicDefaults.deleteRetention
        ),
        Property(
            "log.cleaner.min.cleanable.ratio",
            .double,
            "0.5",
            .partsPerMillion(\.topicDefaults.minCleanableDirtyRatioPartsPerMillion),
            range: 0...1
        ),
        .milliseconds(
            "log.cleaner.min.compaction.lag.ms",
            0,
            atLeast: 0,
            \.topicDefaults.minCompactionLag
        ),
        .limited(
            "log.cleaner.max.compaction.lag.ms",
            .long,
            String(Int64.max),
            to: [String(Int64.max)]
        ),
        .milliseconds("log.cleaner.backoff.ms", 15_000, atLeast: 0, \.cleanerBackoff),
        .limited("log.cleaner.enable", .boolean, "true", to: ["true"]),
        .ignored("log.cleaner.threads", .int, "1"),
        .ignored("num.recovery.threads.per.data.dir", .int, "2"),
        .bytes("message.max.bytes", 1_048_588, atLeast: 0, \.topicDefaults.maxMessageBytes),
        Property(
            "log.message.timestamp.type",
            .string,
            "CreateTime",
            .timestampType(\.topicDefaults.timestampType),
            allowed: ["CreateTime", "LogAppendTime"]
        ),
        .milliseconds(
            "log.message.timestamp.before.max.ms",
            Int64.max,
            atLeast: 0,
            \.topicDefaults.timestampBeforeMax,
            since: KafkaVersion(3, 6)
        ),
        .milliseconds(
            "log.message.timestamp.after.max.ms",
            3_600_000,
            atLeast: 0,
            \.topicDefaults.timestampAfterMax,
            since: KafkaVersion(3, 6),
            earlier: .before(KafkaVersion(4, 0), String(Int64.max))
        ),
        .milliseconds(
            "producer.id.expiration.ms",
            86_400_000,
            atLeast: 1,
            \.producerIDExpiration,
            type: .int
        ),
        .milliseconds(
            "producer.id.expiration.check.interval.ms",
            600_000,
            atLeast: 1,
            \.producerIDExpirationCheck,
            type: .int
        ),
        .milliseconds("log.dir.failure.timeout.ms", 30_000, atLeast: 1, \.logDirFailureTimeout),
        .limited(
            "compression.type",
            .string,
            "producer",
            to: ["producer", "uncompressed"],
            of: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]
        ),
        .limited("remote.log.storage.system.enable", .boolean, "false", to: ["false"]),
        .limited(
            "log.message.timestamp.difference.max.ms",
            .long,
            String(Int64.max),
            to: [
                String(Int64.max)
            ]
        ),
    ]
}
