public import Checkers
import SimBase

/// A run on one screen: what was run, what broke, what became of the records, why, and the verdict.
public struct RunReport: Sendable {
    let result: RunResult
    let context: RunContext
    let presentation: Presentation

    /// Timeline entries shown before reactions are left out.
    static let timelineLimit = 24
    /// Causes shown; the others are in the database and in JSON.
    static let findingLimit = 6

    public init(_ result: RunResult, context: RunContext, presentation: Presentation) {
        self.result = result
        self.context = context
        self.presentation = presentation
    }

    /// The whole text; its last line is the command that reproduces the run.
    public func text() -> String {
        var page = Page(presentation)
        addTitle(to: &page)
        addTimeline(to: &page)
        addRecords(to: &page)
        addCluster(to: &page)
        addFindings(to: &page)
        addExpectations(to: &page)
        addVerdict(to: &page)
        return page.text
    }

    // MARK: What was run

    private func addTitle(to page: inout Page) {
        page.add(
            left: Cell(result.scenario, .heading),
            right: Cell("Kafka \(result.kafkaVersion) · seed \(result.seed)", .faint)
        )
        if !result.description.isEmpty {
            for line in result.description.wrapped(to: page.width) { page.add(line) }
        }
        page.blank()
        let names = context.participants.map(\.name.columns).max() ?? 0
        for participant in context.participants {
            page.add(
                label: Cell("  " + participant.name, .faint),
                participant.setup,
                indent: names + 5
            )
        }
        page.add(
            label: Cell(context.participants.isEmpty ? "" : "  time", .faint),
            time,
            indent: context.participants.isEmpty ? 2 : names + 5
        )
    }

    private var time: String {
        let virtual = result.end.nanoseconds
        let events = Figures.count(result.events, "event")
        guard let wall = context.wallNanoseconds, wall > 0 else {
            return "\(Figures.length(nanoseconds: virtual)) virtual, \(events)"
        }
        let factor = virtual / wall
        let speed = factor > 1 ? " (\(Figures.grouped(factor)) times as fast)" : ""
        return "\(Figures.length(nanoseconds: virtual)) virtual in "
            + "\(Figures.length(nanoseconds: wall)) real\(speed), \(events)"
    }

    // MARK: What broke

    private func addTimeline(to page: inout Page) {
        guard !result.timeline.isEmpty else { return }
        page.heading("Timeline")
        TimelineText(rows: result.timeline, limit: RunReport.timelineLimit).add(to: &page)
    }

    // MARK: Expectations and verdict

    private func addExpectations(to page: inout Page) {
        guard !result.expectations.isEmpty else { return }
        page.heading("Expectations")
        var table = TextTable([.left, .left, .right, .right, .left], gaps: [1, 3, 3, 3])
        table.add(["", "", "expected", "found", ""].map { Cell($0, .faint) })
        for expectation in result.expectations {
            table.add([
                expectation.pass ? Cell("✓", .good) : Cell("✗", .bad),
                Cell(expectation.metric),
                Cell(Figures.grouping(expectation.bound), .faint),
                Cell(Figures.grouping(expectation.actual), expectation.pass ? .plain : .bad),
                Cell(expectation.at.map { "at \(Figures.seconds($0))" } ?? "", .faint),
            ])
        }
        page.add(table)
    }

    private func addVerdict(to page: inout Page) {
        page.blank()
        for action in result.actions {
            guard let reason = action.skipped, !action.isOptional else { continue }
            page.add(
                label: Cell("✗ ", .bad),
                "\(action.action) \(action.target) at \(Figures.seconds(action.at)) was not done: "
                    + reason,
                indent: 2
            )
        }
        for violation in result.violations {
            page.add(
                label: Cell("✗ ", .bad),
                "the simulator broke its own promise \(violation.invariant) at "
                    + "\(Figures.seconds(violation.at)): \(violation.evidence)",
                indent: 2
            )
        }
        let mark = result.pass ? Cell("✓ pass", .goodHeading) : Cell("✗ fail", .badHeading)
        page.add(
            left: Cell(mark.text + summary, mark.ink),
            right: Cell("guarantee: \(result.guarantee.rawValue)", .heading)
        )
        page.add("digest \(result.digest)", .faint)
        if !context.record.isEmpty {
            let more = context.explanation.isEmpty ? "" : "; more with: \(context.explanation)"
            page.add(context.record + more, .faint)
        }
        page.add(context.command)
    }

    private var summary: String {
        let held = Int64(result.expectations.filter(\.pass).count)
        let all = Int64(result.expectations.count)
        switch (held, all) {
        case (_, 0): return ""
        case (1, 1): return ": the expectation holds"
        case (0, 1): return ": the expectation does not hold"
        case (all, _): return ": all \(Figures.grouped(all)) expectations hold"
        default:
            let verb = held == 1 ? "holds" : "hold"
            return ": \(Figures.grouped(held)) of \(Figures.grouped(all)) expectations \(verb)"
        }
    }
}
