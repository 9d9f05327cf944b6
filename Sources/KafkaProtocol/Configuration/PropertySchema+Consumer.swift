import SimBase

extension PropertySchema {
    /// - Source: org.apache.kafka.clients.consumer.ConsumerConfig,
    ///   org.apache.kafka.clients.CommonClientConfigs.
    static let consumerProperties: [Property<ConsumerConfig>] =
        [
            .milliseconds("session.timeout.ms", 45_000, atLeast: 0, \.sessionTimeout, type: .int),
            .milliseconds(
                "heartbeat.interval.ms",
                3_000,
                atLeast: 0,
                \.heartbeatInterval,
                type: .int
            ),
            .milliseconds(
                "max.poll.interval.ms",
                300_000,
                atLeast: 1,
                \.maxPollInterval,
                type: .int
            ),
            .int("max.poll.records", 500, atLeast: 1, \.maxPollRecords),
            .milliseconds(
                "default.api.timeout.ms",
                60_000,
                atLeast: 0,
                \.defaultAPITimeout,
                type: .int
            ),
            .int32("fetch.min.bytes", 1, atLeast: 0, unit: .bytes, \.fetchMinBytes),
            .milliseconds("fetch.max.wait.ms", 500, atLeast: 0, \.fetchMaxWait, type: .int),
            .int32("fetch.max.bytes", 52_428_800, atLeast: 0, unit: .bytes, \.fetchMaxBytes),
            .int32(
                "max.partition.fetch.bytes",
                1_048_576,
                atLeast: 0,
                unit: .bytes,
                \.maxPartitionFetchBytes
            ),
            .flag("enable.auto.commit", true, \.enableAutoCommit),
            .milliseconds(
                "auto.commit.interval.ms",
                5_000,
                atLeast: 0,
                \.autoCommitInterval,
                type: .int
            ),
            Property(
                "auto.offset.reset",
                .string,
                "latest",
                .offsetReset(\.autoOffsetReset),
                allowed: ["latest", "earliest", "none"]
            ),
            Property(
                "isolation.level",
                .string,
                "read_uncommitted",
                .isolation(\.isolation),
                allowed: ["read_uncommitted", "read_committed"]
            ),
            Property(
                "partition.assignment.strategy",
                .list,
                "org.apache.kafka.clients.consumer.RangeAssignor,"
                    + "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
                .assignors(\.assignors)
            ),
            .flag("allow.auto.create.topics", true, \.allowAutoCreateTopics),
            .limited("check.crcs", .boolean, "true", to: ["true"]),
            // Concerns subscriptions by pattern, of which there are none.
            .ignored("exclude.internal.topics", .boolean, "true"),
            .limited(
                "group.protocol",
                .string,
                "classic",
                to: ["classic"],
                of: ["classic", "consumer"]
            ),
            .limited("group.remote.assignor", .string, nil, to: []),
            .limited("interceptor.classes", .list, "", to: [""]),
            // The group and the static members are the scenario's to name; see `consumers[]`.
            .ignored("group.id"),
            .ignored("group.instance.id"),
            .ignored("key.deserializer", .class),
            .ignored("value.deserializer", .class),
        ] + clientProperties() + ignoredClientProperties()
}
