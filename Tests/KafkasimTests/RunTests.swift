import Foundation
import Testing

@Suite(.disabled(if: CommandLineTool.isMissing, "kafkasim was not built"))
struct RunTests {
    private let tool: CommandLineTool

    init() throws {
        tool = try CommandLineTool()
        try tool.write(CommandLineTool.scenario(), to: "small.json")
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        )
    }

    @Test func jsonIsOneObjectWithTheContractsKeysInOrder() throws {
        let ending = try tool.run("run", "small.json", "--no-db", "--format", "json")
        #expect(ending.status == 0)
        #expect(ending.errors.isEmpty)
        _ = try object(ending.output)
        let keys = ending.output.split(separator: "\n")
            .filter { $0.hasPrefix("  \"") }
            .map { String($0.dropFirst(3).prefix { $0 != "\"" }) }
        #expect(
            keys == [
                "scenario", "seed", "digest", "metrics", "guarantee", "expectations", "diagnosis",
                "skipped-actions", "pass",
            ]
        )
        #expect(!tool.exists("reports"))
    }

    @Test func twoProcessesGiveTheSameBytes() throws {
        let first = try tool.run("run", "small.json", "--no-db", "--format", "json")
        let second = try tool.run("run", "small.json", "--no-db", "--format", "json")
        #expect(first.output == second.output)
        let other = try tool.run("run", "small.json", "--no-db", "--format", "json", "--seed", "2")
        #expect(try object(other.output)["seed"] as? Int == 2)
    }

    @Test func severalFilesGiveAnArray() throws {
        let ending = try tool.run("run", "small.json", "small.json", "--no-db", "--format", "json")
        let array = try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [Any]
        #expect(array?.count == 2)
    }

    @Test func aFailedExpectationEndsWithOne() throws {
        try tool.write(
            CommandLineTool.scenario(expect: #""records.sent": 7"#),
            to: "wrong.json"
        )
        let ending = try tool.run("run", "wrong.json", "--no-db")
        #expect(ending.status == 1)
        #expect(ending.output.contains("✗ records.sent"))
        #expect(try tool.run("run", "small.json", "wrong.json", "--no-db").status == 1)
    }

    @Test func textHasNoColourInAPipeAndEndsWithTheCommand() throws {
        let ending = try tool.run("run", "small.json", "--no-db")
        #expect(!ending.output.contains("\u{1B}"))
        #expect(ending.output.hasSuffix("\nkafkasim run small.json --seed 1\n"))
    }

    @Test func theReproducingCommandCarriesOverrides() throws {
        let ending = try tool.run(
            "run",
            "small.json",
            "--no-db",
            "--set",
            "producers.*.config.acks=1"
        )
        #expect(
            ending.output.hasSuffix(
                "\nkafkasim run small.json --seed 1 --set 'producers.*.config.acks=1'\n"
            )
        )
    }

    @Test func junitIsPrinted() throws {
        let ending = try tool.run("run", "small.json", "--no-db", "--format", "junit")
        #expect(ending.output.hasPrefix("<?xml"))
        #expect(ending.output.contains("name=\"lost.acked\""))
    }

    // MARK: Recorded runs

    @Test func aRunIsRecordedAndExplained() throws {
        let ending = try tool.run("run", "small.json")
        #expect(ending.output.contains("run 1 in reports/kafkasim.sqlite"))
        let runs = try tool.run("runs")
        #expect(runs.status == 0)
        #expect(runs.output.contains("small"))
        #expect(try tool.run("explain", "latest").output.hasPrefix("run 1: small"))
        let life = try tool.run("explain", "1", "--record", "0")
        #expect(life.output.hasPrefix("record 0 of run 1: small"))
        #expect(life.output.contains("send()"))
        #expect(try tool.run("explain", "1", "--record", "100000").status == 2)
        #expect(try tool.run("explain", "2").status == 2)
    }

    @Test func equalRunsHaveNoDifferences() throws {
        _ = try tool.run("run", "small.json", "small.json")
        let diff = try tool.run("diff", "1", "2")
        #expect(diff.status == 0)
        #expect(diff.output.contains("Event for event the same run"))
    }

    @Test func twoProcessesRecordAtOnce() throws {
        let arguments =
            ["run"] + Array(repeating: "small.json", count: 5) + ["--db", "both.sqlite"]
        let both = try [tool.start(arguments), tool.start(arguments)]
        for process in both { #expect(try process.ending().status == 0) }
        let runs = try tool.run("runs", "--db", "both.sqlite").output
        #expect(runs.split(separator: "\n").count == 11)
    }

    @Test func aDatabaseThatCannotBeIsSaidBeforeTheRun() throws {
        let ending = try tool.run("run", "small.json", "--db", "nowhere/runs.sqlite")
        #expect(ending.status == 2)
        #expect(ending.output.isEmpty)
        #expect(ending.errors.contains("mkdir -p nowhere"))
    }
}
