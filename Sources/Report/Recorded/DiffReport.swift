public import Checkers

/// What differs between two recorded runs.
public struct DiffReport: Sendable {
    private let left: RunResult
    private let right: RunResult
    private let names: (left: Int64, right: Int64)

    public init(_ left: RunResult, run leftRun: Int64, _ right: RunResult, run rightRun: Int64) {
        self.left = left
        self.right = right
        names = (leftRun, rightRun)
    }

    public func text(_ presentation: Presentation) -> String {
        var page = Page(presentation)
        addTitle(to: &page)
        let settings = changes(
            left.settings.map { ($0.path, $0.value) },
            right.settings.map { ($0.path, $0.value) }
        )
        let verdicts = changes(verdict(left), verdict(right))
        let expectations = changes(expectations(left), expectations(right))
        let causes = changes(causes(left), causes(right))
        add("Settings", settings, to: &page)
        add("Verdict", verdicts, to: &page)
        add("Expectations", expectations, to: &page)
        add("Causes", causes, to: &page)
        addMetrics(to: &page)
        page.blank()
        page.add(parting)
        return page.text
    }

    private func addTitle(to page: inout Page) {
        var table = TextTable([.left, .left, .left, .left], gap: 2)
        for (run, result) in [(names.left, left), (names.right, right)] {
            table.add([
                Cell(run == names.left ? "-" : "+", run == names.left ? .bad : .good),
                Cell("run \(run)", .heading),
                Cell(result.scenario, .heading),
                Cell("Kafka \(result.kafkaVersion), seed \(result.seed)", .faint),
            ])
        }
        page.add(table, indent: 0)
    }

    // MARK: Pairs

    private struct Change {
        let name: String
        let left: String?
        let right: String?
    }

    /// The names whose texts differ, in the order of the left run, then those of the right alone.
    private func changes(_ left: [(String, String)], _ right: [(String, String)]) -> [Change] {
        let rightTexts = Dictionary(right) { first, _ in first }
        let leftNames = Set(left.map(\.0))
        let common = left.compactMap { name, text in
            rightTexts[name] == text ? nil : Change(name: name, left: text, right: rightTexts[name])
        }
        let added = right.filter { !leftNames.contains($0.0) }
            .map { Change(name: $0.0, left: nil, right: $0.1) }
        return common + added
    }

    private func add(_ title: String, _ changes: [Change], to page: inout Page) {
        guard !changes.isEmpty else { return }
        page.heading(title)
        var table = TextTable([.left, .right, .left, .left], gap: 2)
        for change in changes {
            table.add([
                Cell(change.name),
                Cell(change.left ?? "–", .bad),
                Cell("→", .faint),
                Cell(change.right ?? "–", .good),
            ])
        }
        page.add(table)
    }

    private func verdict(_ result: RunResult) -> [(String, String)] {
        [
            ("result", result.pass ? "pass" : "fail"),
            ("guarantee", result.guarantee.rawValue),
        ]
    }

    private func expectations(_ result: RunResult) -> [(String, String)] {
        result.expectations.map { expectation in
            let at = expectation.at.map { " at \(Figures.seconds($0))" } ?? ""
            let mark = expectation.pass ? "✓" : "✗"
            return (
                expectation.metric + at,
                "\(mark) \(Figures.grouping(expectation.actual)) "
                    + "(bound \(Figures.grouping(expectation.bound)))"
            )
        }
    }

    private func causes(_ result: RunResult) -> [(String, String)] {
        result.findings.map { ("\($0.metric) \($0.cause)", Figures.grouped($0.records)) }
    }

    // MARK: Metrics

    private func addMetrics(to page: inout Page) {
        let differing = changes(
            left.metrics.map { ($0.name, Figures.text($0.value)) },
            right.metrics.map { ($0.name, Figures.text($0.value)) }
        )
        guard !differing.isEmpty else { return }
        page.heading("Metrics")
        var table = TextTable([.left, .right, .left, .right, .right], gap: 2)
        for change in differing {
            table.add([
                Cell(change.name),
                Cell(change.left ?? "–", .bad),
                Cell("→", .faint),
                Cell(change.right ?? "–", .good),
                Cell(difference(change.name), .faint),
            ])
        }
        page.add(table)
    }

    private func difference(_ name: String) -> String {
        switch (left.metric(name), right.metric(name)) {
        case (.integer(let before), .integer(let after)):
            signed(after - before) { Figures.grouped($0) }
        case (.thousandths(let before), .thousandths(let after)):
            signed(after - before) { Figures.text(.thousandths($0)) }
        default: ""
        }
    }

    private func signed(_ number: Int64, _ text: (Int64) -> String) -> String {
        number < 0 ? "-" + text(-number) : "+" + text(number)
    }

    // MARK: Digests

    private var parting: String {
        if left.digest == right.digest {
            return "Event for event the same run: digest \(left.digest)."
        }
        let shared = zip(left.digestChain, right.digestChain).prefix { $0 == $1 }.count
        guard shared > 0 else { return "The runs differ within the first thousand events." }
        return "The runs are the same for \(Figures.grouped(Int64(shared) * 1_000)) events "
            + "and part within the next thousand."
    }
}
