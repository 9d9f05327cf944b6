import ArgumentParser
import Checkers
import Report
import Scenario
import SimCluster

/// `kafkasim compare`: settings against what they cost.
struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Vary settings; print the matrix of what each costs as one table.",
        discussion: """
            Every combination of the varied values, and of the scenario's own matrix, is run with \
            every seed. A line of the table is the worst that any seed came to.

            EXAMPLES
              kafkasim compare leader-kill.json --vary 'producers.*.config.acks=0,1,all'
              kafkasim compare leader-kill.json --seeds 1..50 \\
                --vary 'producers.*.config.acks=1,all' \\
                --vary 'topics.*.config.min.insync.replicas=1,2'
              kafkasim compare leader-kill.json --vary 'topics.*.replication.factor=1,2,3' \\
                --format markdown
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case markdown
        case json
    }

    @Argument(
        help: ArgumentHelp("A scenario file (JSON or YAML).", valueName: "file"),
        completion: scenarioFiles
    )
    var file: String

    @Option(
        name: .customLong("vary"),
        help: ArgumentHelp("A setting and its values (repeatable).", valueName: "path=a,b")
    )
    var axes: [String] = []

    @Option(
        help: ArgumentHelp("Seeds, such as 1..50 (default: the file's).", valueName: "range"),
        transform: SeedRange.init
    )
    var seeds: SeedRange?

    @OptionGroup var overrides: OverrideOption
    @OptionGroup var jobsOption: JobsOption

    @Option(help: "What to print.")
    var format = Format.text

    func run() async throws {
        let loaded = try Scenarios.load([file], overrides: overrides.assignments, axes: axes)
        let documents = loaded[0].variants
        guard documents.count > 1 || !documents[0].variant.isEmpty else {
            throw Failure(
                "error: nothing to compare: give --vary PATH=a,b, or a matrix in \(file)"
            )
        }
        var options = RunOptions()
        options.samples = false
        options.rows = options.samples
        let seeds = seeds?.seeds ?? [documents[0].seed]
        let jobs = JobList(
            variants: documents.map { (file, $0) },
            seeds: seeds,
            options: options
        )
        let overrides = overrides.assignments
        var outcomes: [VariantComparison.Outcome] = []
        var bar = ProgressBar(total: jobs.count)
        var bugs: [String] = []
        try await Campaign(jobs, atOnce: jobsOption.jobs).run { finished in
            let outcome = VariantComparison.Outcome(finished.result)
            guard outcome.exitStatus == 3 else { return (outcome, nil as String?) }
            let command = finished.job.command(overrides: overrides)
            let bug = BugReport(finished.result, version: kafkasimVersion, command: command)
            return (outcome, bug.text())
        } each: { _, outcome in
            outcomes.append(outcome.0)
            if let bug = outcome.1 { bugs.append(bug) }
            bar.advance(passed: outcome.0.pass)
        }
        bar.finish()
        let comparison = VariantComparison(
            scenario: documents[0].name,
            variants: documents.enumerated().map { index, document in
                VariantComparison.Variant(
                    settings: document.variant.map { SettingRow(path: $0.path, value: $0.text) },
                    outcomes: Array(outcomes[index * seeds.count..<(index + 1) * seeds.count])
                )
            }
        )
        try show(comparison)
        if let first = bugs.first { Output.error(first) }
        if comparison.exitStatus != 0 { throw ExitCode(comparison.exitStatus) }
    }

    private func show(_ comparison: VariantComparison) throws {
        let report = ComparisonReport(comparison)
        switch format {
        case .text: try Output.text(report.text(Output.presentation, command: command))
        case .markdown: try Output.text(report.markdown())
        case .json: try Output.text(report.json())
        }
    }

    private var command: String {
        var command = ShellCommand("kafkasim", "compare", file)
        for axis in axes { command.add("--vary", axis) }
        for override in overrides.assignments { command.add("--set", override) }
        if let seeds { command.add("--seeds", seeds.text) }
        return command.text
    }
}
