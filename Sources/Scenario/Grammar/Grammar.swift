import KafkaProtocol

/// The keys of a scenario file.
enum Grammar {
    static let count: Shape = .integer(1...Int64(Int32.max))
    static let natural: Shape = .integer(0...Int64.max)
    static let nodeCount: Shape = .integer(1...100)
    static let brokerIDs: Shape = .list(.integer(1...100))
    static let assignment: Shape = .list(brokerIDs)

    static let document = ObjectShape(keys: [
        .optional("$schema", .text, "Where an editor finds the schema of this format"),
        .optional("name", .text, "Names the scenario in reports; the file's name by default"),
        .optional("description", .text, "What the scenario shows"),
        .optional(
            "seed",
            .integer(0...Int64.max),
            "Every random choice derives from it; 1 by default"
        ),
        .required("duration", .duration(), "Virtual time during which workload and timeline run"),
        .optional(
            "settle",
            .oneOf([.duration(), .object(settle)]),
            "The longest time to become quiet after that; 60s by default"
        ),
        .optional("cluster", .object(cluster), "Brokers, controllers and their configuration"),
        .optional("network", .object(network), "The network without faults"),
        .optional("disk", .object(disk), "What a disk's work costs"),
        .optional("costs", .object(costs), "What handling a request costs"),
        .optional("topics", .list(.object(topic)), "Topics that exist at time zero"),
        .optional("producers", .list(.object(producer)), "Applications that produce"),
        .optional("consumers", .list(.object(consumer)), "Members of consumer groups"),
        .optional(
            "processors",
            .list(.object(processor)),
            "Applications that consume, transform and produce"
        ),
        .optional("timeline", .list(.object(entry)), "What happens to the cluster"),
        .optional("expect", .expectations, "What the metrics must be at the end"),
        .optional("matrix", .matrix, "Values to run in all combinations, by path"),
    ])

    static let settle = ObjectShape(keys: [
        .optional("for", .duration(), "The longest time; 60s by default"),
        .optional("restart", .boolean, "Whether nodes that are down start again; true by default"),
        .optional("keep-down", .target, "Nodes that stay down even so"),
    ])

    static let cluster = ObjectShape(keys: [
        .optional("mode", .choice(["kraft", "zookeeper"]), "Who keeps the metadata"),
        .optional(
            "kafka.version",
            .oneOf([.text, .number]),
            "The release line whose behaviour is run; 4.0 by default"
        ),
        .optional("brokers", nodeCount, "How many brokers; 3 by default"),
        .optional("controllers", nodeCount, "How many separate controllers; 3 by default"),
        .optional("zookeepers", nodeCount, "How many ZooKeeper servers; 3 by default"),
        .optional("combined", .boolean, "Whether brokers are the controllers; false by default"),
        .optional("racks", .list(.text), "Names of racks; broker i is in entry i mod n"),
        .optional("config", .properties(.broker), "Properties of all brokers and controllers"),
        .optional("overrides", .overrides, "Properties of single nodes, by node name"),
        .optional("properties-file", .text, "A server.properties, relative to the scenario"),
        .optional("features", .features, "Single behaviours, whatever the release line"),
    ])

    static let latency: Shape = .oneOf([
        .duration(),
        .object(
            ObjectShape(keys: [
                .required("uniform", .list(.duration()), "The shortest and the longest latency")
            ])
        ),
    ])

    static let network = ObjectShape(keys: [
        .optional("latency", latency, "One way between two nodes; 0.2ms to 1ms by default"),
        .optional("loopback", latency, "From a node to itself; 0.02ms to 0.05ms by default"),
        .optional("bandwidth", .text, "Of each pair of nodes; 10Gbps by default"),
    ])

    static let disk = ObjectShape(keys: [
        .optional("append", .duration(), "A write to the page cache; 0.02ms by default"),
        .optional("fsync", .duration(), "An fsync with nothing dirty; 2ms by default"),
        .optional("throughput", .size, "Bytes to the platter in a second; 500MB by default"),
    ])

    static let costs = ObjectShape(keys: [
        .optional("request", .duration(), "Each request on an I/O thread; 50us by default"),
        .optional("partition", .duration(), "Each partition of a request; 2us by default"),
        .optional("throughput", .size, "Bytes handled in a second; 4GB by default"),
    ])

    static let topicName: Shape = .text

    static let topic = ObjectShape(keys: [
        .required("name", topicName, "The topic's name"),
        .optional("partitions", count, "num.partitions by default"),
        .optional(
            "replication.factor",
            .integer(1...Int64(Int16.max)),
            "default.replication.factor by default"
        ),
        .optional("config", .properties(.topic), "The topic's own properties"),
        .optional("assignment", assignment, "Broker ids of each partition, preferred leader first"),
    ])

    static let valueSize: Shape = .oneOf([
        .size,
        .object(
            ObjectShape(keys: [
                .optional("uniform", .list(.size), "The least and the greatest size"),
                .optional("every", count, "Each n-th record …"),
                .optional("size", .size, "… has this size"),
                .optional("otherwise", .size, "… and all others this"),
            ])
        ),
    ])

    static let keys: Shape = .oneOf([
        .null, .choice(["sequence"]), .list(.text),
        .object(
            ObjectShape(keys: [
                .optional("uniform", count, "How many keys, each as likely"),
                .optional("zipf", count, "How many keys, the i-th with a weight of 1/i"),
            ])
        ),
    ])

    static let timestamp: Shape = .oneOf([natural, .duration(isSigned: true)])

    static let send = ObjectShape(keys: [
        .optional("at", .duration(), "When"),
        .optional("when", .text, "As soon as a condition holds"),
        .optional("count", count, "How many records; 1 by default"),
        .optional("every", .duration(), "Between two records; all at once by default"),
        .optional("value-size", valueSize, "Bytes of a value"),
        .optional("key", .oneOf([.null, .text]), "The key of each record"),
        .optional("partition", .integer(0...Int64(Int32.max)), "The partition of each record"),
        .optional("timestamp", timestamp, "Milliseconds since 1970, or an offset such as -2h"),
    ])

    static let producer = ObjectShape(keys: [
        .required("name", .text, "The application's name"),
        .required("topic", topicName, "Where it produces"),
        .optional("rate", .text, "1000/s, or as-fast-as-possible"),
        .optional("count", natural, "How many records in all; until the duration's end by default"),
        .optional("start", .duration(), "When the stream begins; 0s by default"),
        .optional("sends", .list(.object(send)), "Single sends instead of a stream"),
        .optional("value-size", valueSize, "Bytes of a value, at least 16; 100 by default"),
        .optional("keys", keys, "Keys of the records; none by default"),
        .optional("api", .choice(SendAPI.allCases.map(\.rawValue)), "How send() is called"),
        .optional(
            "on-error",
            .oneOf([
                .choice(ErrorPolicy.names.map(\.name)),
                .list(.choice(ErrorPolicy.names.map(\.name))),
            ]),
            "What the application does when it is told of an error"
        ),
        .optional("transactional", .anything, "Transactions"),
        .optional("config", .properties(.producer), "Properties of the producer"),
        .optional("properties-file", .text, "A producer.properties, relative to the scenario"),
    ])

    static let consumer = ObjectShape(keys: [
        .required("group", .text, "The group's id"),
        .optional("members", .integer(1...1_000), "How many members; 1 by default"),
        .required("topics", .list(topicName), "What they subscribe to"),
        .optional("start", .duration(), "When they join; 0s by default"),
        .optional(
            "processing",
            .object(
                ObjectShape(keys: [
                    .optional("time", .duration(), "For one record; 0s by default"),
                    .optional(
                        "mode",
                        .choice(["inline", "workers"]),
                        "In the poll loop, or handed over"
                    ),
                    .optional("workers", .integer(1...10_000), "How many threads take over"),
                ])
            ),
            "How records are processed"
        ),
        .optional("commit", .choice(CommitStrategy.allCases.map(\.rawValue)), "When it commits"),
        .optional(
            "fail",
            .object(
                ObjectShape(keys: [
                    .required("every", count, "Each n-th record of a member fails"),
                    .required(
                        "action",
                        .choice(ProcessingFailure.Reaction.allCases.map(\.rawValue)),
                        "What happens then"
                    ),
                ])
            ),
            "Processing that fails"
        ),
        .optional("config", .properties(.consumer), "Properties of the consumer"),
        .optional("properties-file", .text, "A consumer.properties, relative to the scenario"),
    ])

    static let processor = ObjectShape(keys: [
        .required("group", .text, "The group's id"),
        .required("from", topicName, "Where it consumes"),
        .required("to", topicName, "Where it produces"),
        .optional("members", .integer(1...1_000), "How many members; 1 by default"),
        .optional("guarantee", .choice(["at-least-once", "exactly-once"]), "What it promises"),
        .optional("records-per-transaction", count, "Records of one transaction"),
        .optional("config", .anything, "Properties of its clients"),
    ])
}
