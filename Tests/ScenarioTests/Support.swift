import KafkaProtocol
import SimBase

@testable import Scenario

/// Builders and short forms of the scenario tests.
enum Build {
    /// The document of a JSON text that must be right.
    static func document(_ json: String) throws -> ScenarioDocument {
        let documents = try ScenarioSource(json, file: "test.json", format: .json).variants()
        return documents[0]
    }

    /// What is wrong with a JSON text.
    static func problems(
        _ json: String,
        files: ScenarioFiles = .texts([:])
    ) -> [ScenarioProblem] {
        do throws(ScenarioError) {
            _ = try ScenarioSource(json, file: "test.json", format: .json, files: files).variants()
            return []
        } catch {
            return error.problems
        }
    }

    static func yamlProblems(_ yaml: String) -> [ScenarioProblem] {
        do throws(ScenarioError) {
            _ = try ScenarioSource(yaml, file: "test.yaml", format: .yaml).variants()
            return []
        } catch {
            return error.problems
        }
    }

    /// The example of the format's description.
    static let leaderKill = """
        {
          "$schema": "./scenario.schema.json",
          "name": "leader-kill",
          "description": "kill -9 of a partition leader under load",
          "seed": 1,
          "duration": "60s",
          "settle": "60s",
          "cluster": {
            "mode": "kraft",
            "kafka.version": "4.0",
            "brokers": 3, "controllers": 3,
            "config": { "unclean.leader.election.enable": "false" }
          },
          "network": { "latency": { "uniform": ["0.2ms", "1ms"] } },
          "disk": { "append": "0.02ms", "fsync": "2ms" },
          "topics": [ { "name": "orders", "partitions": 3, "replication.factor": 3,
                        "config": { "min.insync.replicas": "2" } } ],
          "producers": [ { "name": "shop", "topic": "orders", "rate": "1000/s", "count": 30000,
                           "value-size": 100, "keys": { "uniform": 1000 },
                           "api": "async", "on-error": "ignore",
                           "config": { "acks": "all" } } ],
          "consumers": [ { "group": "billing", "members": 2, "topics": ["orders"],
                           "processing": { "time": "0.1ms" }, "commit": "after-processing",
                           "config": { "auto.offset.reset": "earliest" } } ],
          "timeline": [ { "at": "10s", "kill": "leader(orders-0)", "as": "victim" },
                        { "at": "25s", "start": "$victim" } ],
          "expect": { "lost.acked": 0, "guarantee": "at-least-once",
                      "leaderless.max.ms": { "max": 12000 } }
        }
        """

    /// A document with `members` beside a duration and a topic `orders` of three partitions.
    static func around(_ members: String) -> String {
        """
        { "duration": "60s",
          "topics": [ { "name": "orders", "partitions": 3, "replication.factor": 3 } ],
          "producers": [ { "name": "shop", "topic": "orders", "rate": "10/s" } ],
          "consumers": [ { "group": "billing", "members": 2, "topics": ["orders"] } ],
          \(members)
        }
        """
    }

    static func timeline(_ entries: String) -> String {
        around("\"timeline\": [ \(entries) ]")
    }
}

extension ScenarioDocument {
    /// Without the places in the file, so that two spellings can be compared.
    var withoutPositions: ScenarioDocument {
        let none = SourcePosition(file: "", line: 0, column: 0)
        var copy = self
        for index in copy.timeline.indices {
            copy.timeline[index].position = none
            if case .check(var expectations) = copy.timeline[index].action {
                for inner in expectations.indices { expectations[inner].position = none }
                copy.timeline[index].action = .check(expectations)
            }
        }
        for index in copy.expectations.indices { copy.expectations[index].position = none }
        return copy
    }
}
