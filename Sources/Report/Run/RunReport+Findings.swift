import Checkers

/// Why records were lost, doubled or put out of order.
extension RunReport {
    func addFindings(to page: inout Page) {
        let shown = Array(result.findings.prefix(RunReport.findingLimit))
        FindingText(findings: shown, withLives: false).add(to: &page)
        let more = result.findings.count - shown.count
        guard more > 0 else { return }
        page.blank()
        page.add("⋮ \(Figures.count(Int64(more), "more cause"))", .faint, indent: 2)
    }
}

/// Causes as sentences, with what allowed them and what would have prevented them.
struct FindingText {
    let findings: [Finding]
    /// Whether to tell an example's life as well.
    let withLives: Bool

    func add(to page: inout Page) {
        guard !findings.isEmpty else { return }
        page.heading(findings.count == 1 ? "Cause" : "Causes")
        for (index, finding) in findings.enumerated() {
            if index > 0 { page.blank() }
            add(finding, to: &page)
        }
    }

    private func add(_ finding: Finding, to page: inout Page) {
        page.add(label: Cell("  ▪ ", ink(finding)), finding.sentence, indent: 4)
        page.add(
            label: Cell("    explains", .faint),
            "\(finding.metric) \(Figures.grouped(finding.records)) · \(finding.cause) "
                + "(\(finding.category.rawValue))",
            .faint,
            indent: 14
        )
        if !finding.settings.isEmpty {
            page.add(
                label: Cell("    because", .faint),
                finding.settings.map { "\($0.path)=\($0.value)" }.joined(separator: " "),
                indent: 14
            )
        }
        page.add(label: Cell("    remedy", .faint), finding.remedy, .good, indent: 14)
        guard withLives, !finding.life.isEmpty else { return }
        page.add("    for example record \(finding.example):", .faint)
        LifeText(steps: finding.life).add(to: &page, indent: 4)
    }

    private func ink(_ finding: Finding) -> Ink {
        switch finding.metric {
        case "lost.acked", "lost.silent", "lost.expired": .bad
        default: finding.metric.hasSuffix(".lost") ? .bad : .warning
        }
    }
}

/// A record's life, a timed step a line.
struct LifeText {
    let steps: [LifeStep]

    func add(to page: inout Page, indent: Int) {
        let times = steps.map { Figures.seconds($0.at) }
        let width = times.map(\.columns).max() ?? 0
        let margin = String(repeating: " ", count: indent)
        for (index, step) in steps.enumerated() {
            let isSame = index > 0 && steps[index - 1].at == step.at
            let time = isSame ? "" : times[index]
            page.add(
                label: Cell(margin + time.leftPadded(to: width), .faint),
                step.text,
                indent: indent + width + 2
            )
        }
    }
}
