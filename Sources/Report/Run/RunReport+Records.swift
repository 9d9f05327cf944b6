import Checkers

/// The ledger: every record that was sent, and what it came to.
extension RunReport {
    func addRecords(to page: inout Page) {
        page.heading("Records")
        var table = TextTable(
            [.left, .right, .left, .right, .left, .right],
            gaps: [2, 6, 2, 6, 2]
        )
        let columns: [[(String, Ink)]] = [
            [
                ("records.sent", .plain), ("records.acked", .plain), ("records.failed", .warning),
                ("records.pending", .warning),
            ],
            [
                ("lost.acked", .bad), ("lost.silent", .bad), ("lost.reported", .warning),
                ("lost.expired", .bad),
            ],
            [("duplicated", .warning), ("reordered", .warning), ("phantom", .warning)],
        ]
        for line in 0..<4 {
            var cells: [Cell] = []
            for column in columns where line < column.count {
                let (name, ink) = column[line]
                let value = count(name)
                let label = name.hasPrefix("records.") ? String(name.dropFirst(8)) : name
                cells.append(Cell(label, value == 0 ? .faint : .plain))
                cells.append(Cell(Figures.grouped(value), value == 0 ? .faint : ink))
            }
            table.add(cells)
        }
        page.add(table)
        addErrors(to: &page)
        addGroups(to: &page)
    }

    func count(_ name: String) -> Int64 {
        switch result.metric(name) {
        case .integer(let value): value
        case .thousandths(let value): value / 1_000
        case .text, .list, .null, nil: 0
        }
    }

    private func addErrors(to page: inout Page) {
        let errors = result.metrics.filter { $0.name.hasPrefix("errors.") }
        guard !errors.isEmpty else { return }
        page.add(
            label: Cell("  failed with", .faint),
            errors.map { "\($0.name.dropFirst(7)) \(Figures.text($0.value))" }
                .joined(separator: ", "),
            indent: 15
        )
    }

    private func addGroups(to page: inout Page) {
        let names = groups
        guard !names.isEmpty else { return }
        let columns: [(title: String, metric: String, ink: Ink)] = [
            ("processed", "processed", .plain), ("skipped", "skipped", .bad),
            ("reprocessed", "reprocessed", .warning), ("dirty", "dirty", .bad),
            ("unread", "unread", .warning), ("rebalances", "rebalances", .plain),
            ("max lag", "lag.max", .plain),
        ]
        page.blank()
        var table = TextTable([.left] + columns.map { _ in .right }, gap: 2)
        table.add([Cell("group", .faint)] + columns.map { Cell($0.title, .faint) })
        for name in names {
            table.add(
                [Cell(name)]
                    + columns.map { column in
                        let value = count("group.\(name).\(column.metric)")
                        return Cell(Figures.grouped(value), value == 0 ? .faint : column.ink)
                    }
            )
        }
        page.add(table)
    }

    /// The groups' names: each has a metric `group.<name>.processed`, and names may have dots.
    private var groups: [String] {
        result.metrics.compactMap { metric in
            guard metric.name.hasPrefix("group."), metric.name.hasSuffix(".processed") else {
                return nil
            }
            return String(metric.name.dropFirst(6).dropLast(10))
        }
    }
}
