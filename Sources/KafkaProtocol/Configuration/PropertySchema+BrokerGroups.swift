import SimBase

extension PropertySchema {
    /// - Source: org.apache.kafka.coordinator.group.GroupCoordinatorConfig.
    static let groupProperties: [Property<ServerConfig>] = [
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
        .ignored("offset.metadata.max.bytes", .int, "4096"),
    ]
}
