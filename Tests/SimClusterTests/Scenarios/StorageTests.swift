import Checkers
import Testing

/// What disks, cleaners and deletions do to records, and how it is told.
@Suite struct StorageTests {
    private func play(
        duration: String = "60s",
        cluster: String = #""brokers": 3, "controllers": 1"#,
        topic: String = #""assignment": [[1, 2, 3]]"#,
        config: String = #""min.insync.replicas": "1""#,
        producer: String,
        timeline: String = "",
        consumers: String = ""
    ) throws -> RunResult {
        try Play.run(
            """
            { "name": "storage", "seed": 1, "duration": "\(duration)", "settle": "60s",
              "cluster": { \(cluster) },
              "topics": [ { "name": "orders", \(topic), "config": { \(config) } } ],
              "producers": [ { "name": "shop", "topic": "orders", \(producer) } ],
              "consumers": [ \(consumers) ],
              "timeline": [ \(timeline) ] }
            """
        )
    }

    // MARK: Compaction

    /// What a newer record of its key replaces is not lost, and no dirty read of those who had it.
    /// The cleaner cleans all that is dirty in one turn, each replica for itself.
    @Test func aCompactedRecordIsNotLost() throws {
        let result = try play(
            config: """
                "cleanup.policy": "compact", "internal.segment.bytes": "20000",
                "min.cleanable.dirty.ratio": "0.1"
                """,
            producer: """
                "rate": "100/s", "keys": { "uniform": 20 }, "config": { "acks": "all" }
                """,
            consumers: Play.group()
        )
        #expect(result["partition.orders-0.records"] < 3_000)
        #expect(result["records.acked"] > 5_000)
        #expect(result.violations == [])
        #expect(
            result.differences(from: [
                "lost.acked": 0, "lost.expired": 0, "group.billing.dirty": 0,
                "partition.orders-0.divergent": 0,
            ]) == []
        )
    }

    // MARK: Damage

    /// The damaged batch lies before what the next start scans: nothing else is lost, nothing traps.
    @Test func aDamagedBatchThatIsNotScannedLosesItself() throws {
        let result = try play(
            cluster: #""brokers": 1, "controllers": 1"#,
            topic: #""partitions": 1, "replication.factor": 1"#,
            producer: #""rate": "20/s", "count": 800, "config": { "linger.ms": "0" }"#,
            timeline: """
                { "at": "19s", "stop": "broker-1", "for": "2s" },
                { "at": "30s", "disk": { "target": "broker-1",
                  "corrupt": { "topic": "orders", "partition": 0, "offset": 170 } } },
                { "at": "31s", "stop": "broker-1", "for": "2s" }
                """
        )
        #expect(result["lost.acked"] == 1)
        #expect(result.causes == ["corrupted-on-disk 1"])
    }

    /// Damage is no fsync: the power takes what it takes without it.
    @Test(arguments: [false, true])
    func damageMakesNothingDurable(isDamaged: Bool) throws {
        let damage = """
            { "at": "19s", "disk": { "target": "broker-1",
              "corrupt": { "topic": "orders", "partition": 0, "offset": 370 } } },
            """
        let result = try play(
            duration: "40s",
            cluster: #""brokers": 1, "controllers": 1"#,
            topic: #""partitions": 1, "replication.factor": 1"#,
            producer: #""rate": "20/s", "count": 400, "config": { "linger.ms": "0" }"#,
            timeline: (isDamaged ? damage : "") + """
                { "at": "20.5s", "crash": { "target": "broker-1", "keep": "synced" }, "for": "2s" }
                """
        )
        #expect(result["lost.acked"] == 400)
    }

    /// LogManager.flushDirtyLogs flushes what has not been flushed for `flush.ms`.
    @Test(arguments: [(3_600_000, 400), (1_000, 30)])
    func logsAreFlushedWhenTheirTimeIsUp(milliseconds: Int, most: Int64) throws {
        let result = try play(
            duration: "40s",
            cluster: """
                "brokers": 1, "controllers": 1, "config": { "log.initial.task.delay.ms": "0",
                  "log.flush.scheduler.interval.ms": "100" }
                """,
            topic: #""partitions": 1, "replication.factor": 1"#,
            config: #""flush.ms": "\#(milliseconds)""#,
            producer: #""rate": "20/s", "count": 400, "config": { "linger.ms": "0" }"#,
            timeline: """
                { "at": "20.5s", "crash": { "target": "broker-1", "keep": "synced" }, "for": "2s" }
                """
        )
        let lost = result["lost.acked"]
        #expect(most == 400 ? lost == 400 : lost > 0 && lost <= most)
    }

    // MARK: Deletions and losses

    /// What was gone before is not taken for deleted.
    @Test(
        arguments: [
            #"{ "at": "50s", "delete-records": { "partition": "orders-0", "before": -1 } }"#,
            #"{ "at": "50s", "delete-topic": "orders" }"#,
        ]
    )
    func aLaterDeletionHidesNoLoss(deletion: String) throws {
        let cut = """
            { "at": "5s", "for": "15s", "partition": { "between": [["broker-1"],
              ["broker-2", "broker-3", "controller-1"]] } }
            """
        let producer = #""rate": "20/s", "count": 600, "config": { "acks": "1", "linger.ms": "0" }"#
        let lost = try play(producer: producer, timeline: cut)["lost.acked"]
        #expect(lost > 100)
        let result = try play(producer: producer, timeline: "\(cut), \(deletion)")
        #expect(result["lost.acked"] == lost)
        #expect(result.causes.first == "acked-by-leader-alone \(lost)")
    }

    @Test func aRecordThatLivedOnIsLostWithItsLastHolder() throws {
        let result = try play(
            config: #""min.insync.replicas": "2""#,
            producer: #""rate": "20/s", "count": 800, "config": { "acks": "1", "linger.ms": "0" }"#,
            timeline: """
                { "at": "5s", "crash": { "target": "broker-1", "keep": "synced" }, "for": "15s" },
                { "at": "25s", "crash": { "target": "all(brokers)", "keep": "synced" },
                  "for": "2s" }
                """
        )
        let lost = result["lost.acked"]
        #expect(lost > 50)
        #expect(result.causes.first == "power-loss-before-fsync \(lost)")
    }

    // MARK: Limits

    @Test func aBatchLargerThanASegmentIsSaidToBe() throws {
        let result = try play(
            config: #""internal.segment.bytes": "3000""#,
            producer: #""rate": "200/s", "count": 800, "config": { "linger.ms": "1000" }"#
        )
        #expect(result.causes == ["above-segment-bytes 800"])
    }

    /// The broker has forgotten the producer when its last batch is repeated.
    @Test func aForgottenProducerWritesTwice() throws {
        let result = try play(
            cluster: """
                "brokers": 1, "controllers": 3, "config": { "producer.id.expiration.ms": "2000" }
                """,
            topic: #""partitions": 1, "replication.factor": 1"#,
            producer: #""rate": "20/s", "count": 800, "config": { "linger.ms": "0" }"#,
            timeline: """
                { "at": "10s", "respond": { "from": "leader(orders-0)", "api": "Produce",
                  "reset": "after-execution" } },
                { "at": "10.04s", "kill": "broker-1", "for": "6s" }
                """
        )
        #expect(result.causes == ["producer-id-expired 1"])
    }
}
