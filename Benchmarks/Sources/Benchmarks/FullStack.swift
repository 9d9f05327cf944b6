import CBenchmarks
import Checkers
import Scenario
import SimBase
import SimCluster

/// A simulation in this process, with what it cost.
struct Measured {
    var result: RunResult
    var nanoseconds: Double
    var mallocs: Double

    var events: Double { Double(result.events) }

    func metric(_ name: String) -> Double {
        guard case .integer(let value) = result.metric(name) else { return 0 }
        return Double(value)
    }
}

/// Scenarios that this process runs itself.
enum Scenarios {
    static func load(_ text: String) throws(ScenarioError) -> ScenarioDocument {
        try ScenarioSource(text, file: "benchmark", format: .json).variants()[0]
    }

    static func load(path: String, seed: UInt64? = nil) throws(ScenarioError) -> ScenarioDocument {
        try ScenarioSource(path: path).variants(seed: seed)[0]
    }

    static func run(_ document: ScenarioDocument, options: RunOptions = quiet) -> Measured {
        let mallocs = benchmarks_malloc_count()
        var result: RunResult?
        let nanoseconds = Measure.nanoseconds {
            result = Simulation(document, file: "benchmark", options: options).run()
        }
        guard let result else { preconditionFailure("a simulation without a result") }
        return Measured(
            result: result,
            nanoseconds: nanoseconds,
            mallocs: Double(benchmarks_malloc_count() - mallocs)
        )
    }

    static var quiet: RunOptions {
        var options = RunOptions()
        options.samples = false
        return options
    }
}

/// Produce, replicate, consume, without any fault: three brokers, replication factor three.
enum FullStack {
    /// `records` records, 1,000 a second, in batches of about `batch` by `linger.ms`.
    static func scenario(records: Int, batch: Int) -> String {
        """
        {
          "name": "steady", "seed": 1, "duration": "\(records / 1_000 + 2)s", "settle": "20s",
          "cluster": { "kafka.version": "4.0", "brokers": 3, "controllers": 3 },
          "topics": [ { "name": "orders", "partitions": 1, "replication.factor": 3,
                        "config": { "min.insync.replicas": "2" } } ],
          "producers": [ { "name": "shop", "topic": "orders", "rate": "1000/s", "count": \(records),
                           "value-size": 100, "keys": null,
                           "config": { "acks": "all", "linger.ms": "\(batch == 1 ? 0 : batch)",
                                       "batch.size": "\(batch == 1 ? 0 : 65536)" } } ],
          "consumers": [ { "group": "billing", "members": 1, "topics": ["orders"],
                           "processing": { "time": "0ms" },
                           "config": { "auto.offset.reset": "earliest" } } ],
          "expect": { "records.acked": \(records), "group.billing.end-to-end.lost": 0 }
        }
        """
    }

    static let short = 10_000
    static let long = 40_000

    static func run(_ report: inout Report) throws(ScenarioError) {
        report.heading(
            "Full stack",
            """
            Produce, replicate, consume: 3 brokers, 3 controllers, replication factor 3, acks=all, \
            \(Text.number(long)) records of 100 bytes at 1,000 a second, without a fault. Steady \
            state: the difference of that run and one of \(Text.number(short)) records, so without \
            boot, verdict and settling. Mallocs are counted by the benchmark's own malloc.
            """
        )
        var rows: [[String]] = []
        for batch in [1, 10, 100] {
            let small = try Scenarios.load(scenario(records: short, batch: batch))
            let large = try Scenarios.load(scenario(records: long, batch: batch))
            var pairs: [(Measured, Measured)] = []
            for _ in 0..<report.rounds {
                pairs.append((Scenarios.run(small), Scenarios.run(large)))
            }
            for (_, last) in pairs where !last.result.pass {
                report.fail("the steady run with batches of \(batch) does not pass")
                break
            }
            let last = pairs[0].1
            let events = last.events - pairs[0].0.events
            let mallocs = last.mallocs - pairs[0].0.mallocs
            let whole = Series(values: pairs.map { $0.1.nanoseconds / $0.1.events })
            let steady = Series(
                values: pairs.map { ($0.1.nanoseconds - $0.0.nanoseconds) / events }
            )
            let batches = last.metric("requests.Produce")
            rows.append([
                Text.decimal(Double(long) / max(batches, 1), digits: 1),
                Text.number(last.result.events == 0 ? 0 : Int(last.result.events)),
                Text.decimal(last.events / Double(long), digits: 1),
                whole.text(digits: 0),
                steady.text(digits: 0),
                Series(values: steady.values.map { 1e9 / $0 / 1_000 }).text(digits: 0),
                Series(
                    values: pairs.map {
                        Double(long - short) * 1e6 / ($0.1.nanoseconds - $0.0.nanoseconds)
                    }
                ).text(digits: 0),
                Text.decimal(mallocs / events, digits: 2),
                Text.decimal(mallocs / Double(long - short), digits: 1),
            ])
        }
        report.table(
            [
                "records a request", "events", "events a record", "ns an event (whole run)",
                "ns an event (steady)", "1,000 events/s", "1,000 records/s", "mallocs an event",
                "mallocs a record",
            ],
            rows
        )
    }
}
