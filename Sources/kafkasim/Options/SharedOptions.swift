import ArgumentParser

/// `--db` of the commands that read recorded runs.
struct DatabaseOption: ParsableArguments {
    static let standardPath = "reports/kafkasim.sqlite"

    @Option(
        name: .customLong("db"),
        help: ArgumentHelp("The database of recorded runs.", valueName: "file"),
        completion: .file(extensions: ["sqlite", "db"])
    )
    var path = DatabaseOption.standardPath
}

/// `--set` of the commands that run scenarios.
struct OverrideOption: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Override a value of the scenario, such as producers.*.config.acks=1 (repeatable).",
            valueName: "path=value"
        )
    )
    var assignments: [String] = []
}

/// `--jobs` of the commands that run many simulations.
struct JobsOption: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("Simulations at once (default: one a core).", valueName: "n")
    )
    var jobs: Int?

    mutating func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1") }
    }
}

/// The completion of arguments that name scenario files.
let scenarioFiles = CompletionKind.file(extensions: ["json", "yaml", "yml"])
