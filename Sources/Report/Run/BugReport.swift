public import Checkers

/// What a user is asked to send when the simulator breaks a promise of its own.
public struct BugReport: Sendable {
    private let result: RunResult
    private let version: String
    private let command: String

    public init(_ result: RunResult, version: String, command: String) {
        self.result = result
        self.version = version
        self.command = command
    }

    public func text() -> String {
        var lines = [
            "kafkasim found its own state inconsistent. This is a bug in kafkasim, not in the "
                + "scenario.",
            "Please report it with the scenario file and these lines:",
            "",
            "  kafkasim  \(version)",
            "  scenario  \(result.scenario) (\(result.file)), Kafka \(result.kafkaVersion)",
            "  seed      \(result.seed)",
            "  digest    \(result.digest)",
        ]
        for violation in result.violations {
            lines.append(
                "  broken    \(violation.invariant) at \(Figures.seconds(violation.at)): "
                    + violation.evidence
            )
        }
        lines.append("  command   \(command)")
        return lines.joined(separator: "\n") + "\n"
    }
}
