/// How time and memory grow with the size of what is simulated, each step a process of its own.
enum Growth {
    private struct Shape {
        var records = 10_000
        var brokers = 3
        var partitions = 10
        var seconds = 60
        /// Kept while the other sizes grow, so that the load is the same.
        var rate = 1_000

        var text: String {
            """
            {
              "name": "growth", "seed": 1, "duration": "\(seconds)s", "settle": "20s",
              "cluster": { "kafka.version": "4.0", "brokers": \(brokers), "controllers": 3 },
              "topics": [ { "name": "orders", "partitions": \(partitions),
                            "replication.factor": 3 } ],
              "producers": [ { "name": "shop", "topic": "orders", "rate": "\(rate)/s",
                               "count": \(records), "value-size": 100, "keys": { "uniform": 1000 },
                               "config": { "acks": "all" } } ],
              "consumers": [ { "group": "billing", "members": 1, "topics": ["orders"],
                               "processing": { "time": "0ms" },
                               "config": { "auto.offset.reset": "earliest" } } ]
            }
            """
        }
    }

    static func run(_ report: inout Report) {
        report.heading(
            "Growth",
            """
            Whole processes without recording: 3 brokers, 10 partitions, 10,000 records at 1,000 a \
            second, 60 virtual seconds, except for what the row says. The last columns compare with \
            the row before.
            """
        )
        var steps: [[(String, Shape)]] = []
        steps.append(
            [1_000, 10_000, 100_000].map {
                ("\(Text.number($0)) records", Shape(records: $0, seconds: 120))
            }
        )
        steps.append([3, 30].map { ("\($0) brokers", Shape(brokers: $0)) })
        steps.append(
            [10, 100, 1_000].map { ("\(Text.number($0)) partitions", Shape(partitions: $0)) }
        )
        steps.append([60, 600, 6_000].map { ("\(Text.number($0)) s", Shape(seconds: $0)) })
        var rows: [[String]] = []
        for group in steps {
            var before: (time: Double, peak: Double)?
            for (name, shape) in group {
                let outcomes = measure(shape, report)
                if outcomes.contains(where: { $0.status != 0 }) {
                    report.fail("\(name): \(outcomes[0].output.prefix(300))")
                }
                let times = Series(values: outcomes.map(\.cpuNanoseconds))
                let peak = Series(values: outcomes.map(\.peakBytes)).median
                rows.append([
                    name, times.scaled(by: 1e-6).text(digits: 0), Text.megabytes(peak),
                    Text.number(Int(outcomes[0].metric("events") ?? 0)),
                    before.map { Text.ratio(times.median, $0.time) } ?? "",
                    before.map { Text.ratio(peak, $0.peak) } ?? "",
                ])
                before = (times.median, peak)
            }
        }
        report.table(["size", "CPU ms", "peak MiB", "events", "time ×", "memory ×"], rows)
    }

    private static func measure(_ shape: Shape, _ report: Report) -> [Outcome] {
        let file = Files.temporary("growth.json")
        defer { Files.remove(file) }
        guard Files.write(shape.text, to: file) else { return [] }
        return (0..<min(report.rounds, 3)).map { _ in
            report.tool.run(["run", file, "--no-db", "--format", "json"])
        }
    }
}
