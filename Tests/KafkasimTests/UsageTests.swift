import Foundation
import Testing

@Suite(.disabled(if: CommandLineTool.isMissing, "kafkasim was not built"))
struct UsageTests {
    private let tool: CommandLineTool

    init() throws {
        tool = try CommandLineTool()
    }

    @Test(arguments: [
        [], ["run"], ["compare"], ["test"], ["validate"], ["schema"], ["explain"], ["runs"],
        ["diff"], ["init"],
    ])
    func everyCommandHasHelpWithExamples(_ command: [String]) throws {
        let help = try tool.run(command + ["--help"])
        #expect(help.status == 0)
        #expect(help.output.contains("EXAMPLES\n"))
        #expect(help.output.contains("  kafkasim "))
        #expect(help.errors.isEmpty)
    }

    @Test func theVersionIsPrinted() throws {
        let version = try tool.run("--version")
        #expect(version.status == 0)
        #expect(version.output.split(separator: ".").count == 3)
    }

    @Test(arguments: [
        ["explode"], ["run"], ["run", "a.json", "--seed", "many"],
        ["run", "a.json", "--format", "xml"],
        ["run", "a.json", "--db", "x", "--no-db"], ["run", "a.json", "--no-db", "--trace"],
        ["compare"], ["compare", "a.json", "--seeds", "9..1"], ["test", "--jobs", "0"],
        ["explain"], ["explain", "first"], ["diff", "1"], ["validate"], ["runs", "--limit", "0"],
    ])
    func wrongUsageEndsWithTwo(_ arguments: [String]) throws {
        let ending = try tool.run(arguments)
        #expect(ending.status == 2)
        #expect(ending.output.isEmpty)
        #expect(!ending.errors.isEmpty)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func shellsGetTheirCompletions(_ shell: String) throws {
        let script = try tool.run("--generate-completion-script", shell)
        #expect(script.status == 0)
        #expect(script.output.contains("kafkasim"))
    }

    @Test func aFileThatIsMissingIsNamed() throws {
        let ending = try tool.run("run", "nowhere.json")
        #expect(ending.status == 2)
        #expect(ending.errors.hasPrefix("nowhere.json: error:"))
        // And nothing was created for a run that could not be.
        #expect(!tool.exists("reports"))
    }

    @Test func everyFilesProblemsAreReportedAtOnce() throws {
        try tool.write(#"{ "name": "a", "durration": "1s" }"#, to: "a.json")
        try tool.write(CommandLineTool.scenario(), to: "b.json")
        try tool.write(#"{ "name": "c", "duration": 5 }"#, to: "c.json")
        for command in ["run", "validate"] {
            let ending = try tool.run(command, "a.json", "b.json", "c.json")
            #expect(ending.status == 2)
            #expect(ending.errors.contains("a.json:1:"))
            #expect(ending.errors.contains("c.json:1:"))
            #expect(!ending.errors.contains("b.json"))
        }
        #expect(!tool.exists("reports"))
    }

    @Test func aValidFileIsOk() throws {
        try tool.write(CommandLineTool.scenario(), to: "b.json")
        let ending = try tool.run("validate", "b.json")
        #expect(ending.status == 0)
        #expect(ending.output == "b.json: ok\n")
    }

    @Test func theSchemaIsJSON() throws {
        let schema = try tool.run("schema")
        #expect(schema.status == 0)
        #expect(throws: Never.self) {
            try JSONSerialization.jsonObject(with: Data(schema.output.utf8))
        }
    }

    @Test func theStarterIsWrittenOnceAndIsValid() throws {
        #expect(try tool.run("init", "orders").status == 0)
        #expect(try tool.run("validate", "orders.yaml").output == "orders.yaml: ok\n")
        let starter = try tool.read("orders.yaml")
        #expect(starter.contains("name: orders"))
        let again = try tool.run("init", "orders")
        #expect(again.status == 2)
        #expect(again.errors.contains("exists already"))
        #expect(try tool.read("orders.yaml") == starter)
    }

    @Test func aFolderWithoutScenariosIsWrongInput() throws {
        #expect(try tool.run("test").status == 2)
        try tool.write("notes", to: "empty/notes.txt")
        #expect(try tool.run("test", "empty").status == 2)
    }

    @Test func nothingRecordedIsSaid() throws {
        let ending = try tool.run("runs")
        #expect(ending.status == 2)
        #expect(ending.errors.contains("reports/kafkasim.sqlite"))
    }
}
