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
        .milliseconds(
            "log.roll.jitter.ms",
            nil,
            atLeast: 0,
            \.topicDefaults.segmentJitter,
            precedence: 1
        ),
        Property(
            "log.roll.jitter.hours",
            .int,
            "0",
            .interval(\.topicDefaults.segmentJitter),
            unit: .hours,
            range: 0...Int64(Int32.max)
        ),
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
        .milliseconds(
            "log.cleaner.max.compaction.lag.ms",
            Int64.max,
            atLeast: 1,
            \.topicDefaults.maxCompactionLag
        ),
        .milliseconds("log.cleaner.backoff.ms", 15_000, atLeast: 0, \.cleanerBackoff),
        .flag("log.cleaner.enable", true, \.cleanerEnabled),
        .int("log.cleaner.threads", 1, atLeast: 0, \.cleanerThreads),
        Property(
            "num.recovery.threads.per.data.dir",
            .int,
            "2",
            .int(\.recoveryThreads),
            range: 1...Int64(Int32.max),
            earlier: .before(KafkaVersion(4, 0), "1")
        ),
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

    /// - Source: org.apache.kafka.server.config.ReplicationConfigs.
    private static let replicationProperties: [Property<ServerConfig>] = [
        Property(
            "default.replication.factor",
            .int,
            "1",
            .int16(\.defaultReplicationFactor),
            range: 1...Int64(Int16.max)
        ),
        .int32("min.insync.replicas", 1, atLeast: 1, \.topicDefaults.minInSyncReplicas),
        .flag("unclean.leader.election.enable", false, \.topicDefaults.uncleanLeaderElection),
        .milliseconds("replica.lag.time.max.ms", 30_000, atLeast: 0, \.replicaLagTimeMax),
        .int32(
            "replica.fetch.max.bytes",
            1_048_576,
            atLeast: 0,
            unit: .bytes,
            \.replicaFetchMaxBytes
        ),
        .int32(
            "replica.fetch.response.max.bytes",
            10_485_760,
            atLeast: 0,
            unit: .bytes,
            \.replicaFetchResponseMaxBytes
        ),
        .int32("replica.fetch.min.bytes", 1, atLeast: 0, unit: .bytes, \.replicaFetchMinBytes),
        .milliseconds(
            "replica.fetch.wait.max.ms",
            500,
            atLeast: 0,
            \.replicaFetchWaitMax,
            type: .int
        ),
        .milliseconds(
            "replica.fetch.backoff.ms",
            1_000,
            atLeast: 0,
            \.replicaFetchBackoff,
            type: .int
        ),
        .milliseconds(
            "replica.socket.timeout.ms",
            30_000,
            atLeast: 0,
            \.replicaSocketTimeout,
            type: .int
        ),
        .int32("num.replica.fetchers", 1, atLeast: 1, \.replicaFetchers),
        .milliseconds(
            "replica.high.watermark.checkpoint.interval.ms",
            5_000,
            atLeast: 0,
            \.highWatermarkCheckpointInterval
        ),
        .milliseconds("request.timeout.ms", 30_000, atLeast: 0, \.requestTimeout, type: .int),
        .limited("replica.selector.class", .string, nil, to: []),
        .ignored("replica.socket.receive.buffer.bytes", .int, "65536"),
    ]

    /// - Source: org.apache.kafka.network.SocketServerConfigs,
    ///   org.apache.kafka.server.config.ServerConfigs.
    private static let requestProperties: [Property<ServerConfig>] = [
        .int("num.io.threads", 8, atLeast: 1, \.ioThreads),
        .int("num.network.threads", 3, atLeast: 1, \.networkThreads),
        .int("queued.max.requests", 500, atLeast: 1, \.queuedMaxRequests),
        .bytes("socket.request.max.bytes", 104_857_600, atLeast: 1, \.socketRequestMaxBytes),
        .int32("fetch.max.bytes", 57_671_680, atLeast: 1_024, unit: .bytes, \.fetchMaxBytes),
        .int("max.incremental.fetch.session.cache.slots", 1_000, atLeast: 0, \.fetchSessionSlots),
        .milliseconds("connections.max.idle.ms", 600_000, atLeast: -1, \.connectionsMaxIdle),
    ]

    /// - Source: org.apache.kafka.server.config.KRaftConfigs, org.apache.kafka.raft.QuorumConfig.
    private static let controllerProperties: [Property<ServerConfig>] = [
        .milliseconds(
            "broker.heartbeat.interval.ms",
            2_000,
            atLeast: 1,
            \.heartbeatInterval,
            type: .int
        ),
        .milliseconds("broker.session.timeout.ms", 9_000, atLeast: 1, \.sessionTimeout, type: .int),
        .milliseconds(
            "initial.broker.registration.timeout.ms",
            60_000,
            atLeast: 1,
            \.initialRegistrationTimeout,
            type: .int
        ),
        .flag("controlled.shutdown.enable", true, \.controlledShutdown),
        .milliseconds(
            "controller.socket.timeout.ms",
            30_000,
            atLeast: 0,
            \.controllerSocketTimeout,
            type: .int
        ),
        .milliseconds(
            "metadata.max.idle.interval.ms",
            500,
            atLeast: 0,
            \.metadataMaxIdle,
            type: .int
        ),
        Property(
            "metadata.log.max.record.bytes.between.snapshots",
            .long,
            "20971520",
            .bytes(\.snapshotAfterBytes),
            unit: .bytes,
            range: 1...Int64.max
        ),
        .milliseconds(
            "metadata.log.max.snapshot.interval.ms",
            3_600_000,
            atLeast: 0,
            \.snapshotAfter
        ),
        .milliseconds(
            "unclean.leader.election.interval.ms",
            300_000,
            atLeast: 1,
            \.uncleanElectionInterval
        ),
        .flag("auto.leader.rebalance.enable", true, \.autoLeaderRebalance),
        Property(
            "leader.imbalance.check.interval.seconds",
            .long,
            "300",
            .interval(\.leaderImbalanceCheckInterval),
            unit: .seconds,
            range: 1...Int64.max
        ),
        .int("leader.imbalance.per.broker.percentage", 10, atLeast: 0, \.leaderImbalancePercentage),
        .flag("delete.topic.enable", true, \.deleteTopicEnabled),
        .milliseconds(
            "controller.quorum.election.timeout.ms",
            1_000,
            atLeast: 0,
            \.quorumElectionTimeout,
            type: .int
        ),
        .milliseconds(
            "controller.quorum.fetch.timeout.ms",
            2_000,
            atLeast: 0,
            \.quorumFetchTimeout,
            type: .int
        ),
        .milliseconds(
            "controller.quorum.election.backoff.max.ms",
            1_000,
            atLeast: 0,
            \.quorumElectionBackoffMax,
            type: .int
        ),
        .milliseconds(
            "controller.quorum.append.linger.ms",
            25,
            atLeast: 0,
            \.quorumAppendLinger,
            type: .int
        ),
        .milliseconds(
            "controller.quorum.request.timeout.ms",
            2_000,
            atLeast: 0,
            \.quorumRequestTimeout,
            type: .int
        ),
        .milliseconds(
            "controller.quorum.retry.backoff.ms",
            20,
            atLeast: 0,
            \.quorumRetryBackoff,
            type: .int
        ),
    ]

    /// - Source: org.apache.kafka.coordinator.group.GroupCoordinatorConfig.
    private static let groupProperties: [Property<ServerConfig>] = [
        .milliseconds(
            "group.initial.rebalance.delay.ms",
            3_000,
            atLeast: 0,
            \.groupInitialRebalanceDelay,
            type: .int
        ),
        .milliseconds(
            "group.min.session.timeout.ms",
            6_000,
            atLeast: 0,
            \.groupMinSessionTimeout,
            type: .int
        ),
        .milliseconds(
            "group.max.session.timeout.ms",
            1_800_000,
            atLeast: 0,
            \.groupMaxSessionTimeout,
            type: .int
        ),
        .int32("group.max.size", Int32.max, atLeast: 1, \.groupMaxSize),
        // The coordinator of 3.x, in Scala, appends at once.
        .milliseconds(
            "group.coordinator.append.linger.ms",
            5,
            atLeast: 0,
            \.groupAppendLinger,
            type: .int,
            since: KafkaVersion(3, 7),
            earlier: .before(KafkaVersion(4, 0), "0")
        ),
        .int32("offsets.topic.num.partitions", 50, atLeast: 1, \.offsetsTopicPartitions),
        Property(
            "offsets.topic.replication.factor",
            .short,
            "3",
            .int16(\.offsetsTopicReplicationFactor),
            range: 1...Int64(Int16.max)
        ),
        .bytes("offsets.topic.segment.bytes", 104_857_600, atLeast: 1, \.offsetsTopicSegmentBytes),
        Property(
            "offsets.retention.minutes",
            .int,
            "10080",
            .interval(\.offsetsRetention),
            unit: .minutes,
            range: 1...Int64(Int32.max)
        ),
        .milliseconds(
            "offsets.retention.check.interval.ms",
            600_000,
            atLeast: 1,
            \.offsetsRetentionCheck
        ),
        .milliseconds(
            "offsets.commit.timeout.ms",
            5_000,
            atLeast: 1,
            \.offsetsCommitTimeout,
            type: .int
        ),
        .int32("offset.metadata.max.bytes", 4_096, atLeast: 0, \.offsetMetadataMaxBytes),
    ]
}
