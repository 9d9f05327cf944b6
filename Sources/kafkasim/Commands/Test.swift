import ArgumentParser
import Checkers
import Report
import Scenario
import SimCluster

/// `kafkasim test`: a folder of scenarios as a regression suite.
struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a folder of scenarios as a regression suite.",
        discussion: """
            Runs every scenario file in the folder and the folders in it, with every seed. Fails \
            where an expectation fails.

            EXAMPLES
              kafkasim test
              kafkasim test scenarios --seeds 1..100 --jobs 8
              kafkasim test scenarios --junit junit.xml
            """
    )

    @Argument(
        help: ArgumentHelp("A folder of scenarios, or one file.", valueName: "dir"),
        completion: .directory
    )
    var folder = "scenarios"

    @Option(
        help: ArgumentHelp("Seeds, such as 1..50 (default: the files').", valueName: "range"),
        transform: SeedRange.init
    )
    var seeds: SeedRange?

    @OptionGroup var jobsOption: JobsOption

    @Option(
        help: ArgumentHelp("Write the results as JUnit XML as well.", valueName: "file"),
        completion: .file(extensions: ["xml"])
    )
    var junit: String?

    @OptionGroup var overrides: OverrideOption

    @Option(
        name: .customLong("db"),
        help: ArgumentHelp("Record the runs in a database (default: none).", valueName: "file"),
        completion: .file(extensions: ["sqlite", "db"])
    )
    var database: String?

    private struct Outcome: Sendable {
        let result: RunResult
        let failure: SuiteReport.FailedRun?
        let bug: String?
    }

    func run() async throws {
        let loaded = try Scenarios.load(files(), overrides: overrides.assignments)
        let recording = try Recording(path: database, remedy: "record nothing: leave out --db")
        if let junit { try Files.write("", to: junit, replacing: true) }
        let jobs = jobs(loaded)
        var suite = Suite()
        let overrides = overrides.assignments
        // Rows are kept only where they are to be recorded.
        let keepsRows = database != nil
        let start = ContinuousClock.now
        var bar = ProgressBar(total: jobs.count)
        try await Campaign(jobs, atOnce: jobsOption.jobs).run { finished in
            let result = finished.result
            let command = finished.job.command(overrides: overrides)
            return Outcome(
                result: keepsRows ? result : result.withoutRows,
                failure: result.pass ? nil : SuiteReport.FailedRun(result, command: command),
                bug: result.exitStatus == 3
                    ? BugReport(result, version: kafkasimVersion, command: command).text() : nil
            )
        } each: { index, outcome in
            _ = try recording.record(outcome.result)
            suite.add(outcome, of: jobs.variant(of: index), keepsResult: junit != nil)
            bar.advance(passed: outcome.failure == nil)
        }
        bar.finish()
        let elapsed = (ContinuousClock.now - start).components
        let report = SuiteReport(
            suite.lines,
            wallNanoseconds: elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000
        )
        try Output.text(report.text(Output.presentation))
        if let junit {
            try Files.write(JUnitReport.text(suite.results), to: junit, replacing: true)
        }
        if let bug = suite.bugs.first { Output.error(bug) }
        if suite.status != 0 { throw ExitCode(suite.status) }
    }

    private func files() throws -> [String] {
        guard Files.exists(folder) else {
            throw Failure("error: \(folder): no such folder; name the folder of your scenarios")
        }
        guard Files.isFolder(folder) else { return [folder] }
        let files = Files.scenarios(in: folder)
        guard !files.isEmpty else {
            throw Failure(
                "error: \(folder): no scenario files (.json, .yaml, .yml) in this folder"
            )
        }
        return files
    }

    private func jobs(_ loaded: [(file: String, variants: [ScenarioDocument])]) -> JobList {
        var options = RunOptions()
        options.samples = database != nil
        options.rows = options.samples
        return JobList(
            variants: loaded.flatMap { file, variants in variants.map { (file, $0) } },
            seeds: seeds?.seeds,
            options: options
        )
    }

    /// What has been heard so far, in the order of the jobs.
    private struct Suite {
        var lines: [SuiteReport.Line] = []
        var results: [RunResult] = []
        var bugs: [String] = []
        var status: Int32 = 0
        private var file: String?

        mutating func add(
            _ outcome: Outcome,
            of variant: (file: String, document: ScenarioDocument),
            keepsResult: Bool
        ) {
            if file != variant.file {
                file = variant.file
                lines.append(SuiteReport.Line(scenario: variant.document.name))
            }
            lines[lines.count - 1].runs += 1
            if let failure = outcome.failure { lines[lines.count - 1].failures.append(failure) }
            if let bug = outcome.bug { bugs.append(bug) }
            if keepsResult { results.append(outcome.result.withoutRows) }
            status = max(status, outcome.result.exitStatus)
        }
    }
}
