import Checkers
import Testing

/// What a release line did not do yet, and what came with which.
@Suite struct ReleaseLineTests {
    /// KAFKA-12670: before 3.9 a KRaft controller does not read `unclean.leader.election.enable`.
    @Test(arguments: [("3.8", 0), ("3.9", 1)])
    func uncleanElectionByConfiguration(version: String, elections: Int64) throws {
        let result = try Play.run(
            """
            { "name": "unclean", "seed": 1, "duration": "60s",
              "settle": { "for": "20s", "restart": false },
              "cluster": { "kafka.version": "\(version)", "brokers": 3, "controllers": 3 },
              "topics": [ { "name": "orders", "assignment": [[1, 2]],
                "config": { "unclean.leader.election.enable": "true" } } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "10/s" } ],
              "timeline": [ { "at": "5s", "kill": "broker-2" }, { "at": "25s", "kill": "broker-1" },
                { "at": "40s", "start": "broker-2" } ] }
            """
        )
        #expect(result["elections.unclean"] == elections)
    }

    /// KAFKA-15489: before 3.7 a leader of the quorum that is cut off from the other voters goes on
    /// for those who reach it, and these hear nothing of its successor.
    @Test(arguments: [("3.6", 1), ("3.7", 2)])
    func theQuorumIsChecked(version: String, leader: Int64) throws {
        let result = try Play.run(
            """
            { "name": "check", "seed": 1, "duration": "60s",
              "settle": { "for": "1s", "restart": false },
              "cluster": { "kafka.version": "\(version)", "brokers": 3, "controllers": 3 },
              "topics": [ { "name": "orders", "assignment": [[1, 2, 3]] } ],
              "timeline": [
                { "at": "5s", "partition": { "between":
                  [["controller"], ["controller-1", "controller-2", "controller-3"]] } },
                { "at": "20s", "kill": "broker-1" },
                { "at": "50s", "check": { "partition.orders-0.leader": \(leader) } } ] }
            """
        )
        #expect(result.expectations.map(\.pass) == [true])
    }

    /// KIP-858: before 3.7 the controller is not told of a directory that has failed.
    @Test(arguments: [("3.6", 1), ("3.7", 2)])
    func failedDirectoriesAreReported(version: String, leader: Int64) throws {
        let result = try Play.run(
            """
            { "name": "jbod", "seed": 1, "duration": "40s",
              "settle": { "for": "10s", "restart": false },
              "cluster": { "kafka.version": "\(version)", "brokers": 3, "controllers": 1,
                "config": { "log.dirs": "/a,/b" } },
              "topics": [ { "name": "orders", "assignment": [[1, 2], [1, 2]] } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "20/s" } ],
              "timeline": [
                { "at": "5s", "disk": { "target": "broker-1", "fail": true, "log-dir": 1 } } ] }
            """
        )
        let leaders = [result["partition.orders-0.leader"], result["partition.orders-1.leader"]]
        #expect(leaders.sorted() == [1, leader])
    }

    /// Before 3.8 a reassignment ends when what it adds is in the ISR.
    @Test(arguments: [("3.7", [1, 2, 4]), ("3.8", [1, 2, 3, 4])])
    func reassignmentsAwaitTheirReplicas(version: String, replicas: [Int64]) throws {
        let result = try Play.run(
            """
            { "name": "reassign", "seed": 1, "duration": "40s",
              "settle": { "for": "10s", "restart": false },
              "cluster": { "kafka.version": "\(version)", "brokers": 4, "controllers": 1 },
              "topics": [ { "name": "orders", "assignment": [[1, 2, 3]] } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "20/s" } ],
              "timeline": [ { "at": "5s", "kill": "broker-2" },
                { "at": "20s", "reassign": { "partition": "orders-0", "replicas": [1, 2, 4] } } ] }
            """
        )
        #expect(result.brokers("partition.orders-0.replicas") == replicas)
    }

    /// KAFKA-15415: before 3.6 a producer waits before it tries again, whoever leads meanwhile.
    @Test(arguments: [("3.5", true), ("3.6", false)])
    func anotherLeaderEndsTheBackoff(version: String, waits: Bool) throws {
        let result = try Play.run(
            """
            { "name": "backoff", "seed": 1, "duration": "20s", "settle": "30s",
              "cluster": { "kafka.version": "\(version)", "brokers": 3, "controllers": 3 },
              "topics": [ { "name": "orders", "assignment": [[1, 2, 3]] } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "200/s",
                "config": { "linger.ms": "0", "retry.backoff.ms": "1000" } } ],
              "timeline": [
                { "at": "10s", "reassign": { "partition": "orders-0", "replicas": [2, 1, 3] } },
                { "at": "12s", "elect-leaders":
                  { "type": "preferred", "partitions": ["orders-0"] } } ] }
            """
        )
        #expect((result["ack.latency.max.ms"] >= 1_000) == waits)
    }

    /// KAFKA-14317: before 3.5 a request's time-out was any end of its connection.
    @Test(arguments: [("3.4", "NetworkException"), ("3.5", "TimeoutException")])
    func requestTimeoutsHaveAName(version: String, exception: String) throws {
        let result = try Play.run(
            """
            { "name": "timeout", "seed": 1, "duration": "20s", "settle": "30s",
              "cluster": { "kafka.version": "\(version)", "brokers": 3, "controllers": 3 },
              "topics": [ { "name": "orders", "assignment": [[1, 2, 3]] } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "10/s",
                "config": { "request.timeout.ms": "2000", "retries": "0" } } ],
              "timeline": [ { "at": "10s", "pause": "broker-1", "for": "4s" } ] }
            """
        )
        #expect(result["records.failed"] > 0)
        #expect(result["errors.\(exception)"] == result["records.failed"])
    }

    /// KAFKA-14831: until 3.5 an error that comes for a batch which has expired already bumps the
    /// epoch, and what is in the log under the old one is written again.
    @Test(arguments: [("3.5", 20), ("3.6", 0), ("4.0", 0)])
    func lateErrorsKeepSequences(version: String, duplicated: Int64) throws {
        let result = try Play.run(
            """
            { "name": "late", "seed": 1, "duration": "30s", "settle": "30s",
              "cluster": { "kafka.version": "\(version)", "brokers": 3, "controllers": 3 },
              "topics": [ { "name": "orders", "assignment": [[1, 2, 3]] } ],
              "producers": [ { "name": "shop", "topic": "orders",
                "sends": [ { "at": "9s" }, { "at": "10s" }, { "at": "11s", "count": 20 } ],
                "config": { "request.timeout.ms": "2000", "delivery.timeout.ms": "2020",
                  "linger.ms": "5" } } ],
              "timeline": [
                { "at": "9.9s", "respond":
                  { "from": "broker-1", "api": "Produce", "reset": "after-execution" } },
                { "at": "10.05s", "for": "2.05s", "link": { "from": "broker-1",
                  "to": "producer/shop", "latency": "5s", "apis": ["Produce"] } } ] }
            """
        )
        #expect(result["duplicated"] == duplicated)
    }

    // MARK: Eligible leader replicas (4.0)

    @Test func anotherMinimumForgetsEligibleReplicas() throws {
        let result = try Play.run(
            """
            { "name": "elr", "seed": 1, "duration": "60s",
              "settle": { "for": "20s", "restart": false },
              "cluster": { "brokers": 3, "controllers": 3,
                "features": { "eligible.leader.replicas.version": 1 } },
              "topics": [ { "name": "orders", "assignment": [[1, 2, 3]],
                "config": { "min.insync.replicas": "2" } } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "20/s",
                "config": { "acks": "1" } } ],
              "timeline": [ { "at": "3s", "stop": "broker-2" }, { "at": "5s", "stop": "broker-3" },
                { "at": "8s", "check": { "partition.orders-0.elr": [3] } },
                { "at": "9s", "configure": { "topic": "orders",
                  "set": { "min.insync.replicas": "3" } } },
                { "at": "10s", "check": { "partition.orders-0.elr": [] } },
                { "at": "11s", "kill": "broker-1" }, { "at": "25s", "start": "broker-3" },
                { "at": "50s", "check": { "partition.orders-0.leader": null } } ] }
            """
        )
        #expect(result.expectations.filter { !$0.pass }.map(\.metric) == [])
    }

    @Test func allBrokersHaveTheSameMinimumWithEligibleReplicas() throws {
        let result = try Play.run(
            """
            { "name": "elr", "seed": 1, "duration": "20s", "settle": "20s",
              "cluster": { "brokers": 3, "controllers": 3,
                "features": { "eligible.leader.replicas.version": 1 } },
              "topics": [ { "name": "orders", "assignment": [[1, 2, 3]] } ],
              "timeline": [
                { "at": "3s", "as": "one",
                  "configure": { "broker": 1, "set": { "min.insync.replicas": "2" } } },
                { "at": "4s", "as": "none",
                  "configure": { "broker": "default", "unset": ["min.insync.replicas"] } },
                { "at": "5s", "as": "all",
                  "configure": { "broker": "default", "set": { "min.insync.replicas": "2" } } } ],
              "expect": { "action.one.result": "INVALID_CONFIG",
                "action.none.result": "INVALID_CONFIG", "action.all.result": "NONE" } }
            """
        )
        #expect(result.expectations.filter { !$0.pass }.map(\.metric) == [])
    }
}
