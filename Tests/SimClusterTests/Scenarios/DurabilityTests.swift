import Checkers
import Testing

/// What becomes of acknowledged records when brokers die, are cut off, or lose power.
@Suite struct DurabilityTests {
    @Test func acksAllSurvivesTheLeadersDeath() throws {
        var play = Play()
        play.timeline = [
            #"{ "at": "3s", "kill": "leader(orders-0)", "as": "victim" }"#,
            #"{ "at": "15s", "start": "$victim" }"#,
        ]
        play.duration = "25s"
        let result = try play.run()
        #expect(
            result.differences(from: [
                "records.sent": 1_000, "records.acked": 1_000, "lost.acked": 0, "duplicated": 0,
                "reordered": 0, "partition.orders-0.records": 1_000,
                "partition.orders-0.leader": 2, "partition.orders-0.leader-epoch": 1,
                "elections.clean": 1, "elections.unclean": 0, "isr.shrinks": 1, "isr.expands": 1,
                "partition.orders-0.divergent": 0,
            ]) == []
        )
        // A session of 9 s, of which up to 2 s had passed.
        #expect((6_900...9_500).contains(result["leaderless.max.ms"]))
        #expect(result.brokers("partition.orders-0.isr") == [1, 2, 3])
        #expect(result.guarantee == .exactlyOnce)
        #expect(result.exitStatus == 0)
    }

    @Test func acksOneIsLostWithTheOnlyBrokerThatHeldIt() throws {
        var play = Play()
        play.producerConfig = #""acks": "1""#
        play.timeline = [
            #"{ "at": "3s", "partition": { "between": [["leader(orders-0)"], ["#
                + #""followers(orders-0)"]] }, "as": "cut" }"#,
            #"{ "at": "4s", "kill": "leader(orders-0)", "as": "victim" }"#,
            #"{ "at": "15s", "heal": "cut" }"#,
        ]
        let result = try play.run()
        // A hundred a second, for the second between the cut and the death.
        #expect((95...105).contains(result["lost.acked"]))
        #expect(result["truncated.records"] == result["lost.acked"])
        #expect(result["records.acked"] == 1_000)
        #expect(result["partition.orders-0.records"] == 1_000 - result["lost.acked"])
        #expect(result["partition.orders-0.divergent"] == 0)
        #expect(result.causes == ["acked-by-leader-alone \(result["lost.acked"])"])
        #expect(result.guarantee == .atMostOnce)
    }

    @Test func aLeaderBehindACutIsTruncatedWhenItComesBack() throws {
        var play = Play()
        play.producerConfig = #""acks": "1""#
        play.workload = #""rate": "100/s", "count": 1500"#
        play.duration = "30s"
        play.consumers = [Play.group()]
        play.timeline = [
            #"{ "at": "3s", "for": "20s", "partition": { "between": [["leader(orders-0)"], "#
                + #"["followers(orders-0)", "all(controllers)"]] } }"#
        ]
        let result = try play.run()
        #expect(result["lost.acked"] >= 500)
        #expect(result["truncated.records"] == result["lost.acked"])
        #expect(result["partition.orders-0.leader-epoch"] == 1)
        #expect(result["partition.orders-0.divergent"] == 0)
        // Nothing above the high watermark was ever handed to a consumer.
        #expect(result["group.billing.dirty"] == 0)
        #expect(result["group.billing.end-to-end.lost"] == result["lost.acked"])
    }

    @Test func acksZeroIsToldNothing() throws {
        var play = Play()
        play.workload =
            #""rate": "1000/s", "count": 5000, "api": "fire-and-forget""#
        play.producerConfig = #""acks": "0", "linger.ms": "0", "metadata.max.age.ms": "1000""#
        play.timeline = [
            #"{ "at": "2s", "respond": { "from": "leader(orders-0)", "api": "Produce", "#
                + #""error": "NOT_LEADER_OR_FOLLOWER", "times": 5 } }"#
        ]
        let result = try play.run()
        #expect(result["records.acked"] == 5_000)
        #expect(result["records.failed"] == 0)
        #expect(result["lost.acked"] == 0)
        #expect(result["lost.silent"] >= 1)
        #expect(result["partition.orders-0.records"] + result["lost.silent"] == 5_000)
        #expect(result.causes == ["fire-and-forget \(result["lost.silent"])"])
        #expect(result.guarantee == .atMostOnce)
    }

    @Test func acksAllWaitsForADeadFollowerUntilItIsFenced() throws {
        var play = Play()
        play.workload = #""rate": "100/s", "count": 1500"#
        play.timeline = [
            #"{ "at": "3s", "kill": "follower(orders-0, 1)", "as": "victim" }"#,
            #"{ "at": "5s", "check": { "records.acked": { "max": 310 } } }"#,
            #"{ "at": "16s", "check": { "partition.orders-0.isr": [1, 3], "#
                + #""partition.orders-0.leader-epoch": 0 } }"#,
            #"{ "at": "18s", "start": "$victim" }"#,
        ]
        let result = try play.run()
        #expect(result.exitStatus == 0, "\(result.expectations.filter { !$0.pass })")
        #expect(
            result.differences(from: [
                "records.acked": 1_500, "isr.shrinks": 1, "isr.expands": 1,
                "elections.clean": 0, "leaderless.max.ms": 0, "truncated.records": 0,
            ]) == []
        )
        #expect((6_900...9_600).contains(result["ack.latency.max.ms"]))
    }

    @Test(arguments: [("", false), (#", "flush.messages": "1""#, true)])
    func powerLossOfAllReplicasTakesWhatWasNotFlushed(config: String, isSafe: Bool) throws {
        var play = Play()
        play.workload = #""rate": "100/s", "count": 400"#
        play.topicConfig += config
        play.timeline = [
            #"{ "at": "6s", "for": "5s", "#
                + #""crash": { "target": "isr(orders-0)", "keep": "synced" } }"#
        ]
        let result = try play.run()
        #expect(result["records.acked"] == 400)
        #expect(result["lost.acked"] == (isSafe ? 0 : 400))
        #expect(result.causes == (isSafe ? [] : ["power-loss-before-fsync 400"]))
        #expect(result.brokers("partition.orders-0.isr") == [1, 2, 3])
        #expect(result.violations == [])
    }

    @Test func syncBeforeThePowerLossKeepsEverything() throws {
        var play = Play()
        play.workload = #""rate": "100/s", "count": 400"#
        play.timeline = [
            #"{ "at": "5s", "fsync": "all(brokers)" }"#,
            #"{ "at": "6s", "for": "5s", "#
                + #""crash": { "target": "isr(orders-0)", "keep": "synced" } }"#,
        ]
        let result = try play.run()
        #expect(result.differences(from: ["records.acked": 400, "lost.acked": 0]) == [])
    }

    @Test func anUncleanElectionLosesWhatTheLastReplicaHeld() throws {
        let result = try lastReplicaStanding(unclean: true).run()
        // From the death of the followers, at 3 s, to the leader's, at 15 s.
        #expect((1_190...1_210).contains(result["lost.acked"]))
        #expect(result["truncated.records"] == result["lost.acked"])
        #expect(result["elections.unclean"] == 1)
        #expect(result.causes == ["unclean-election \(result["lost.acked"])"])
        #expect(result.violations == [])
    }

    @Test func withoutUncleanElectionThePartitionWaits() throws {
        var play = lastReplicaStanding(unclean: false)
        play.timeline.append(#"{ "at": "30s", "check": { "partition.orders-0.leader": null } }"#)
        let result = try play.run()
        #expect(result.exitStatus == 0, "\(result.expectations)")
        #expect(
            result.differences(from: [
                "records.acked": 2_000, "lost.acked": 0, "elections.unclean": 0,
                "elections.clean": 1, "partition.orders-0.leader": 1,
            ]) == []
        )
        #expect((19_900...21_000).contains(result["leaderless.max.ms"]))
    }

    private func lastReplicaStanding(unclean: Bool) -> Play {
        var play = Play()
        play.duration = "40s"
        play.workload = #""rate": "100/s", "count": 2000"#
        play.producerConfig = #""acks": "1""#
        play.topicConfig =
            #""min.insync.replicas": "1", "unclean.leader.election.enable": "\#(unclean)""#
        play.timeline = [
            #"{ "at": "3s", "kill": "followers(orders-0)", "as": "followers" }"#,
            #"{ "at": "15s", "kill": "broker-1", "as": "last" }"#,
            #"{ "at": "17s", "start": "$followers" }"#,
            #"{ "at": "35s", "start": "$last" }"#,
        ]
        return play
    }

    @Test func tooFewReplicasRefuseAcksAll() throws {
        var play = Play()
        play.duration = "12s"
        play.workload = #""rate": "100/s", "count": 300"#
        play.producerConfig =
            #""acks": "all", "delivery.timeout.ms": "3000", "request.timeout.ms": "1000""#
        play.timeline = [#"{ "at": "2s", "stop": ["broker-2", "broker-3"] }"#]
        let result = try play.run()
        #expect(result["records.acked"] + result["records.failed"] == 300)
        #expect((190...210).contains(result["records.acked"]))
        #expect(result["errors.TimeoutException"] == result["records.failed"])
        #expect(result["responses.NOT_ENOUGH_REPLICAS"] >= 3)
        #expect(result["lost.reported"] + result["phantom"] == result["records.failed"])
        #expect(result["lost.acked"] == 0)
        #expect(result.causes == ["not-enough-replicas \(result["lost.reported"])"])
    }

    @Test func aPausedLeaderIsFencedAndItsAppendsAreTruncated() throws {
        var play = Play()
        play.duration = "25s"
        play.workload = #""rate": "100/s", "count": 1500"#
        play.timeline = [#"{ "at": "3s", "pause": "leader(orders-0)", "for": "12s" }"#]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "records.acked": 1_500, "lost.acked": 0, "duplicated": 0,
                "partition.orders-0.leader": 2, "partition.orders-0.leader-epoch": 1,
                "elections.clean": 1, "partition.orders-0.records": 1_500,
            ]) == []
        )
        #expect(result.brokers("partition.orders-0.isr") == [1, 2, 3])
    }

    /// A leader answers a follower that waits while it reads for another one. Each has a session of
    /// its own, and neither is told that its session is out of order.
    @Test func followersOfBusyPartitionsKeepTheirFetchSessions() throws {
        var play = Play()
        play.duration = "12s"
        play.partitions = "[[1, 2, 3], [1, 2, 3], [1, 2, 3]]"
        play.workload = #""rate": "1000/s", "count": 10000, "keys": { "uniform": 100 }"#
        play.consumers = [Play.group()]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "records.acked": 10_000, "responses.INVALID_FETCH_SESSION_EPOCH": 0,
                "responses.FETCH_SESSION_ID_NOT_FOUND": 0,
            ]) == []
        )
    }

    /// A quiet follower's fetches find nothing new for a minute, and count all the same; that another
    /// one has to begin its session anew changes nothing for it. Cut off, both have the whole
    /// `replica.lag.time.max.ms` of 30 s from then on.
    @Test func quietFollowersCountAsCaughtUpToTheirLastFetch() throws {
        var play = Play()
        play.duration = "110s"
        play.producerConfig = #""acks": "1", "enable.idempotence": "false""#
        play.workload = #""sends": [ { "at": "1s", "count": 10 }, { "at": "61s", "count": 10 } ]"#
        let isr = #""partition.orders-0.isr""#
        play.timeline = [
            #"""
            { "at": "10s",
              "respond": { "from": "broker-1", "api": "Fetch", "reset": "after-execution" } }
            """#,
            #"{ "at": "60s", "partition": { "between": [["broker-1"], ["broker-2", "broker-3"]] } }"#,
            "{ \"at\": \"89s\", \"check\": { \(isr): [1, 2, 3] } }",
            "{ \"at\": \"107s\", \"check\": { \(isr): [1] } }",
        ]
        let result = try play.run()
        #expect(result.expectations.map(\.pass) == [true, true])
    }
}
