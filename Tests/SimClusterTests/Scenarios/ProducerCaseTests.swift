import Checkers
import Testing

/// What an application's way of sending does to its records.
@Suite struct ProducerCaseTests {
    /// A batch leaves when the next one is opened; the last open one dies with its process.
    @Test(arguments: [
        ("", 1_000, Int64(888)), (#", "every": "1ms""#, 1_000, 888),
        (#", "every": "2ms""#, 1_000, 882),
        (#", "every": "4.9ms""#, 1_000, 882), (#", "key": "k1234567""#, 1_000, 966), ("", 148, 0),
        ("", 149, 148),
    ])
    func aKilledProducerLosesItsOpenBatch(send: String, count: Int, acked: Int64) throws {
        var play = Play()
        play.duration = "10s"
        play.cluster = #""brokers": 1, "controllers": 1"#
        play.partitions = "[[1]]"
        play.topicConfig = ""
        play.workload =
            #""sends": [ { "at": "0s", "count": \#(count), "value-size": 100\#(send) } ]"#
        play.producerConfig = #""acks": "all", "linger.ms": "60000", "batch.size": "16384""#
        play.timeline = [#"{ "at": "5s", "kill": "producer/shop" }"#]
        let result = try play.run()
        let lost = Int64(count) - acked
        #expect(
            result.differences(from: [
                "records.acked": acked, "lost.silent": lost, "records.pending": lost,
                "partition.orders-0.records": acked, "records.failed": 0,
            ]) == []
        )
        #expect(result.causes == ["died-in-producer-buffer \(lost)"])
    }

    /// What a delay of one API holds back is still in the leader's hands when it dies.
    @Test(arguments: [("1", Int64(20)), ("all", Int64(0))])
    func aLeaderThatDiesBeforeItsFollowersFetched(acks: String, lost: Int64) throws {
        var play = Play()
        play.duration = "40s"
        play.workload = #""sends": [ { "at": "10s", "count": 20 } ]"#
        play.producerConfig = #""acks": "\#(acks)", "linger.ms": "0""#
        play.timeline = [
            """
            { "at": "9s", "link": { "from": "leader(orders-0)", "to": "followers(orders-0)",
              "latency": "300ms", "apis": ["Fetch"] } }
            """,
            #"{ "at": "10.1s", "kill": "leader(orders-0)", "as": "victim" }"#,
            #"{ "at": "30s", "start": "$victim" }"#,
        ]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "records.acked": 20, "lost.acked": lost, "truncated.records": 20,
                "elections.clean": 1, "elections.unclean": 0, "partition.orders-0.divergent": 0,
                "partition.orders-0.records": 20 - lost,
            ]) == []
        )
        #expect(result.causes == (lost == 0 ? [] : ["acked-by-leader-alone 20"]))
    }

    /// One record that is too long ends the sending of all: the callback sends it again inside
    /// `send()` until the stack overflows, the handler closes the shared producer, and every later
    /// `send()` throws.
    @Test func oneExceptionClosesASharedProducer() throws {
        var play = caseStudy()
        play.producers = [
            shop(
                """
                "sends": [ { "at": "1s", "count": 50, "every": "100ms" },
                  { "at": "7s", "value-size": 2097153 }, { "at": "8s", "count": 30, "every": "100ms" } ]
                """
            )
        ]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "records.sent": 81, "records.acked": 50, "errors.RecordTooLargeException": 1,
                "errors.IllegalStateException": 30, "lost.reported": 31, "duplicated": 0,
            ]) == []
        )
        #expect(result.causes.sorted() == ["above-max-request-size 1", "producer-closed 30"])
    }

    /// A callback that sends again into a full buffer blocks inside the outer `send()`: what it
    /// throws behind that gets out only when there is memory again.
    @Test func aCallbackThatBlocksInsideSendDoesNotThrowYet() throws {
        var play = caseStudy()
        play.duration = "60s"
        play.producers = [
            shop(
                #""rate": "100/s", "count": 3000"#,
                config: #", "buffer.memory": "100000", "max.block.ms": "1000""#
            )
        ]
        play.timeline = [#"{ "at": "10s", "isolate": "broker-1", "for": "15s" }"#]
        let result = try play.run()
        // From about 14 s, when 400 batches of 250 bytes wait, to the heal at 25 s or soon after.
        #expect(result["producer.shop.blocked.ms"] > 10_000)
        #expect(result.differences(from: ["lost.acked": 0, "records.pending": 0]) == [])
        #expect(result["errors.IllegalStateException"] > 0)
    }

    /// The raw `retry.backoff.ms` of 10 s would follow a first InitProducerId that a broker without
    /// a block of ids refuses; the brokers of a healthy cluster have one.
    @Test func aHealthyClusterHasProducerIDs() throws {
        var play = caseStudy()
        play.producers = [shop(#""rate": "10/s", "count": 50"#)]
        play.duration = "5s"
        play.settle = #"{ "for": "1s" }"#
        let result = try play.run()
        // The last is alone in its open batch, which lingers.
        #expect(result.differences(from: ["records.acked": 49, "records.pending": 1]) == [])
    }

    /// A restarted application sends again what had no success, each record with its key.
    @Test func unresolvedRecordsKeepTheirKeys() throws {
        var play = Play()
        play.duration = "10s"
        play.partitions = "[[1, 2, 3], [2, 3, 1], [3, 1, 2]]"
        play.workload = #""sends": [ { "at": "1s", "count": 30, "key": "user-8" } ]"#
        play.producerConfig = #""acks": "all", "linger.ms": "5000""#
        play.timeline = [
            #"{ "at": "2s", "kill": "producer/shop", "as": "shop" }"#,
            #"{ "at": "3s", "start": { "target": "$shop", "resend-unresolved": true } }"#,
        ]
        let result = try play.run()
        #expect(
            result.differences(from: [
                "records.acked": 30, "duplicated": 0, "partition.orders-0.records": 30,
            ]) == []
        )
    }

    private func caseStudy() -> Play {
        var play = Play()
        play.duration = "20s"
        play.cluster = #""brokers": 1, "controllers": 1"#
        play.partitions = "[[1]]"
        play.topicConfig = ""
        return play
    }

    private func shop(_ workload: String, config: String = "") -> String {
        """
        { "name": "shop", "topic": "orders", \(workload), "api": "async",
          "on-error": ["resend-then-throw", "close-on-throw"],
          "config": { "acks": "all", "retries": "10", "retry.backoff.ms": "10000",
            "batch.size": "250", "linger.ms": "60000", "max.request.size": "2097152",
            "compression.type": "none"\(config) } }
        """
    }

    /// `KafkaProducer.doSend` takes the time before it waits for memory.
    @Test func aRecordsTimeIsThatOfItsSendAndNotOfTheEndOfItsWait() throws {
        let result = try Play.run(
            """
            { "name": "wait", "seed": 1, "duration": "30s", "settle": "30s",
              "cluster": { "brokers": 1, "controllers": 1 },
              "topics": [ { "name": "orders", "partitions": 1, "replication.factor": 1,
                "config": { "message.timestamp.before.max.ms": "500" } } ],
              "producers": [ { "name": "shop", "topic": "orders",
                "sends": [ { "at": "5s" }, { "at": "10s", "count": 10, "value-size": 10000 } ],
                "config": { "buffer.memory": "20000", "linger.ms": "0" } } ],
              "timeline": [ { "at": "9s", "for": "15s", "link": { "from": "broker-1",
                "to": "producer/shop", "latency": "1s", "apis": ["Produce"] } } ] }
            """
        )
        #expect(
            result.differences(from: [
                "records.acked": 2, "records.failed": 9, "errors.InvalidTimestampException": 9,
            ]) == []
        )
    }
}
