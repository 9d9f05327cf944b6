public import Checkers
import SimBase

/// A regression suite as text: a line for each scenario, more for those that fail, and the sum.
public struct SuiteReport: Sendable {
    /// A run that did not pass.
    public struct FailedRun: Equatable, Sendable {
        let seed: UInt64
        let command: String
        /// What was expected and found, or what the simulator broke.
        let reasons: [String]
        /// The sentences of the diagnosis.
        let causes: [String]

        public init(_ result: RunResult, command: String) {
            seed = result.seed
            self.command = command
            let violations = result.violations.map { violation in
                "the simulator broke its own promise \(violation.invariant) at "
                    + "\(Figures.seconds(violation.at)): \(violation.evidence)"
            }
            let expectations = result.expectations.filter { !$0.pass }.map { expectation in
                let at = expectation.at.map { " at \(Figures.seconds($0))" } ?? ""
                return "\(expectation.metric)\(at) is \(Figures.grouping(expectation.actual)), "
                    + "expected \(Figures.grouping(expectation.bound))"
            }
            let skipped = result.actions.filter { $0.skipped != nil && !$0.isOptional }.map {
                "\($0.action) \($0.target) at \(Figures.seconds($0.at)) was not done: "
                    + ($0.skipped ?? "")
            }
            reasons = violations + expectations + skipped
            causes = result.findings.map(\.sentence)
        }
    }

    /// What a scenario's runs came to.
    public struct Line: Equatable, Sendable {
        public let scenario: String
        public var runs = 0
        public var failures: [FailedRun] = []

        public init(scenario: String) {
            self.scenario = scenario
        }
    }

    private let lines: [Line]
    private let wallNanoseconds: Int64
    /// Failed runs shown of a scenario.
    private static let shownFailures = 3

    public init(_ lines: [Line], wallNanoseconds: Int64) {
        self.lines = lines
        self.wallNanoseconds = wallNanoseconds
    }

    public func text(_ presentation: Presentation) -> String {
        var page = Page(presentation)
        let width = lines.map(\.scenario.columns).max() ?? 0
        for line in lines { add(line, width: width, to: &page) }
        page.blank()
        let runs = lines.reduce(0) { $0 + $1.runs }
        let failed = lines.reduce(0) { $0 + $1.failures.count }
        let time = Figures.length(nanoseconds: wallNanoseconds)
        let all =
            "\(Figures.count(Int64(lines.count), "scenario")), "
            + "\(Figures.count(Int64(runs), "run")) in \(time)"
        if failed == 0 {
            page.add("✓ \(all): all pass", .goodHeading)
        } else {
            page.add("✗ \(all): \(Figures.grouped(Int64(failed))) failed", .badHeading)
        }
        return page.text
    }

    private func add(_ line: Line, width: Int, to page: inout Page) {
        let passed = line.failures.isEmpty
        var table = TextTable([.left, .left, .left], gaps: [1, 2])
        let runs = Figures.count(Int64(line.runs), "run")
        table.add([
            passed ? Cell("✓", .good) : Cell("✗", .bad),
            Cell(line.scenario.padded(to: width), passed ? .plain : .heading),
            passed
                ? Cell(runs, .faint)
                : Cell("\(Figures.grouped(Int64(line.failures.count))) of \(runs) failed", .bad),
        ])
        page.add(table, indent: 0)
        for failure in line.failures.prefix(SuiteReport.shownFailures) {
            for reason in failure.reasons {
                page.add(label: Cell("    ✗ ", .bad), reason, indent: 6)
            }
            for cause in failure.causes { page.add(label: Cell(""), cause, .faint, indent: 6) }
            page.add(failure.command, indent: 6)
        }
        let more = line.failures.count - SuiteReport.shownFailures
        guard more > 0 else { return }
        let seeds = line.failures.dropFirst(SuiteReport.shownFailures).map { String($0.seed) }
        page.add(
            label: Cell("    ⋮ ", .faint),
            "\(Figures.count(Int64(more), "more run")) failed, with seed "
                + seeds.prefix(20).joined(separator: ", ") + (more > 20 ? ", …" : ""),
            .faint,
            indent: 6
        )
    }
}
