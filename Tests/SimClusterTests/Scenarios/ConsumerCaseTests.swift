import Checkers
import Scenario
import SimBase
import Testing

@testable import SimCluster

/// What consumers make of a kill, a pause, a failing record or a reset, over the real protocol.
@Suite struct ConsumerCaseTests {
    /// Runs a scenario of one broker and one partition `orders-0` with `count` records at time zero.
    private func run(
        count: Int = 200,
        consumers: String,
        timeline: String = "",
        duration: String = "90s",
        topic: String = ""
    ) throws -> RunResult {
        let text = """
            { "name": "case", "seed": 1, "duration": "\(duration)",
              "cluster": { "brokers": 1, "controllers": 1, "config": {
                "offsets.topic.replication.factor": 1, "log.retention.check.interval.ms": 1000 } },
              "topics": [ { "name": "orders", "partitions": 1, "replication.factor": 1,
                            "config": { \(topic) } } ],
              "producers": [ { "name": "shop", "topic": "orders",
                               "sends": [ { "at": "0s", "count": \(count) } ] } ],
              "consumers": [ \(consumers) ],
              "timeline": [ \(timeline) ] }
            """
        let source = try ScenarioSource(text, file: "case.json", format: .json)
        let document = try #require(try source.variants().first)
        return Simulation(document, file: "case.json").run()
    }

    private func number(_ result: RunResult, _ metric: String) -> Int64? {
        switch result.metric("group.billing.\(metric)") {
        case .integer(let value): value
        case nil: 0
        default: nil
        }
    }

    /// A member that takes ten records a poll and a tenth of a second for each.
    private func member(_ rest: String, config: String = "") -> String {
        """
        { "group": "billing", "topics": ["orders"], "processing": { "time": "100ms" }, \(rest),
          "config": { "auto.offset.reset": "earliest", "max.poll.records": 10 \(config) } }
        """
    }

    /// Kills the member when it has processed so many records, and starts it again.
    private func killAt(_ processed: Int) -> String {
        """
        { "when": "group.billing.processed >= \(processed)", "kill": "consumer/billing-1" },
        { "at": "20s", "start": "consumer/billing-1" }
        """
    }

    /// After four of the records 100 … 109.
    @Test(arguments: [
        ("before-processing", 6, 0, "committed-before-processing"),
        ("after-processing", 0, 4, "reprocessed-after-restart"),
        ("async-after-processing", 0, 4, "reprocessed-after-restart"),
        ("per-record", 0, 1, "reprocessed-after-restart"),
        ("none", 0, 104, "reprocessed-after-restart"),
    ])
    func whatAKillCostsIsDecidedByTheCommit(
        strategy: String,
        skipped: Int64,
        reprocessed: Int64,
        cause: String
    ) throws {
        let result = try run(
            consumers: member("\"commit\": \"\(strategy)\""),
            timeline: killAt(104)
        )
        #expect(number(result, "skipped") == skipped)
        #expect(number(result, "reprocessed") == reprocessed)
        #expect(result.findings.map(\.cause) == [cause])
        #expect(result.violations.isEmpty)
    }

    /// The kill hits between the last record of a batch and its commit.
    @Test func aConditionOnARecordHoldsBeforeItIsCommitted() throws {
        let result = try run(
            consumers: member("\"commit\": \"after-processing\""),
            timeline: killAt(110)
        )
        #expect(number(result, "reprocessed") == 10)
        #expect(number(result, "skipped") == 0)
    }

    @Test func workersLoseWhatAutoCommitCovers() throws {
        let workers = """
            { "group": "billing", "topics": ["orders"],
              "processing": { "time": "100ms", "mode": "workers", "workers": 1 },
              "config": { "auto.offset.reset": "earliest", "max.poll.records": 100 } }
            """
        let result = try run(
            consumers: workers,
            timeline: """
                { "at": "12s", "kill": "consumer/billing-1" },
                { "at": "13s", "start": "consumer/billing-1" }
                """
        )
        let processed = try #require(number(result, "processed"))
        #expect((85...90).contains(processed))
        #expect(number(result, "skipped") == 200 - processed)
        #expect(number(result, "reprocessed") == 0)
    }

    @Test func workersThatCommitWhatTheyFinishedLoseNothing() throws {
        let workers = """
            { "group": "billing", "topics": ["orders"], "commit": "after-processing",
              "processing": { "time": "100ms", "mode": "workers", "workers": 1 },
              "config": { "auto.offset.reset": "earliest", "max.poll.records": 100 } }
            """
        let result = try run(
            consumers: workers,
            timeline: """
                { "at": "12s", "kill": "consumer/billing-1" },
                { "at": "13s", "start": "consumer/billing-1" }
                """
        )
        #expect(number(result, "skipped") == 0)
        #expect(number(result, "end-to-end.lost") == 0)
        #expect((0...15).contains(number(result, "reprocessed") ?? -1))
        #expect(number(result, "committed.orders-0") == 200)
    }

    /// A stop lets the workers finish; a commit of what nobody finished would lose it.
    @Test func stopWaitsForTheWorkers() throws {
        let workers = """
            { "group": "billing", "topics": ["orders"],
              "processing": { "time": "100ms", "mode": "workers", "workers": 1 },
              "config": { "auto.offset.reset": "earliest", "max.poll.records": 50 } }
            """
        let result = try run(
            count: 50,
            consumers: workers,
            timeline: "{ \"at\": \"4s\", \"stop\": \"consumer/billing-1\" }",
            duration: "30s"
        )
        #expect(number(result, "processed") == 50)
        #expect(number(result, "committed.orders-0") == 50)
    }

    @Test(arguments: ["inline", "workers"])
    func givenUpRecordsAreSkippedAndNamedSo(mode: String) throws {
        let result = try run(
            consumers: """
                { "group": "billing", "topics": ["orders"], "fail": { "every": 50, "action": "skip" },
                  "processing": { "time": "10ms", "mode": "\(mode)" },
                  "config": { "auto.offset.reset": "earliest" } }
                """,
            duration: "30s"
        )
        #expect(number(result, "skipped") == 4)
        #expect(result.findings.map(\.cause) == ["processing-failed"])
    }

    @Test func aCrashInTheMiddleOfABatchIsReadAgainAfterTheStart() throws {
        let result = try run(
            consumers: member(
                "\"commit\": \"after-processing\", \"fail\": { \"every\": 105, \"action\": \"crash\" }"
            ),
            timeline: "{ \"at\": \"20s\", \"start\": \"consumer/billing-1\" }"
        )
        #expect(number(result, "reprocessed") == 4)
        #expect(number(result, "end-to-end.lost") == 0)
    }

    /// What a paused process has in hand is not processed while it stands still.
    @Test func nothingIsProcessedDuringAPause() throws {
        let result = try run(
            count: 20,
            consumers: member("\"commit\": \"after-processing\""),
            timeline: "{ \"at\": \"3.55s\", \"pause\": \"consumer/billing-1\", \"for\": \"10s\" }",
            duration: "40s"
        )
        let pause = Instant.zero + .milliseconds(3_550)..<Instant.zero + .milliseconds(13_550)
        #expect(!result.deliveries.contains { pause.contains($0.at) })
        #expect(result.deliveries.contains { $0.at >= pause.upperBound })
        #expect(number(result, "processed") == 20)
        #expect(number(result, "reprocessed") == 0)
    }

    @Test func withoutAResetPolicyAnOffsetThatIsGoneEndsTheMember() throws {
        let result = try run(
            consumers: member(
                "\"commit\": \"after-processing\"",
                config: ", \"max.poll.interval.ms\": 5000"
            )
            .replacing("\"earliest\"", with: "\"none\""),
            duration: "30s"
        )
        #expect(number(result, "errors.NoOffsetForPartitionException") == 1)
        #expect(result.timeline.contains { $0.text.contains("NoOffsetForPartitionException") })
    }

    @Test func theTimelineTellsOfGenerationsAndRemovals() throws {
        let result = try run(
            consumers: member("\"members\": 2, \"commit\": \"after-processing\""),
            timeline: "{ \"at\": \"10s\", \"kill\": \"consumer/billing-1\" }"
        )
        let texts = result.timeline.map(\.text)
        #expect(
            texts.contains(
                "billing: generation 1, billing-1 reads orders-0, billing-2 reads nothing"
            )
        )
        #expect(
            texts.contains("billing: billing-1 is removed: no heartbeat for session.timeout.ms")
        )
        #expect(texts.contains("billing: generation 2, billing-2 reads orders-0"))
        #expect(Set(result.memberships.map(\.member)) == ["billing-1", "billing-2"])
        #expect(result.findings.map(\.cause) == ["reprocessed-after-restart"])
    }

    /// The member works for longer than `max.poll.interval.ms`, and is put out while it is alive.
    @Test func aLiveMemberThatLosesItsPartitionIsARebalance() throws {
        let config = ", \"max.poll.interval.ms\": 800"
        let result = try run(
            count: 10,
            consumers: member("\"commit\": \"after-processing\"", config: config) + ","
                + member("\"commit\": \"after-processing\"", config: config)
                .replacing("100ms", with: "1ms"),
            duration: "60s"
        )
        #expect(number(result, "errors.CommitFailedException") ?? 0 >= 1)
        #expect(result.findings.map(\.cause) == ["reprocessed-after-rebalance"])
    }
}

/// The search for a coordinator, and what its loss ends.
@Suite struct CoordinatorTests {
    private func play(
        _ consumer: String,
        rate: String = "100/s",
        servers: String = #""brokers": 3, "controllers": 1"#,
        config: String = #""offsets.topic.replication.factor": "3""#,
        timeline: String
    ) throws -> RunResult {
        try Play.run(
            """
            { "name": "coordinator", "seed": 1, "duration": "60s", "settle": "60s",
              "cluster": { \(servers), "config": { \(config) } },
              "topics": [ { "name": "orders", "partitions": 6, "replication.factor": 3 } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "\(rate)",
                "keys": { "uniform": 100 }, "config": { "acks": "all" } } ],
              "consumers": [ \(consumer) ],
              "timeline": [ \(timeline) ] }
            """
        )
    }

    /// ConsumerCoordinator.poll looks for the coordinator until the poll's time is over, and what is
    /// buffered is handed out then: at most `max.poll.records` a poll.
    @Test func pollLooksForTheCoordinatorAllItsTime() throws {
        let result = try play(
            """
            { "group": "billing", "topics": ["orders"], "processing": { "time": "0ms" },
              "config": { "auto.offset.reset": "earliest" } }
            """,
            rate: "1000/s",
            config: #""offsets.topic.replication.factor": "1""#,
            timeline: """
                { "at": "20s", "kill": "coordinator(billing)", "as": "c" },
                { "at": "32s", "check": { "group.billing.processed": 0 } },
                { "at": "42s", "check": { "group.billing.processed": 0 } },
                { "at": "45s", "start": "$c" }
                """
        )
        let processed = result.expectations.prefix(2).compactMap { Int64($0.actual) }
        #expect(processed.count == 2)
        // Ten seconds, 10,000 records; ten polls.
        #expect(processed[1] - processed[0] <= 6_500)
        #expect(result["group.billing.end-to-end.lost"] == 0)
    }

    /// AbstractCoordinator.HeartbeatThread asks again, and markCoordinatorUnknown ends what the old
    /// coordinator owes: neither waits for `request.timeout.ms`.
    @Test(arguments: ["after-processing", "auto"])
    func aCoordinatorOutOfReachIsReplacedWithinItsSession(commit: String) throws {
        let isAuto = commit == "auto"
        let result = try play(
            """
            { "group": "billing", "topics": ["orders"], "commit": "\(commit)",
              "processing": { "time": "0.1ms" },
              "config": { "auto.offset.reset": "earliest", "session.timeout.ms": "12000",
                "heartbeat.interval.ms": "3000", "enable.auto.commit": "\(isAuto)" } }
            """,
            timeline: """
                { "at": "20s", "isolate": "coordinator(billing)", "for": "35s" },
                { "at": "45s", "check": { "group.billing.processed": { "min": 3000 } } }
                """
        )
        #expect(result.expectations.map(\.pass) == [true])
        #expect(result["group.billing.rebalances"] == 1)
    }

    /// GroupCoordinator replaces a static member by another of its id, and fences the old one.
    @Test func twoMembersOfOneInstanceIDFenceEachOther() throws {
        let member = """
            { "group": "billing", "topics": ["orders"], "start": "START",
              "config": { "auto.offset.reset": "earliest", "group.instance.id": "a" } }
            """
        let result = try play(
            ["0s", "20s"].map { member.replacing("START", with: $0) }.joined(separator: ", "),
            timeline: ""
        )
        #expect(result["group.billing.rebalances"] == 1)
        #expect(result["responses.FENCED_INSTANCE_ID"] > 0)
    }

    /// KafkaApis.handleOffsetCommitRequest refuses an unknown topic's offset for itself: the member
    /// tries to commit before it rejoins until max.poll.interval.ms is over.
    @Test func anUnknownTopicsOffsetIsRefusedBesideOthers() throws {
        let result = try Play.run(
            """
            { "name": "gone", "seed": 1, "duration": "60s", "settle": "20s",
              "cluster": { "brokers": 3, "controllers": 1,
                "config": { "auto.create.topics.enable": "false" } },
              "topics": [ { "name": "orders", "partitions": 2, "replication.factor": 3 },
                { "name": "other", "partitions": 2, "replication.factor": 3 } ],
              "producers": [ { "name": "a", "topic": "orders", "rate": "50/s" },
                { "name": "b", "topic": "other", "rate": "50/s" } ],
              "consumers": [ { "group": "billing", "topics": ["orders", "other"],
                "commit": "auto",
                "config": { "auto.offset.reset": "earliest", "max.poll.interval.ms": "25000",
                  "metadata.max.age.ms": "1000" } } ],
              "timeline": [ { "at": "20s", "delete-topic": "orders" },
                { "at": "25s", "check": { "group.billing.processed": 0 } },
                { "at": "40s", "check": { "group.billing.processed": 0 } } ] }
            """
        )
        let processed = result.expectations.prefix(2).compactMap { Int64($0.actual) }
        #expect(processed.count == 2 && processed[0] == processed[1])
        #expect(result["responses.UNKNOWN_TOPIC_OR_PARTITION"] > 0)
    }
}
