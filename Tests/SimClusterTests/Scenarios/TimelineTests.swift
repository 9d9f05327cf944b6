import Checkers
import SimBase
import Testing

/// What the timeline's own words mean: `for`, `repeat`, `when`, `as`, `optional`, `check`, settle.
@Suite struct TimelineTests {
    @Test func forUndoesAnAction() throws {
        var play = Play()
        play.timeline = [
            #"{ "at": "3s", "kill": "broker-3", "for": "12s" }"#,
            #"{ "at": "14s", "check": { "partition.orders-0.isr": [1, 2] } }"#,
        ]
        let result = try play.run()
        #expect(result.exitStatus == 0, "\(result.expectations)")
        #expect(
            result.timeline.contains { $0.text == "start broker-3" && $0.at.milliseconds == 15_000 }
        )
        #expect(result.brokers("partition.orders-0.isr") == [1, 2, 3])
    }

    @Test func repeatCountsAllFirings() throws {
        var play = Play()
        play.timeline = [
            #"{ "at": "2s", "send": { "producer": "shop", "count": 5 }, "#
                + #""repeat": { "every": "3s", "times": 3 } }"#
        ]
        let result = try play.run()
        #expect(result["records.sent"] == 1_015)
        #expect(result.actions.map(\.at.milliseconds) == [2_000, 5_000, 8_000])
    }

    @Test func whenFiresOnceAsSoonAsItsConditionHolds() throws {
        var play = Play()
        play.timeline = [
            #"{ "when": "records.acked >= 500", "kill": "leader(orders-0)" }"#,
            #"{ "when": "leader(orders-0) changed", "check": { "partition.orders-0.leader": 2 } }"#,
            #"{ "when": "isr(orders-0) < 3", "check": { "records.acked": { "min": 500 } } }"#,
        ]
        let result = try play.run()
        #expect(result.exitStatus == 0, "\(result.expectations)")
        #expect(result.expectations.count == 2)
        #expect(result.actions.count == 1)
        #expect((4_950...5_200).contains(result.actions[0].at.milliseconds))
    }

    @Test func aReferenceIsWhatTheTargetWasThen() throws {
        var play = Play()
        play.timeline = [
            #"{ "at": "3s", "stop": "leader(orders-0)", "as": "first" }"#,
            #"{ "at": "6s", "stop": "leader(orders-0)", "as": "second" }"#,
            #"{ "at": "12s", "start": "$first" }"#,
        ]
        play.settle = #"{ "for": "20s", "restart": false }"#
        let result = try play.run()
        #expect(result.actions.map(\.target) == ["broker-1", "broker-2", "broker-1"])
        #expect(result.brokers("partition.orders-0.isr") == [1, 3])
    }

    @Test func aSelectorWithoutATargetFailsTheRunUnlessOptional() throws {
        var play = Play()
        play.settle = #"{ "for": "10s", "restart": false }"#
        play.timeline = [
            #"{ "at": "3s", "kill": ["broker-1", "broker-2", "broker-3"] }"#,
            #"{ "at": "18s", "kill": "leader(orders-0)" }"#,
        ]
        let strict = try play.run()
        #expect(strict.exitStatus == 1)
        #expect(strict.skipped.map(\.skipped) == ["its target resolved to no node"])
        #expect(strict["lost.silent"] == strict["records.pending"])

        play.timeline[1] = #"{ "at": "18s", "kill": "leader(orders-0)", "optional": true }"#
        let lenient = try play.run()
        #expect(lenient.exitStatus == 0)
        #expect(lenient.skipped.count == 1)
    }

    @Test func checksJudgeTheirInstant() throws {
        var play = Play()
        play.duration = "5s"
        play.timeline = [
            #"{ "at": "3s", "check": { "records.acked": { "min": 1000 } } }"#,
            #"{ "at": "2s", "check": { "records.acked": { "min": 190, "max": 201 } } }"#,
        ]
        let result = try play.run()
        #expect(result.exitStatus == 1)
        #expect(result.expectations.map { $0.at?.milliseconds } == [2_000, 3_000])
        #expect(result.expectations.map(\.pass) == [true, false])
    }

    @Test func expectationsDecideTheExitStatus() throws {
        var play = Play()
        play.expect = #""records.acked": 1000, "guarantee": "exactly-once", "lost.acked": 0"#
        #expect(try play.run().exitStatus == 0)
        play.expect = #""records.acked": { "max": 999 }"#
        #expect(try play.run().exitStatus == 1)
    }

    @Test func settleRestartsAllButWhatIsKeptDown() throws {
        var play = Play()
        play.timeline = [
            #"{ "at": "3s", "kill": "leader(orders-0)", "as": "victim" }"#,
            #"{ "at": "4s", "kill": "broker-3" }"#,
        ]
        play.topicConfig = #""min.insync.replicas": "1""#
        play.settle = #"{ "for": "30s", "keep-down": ["$victim"] }"#
        let result = try play.run()
        #expect(result.brokers("partition.orders-0.isr") == [2, 3])
        #expect(result.reacted("settle: start broker-3"))
        #expect(!result.reacted("settle: start broker-1"))
        #expect(result["records.acked"] == 1_000)
    }

    @Test func settleUndoesFaultsThatStillHold() throws {
        var play = Play()
        play.timeline = [
            #"{ "at": "3s", "partition": { "between": [["broker-1"], "#
                + #"["broker-2", "broker-3", "all(controllers)"]] } }"#
        ]
        let result = try play.run()
        #expect(result.brokers("partition.orders-0.isr") == [1, 2, 3])
        #expect(
            result.differences(from: ["lost.acked": 0, "partition.orders-0.divergent": 0]) == []
        )
    }

    @Test func healEndsTheFaultOfItsName() throws {
        var play = Play()
        play.timeline = [
            #"{ "at": "2s", "isolate": "broker-2", "as": "one" }"#,
            #"{ "at": "2s", "isolate": "broker-3", "as": "other" }"#,
            #"{ "at": "15s", "heal": "other" }"#,
            #"{ "at": "33s", "check": { "partition.orders-0.isr": [1, 3] } }"#,
        ]
        play.duration = "34s"
        play.topicConfig = #""min.insync.replicas": "1""#
        let result = try play.run()
        #expect(result.exitStatus == 0, "\(result.expectations)")
    }
}
