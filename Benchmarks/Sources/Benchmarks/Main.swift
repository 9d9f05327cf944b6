import Scenario

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// `swift run -c release Benchmarks [--output FILE] [--rounds N] [--only PART]…
/// [--kafkasim PATH]` measures;
/// `--quick [--budget FILE] [--update-budget]` compares counts with the committed ones.
@main
enum Main {
    private static let parts = ["storm", "records", "stack", "process", "growth", "storage"]

    static func main() {
        var output: String?
        var rounds = 5
        var only: [String] = []
        var part: String?
        var budget = "budget.json"
        var isQuick = false
        var isUpdate = false
        var swift = "Swift"
        var tool = Tool(path: "../.build/release/kafkasim")
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--output": output = arguments.popFirst()
            case "--rounds": rounds = arguments.popFirst().flatMap { Int($0) } ?? rounds
            case "--only": only += arguments.popFirst().map { [$0] } ?? []
            case "--part": part = arguments.popFirst()
            case "--budget": budget = arguments.popFirst() ?? budget
            case "--swift": swift = arguments.popFirst() ?? swift
            case "--kafkasim": tool = Tool(path: arguments.popFirst() ?? tool.path)
            case "--quick": isQuick = true
            case "--update-budget": isUpdate = true
            default:
                print("unknown option \(argument)")
                exit(2)
            }
        }
        do throws(ScenarioError) {
            if isQuick {
                exit(try Quick.run(budget: budget, update: isUpdate) ? 0 : 1)
            }
            if let part {
                exit(try measure(part, rounds: rounds, tool: tool, output: output))
            }
        } catch {
            print(error.description)
            exit(2)
        }
        exit(
            measureAll(
                only.isEmpty ? parts : only,
                rounds: rounds,
                tool: tool,
                swift: swift,
                output: output
            )
        )
    }

    /// One part, in a process of its own.
    private static func measure(
        _ part: String,
        rounds: Int,
        tool: Tool,
        output: String?
    ) throws(ScenarioError) -> Int32 {
        var report = Report(rounds: rounds, tool: tool)
        switch part {
        case "storm": Storms.run(&report)
        case "records": Records.run(&report)
        case "stack": try FullStack.run(&report)
        case "process": try WholeProcess.run(&report)
        case "growth": Growth.run(&report)
        case "storage": try Storage.run(&report)
        default: report.fail("there is no part \(part)")
        }
        if let output, !Files.write(report.text, to: output) { return 2 }
        return report.failures.isEmpty ? 0 : 1
    }

    private static func measureAll(
        _ parts: [String],
        rounds: Int,
        tool: Tool,
        swift: String,
        output: String?
    ) -> Int32 {
        var text = """
            # Benchmarks

            Written by `make bench`; `docs/performance.md` says what the figures mean. Each figure \
            is the median of \(rounds) interleaved runs, with the smallest and the largest; processor time \
            unless the column says otherwise, because the machine may have other work. \
            Nanoseconds differ from machine to machine, ratios hardly.

            \(Machine.description(swift: swift))

            """
        var status: Int32 = 0
        for part in parts {
            let file = Files.temporary(part)
            let outcome = Program.run([
                CommandLine.arguments[0], "--part", part, "--rounds", "\(rounds)",
                "--kafkasim", tool.path,
                "--output", file,
            ])
            print(outcome.output)
            text += Files.read(file)
            if outcome.status != 0 { text += "\n**\(part) ended with \(outcome.status)**\n" }
            status = max(status, outcome.status)
            Files.remove(file)
        }
        if let output, !Files.write(text, to: output) { return 2 }
        return status
    }
}
