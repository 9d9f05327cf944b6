import KafkaProtocol

/// The keys of timeline entries and their actions.
extension Grammar {
    static let entry = ObjectShape(keys: qualifiers + actions)

    /// What an entry may say beside its action.
    static let qualifiers: [KeyShape] = [
        .optional("at", .duration(), "When, in virtual time"),
        .optional("when", .text, "As soon as a condition holds, once"),
        .optional("for", .duration(), "Undone after that long"),
        .optional("as", .text, "Names what the target resolved to"),
        .optional(
            "repeat",
            .object(
                ObjectShape(keys: [
                    .required("every", .duration(), "Between two firings"),
                    .required("times", .integer(1...1_000_000), "Firings in all"),
                ])
            ),
            "Fires again"
        ),
        .optional("optional", .boolean, "May resolve to no node; false by default"),
    ]

    static let actions: [KeyShape] = nodeActions + networkActions + adminActions + otherActions

    /// Actions that `for` undoes.
    static let undoable = [
        "kill", "crash", "stop", "pause", "partition", "isolate", "link", "respond", "disk",
        "clock",
    ]

    private static func targeted(_ keys: [KeyShape]) -> Shape {
        .oneOf([
            .target,
            .object(ObjectShape(keys: [.required("target", .target, "Which nodes")] + keys)),
        ])
    }

    private static let nodeActions: [KeyShape] = [
        .optional("kill", targeted([]), "kill -9"),
        .optional(
            "crash",
            targeted([
                .optional(
                    "keep",
                    .choice(CrashKeep.allCases.map(\.rawValue)),
                    "What the disk keeps; random by default"
                )
            ]),
            "Power loss"
        ),
        .optional("fsync", targeted([]), "Dirty pages go to the platter"),
        .optional(
            "stop",
            targeted([.optional("timeout", .duration(), "Of a client's close()")]),
            "Orderly shutdown"
        ),
        .optional(
            "start",
            targeted([
                .optional("wipe", .boolean, "With an empty disk"),
                .optional("resend-unresolved", .boolean, "First sends what had no success"),
            ]),
            "Starts nodes that are down"
        ),
        .optional("pause", targeted([]), "No code runs"),
    ]

    private static let networkActions: [KeyShape] = [
        .optional(
            "partition",
            .object(
                ObjectShape(keys: [
                    .required("between", .list(.target), "The sides"),
                    .optional(
                        "direction",
                        .choice(PartitionFault.Direction.allCases.map(\.rawValue)),
                        "both, or only from the first side to the second"
                    ),
                ])
            ),
            "Nothing passes between the sides"
        ),
        .optional("isolate", targeted([]), "Cuts nodes off from all others"),
        .optional("heal", .oneOf([.choice(["all"]), .text]), "Ends network faults"),
        .optional(
            "link",
            .object(
                ObjectShape(keys: [
                    .required("from", .target, "Where bytes come from"),
                    .required("to", .target, "Where they go"),
                    .optional("latency", latency, "How long they travel"),
                    .optional("loss", .number, "The part of packets that is lost, 0 to 1"),
                    .optional("bandwidth", .text, "Such as 10Mbps"),
                    .optional(
                        "apis",
                        .list(.choice(ApiKey.allCases.map(\.name))),
                        "Only these requests"
                    ),
                ])
            ),
            "A slower or lossy way"
        ),
        .optional(
            "respond",
            .object(
                ObjectShape(keys: [
                    .required("from", .target, "Who answers"),
                    .required("api", .choice(ApiKey.allCases.map(\.name)), "Which requests"),
                    .optional("error", .choice(ErrorCode.allCases.map(\.name)), "The answer"),
                    .optional("reset", .choice(["after-execution"]), "The answer is lost"),
                    .optional("times", .integer(1...1_000_000), "How many requests; 1 by default"),
                ])
            ),
            "The next requests are answered so"
        ),
    ]

    private static let adminActions: [KeyShape] = [
        .optional(
            "configure",
            .object(
                ObjectShape(keys: [
                    .optional("topic", topicName, "Whose configuration"),
                    .optional(
                        "broker",
                        .oneOf([.text, .integer(1...100)]),
                        "A broker, or default"
                    ),
                    .optional("set", .anything, "Properties to set"),
                    .optional("unset", .list(.text), "Properties to take back"),
                ])
            ),
            "Dynamic configuration"
        ),
        .optional("create-topic", .object(topic), "Creates a topic"),
        .optional(
            "delete-topic",
            .oneOf([
                topicName,
                .object(ObjectShape(keys: [.required("name", topicName, "Which topic")])),
            ]),
            "Deletes a topic"
        ),
        .optional(
            "add-partitions",
            .object(
                ObjectShape(keys: [
                    .required("topic", topicName, "Which topic"),
                    .required("to", count, "How many partitions in all"),
                    .optional("assignment", assignment, "Replicas of the new partitions"),
                ])
            ),
            "Adds partitions"
        ),
        .optional(
            "reassign",
            .object(
                ObjectShape(keys: [
                    .required("partition", .text, "Such as orders-0"),
                    .optional("replicas", brokerIDs, "The new replicas"),
                    .optional("cancel", .boolean, "Ends a reassignment"),
                ])
            ),
            "Moves replicas"
        ),
        .optional(
            "elect-leaders",
            .object(
                ObjectShape(keys: [
                    .optional("type", .choice(["preferred", "unclean"]), "preferred by default"),
                    .required("partitions", .list(.text), "Such as orders-0"),
                ])
            ),
            "Elects leaders"
        ),
        .optional(
            "delete-records",
            .object(
                ObjectShape(keys: [
                    .required("partition", .text, "Such as orders-0"),
                    .optional(
                        "before",
                        .integer(-1...Int64.max),
                        "The first offset to keep; -1 for the high watermark"
                    ),
                ])
            ),
            "Deletes records"
        ),
    ]

    private static let otherActions: [KeyShape] = [
        .optional(
            "disk",
            .object(
                ObjectShape(keys: [
                    .required("target", .target, "Whose disk"),
                    .optional("log-dir", .integer(0...31), "Which log directory; all by default"),
                    .optional("slow", .integer(1...1_000_000), "So many times as slow"),
                    .optional("full", .boolean, "Writes find no space"),
                    .optional("fail", .boolean, "Every operation fails"),
                    .optional(
                        "corrupt",
                        .object(
                            ObjectShape(keys: [
                                .required("topic", topicName, "Which topic"),
                                .required(
                                    "partition",
                                    .integer(0...Int64(Int32.max)),
                                    "Which partition"
                                ),
                                .required("offset", natural, "An offset of the batch to corrupt"),
                            ])
                        ),
                        "Stored bytes change"
                    ),
                ])
            ),
            "A disk's trouble"
        ),
        .optional(
            "clock",
            .object(
                ObjectShape(keys: [
                    .required("target", .target, "Whose wall clock"),
                    .optional("jump", .duration(isSigned: true), "How far it jumps"),
                    .optional(
                        "drift-ppm",
                        .integer(-500_000...500_000),
                        "How much too fast it runs"
                    ),
                ])
            ),
            "A wall clock's trouble"
        ),
        .optional(
            "send",
            .object(
                ObjectShape(keys: [
                    .required("producer", .text, "Which producer"),
                    .optional("count", count, "How many records; 1 by default"),
                    .optional("every", .duration(), "Between two records; all at once by default"),
                    .optional("value-size", valueSize, "Bytes of a value"),
                    .optional("key", .oneOf([.null, .text]), "The key of each record"),
                    .optional("partition", .integer(0...Int64(Int32.max)), "The partition"),
                    .optional("timestamp", timestamp, "Milliseconds since 1970, or an offset"),
                ])
            ),
            "Extra records"
        ),
        .optional("check", .expectations, "What metrics must be at this instant"),
    ]
}
