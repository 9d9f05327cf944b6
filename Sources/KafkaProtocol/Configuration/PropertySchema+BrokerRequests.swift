import SimBase

extension PropertySchema {
    /// - Source: org.apache.kafka.server.config.ReplicationConfigs.
    static let replicationProperties: [Property<ServerConfig>] = [
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
    static let requestProperties: [Property<ServerConfig>] = [
        .int("num.io.threads", 8, atLeast: 1, \.ioThreads),
        .int("num.network.threads", 3, atLeast: 1, \.networkThreads),
        .ignored("queued.max.requests", .int, "500"),
        .bytes("socket.request.max.bytes", 104_857_600, atLeast: 1, \.socketRequestMaxBytes),
        .int32("fetch.max.bytes", 57_671_680, atLeast: 1_024, unit: .bytes, \.fetchMaxBytes),
        .int("max.incremental.fetch.session.cache.slots", 1_000, atLeast: 0, \.fetchSessionSlots),
        .milliseconds("connections.max.idle.ms", 600_000, atLeast: -1, \.connectionsMaxIdle),
    ]

    /// - Source: org.apache.kafka.server.config.KRaftConfigs, org.apache.kafka.raft.QuorumConfig.
    static let controllerProperties: [Property<ServerConfig>] = [
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
        // KRaft brings back every leader that is not the preferred one.
        .ignored("leader.imbalance.per.broker.percentage", .int, "10"),
        .limited("delete.topic.enable", .boolean, "true", to: ["true"]),
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
}
