import Checkers
import ResultStore
import Scenario
import SimCluster

/// What recording a run in SQLite costs.
enum Storage {
    static func run(_ report: inout Report) throws(ScenarioError) {
        report.heading(
            "SQLite",
            """
            `scenarios/leader-kill.json` recorded in a new database on the disk of `/tmp`. The \
            slowdown of the whole process by `--db` and `--trace` is under "Whole processes".
            """
        )
        let document = try Scenarios.load(path: "../scenarios/leader-kill.json")
        var rows: [[String]] = []
        for traces in [false, true] {
            var options = RunOptions()
            options.traces = traces
            let run = Scenarios.run(document, options: options)
            let result = run.result
            let count =
                result.records.count + result.deliveries.count + result.samples.count
                + result.trace.count
            var problem: String?
            let series = Measure.timed(rounds: report.rounds) {
                let path = Files.temporary("store.sqlite")
                defer { Files.remove(path) }
                return Measure.nanoseconds {
                    do throws(StoreError) {
                        _ = try ResultStore.open(path: path).record(result)
                    } catch {
                        problem = "\(error)"
                    }
                }
            }
            if let problem { report.fail(problem) }
            rows.append([
                traces ? "with trace" : "without trace",
                Text.number(result.records.count), Text.number(result.deliveries.count),
                Text.number(result.samples.count), Text.number(result.trace.count),
                series.scaled(by: 1e-6).text(digits: 0),
                series.inverted(Double(count) * 1e6).text(digits: 0),
                series.scaled(by: 1 / Double(count)).text(digits: 0),
            ])
        }
        report.table(
            [
                "run", "records", "deliveries", "samples", "trace rows", "ms", "1,000 rows/s",
                "ns a row",
            ],
            rows
        )
    }
}
