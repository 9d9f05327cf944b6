import Checkers
import Testing

/// Trouble with disks and clocks, and what is left when one of several ends.
@Suite struct DiskAndClockTests {
    private func texts(_ result: RunResult) -> [String] {
        result.timeline.filter { $0.kind == .action }.map(\.text)
    }

    /// How long the acknowledgement of a record takes that waits for a flush.
    private func acknowledgement(_ timeline: String) throws -> Int64 {
        let result = try Play.run(
            """
            { "name": "disks", "seed": 1, "duration": "14s", "settle": "30s",
              "cluster": { "brokers": 1, "controllers": 1 },
              "topics": [ { "name": "orders", "partitions": 1, "replication.factor": 1,
                "config": { "flush.messages": "1" } } ],
              "producers": [ { "name": "shop", "topic": "orders", "sends": [ { "at": "9s" } ],
                "config": { "acks": "all", "linger.ms": "0" } } ],
              "timeline": [ \(timeline) ] }
            """
        )
        #expect(result["records.acked"] == 1)
        return result["ack.latency.max.ms"]
    }

    @Test func aSlowDiskStaysSlowWhenAnotherFaultOfItEnds() throws {
        let long = #"{ "at": "5s", "disk": { "target": "broker-1", "slow": 200 }, "for": "8s" }"#
        let short = #"{ "at": "6s", "disk": { "target": "broker-1", "slow": 3 }, "for": "1s" }"#
        let slow = try acknowledgement(long)
        #expect(slow > 50 * (try acknowledgement("")))
        #expect(try acknowledgement("\(long), \(short)") == slow)
    }

    /// A directory whose space is back before the broker writes to it again goes on.
    @Test(arguments: [(50, false), (3_000, true)])
    func aFullDirectoryFailsOnlyIfItIsStillFullWhenItIsWrittenTo(
        _ milliseconds: Int,
        _ fails: Bool
    ) throws {
        let result = try Play.run(
            """
            { "name": "full", "seed": 1, "duration": "20s", "settle": "30s",
              "cluster": { "brokers": 2, "controllers": 1, "config": { "log.dirs": "/a,/b" } },
              "topics": [ { "name": "orders", "partitions": 4, "replication.factor": 2 } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "10/s",
                "keys": { "uniform": 100 }, "config": { "acks": "all", "linger.ms": "0" } } ],
              "timeline": [ { "at": "6.01s", "for": "\(milliseconds)ms",
                "disk": { "target": "broker-1", "full": true, "log-dir": 1 } } ] }
            """
        )
        #expect((result["isr.shrinks"] > 0) == fails)
    }

    @Test func aClockIsPutRightAtTheEnd() throws {
        let result = try Play.run(
            """
            { "name": "clock", "seed": 1, "duration": "30s", "settle": "30s",
              "cluster": { "brokers": 1, "controllers": 1 },
              "topics": [ { "name": "orders", "partitions": 1, "replication.factor": 1,
                "config": { "message.timestamp.after.max.ms": "60000" } } ],
              "producers": [ { "name": "shop", "topic": "orders",
                "sends": [ { "at": "5s" }, { "at": "12s" }, { "at": "25s" } ],
                "config": { "acks": "all" } } ],
              "timeline": [ { "at": "10s", "for": "10s",
                "clock": { "target": "producer/shop", "jump": "5m", "drift-ppm": 200 } } ] }
            """
        )
        #expect(result.differences(from: ["records.acked": 2, "records.failed": 1]) == [])
        #expect(texts(result).contains("the clock of producer/shop is put right"))
    }

    @Test func whatFindsNothingToDoSaysSo() throws {
        var play = Play()
        play.duration = "30s"
        play.timeline = [
            #"{ "at": "10s", "kill": "broker-1" }"#,
            #"{ "at": "11s", "kill": ["broker-1", "broker-2"] }"#,
            #"{ "at": "20s", "start": "broker-1" }"#,
            #"{ "at": "21s", "start": "broker-1" }"#,
        ]
        let texts = texts(try play.run())
        #expect(texts.contains("kill -9 broker-1"))
        #expect(texts.contains("kill -9 broker-1, broker-2 (broker-1: not running)"))
        #expect(texts.contains("start broker-1"))
        #expect(texts.contains("start broker-1 (running already)"))
    }
}
