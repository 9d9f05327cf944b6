import ArgumentParser
import Checkers
import Report
import ResultStore

/// `kafkasim explain`: why a recorded run came to what it came to.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Explain a recorded run: its causes, or a record's whole life.",
        discussion: """
            EXAMPLES
              kafkasim explain latest
              kafkasim explain 12
              kafkasim explain 12 --record 4711
              sqlite3 reports/kafkasim.sqlite 'SELECT * FROM lost_records WHERE run_id = 12'
            """
    )

    @OptionGroup var database: DatabaseOption

    @Argument(help: ArgumentHelp("The run's number, or 'latest'.", valueName: "run"))
    var recordedRun: RunArgument

    @Option(help: ArgumentHelp("The record's number.", valueName: "id"))
    var record: Int32?

    func run() throws {
        let text = try reading(database.path) { store throws(StoreError) in
            let id = try recordedRun.resolve(in: store)
            let detail = record.map { ResultStore.Detail.record($0) } ?? .verdict
            let result = try store.run(id, detail)
            let report = ExplainReport(
                result,
                run: id.rawValue,
                presentation: Output.presentation
            )
            guard let record = result.records.first else {
                return report.causes(command: hint(id, result))
            }
            return report.life(of: record)
        }
        try Output.text(text)
    }

    /// The command that tells the life of the first example, or else of the first record.
    private func hint(_ id: RunID, _ result: RunResult) -> String {
        var command = ShellCommand("kafkasim", "explain", id.description)
        if database.path != DatabaseOption.standardPath { command.add("--db", database.path) }
        command.add("--record", String(result.findings.first?.example ?? 0))
        return command.text
    }
}

/// A run's number, or `latest`.
enum RunArgument: ExpressibleByArgument {
    case number(RunID)
    case latest

    init?(argument: String) {
        if argument == "latest" {
            self = .latest
        } else {
            guard let number = Int64(argument), number > 0 else { return nil }
            self = .number(RunID(number))
        }
    }

    func resolve(in store: ResultStore) throws(StoreError) -> RunID {
        switch self {
        case .number(let id): return id
        case .latest:
            guard let id = try store.latestRun() else {
                throw .noRuns(path: store.path)
            }
            return id
        }
    }
}

/// `kafkasim runs`: what has been recorded.
struct Runs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List recorded runs, the latest first.",
        discussion: """
            EXAMPLES
              kafkasim runs
              kafkasim runs --limit 5 --db nightly.sqlite
              sqlite3 reports/kafkasim.sqlite 'SELECT * FROM verdicts WHERE NOT pass'
            """
    )

    @OptionGroup var database: DatabaseOption

    @Option(help: ArgumentHelp("List at most so many.", valueName: "n"))
    var limit = 50

    mutating func validate() throws {
        if limit < 1 { throw ValidationError("--limit must be at least 1") }
    }

    func run() throws {
        let lines = try reading(database.path) { store throws(StoreError) in
            try store.runs(limit: limit).map { run in
                RunLine(
                    id: run.id.rawValue,
                    recordedAt: run.recordedAt,
                    scenario: run.scenario,
                    seed: run.seed,
                    kafkaVersion: run.kafkaVersion,
                    pass: run.pass,
                    guarantee: run.guarantee,
                    sent: run.sent,
                    lost: run.lost,
                    duplicated: run.duplicated,
                    reordered: run.reordered
                )
            }
        }
        try Output.text(RunList(lines).text(Output.presentation))
    }
}

/// `kafkasim diff`: what differs between two recorded runs.
struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what differs between two recorded runs.",
        discussion: """
            Settings, verdict, causes and metrics, and after how many events the runs part.

            EXAMPLES
              kafkasim diff 11 12
              kafkasim diff 11 latest
            """
    )

    @OptionGroup var database: DatabaseOption

    @Argument(help: ArgumentHelp("A run's number, or 'latest'.", valueName: "a"))
    var left: RunArgument

    @Argument(help: ArgumentHelp("Another's.", valueName: "b"))
    var right: RunArgument

    func run() throws {
        let report = try reading(database.path) { store throws(StoreError) in
            let leftID = try left.resolve(in: store)
            let rightID = try right.resolve(in: store)
            return DiffReport(
                try store.run(leftID),
                run: leftID.rawValue,
                try store.run(rightID),
                run: rightID.rawValue
            )
        }
        try Output.text(report.text(Output.presentation))
    }
}

/// What is read from a database of recorded runs.
/// - Throws: a ``Failure`` that says what is wrong with it.
private func reading<Answer>(
    _ path: String,
    _ body: (ResultStore) throws(StoreError) -> Answer
) throws(Failure) -> Answer {
    do throws(StoreError) {
        return try body(try ResultStore.open(path: path, for: .reading))
    } catch {
        throw Failure(error)
    }
}
