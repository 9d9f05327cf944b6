import Checkers
import Testing

/// When a leader answers a fetch, and out of which session.
@Suite struct FetchTests {
    private func backlog(
        version: String = "4.0",
        records: Int,
        minBytes: Int,
        topicConfig: String = ""
    ) throws -> RunResult {
        try Play.run(
            """
            { "name": "backlog", "seed": 1, "duration": "40s", "settle": "60s",
              "cluster": { "kafka.version": "\(version)", "brokers": 1, "controllers": 1 },
              "topics": [ { "name": "orders", "partitions": 1, "replication.factor": 1,
                "config": { \(topicConfig) } } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "2000/s",
                "count": \(records), "value-size": 1000, "config": { "linger.ms": "5" } } ],
              "consumers": [ { "group": "billing", "topics": ["orders"], "start": "15s",
                "config": { "auto.offset.reset": "earliest", "fetch.min.bytes": "\(minBytes)" } } ],
              "timeline": [ { "at": "19.5s", "check": { "group.billing.processed": \(records) } } ] }
            """
        )
    }

    /// A fetch that reaches over a segment's end gives what the segment has, however little, and at
    /// once: tryCompleteElseWatch, DelayedFetch case F.
    @Test func aFetchBehindTheActiveSegmentDoesNotWait() throws {
        let result = try backlog(
            version: "3.9",
            records: 2_000,
            minBytes: 600_000,
            topicConfig: #""segment.bytes": "65536""#
        )
        #expect(result.expectations.map(\.actual) == ["2000"])
    }

    /// What is taken from the file may end inside a batch, and counts as a whole: with
    /// `fetch.min.bytes` as large as `max.partition.fetch.bytes` nobody waits while there is enough.
    @Test func aTornBatchCountsForMinBytes() throws {
        let result = try backlog(records: 8_000, minBytes: 1_048_576)
        #expect(result.expectations.map(\.actual) == ["8000"])
    }

    /// A reader names the session of the broker's last life once more; it is not somebody else's.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func aRestartedBrokerClosesNobodysSession(seed: UInt64) throws {
        let group = { (name: String) in
            #"{ "group": "\#(name)", "members": 4, "topics": ["orders"] }"#
        }
        let result = try Play.run(
            """
            { "name": "sessions", "seed": 1, "duration": "40s", "settle": "60s",
              "cluster": { "brokers": 2, "controllers": 1,
                "config": { "offsets.topic.replication.factor": "1" } },
              "topics": [ { "name": "orders",
                "assignment": [[1], [1], [1], [1], [1], [1], [1], [1]] } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "20/s",
                "config": { "acks": "all" } } ],
              "consumers": [ \(["a", "b", "c"].map(group).joined(separator: ", ")) ],
              "timeline": [ { "at": "15s", "kill": "broker-1" }, { "at": "17s", "start": "broker-1" } ] }
            """,
            seed: seed
        )
        #expect(
            result.differences(from: [
                "responses.FETCH_SESSION_ID_NOT_FOUND": 0,
                "responses.INVALID_FETCH_SESSION_EPOCH": 0,
            ]) == []
        )
    }

    /// Eight places, twelve readers of equal worth: four do without a session, eight keep theirs.
    @Test func readersOfEqualWorthDoNotEvictEachOther() throws {
        let groups = (0..<12).map { #"{ "group": "g\#($0)", "topics": ["orders"] }"# }
        let result = try Play.run(
            """
            { "name": "crowd", "seed": 1, "duration": "200s", "settle": "60s",
              "cluster": { "brokers": 1, "controllers": 1, "config": {
                "max.incremental.fetch.session.cache.slots": "8" } },
              "topics": [ { "name": "orders", "partitions": 2, "replication.factor": 1 } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "5/s" } ],
              "consumers": [ \(groups.joined(separator: ", ")) ] }
            """
        )
        #expect(
            result.differences(from: [
                "responses.FETCH_SESSION_ID_NOT_FOUND": 0,
                "responses.INVALID_FETCH_SESSION_EPOCH": 0,
            ]) == []
        )
    }

    /// A topic that the leader has not heard of is refused with the answer to the rest: the follower
    /// has the error after `replica.fetch.wait.max.ms`, not at once.
    @Test func anUnknownTopicMakesNoHaste() throws {
        let result = try Play.run(
            """
            { "name": "late", "seed": 1, "duration": "30s", "settle": "60s",
              "cluster": { "brokers": 3, "controllers": 1 },
              "topics": [ { "name": "idle", "assignment": [[1, 2, 3]] } ],
              "timeline": [
                { "at": "8.9s", "for": "1.4s",
                  "link": { "from": "controller-1", "to": "broker-1", "latency": "1500ms" } },
                { "at": "9s", "create-topic": { "name": "fresh", "assignment": [[1, 2, 3]] } },
                { "at": "9.4s", "check": { "responses.UNKNOWN_TOPIC_ID": 0 } },
                { "at": "10s", "check": { "responses.UNKNOWN_TOPIC_ID": 2 } } ] }
            """
        )
        #expect(result.expectations.filter { !$0.pass }.map(\.actual) == [])
    }

    /// The leader's log end cannot be had: the follower asks again after `replica.fetch.backoff.ms`.
    @Test func aFollowerOutOfRangeDoesNotHammerALeaderThatIsGone() throws {
        let result = try Play.run(
            """
            { "name": "hammer", "seed": 1, "duration": "40s", "settle": "60s",
              "cluster": { "brokers": 3, "controllers": 1 },
              "topics": [ { "name": "orders", "assignment": [[1, 2, 3]],
                "config": { "min.insync.replicas": "1" } } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "500/s", "count": 5000,
                "start": "1s", "config": { "acks": "all" } } ],
              "timeline": [
                { "at": "3s", "kill": "broker-3" },
                { "at": "15s", "delete-records": { "partition": "orders-0", "before": -1 } },
                { "at": "20s", "link": { "from": "broker-3", "to": "broker-1", "latency": "300ms",
                  "apis": ["ListOffsets"] } },
                { "at": "20s", "start": "broker-3" },
                { "at": "20.02s", "kill": "broker-1" } ] }
            """
        )
        #expect(result["responses.OFFSET_OUT_OF_RANGE"] >= 1)
        // At network speed the attempts alone would be six thousand events.
        #expect(result.events < 19_000)
    }
}
