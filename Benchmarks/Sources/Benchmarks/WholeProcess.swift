import Checkers
import Scenario
import SimCluster

/// The command line tool as a user starts it, and campaigns of many seeds.
enum WholeProcess {
    static let small = "Scenarios/small.json"

    static func run(_ report: inout Report) throws(ScenarioError) {
        report.heading(
            "Whole processes",
            "The released `kafkasim`, from its start to its end: wall clock, processor time, peak memory."
        )
        leaderKill(&report)
        virtualTime(&report)
        try campaign(&report)
    }

    private static func leaderKill(_ report: inout Report) {
        let database = Files.temporary("runs.sqlite")
        var rows: [[String]] = []
        let kinds: [(String, [String])] = [
            ("nothing recorded", ["--no-db"]), ("recorded", ["--db", database]),
            ("recorded with trace", ["--db", database, "--trace"]),
        ]
        var walls = kinds.map { _ in Series(values: []) }
        var processors = walls
        var peaks = walls
        for _ in 0..<report.rounds {
            for (index, kind) in kinds.enumerated() {
                Files.remove(database)
                let outcome = report.tool.run(["run", "../scenarios/leader-kill.json"] + kind.1)
                if outcome.status != 0 { report.fail("leader-kill ends with \(outcome.status)") }
                walls[index].values.append(outcome.wallNanoseconds)
                processors[index].values.append(outcome.cpuNanoseconds)
                peaks[index].values.append(outcome.peakBytes)
            }
        }
        Files.remove(database)
        for (index, kind) in kinds.enumerated() {
            rows.append([
                "leader-kill.json, \(kind.0)", walls[index].scaled(by: 1e-6).text(digits: 0),
                processors[index].scaled(by: 1e-6).text(digits: 0),
                Text.ratio(processors[index].median, processors[0].median),
                Text.megabytes(peaks[index].median),
            ])
        }
        report.table(["run", "wall ms", "CPU ms", "CPU to nothing recorded", "peak MiB"], rows)
    }

    private static func virtualTime(_ report: inout Report) {
        var rows: [[String]] = []
        for (name, file) in [
            ("leader kill, 30 s, 10 records/s", "Scenarios/slow-leader-kill.json"),
            ("idle hour, 3 brokers, 3 controllers", "Scenarios/idle-hour.json"),
        ] {
            var walls = Series(values: [])
            var processors = Series(values: [])
            var virtual = 0.0
            var peak = 0.0
            var events = 0.0
            for _ in 0..<report.rounds {
                let outcome = report.tool.run(["run", file, "--no-db", "--format", "json"])
                if outcome.status != 0 { report.fail("\(file) ends with \(outcome.status)") }
                walls.values.append(outcome.wallNanoseconds)
                processors.values.append(outcome.cpuNanoseconds)
                virtual = outcome.metric("virtual.ms") ?? 0
                events = outcome.metric("events") ?? 0
                peak = outcome.peakBytes
            }
            rows.append([
                name, walls.scaled(by: 1e-6).text(digits: 1),
                processors.scaled(by: 1e-6).text(digits: 1),
                Text.decimal(virtual / 1_000, digits: 1), Text.number(Int(events)),
                processors.inverted(virtual * 1e6).text(digits: 0), Text.megabytes(peak),
            ])
        }
        report.table(
            [
                "scenario", "wall ms", "CPU ms", "virtual s", "events", "virtual to CPU time",
                "peak MiB",
            ],
            rows
        )
    }

    private static func campaign(_ report: inout Report) throws(ScenarioError) {
        let seeds = 60
        var documents: [ScenarioDocument] = []
        for seed in 1...seeds {
            documents.append(try Scenarios.load(path: small, seed: UInt64(seed)))
        }
        var rows: [[String]] = []
        let loop = Measure.timed(rounds: report.rounds) {
            Measure.nanoseconds {
                for document in documents { _ = Scenarios.run(document) }
            }
        }
        rows.append([
            "one core, in a loop", "", loop.inverted(Double(seeds) * 1e9).text(digits: 0), "",
        ])
        for jobs in [1, 2] {
            var walls = Series(values: [])
            var processors = Series(values: [])
            var peak = 0.0
            for _ in 0..<report.rounds {
                let outcome = report.tool.run([
                    "test", small, "--seeds", "1..\(seeds)", "--jobs", "\(jobs)",
                ])
                if outcome.status != 0 { report.fail("the campaign ends with \(outcome.status)") }
                walls.values.append(outcome.wallNanoseconds)
                processors.values.append(outcome.cpuNanoseconds)
                peak = max(peak, outcome.peakBytes)
            }
            rows.append([
                "kafkasim test --jobs \(jobs)", walls.inverted(Double(seeds) * 1e9).text(digits: 0),
                processors.inverted(Double(seeds) * 1e9).text(digits: 0), Text.megabytes(peak),
            ])
        }
        report.paragraph(
            "Campaigns of `\(small)`: 3 brokers, 1,000 records, one kill, 30 s; \(seeds) seeds."
        )
        report.table(["campaign", "seeds a second", "seeds a CPU second", "peak MiB"], rows)
    }
}
