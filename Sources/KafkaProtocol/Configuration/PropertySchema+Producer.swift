import SimBase

extension PropertySchema {
    /// - Source: org.apache.kafka.clients.producer.ProducerConfig,
    ///   org.apache.kafka.clients.CommonClientConfigs; KIP-1030 for `linger.ms` of 4.0.
    static let producerProperties: [Property<ProducerConfig>] =
        [
            Property(
                "acks",
                .string,
                "all",
                .acks(\.acks),
                allowed: ["all", "-1", "0", "1"]
            ),
            .flag("enable.idempotence", true, \.enableIdempotence),
            .int32("retries", Int32.max, atLeast: 0, \.retries),
            .milliseconds(
                "delivery.timeout.ms",
                120_000,
                atLeast: 0,
                \.deliveryTimeout,
                type: .int
            ),
            .milliseconds(
                "linger.ms",
                5,
                atLeast: 0,
                \.linger,
                earlier: .before(KafkaVersion(4, 0), "0")
            ),
            .int("batch.size", 16_384, atLeast: 0, \.batchSize),
            Property(
                "buffer.memory",
                .long,
                "33554432",
                .int64(\.bufferMemory),
                unit: .bytes,
                range: 0...Int64.max
            ),
            .milliseconds("max.block.ms", 60_000, atLeast: 0, \.maxBlock),
            .int("max.request.size", 1_048_576, atLeast: 0, \.maxRequestSize),
            .int("max.in.flight.requests.per.connection", 5, atLeast: 1, \.maxInFlight),
            .flag("partitioner.adaptive.partitioning.enable", true, \.adaptivePartitioning),
            .milliseconds(
                "partitioner.availability.timeout.ms",
                0,
                atLeast: 0,
                \.partitionerAvailabilityTimeout
            ),
            .flag("partitioner.ignore.keys", false, \.partitionerIgnoreKeys),
            .milliseconds(
                "metadata.max.idle.ms",
                300_000,
                atLeast: 5_000,
                \.client.metadataMaxIdle
            ),
            .limited(
                "compression.type",
                .string,
                "none",
                to: ["none"],
                of: ["none", "gzip", "snappy", "lz4", "zstd"]
            ),
            .limited("transactional.id", .string, nil, to: []),
            .limited("partitioner.class", .class, nil, to: []),
            .limited("interceptor.classes", .list, "", to: [""]),
            .ignored("transaction.timeout.ms", .int, "60000"),
            .ignored("key.serializer", .class),
            .ignored("value.serializer", .class),
            .ignored("compression.gzip.level", .int, "-1"),
            .ignored("compression.lz4.level", .int, "9"),
            .ignored("compression.zstd.level", .int, "3"),
        ] + clientProperties() + ignoredClientProperties()
}
