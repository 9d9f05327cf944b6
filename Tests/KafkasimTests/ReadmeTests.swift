import Foundation
import Testing

/// What README shows is what the tool says.
@Suite(.disabled(if: CommandLineTool.isMissing, "kafkasim was not built"))
struct ReadmeTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private struct Session {
        let command: String
        let lines: [Substring]

        /// The command's arguments; quotes keep the shell's hands off.
        var arguments: [String] {
            command.split(separator: " ").dropFirst()
                .map { $0.replacingOccurrences(of: "'", with: "") }
        }
    }

    private static func sessions() throws -> [Session] {
        let text = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        return text.components(separatedBy: "```text\n").dropFirst().compactMap { part in
            let block = part.components(separatedBy: "\n```")[0]
            let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
            guard let first = lines.first, first.hasPrefix("$ kafkasim ") else { return nil }
            return Session(command: String(first.dropFirst(2)), lines: Array(lines.dropFirst()))
        }
    }

    /// In order, because later ones tell of the runs of earlier ones. A line `…` stands for any number
    /// of lines; how long a run took in real time is nobody's promise.
    @Test func everySessionIsWhatTheToolSays() throws {
        let tool = try CommandLineTool()
        try FileManager.default.createSymbolicLink(
            atPath: tool.folder.path + "/scenarios",
            withDestinationPath: ReadmeTests.root.appendingPathComponent("scenarios").path
        )
        let sessions = try ReadmeTests.sessions()
        #expect(sessions.count == 3)
        for session in sessions {
            let output = try tool.run(session.arguments).output
                .split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            var rest = output[...]
            var skips = false
            for line in session.lines {
                if line.drop(while: { $0 == " " }) == "…" {
                    skips = true
                    continue
                }
                if skips { rest = rest.drop { $0 != line } }
                skips = false
                guard let next = rest.popFirst() else {
                    Issue.record("\(session.command) does not say: \(line)")
                    break
                }
                if !line.hasPrefix("  time ") { #expect(next == line) }
            }
            #expect(rest.isEmpty || skips, "\(session.command) says more")
        }
    }
}
