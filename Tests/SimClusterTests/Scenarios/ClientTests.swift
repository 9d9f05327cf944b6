import Checkers
import Testing

/// Errors as applications see them, and groups that lose members.
@Suite struct ClientTests {
    @Test func anOversizedRecordFailsAtTheClientOrAtTheBroker() throws {
        var play = Play()
        play.duration = "5s"
        play.workload = #""rate": "100/s", "count": 100"#
        play.producerConfig = #""acks": "all", "linger.ms": "0""#
        play.topicConfig = #""min.insync.replicas": "2", "max.message.bytes": "2000""#
        play.timeline = [
            #"{ "at": "2s", "send": { "producer": "shop", "value-size": 2000000 } }"#,
            #"{ "at": "3s", "send": { "producer": "shop", "value-size": 5000 } }"#,
        ]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "records.sent": 102, "records.acked": 100, "records.failed": 2,
                "lost.reported": 2, "errors.RecordTooLargeException": 2,
                "responses.MESSAGE_TOO_LARGE": 1, "partition.orders-0.records": 100,
            ]) == []
        )
        #expect(
            result.causes.sorted() == ["above-max-message-bytes 1", "above-max-request-size 1"]
        )
    }

    @Test func aRetriableErrorIsRetried() throws {
        let result = try answered(#""error": "NOT_ENOUGH_REPLICAS", "times": 3"#).run()
        #expect(
            result.differences(from: [
                "records.acked": 1_000, "retries": 3, "responses.NOT_ENOUGH_REPLICAS": 3,
                "duplicated": 0, "reordered": 0,
            ]) == []
        )
    }

    /// What the scenario alone has acknowledged is lost, and no promise of Kafka's is broken.
    @Test func anAnswerThatTheScenarioMadeUpBreaksNoPromise() throws {
        let result = try answered(#""error": "DUPLICATE_SEQUENCE_NUMBER", "times": 1"#).run()
        #expect(result.violations == [])
        #expect(result["lost.acked"] >= 1)
    }

    @Test func withoutRetriesTheApplicationIsTold() throws {
        var play = answered(#""error": "NOT_ENOUGH_REPLICAS", "times": 3"#)
        play.producerConfig =
            #""acks": "all", "retries": "0", "enable.idempotence": "false", "linger.ms": "0""#
        let result = try play.run()
        #expect(
            result.differences(from: [
                "records.failed": 3, "errors.NotEnoughReplicasException": 3, "lost.reported": 3,
                "retries": 0, "records.acked": 997,
            ]) == []
        )
        #expect(result.causes == ["not-enough-replicas 3"])
    }

    @Test(arguments: [(true, Int64(0)), (false, Int64(1))])
    func aLostResponseDoublesOnlyWithoutIdempotence(isIdempotent: Bool, copies: Int64) throws {
        var play = answered(#""reset": "after-execution""#)
        play.producerConfig =
            #""acks": "all", "linger.ms": "0", "enable.idempotence": "\#(isIdempotent)""#
        let result = try play.run()
        #expect(
            result.differences(from: [
                "records.acked": 1_000, "retries": 1, "duplicated": copies,
                "partition.orders-0.records": 1_000 + copies,
            ]) == []
        )
        #expect(result.causes == (isIdempotent ? [] : ["retry-without-idempotence 1"]))
        #expect(result.guarantee == (isIdempotent ? .exactlyOnce : .atLeastOnce))
    }

    /// With acks=0 no error can be answered: what was refused is gone, what was executed stays.
    @Test(arguments: [
        (#""error": "NOT_LEADER_OR_FOLLOWER""#, Int64(1)), (#""reset": "after-execution""#, 0),
    ])
    func withoutAcksAFaultOnlyEndsTheConnection(fault: String, lost: Int64) throws {
        var play = answered(fault)
        play.producerConfig = #""acks": "0", "linger.ms": "0""#
        let result = try play.run()
        #expect(
            result.differences(from: [
                "records.acked": 1_000, "retries": 0, "lost.silent": lost,
                "partition.orders-0.records": 1_000 - lost, "responses.NOT_LEADER_OR_FOLLOWER": 0,
            ]) == []
        )
    }

    private func answered(_ fault: String) -> Play {
        var play = Play()
        play.producerConfig = #""acks": "all", "linger.ms": "0""#
        play.timeline = [
            #"{ "at": "3s", "respond": { "from": "leader(orders-0)", "api": "Produce", \#(fault) } }"#
        ]
        return play
    }

    /// The same kill in the middle of a batch of ten.
    @Test func committingAfterProcessingRepeatsAndBeforeItSkips() throws {
        var play = Play()
        play.duration = "30s"
        play.workload = #""rate": "1000/s", "count": 500"#
        let config = #""max.poll.records": "10", "session.timeout.ms": "6000""#
        play.consumers = [
            Play.group("careful", commit: "after-processing", time: "20ms", config: config),
            Play.group("hasty", commit: "before-processing", time: "20ms", config: config),
        ]
        play.timeline = [
            #"{ "at": "6.1s", "for": "1s", "kill": ["consumer/careful-1", "consumer/hasty-1"] }"#
        ]
        let result = try play.run()
        #expect((1...10).contains(result["group.careful.reprocessed"]))
        #expect(result["group.careful.end-to-end.lost"] == 0)
        #expect(result["group.careful.skipped"] == 0)
        #expect((1...10).contains(result["group.hasty.skipped"]))
        #expect(result["group.hasty.reprocessed"] == 0)
        #expect(result["group.hasty.end-to-end.lost"] == result["group.hasty.skipped"])
        #expect(result["group.careful.committed.orders-0"] == 500)
        // The member that was killed is only missed when its session is over.
        #expect(result["group.careful.rebalances"] == 2)
    }

    @Test func aStoppedMemberLeavesAndTheOthersTakeOver() throws {
        var play = Play()
        play.duration = "15s"
        play.partitions = "[[1, 2, 3], [2, 3, 1]]"
        play.workload += #", "keys": { "uniform": 50 }"#
        play.consumers = [Play.group(members: 2)]
        play.timeline = [#"{ "at": "8s", "stop": "consumer/billing-1" }"#]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "group.billing.processed": 1_000, "group.billing.reprocessed": 0,
                "group.billing.skipped": 0, "group.billing.unread": 0,
                "group.billing.rebalances": 2,
            ]) == []
        )
        #expect(result.guarantee == .exactlyOnce)
    }

    @Test func aKilledProducerLeavesItsBufferPending() throws {
        var play = Play()
        play.producerConfig = #""acks": "all", "linger.ms": "1000", "batch.size": "1000000""#
        play.timeline = [#"{ "at": "3.5s", "kill": "producer/shop" }"#]
        let result = try play.run()
        #expect((1...150).contains(result["records.pending"]))
        #expect(result["lost.silent"] + result["phantom"] == result["records.pending"])
        #expect(result["records.sent"] == result["records.acked"] + result["records.pending"])
        #expect(result.causes == ["died-in-producer-buffer \(result["lost.silent"])"])
    }

    /// A stream that is blocked past the end of the scenario ends with it.
    @Test func aSynchronousProducerThatFellBehindStopsWithTheDuration() throws {
        var play = Play()
        play.workload = #""rate": "100/s", "count": 1000, "api": "sync""#
        play.timeline = [#"{ "at": "3s", "isolate": "all(clients)" }"#]
        let result = try play.run()
        #expect((290...310).contains(result["records.sent"]))
        #expect(result["records.acked"] + result["records.failed"] == result["records.sent"])
    }

    @Test func recordsAboveTheBufferBlockAndFail() throws {
        var play = Play()
        play.workload = #""rate": "1000/s", "count": 3000, "value-size": 500"#
        play.producerConfig = #""acks": "all", "buffer.memory": "20000", "max.block.ms": "500""#
        play.timeline = [#"{ "at": "1s", "isolate": "all(clients)", "for": "3s" }"#]
        let result = try play.run()
        #expect(result["producer.shop.blocked.ms"] >= 500)
        #expect(result["errors.BufferExhaustedException"] >= 1)
        #expect(result["lost.acked"] == 0)
        #expect(
            result["records.acked"] + result["records.failed"] == result["records.sent"]
        )
    }
}
