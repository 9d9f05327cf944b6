import ArgumentParser
import Scenario

/// `kafkasim validate`: checks scenarios without running them.
struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check scenario files without running them.",
        discussion: """
            Every problem of every file is reported at once, with line, column and what is allowed.

            EXAMPLES
              kafkasim validate scenarios/*.json
              kafkasim validate leader-kill.json --set topics.orders.replication.factor=5
            """
    )

    @Argument(
        help: ArgumentHelp("Scenario files (JSON or YAML).", valueName: "file"),
        completion: scenarioFiles
    )
    var files: [String]

    @OptionGroup var overrides: OverrideOption

    func run() throws {
        var isWrong = false
        for file in files {
            do {
                let loaded = try Scenarios.load([file], overrides: overrides.assignments)
                let count = loaded[0].variants.count
                try Output.text("\(file): ok" + (count == 1 ? "\n" : ", \(count) variants\n"))
            } catch let failure as Failure {
                Output.error(failure.message)
                isWrong = true
            }
        }
        if isWrong { throw ExitCode(2) }
    }
}

/// `kafkasim schema`: the format of scenario files, for editors.
struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the JSON Schema of the scenario format.",
        discussion: """
            EXAMPLES
              kafkasim schema > scenarios/scenario.schema.json

            A scenario names it ("$schema": "./scenario.schema.json"), so that editors complete \
            and check its keys.
            """
    )

    func run() throws {
        try Output.text(JSONSchema.text())
    }
}

/// `kafkasim init`: a scenario to start from.
struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a commented starter scenario.",
        discussion: """
            EXAMPLES
              kafkasim init                writes scenario.yaml
              kafkasim init orders         writes orders.yaml
            """
    )

    @Argument(help: "The scenario's name.")
    var name = "scenario"

    @Flag(help: "Replace the file if it exists.")
    var force = false

    func run() throws {
        guard !name.hasSuffix(".json") else {
            throw Failure(
                "error: \(name): the starter is YAML, for its comments; name a .yaml file"
            )
        }
        let isFile = name.hasSuffix(".yaml") || name.hasSuffix(".yml")
        let path = isFile ? name : name + ".yaml"
        let base = path.split(separator: "/").last.map(String.init) ?? path
        let scenario = String(base.prefix { $0 != "." })
        guard !scenario.isEmpty, !Files.isFolder(path) else {
            throw Failure("error: \"\(name)\" is not a name for a scenario")
        }
        guard force || !Files.exists(path) else {
            throw Failure("error: \(path): exists already; choose another name, or add --force")
        }
        try Files.write(StarterScenario.text(name: scenario), to: path, replacing: force)
        try Output.text("wrote \(path)\n\(ShellCommand("kafkasim", "run", path).text)\n")
    }
}
