import Checkers
import SimBase

/// What was done to the cluster and how it answered, the times in a column of their own.
struct TimelineText {
    private enum Entry {
        case row(TimelineRow)
        case omitted(Int)
    }

    let rows: [TimelineRow]
    /// Rows to show; of long runs of reactions the middle is left out. `nil` for all.
    let limit: Int?

    func add(to page: inout Page) {
        let times = rows.map { Figures.seconds($0.at) }
        let width = times.map(\.columns).max() ?? 0
        var previous: Instant?
        for entry in entries {
            switch entry {
            case .omitted(let count):
                page.add(
                    "⋮ \(Figures.count(Int64(count), "more reaction"))",
                    .faint,
                    indent: width + 6
                )
                previous = nil
            case .row(let row):
                let time = row.at == previous ? "" : Figures.seconds(row.at)
                previous = row.at
                add(row, time: "  " + time.leftPadded(to: width), to: &page)
            }
        }
    }

    private func add(_ row: TimelineRow, time: String, to page: inout Page) {
        let mark =
            switch row.kind {
            case .action: Cell("●", .action)
            case .reaction: Cell(" ")
            case .check: Cell("◇", .warning)
            }
        let margin = time.columns + 4
        for (index, line) in row.text.wrapped(to: page.width - margin).enumerated() {
            let start =
                index == 0
                ? page.presentation.paint(time, .faint) + "  "
                    + page.presentation.paint(mark.text, mark.ink) + " "
                : String(repeating: " ", count: margin)
            page.add(start + page.presentation.paint(line, row.kind == .action ? .action : .plain))
        }
    }

    /// All rows, or fewer: of each run of reactions the first ones and the last.
    private var entries: [Entry] {
        guard let limit, rows.count > limit else { return rows.map(Entry.row) }
        let runs = rows.split(omittingEmptySubsequences: true) { $0.kind != .reaction }
        let others = rows.count - runs.reduce(0) { $0 + $1.count }
        let share = max(3, (limit - others) / max(1, runs.count))
        var entries: [Entry] = []
        var index = 0
        while index < rows.count {
            guard rows[index].kind == .reaction else {
                entries.append(.row(rows[index]))
                index += 1
                continue
            }
            let run = rows[index...].prefix { $0.kind == .reaction }
            // Leaving out a single row would save nothing.
            if run.count <= share + 1 {
                entries += run.map(Entry.row)
            } else {
                entries += run.prefix(share - 1).map(Entry.row)
                entries.append(.omitted(run.count - share))
                entries += run.suffix(1).map(Entry.row)
            }
            index = run.endIndex
        }
        return entries
    }
}
