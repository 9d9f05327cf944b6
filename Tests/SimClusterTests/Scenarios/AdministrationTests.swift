import Checkers
import Testing

/// Administrative actions on the real path, and what removes records on purpose.
@Suite struct AdministrationTests {
    @Test func deleteRecordsMovesTheLogStart() throws {
        var play = Play()
        play.duration = "8s"
        play.workload = #""rate": "100/s", "count": 300"#
        play.timeline = [
            #"{ "at": "5s", "delete-records": { "partition": "orders-0", "before": 100 }, "#
                + #""as": "trim" }"#
        ]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "partition.orders-0.log-start-offset": 100, "partition.orders-0.records": 200,
                "replica.orders-0.3.log-start-offset": 100, "lost.acked": 0,
            ]) == []
        )
        #expect(result.metric("action.trim.result") == .text("NONE"))
    }

    @Test func retentionRemovesWholeSegments() throws {
        var play = Play()
        play.serverConfig = #""log.retention.check.interval.ms": "2000""#
        play.topicConfig +=
            #", "retention.ms": "5000", "segment.ms": "1000", "file.delete.delay.ms": "0""#
        let result = try play.run()
        #expect(result["records.acked"] == 1_000)
        #expect(result["lost.acked"] == 0)
        #expect(result["partition.orders-0.log-start-offset"] >= 900)
        #expect(
            result["partition.orders-0.records"]
                == 1_000 - result["partition.orders-0.log-start-offset"]
        )
    }

    @Test func whatRetentionTookBeforeAGroupReadItIsExpired() throws {
        var play = Play()
        play.serverConfig = #""log.retention.check.interval.ms": "2000""#
        play.topicConfig += #", "retention.ms": "5000", "segment.ms": "1000""#
        play.consumers = [Play.group(start: "18s")]
        let result = try play.run()
        #expect(result["lost.expired"] >= 900)
        #expect(result["group.billing.end-to-end.lost"] == result["lost.expired"])
        #expect(result.causes.contains("removed-by-retention \(result["lost.expired"])"))
    }

    @Test func aReassignmentMovesLeaderAndReplicas() throws {
        var play = Play()
        play.cluster = #""brokers": 4, "controllers": 1"#
        play.timeline = [
            #"{ "at": "5s", "as": "move", "#
                + #""reassign": { "partition": "orders-0", "replicas": [4, 2, 3] } }"#
        ]
        let result = try play.run()
        #expect(result.metric("action.move.result") == .text("NONE"))
        #expect(result.brokers("partition.orders-0.replicas") == [2, 3, 4])
        #expect(result.brokers("partition.orders-0.isr") == [2, 3, 4])
        #expect(result["partition.orders-0.leader"] != 1)
        #expect(
            result.differences(from: [
                "records.acked": 1_000, "lost.acked": 0, "duplicated": 0,
                "partition.orders-0.records": 1_000,
            ]) == []
        )
    }

    @Test func newPartitionsAreUsedWhenTheProducerHearsOfThem() throws {
        var play = Play()
        play.producerConfig = #""acks": "all", "metadata.max.age.ms": "1000""#
        play.timeline = [
            #"{ "at": "3s", "add-partitions": { "topic": "orders", "to": 3 }, "as": "grow" }"#
        ]
        let result = try play.run()
        #expect(result.metric("action.grow.result") == .text("NONE"))
        let counts = (0..<3).map { result["partition.orders-\($0).records"] }
        #expect(counts.reduce(0, +) == 1_000)
        #expect(counts.allSatisfy { $0 > 0 })
    }

    @Test func anImpossibleRequestNamesItsError() throws {
        var play = Play()
        play.timeline = [
            #"{ "at": "3s", "add-partitions": { "topic": "orders", "to": 1 }, "as": "shrink" }"#,
            #"{ "at": "4s", "create-topic": { "name": "orders", "partitions": 1, "#
                + #""replication.factor": 1 }, "as": "again" }"#,
        ]
        let result = try play.run()
        #expect(result.metric("action.shrink.result") == .text("INVALID_PARTITIONS"))
        #expect(result.metric("action.again.result") == .text("TOPIC_ALREADY_EXISTS"))
    }

    @Test func aTopicMadeWhileRunningIsAsGoodAsAny() throws {
        var play = Play()
        play.timeline = [
            #"{ "at": "2s", "create-topic": { "name": "late", "assignment": [[2, 3]], "#
                + #""config": { "min.insync.replicas": "2" } }, "as": "made" }"#
        ]
        play.producers = [
            #"{ "name": "shop", "topic": "late", "rate": "100/s", "count": 200, "start": "4s", "#
                + #""config": { "acks": "all" } }"#
        ]
        let result = try play.run()
        #expect(result.metric("action.made.result") == .text("NONE"))
        #expect(
            result.differences(from: [
                "records.acked": 200, "partition.late-0.records": 200, "partition.late-0.leader": 2,
            ]) == []
        )
    }

    @Test func aDynamicConfigurationHoldsFromThenOn() throws {
        var play = Play()
        play.duration = "15s"
        play.producerConfig =
            #""acks": "all", "delivery.timeout.ms": "3000", "request.timeout.ms": "1000""#
        play.timeline = [
            #"{ "at": "2s", "stop": ["broker-2", "broker-3"], "as": "down" }"#,
            #"{ "at": "6s", "configure": { "topic": "orders", "#
                + #""set": { "min.insync.replicas": "1" } }, "as": "relax" }"#,
        ]
        let result = try play.run()
        #expect(result.metric("action.relax.result") == .text("NONE"))
        // Refused for four seconds, less what could still be retried at their end.
        #expect((50...400).contains(result["records.failed"]))
        #expect(result["records.acked"] >= 600)
        #expect(result["lost.acked"] == 0)
    }

    @Test func aPreferredElectionGivesLeadershipBack() throws {
        var play = Play()
        play.serverConfig = #""auto.leader.rebalance.enable": "false""#
        play.timeline = [
            #"{ "at": "2s", "stop": "broker-1", "for": "4s" }"#,
            #"{ "at": "15s", "check": { "partition.orders-0.leader": 2 } }"#,
            #"{ "at": "16s", "elect-leaders": { "partitions": ["orders-0"] }, "as": "back" }"#,
        ]
        let result = try play.run()
        #expect(result.exitStatus == 0, "\(result.expectations)")
        #expect(result.metric("action.back.result") == .text("NONE"))
        #expect(
            result.differences(from: [
                "partition.orders-0.leader": 1, "elections.preferred": 1, "records.acked": 1_000,
                "lost.acked": 0,
            ]) == []
        )
    }
}
