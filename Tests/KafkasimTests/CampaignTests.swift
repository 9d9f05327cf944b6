import Foundation
import Testing

@Suite(.disabled(if: CommandLineTool.isMissing, "kafkasim was not built"))
struct CampaignTests {
    private let tool: CommandLineTool

    init() throws {
        tool = try CommandLineTool()
        try tool.write(CommandLineTool.scenario(), to: "scenarios/a.json")
        try tool.write(
            CommandLineTool.scenario(name: "wrong", expect: #""records.sent": 7"#),
            to: "scenarios/deeper/b.json"
        )
    }

    @Test func aSuiteFailsWhereAnExpectationFails() throws {
        let ending = try tool.run("test", "--seeds", "1..3", "--jobs", "2", "--junit", "j.xml")
        #expect(ending.status == 1)
        #expect(ending.errors.isEmpty)
        #expect(ending.output.hasPrefix("✓ small  3 runs\n✗ wrong  3 of 3 runs failed\n"))
        #expect(ending.output.contains("kafkasim run scenarios/deeper/b.json --seed 2\n"))
        let junit = try tool.read("j.xml")
        #expect(junit.contains("tests=\"6\" failures=\"3\" errors=\"0\""))
        #expect(junit.components(separatedBy: "<testsuite ").count == 7)
    }

    @Test func anyNumberOfJobsIsNoMoreThanThereAreRuns() throws {
        let ending = try tool.run("test", "scenarios/a.json", "--jobs", "9223372036854775807")
        #expect(ending.status == 0)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func aFullDiskIsNotASuccess() throws {
        let ending = try tool.run("test", "scenarios/a.json", "--junit", "/dev/full")
        #expect(ending.status == 2)
        #expect(ending.errors == "error: /dev/full: cannot be written: no space left on device\n")
    }

    @Test func oneFileIsASuiteToo() throws {
        let ending = try tool.run("test", "scenarios/a.json", "--db", "t.sqlite")
        #expect(ending.status == 0)
        #expect(try tool.run("runs", "--db", "t.sqlite").output.contains("small"))
    }

    @Test func theOrderDoesNotDependOnTheNumberOfJobs() throws {
        let arguments = [
            "compare", "scenarios/a.json", "--vary", "producers.*.config.acks=0,1,all", "--seeds",
            "1..4,9", "--format", "json",
        ]
        let one = try tool.run(arguments + ["--jobs", "1"])
        let many = try tool.run(arguments + ["--jobs", "4"])
        #expect(one.status == many.status)
        #expect(one.output == many.output)
        let variants =
            try JSONSerialization.jsonObject(with: Data(one.output.utf8)) as? [[String: Any]]
        #expect(variants?.count == 3)
        let runs = variants?[2]["runs"] as? [[String: Any]]
        #expect(runs?.compactMap { $0["seed"] as? Int } == [1, 2, 3, 4, 9])
    }

    @Test func aComparisonIsATable() throws {
        let markdown = try tool.run(
            "compare",
            "scenarios/a.json",
            "--vary",
            "producers.shop.config.acks=1,all",
            "--format",
            "markdown"
        )
        let lines = markdown.output.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix("| `producers.shop.config.acks` | lost.acked |"))
        #expect(lines[2].hasPrefix("| `1` |") && lines[3].hasPrefix("| `all` |"))
    }

    @Test func nothingToCompareIsWrongInput() throws {
        #expect(try tool.run("compare", "scenarios/a.json").status == 2)
        #expect(try tool.run("compare", "scenarios/a.json", "--vary", "no.such=1,2").status == 2)
    }
}
