import Checkers
import SimBase
import Testing

/// The controllers: cut off, killed, combined with brokers, alone.
@Suite struct QuorumTests {
    @Test func anIsolatedControllerIsReplacedAndNoPartitionNotices() throws {
        var play = Play()
        play.cluster = #""brokers": 3, "controllers": 3"#
        play.timeline = [#"{ "at": "3s", "isolate": "controller", "for": "8s" }"#]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "controller.failovers": 1, "records.acked": 1_000, "elections.clean": 0,
                "isr.shrinks": 0, "leaderless.max.ms": 0,
                "partition.orders-0.leader-epoch": 0,
            ]) == []
        )
        // controller.quorum.fetch.timeout.ms, then at least one election.
        let takeover = result.timeline.first { $0.text.contains("becomes the active controller") }
        #expect((4_900...9_000).contains(takeover?.at.milliseconds ?? 0))
    }

    @Test func withoutAMajorityNobodyTakesOver() throws {
        var play = Play()
        play.cluster = #""brokers": 3, "controllers": 3"#
        play.duration = "25s"
        play.timeline = [
            #"{ "at": "3s", "kill": ["controller-1", "controller-2", "controller-3"], "for": "15s" }"#,
            #"{ "at": "5s", "kill": "leader(orders-0)" }"#,
            #"{ "at": "17s", "check": { "partition.orders-0.leader": 1, "#
                + #""partition.orders-0.leader-epoch": 0 } }"#,
        ]
        let result = try play.run()
        #expect(result.exitStatus == 0, "\(result.expectations)")
        // Elected only when there is a controller again.
        #expect(result["leaderless.max.ms"] >= 13_000)
        #expect(result.differences(from: ["records.acked": 1_000, "lost.acked": 0]) == [])
    }

    @Test func aCombinedNodeTakesBothRolesWithIt() throws {
        var play = Play()
        play.cluster = #""brokers": 3, "combined": true"#
        play.duration = "30s"
        play.timeline = [#"{ "at": "3s", "kill": "controller", "for": "20s" }"#]
        let result = try play.run()
        #expect(result["controller.failovers"] == 1)
        #expect(
            result.differences(from: ["records.acked": 1_000, "lost.acked": 0, "duplicated": 0])
                == []
        )
        #expect(result.brokers("partition.orders-0.isr") == [1, 2, 3])
    }

    @Test func aControlledShutdownMovesLeadershipFirst() throws {
        var play = Play()
        play.timeline = [#"{ "at": "3s", "stop": "leader(orders-0)", "for": "10s" }"#]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "records.acked": 1_000, "lost.acked": 0, "duplicated": 0,
                "partition.orders-0.leader-epoch": 1,
            ]) == []
        )
        #expect(result["leaderless.max.ms"] < 500)
        // Nobody asks the old leader before its successor is written down: until it hears of it, it
        // appends. Those few are refused, sent again, and cut off when it is back.
        // Source: ReplicationControlManager.handleBrokerInControlledShutdown.
        #expect(result["truncated.records"] <= 4)
    }

    /// A client's request is passed to the controller's listener, and who is not the active one
    /// refuses it there: it is not passed on again.
    @Test func aCombinedNodeRefusesWhatIsPassedToItWhenItIsNotActive() throws {
        var play = Play()
        play.cluster = #""brokers": 3, "combined": true"#
        play.duration = "30s"
        play.timeline = [
            #"{ "at": "3s", "isolate": "controller", "for": "10s" }"#,
            #"""
            { "at": "3.1s", "as": "made",
              "create-topic": { "name": "late", "partitions": 1, "replication.factor": 3 } }
            """#,
            #"{ "at": "20s", "check": { "action.made.result": "NONE" } }"#,
        ]
        let result = try play.run()
        #expect(result.expectations.map(\.pass) == [true])
    }

    @Test func aWipedFollowerCopiesEverythingAgain() throws {
        var play = Play()
        play.timeline = [
            #"{ "at": "3s", "kill": "broker-3", "as": "victim" }"#,
            #"{ "at": "15s", "start": { "target": "$victim", "wipe": true } }"#,
        ]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "replica.orders-0.3.log-end-offset": 1_000, "partition.orders-0.divergent": 0,
                "lost.acked": 0,
            ]) == []
        )
        #expect(result.brokers("partition.orders-0.isr") == [1, 2, 3])
    }
}
