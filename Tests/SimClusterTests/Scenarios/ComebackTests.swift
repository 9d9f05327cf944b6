import Checkers
import Testing

/// What is gone and comes back: a partition in a fetch session, a topic under its old name, a follower
/// whose whole log has been deleted meanwhile.
@Suite struct ComebackTests {
    /// A reassignment that keeps the leader raises its epoch: followers drop the partition and take it
    /// up again between two fetches. Another partition keeps their sessions alive.
    @Test func followersGoOnWithAPartitionWhoseEpochWasRaised() throws {
        let result = try Play.run(
            """
            { "name": "comeback", "seed": 1, "duration": "70s", "settle": "60s",
              "cluster": { "brokers": 4, "controllers": 3 },
              "topics": [ { "name": "orders", "assignment": [[4, 1, 2], [4, 1, 3]],
                "config": { "min.insync.replicas": "2" } } ],
              "producers": [ { "name": "shop", "topic": "orders", "config": { "acks": "all" },
                "sends": [ { "at": "14s", "count": 2, "partition": 0 },
                           { "at": "60s", "count": 2, "partition": 0 } ] } ],
              "timeline": [
                { "at": "9.6s", "reassign": { "partition": "orders-0", "replicas": [4, 1, 3] } } ] }
            """
        )
        #expect(
            result.differences(from: [
                "records.acked": 4, "lost.reported": 0, "partition.orders-0.high-watermark": 4,
            ]) == []
        )
        #expect(result.brokers("partition.orders-0.isr") == [1, 3, 4])
    }

    @Test func aFollowerWhoseLogIsAllDeletedStartsAnewAndTakesNothingBack() throws {
        var play = Play()
        play.duration = "60s"
        play.workload = #""rate": "10/s""#
        play.timeline = [
            #"{ "at": "14s", "stop": "follower(orders-0, 1)", "for": "15s" }"#,
            #"{ "at": "25s", "delete-records": { "partition": "orders-0", "before": -1 } }"#,
        ]
        let result = try play.run()
        #expect(result.violations == [])
        #expect(
            result.differences(from: ["lost.acked": 0, "partition.orders-0.divergent": 0]) == []
        )
    }

    /// The members see the topic vanish and give up their partitions. That it is back, as large as
    /// before, by the time of the join does not undo that: they join.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func aGroupReadsATopicThatWasCreatedAgain(seed: UInt64) throws {
        let result = try Play.run(
            """
            { "name": "comeback", "seed": 1, "duration": "60s", "settle": "60s",
              "cluster": { "brokers": 3, "controllers": 1,
                "config": { "auto.create.topics.enable": "false" } },
              "topics": [ { "name": "orders", "partitions": 1, "replication.factor": 3 } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "10/s",
                "config": { "acks": "all", "linger.ms": "0" } } ],
              "consumers": [ { "group": "billing", "members": 1, "topics": ["orders"],
                "config": { "auto.offset.reset": "earliest" } } ],
              "timeline": [
                { "at": "15.7s", "delete-topic": "orders" },
                { "at": "15.75s", "create-topic":
                  { "name": "orders", "partitions": 1, "replication.factor": 3 } } ] }
            """,
            seed: seed
        )
        #expect(result["group.billing.unread"] == 0)
        #expect(result.violations == [])
    }

    /// Who has shut down cleanly stays eligible, and leads as soon as it is back.
    @Test func aCleanShutdownKeepsAReplicaEligible() throws {
        var play = Play()
        play.cluster =
            #""brokers": 3, "controllers": 1, "features": { "eligible.leader.replicas.version": 1 }"#
        play.duration = "90s"
        play.workload = #""rate": "10/s""#
        play.timeline = [
            #"{ "at": "10s", "stop": "broker-3" }"#, #"{ "at": "20s", "stop": "broker-2" }"#,
            #"{ "at": "32s", "kill": "broker-1" }"#,
            #"{ "at": "45s", "check": { "partition.orders-0.leader": null } }"#,
            #"{ "at": "50s", "start": "broker-2" }"#,
            #"{ "at": "60s", "check": { "partition.orders-0.leader": 2 } }"#,
        ]
        let result = try play.run()
        #expect(result.expectations.map(\.pass) == [true, true])
        #expect(result.differences(from: ["lost.acked": 0, "elections.unclean": 0]) == [])
    }

    /// A replica that has never been written to has no id on disk. It gets its topic's when it is
    /// loaded: otherwise the next start would take it for one of a later topic of the same name.
    @Test func aReplicaThatWasEmptyAtItsFirstRestartKnowsItsTopicAtTheSecond() throws {
        var play = Play()
        play.serverConfig = #""auto.create.topics.enable": "false""#
        play.partitions = "[[1, 2, 3]]"
        play.duration = "60s"
        play.workload = #""sends": [ { "at": "20s", "count": 5 }, { "at": "32s", "count": 10 } ]"#
        play.timeline = [
            #"{ "at": "5s", "stop": "broker-1", "for": "5s" }"#,
            #"{ "at": "25s", "stop": "broker-1", "for": "8s" }"#,
            #"{ "at": "27s", "delete-topic": "orders" }"#,
            #"{ "at": "29s", "create-topic": { "name": "orders", "assignment": [[2, 1, 3]] } }"#,
        ]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "partition.orders-0.high-watermark": 10, "partition.orders-0.divergent": 0,
                "replica.orders-0.1.log-end-offset": 10,
            ]) == []
        )
        #expect(result.brokers("partition.orders-0.isr") == [1, 2, 3])
    }
}
