import ArgumentParser
import Checkers
import Report
import SimCluster

/// `kafkasim run`: runs scenarios and tells what became of the records.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run scenarios; print verdict and diagnosis.",
        discussion: """
            A scenario with a matrix is run once for each combination. Each run is recorded in a \
            database, for 'explain', 'diff' and your own SQL.

            EXAMPLES
              kafkasim run scenarios/leader-kill.json
              kafkasim run leader-kill.json --seed 42 --set producers.shop.config.acks=1
              kafkasim run leader-kill.json --no-db --format json | jq .metrics
              kafkasim run scenarios/*.json --no-db --format junit > junit.xml

            With --format json, one scenario gives one object, several give an array.
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
        case junit
    }

    @Argument(
        help: ArgumentHelp("Scenario files (JSON or YAML).", valueName: "file"),
        completion: scenarioFiles
    )
    var files: [String]

    @Option(help: "The seed of every random choice, instead of the file's.")
    var seed: UInt64?

    @Option(
        name: .customLong("db"),
        help: ArgumentHelp(
            "The database to record runs in (default: \(DatabaseOption.standardPath)).",
            valueName: "file"
        ),
        completion: .file(extensions: ["sqlite", "db"])
    )
    var database: String?

    @Flag(name: .customLong("no-db"), help: "Record nothing.")
    var recordsNothing = false

    @Option(help: "What to print.")
    var format = Format.text

    @Flag(help: "Record every message, timer and state change as well.")
    var trace = false

    @OptionGroup var overrides: OverrideOption

    mutating func validate() throws {
        if recordsNothing, database != nil {
            throw ValidationError("--db and --no-db exclude each other")
        }
        if trace, recordsNothing {
            throw ValidationError("--trace is recorded in the database: leave out --no-db")
        }
    }

    func run() throws {
        let jobs = try jobs()
        let recording = try Recording(
            path: recordsNothing ? nil : database ?? DatabaseOption.standardPath,
            remedy: "record nothing with --no-db"
        )
        var results: [RunResult] = []
        var status: Int32 = 0
        for (index, job) in jobs.enumerated() {
            let finished = job.run()
            let run = try recording.record(finished.result)
            status = max(status, finished.result.exitStatus)
            let command = job.command(overrides: overrides.assignments)
            if format == .text {
                let context = RunContext(
                    participants: Participants(document: job.document).lines,
                    wallNanoseconds: finished.wallNanoseconds,
                    record: recording.place(run),
                    explanation: finished.result.findings.isEmpty ? "" : recording.explanation(run),
                    command: command
                )
                let report = RunReport(
                    finished.result,
                    context: context,
                    presentation: Output.presentation
                )
                try Output.text((index > 0 ? "\n" : "") + report.text())
            }
            if finished.result.exitStatus == 3 {
                let bug = BugReport(finished.result, version: kafkasimVersion, command: command)
                Output.error(bug.text())
            }
            results.append(finished.result.withoutRows)
        }
        switch format {
        case .text: break
        case .json: try Output.text(RunJSON.text(results))
        case .junit: try Output.text(JUnitReport.text(results))
        }
        if status != 0 { throw ExitCode(status) }
    }

    private func jobs() throws -> [Job] {
        var options = RunOptions()
        options.traces = trace
        options.samples = !recordsNothing
        options.rows = options.samples
        let loaded = try Scenarios.load(files, seed: seed, overrides: overrides.assignments)
        return loaded.flatMap { file, variants in
            variants.map { Job(document: $0, file: file, options: options) }
        }
    }
}

extension RunResult {
    /// The verdict without the many rows that only the database keeps.
    var withoutRows: RunResult {
        var result = self
        result.records = []
        result.appends = []
        result.endings = []
        result.deliveries = []
        result.samples = []
        result.trace = []
        return result
    }
}
