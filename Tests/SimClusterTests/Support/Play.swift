import Checkers
import Scenario
import SimBase
import SimCluster

/// A scenario in the making. Each test changes what it is about; the rest is a healthy cluster of
/// three brokers and one controller, one partition on all of them, and a producer with `acks=all`.
///
/// Every part is a piece of the scenario file itself, so that a test reads like one.
struct Play {
    var name = "test"
    var seed: UInt64 = 1
    var duration = "20s"
    var settle = #""60s""#
    var cluster = #""brokers": 3, "controllers": 1"#
    var serverConfig = ""
    var partitions = "[[1, 2, 3]]"
    var topicConfig = #""min.insync.replicas": "2""#
    var workload = #""rate": "100/s", "count": 1000"#
    var producerConfig = #""acks": "all""#
    /// Whole producers, instead of the one above.
    var producers: [String] = []
    var consumers: [String] = []
    var timeline: [String] = []
    var expect = ""
    var traces = false

    var text: String {
        let producer = """
            { "name": "shop", "topic": "orders", \(workload), "config": { \(producerConfig) } }
            """
        return """
            {
              "name": "\(name)", "seed": \(seed), "duration": "\(duration)", "settle": \(settle),
              "cluster": { \(cluster), "config": { \(serverConfig) } },
              "topics": [ { "name": "orders", "assignment": \(partitions),
                "config": { \(topicConfig) } } ],
              "producers": [ \((producers.isEmpty ? [producer] : producers).joined(separator: ", ")) ],
              "consumers": [ \(consumers.joined(separator: ", ")) ],
              "timeline": [ \(timeline.joined(separator: ",\n    ")) ],
              "expect": { \(expect) }
            }
            """
    }

    /// Plays it through the two types that everybody else uses too.
    func run() throws(ScenarioError) -> RunResult {
        try Play.run(text, traces: traces)
    }

    static func run(
        _ text: String,
        seed: UInt64? = nil,
        traces: Bool = false
    ) throws(ScenarioError) -> RunResult {
        let source = try ScenarioSource(text, file: "test.json", format: .json)
        var options = RunOptions()
        options.traces = traces
        options.samples = false
        return Simulation(try source.variants(seed: seed)[0], file: "test.json", options: options)
            .run()
    }

    /// A group that reads everything from the start and commits itself.
    static func group(
        _ name: String = "billing",
        members: Int = 1,
        commit: String = "after-processing",
        time: String = "0.1ms",
        start: String = "0s",
        config: String = ""
    ) -> String {
        """
        { "group": "\(name)", "members": \(members), "topics": ["orders"], "start": "\(start)",
          "processing": { "time": "\(time)" }, "commit": "\(commit)",
          "config": { "auto.offset.reset": "earliest", "enable.auto.commit": "false"
            \(config.isEmpty ? "" : ", " + config) } }
        """
    }
}

extension RunResult {
    /// A metric that is a number; milliseconds are rounded down. 0 where nothing was counted.
    subscript(_ name: String) -> Int64 {
        switch metric(name) {
        case .integer(let value): value
        case .thousandths(let value): value / 1_000
        case .text, .list, .null, nil: 0
        }
    }

    /// A list of broker ids, as a set is compared.
    func brokers(_ name: String) -> [Int64] {
        guard case .list(let list) = metric(name) else { return [] }
        return list.sorted()
    }

    /// The metrics that are not what is expected, in words; empty if all are.
    func differences(from expected: KeyValuePairs<String, Int64>) -> [String] {
        expected.compactMap { name, value in
            self[name] == value ? nil : "\(name) is \(self[name]), not \(value)"
        }
    }

    var causes: [String] {
        findings.map { "\($0.cause) \($0.records)" }
    }

    func reacted(_ text: String) -> Bool {
        timeline.contains { $0.text.contains(text) }
    }

    var skipped: [ActionRow] {
        actions.filter { $0.skipped != nil }
    }
}
