/// A piece of text and what it stands for.
struct Cell {
    var text: String
    var ink: Ink

    init(_ text: String, _ ink: Ink = .plain) {
        self.text = text
        self.ink = ink
    }
}

/// Columns under each other: words to the left, numbers to the right.
struct TextTable {
    enum Side {
        case left
        case right
    }

    private let sides: [Side]
    private let gaps: [Int]
    private var rows: [[Cell]] = []

    /// - Parameters:
    ///   - sides: where each column's text stands.
    ///   - gap: blanks between two columns.
    init(_ sides: [Side], gap: Int = 3) {
        self.init(sides, gaps: sides.dropFirst().map { _ in gap })
    }

    /// - Parameters:
    ///   - sides: where each column's text stands.
    ///   - gaps: blanks before each column but the first.
    init(_ sides: [Side], gaps: [Int]) {
        self.sides = sides
        self.gaps = gaps
    }

    mutating func add(_ row: [Cell]) {
        rows.append(row)
    }

    /// The rows as lines without blanks at their ends, each behind `indent` blanks.
    func lines(_ presentation: Presentation, indent: Int = 2) -> [String] {
        var widths = [Int](repeating: 0, count: sides.count)
        for row in rows {
            for (column, cell) in row.enumerated() {
                widths[column] = max(widths[column], cell.text.columns)
            }
        }
        return rows.map { row in
            var line = ""
            // Blanks are owed, not written, so that no line ends with them.
            var owed = indent
            for (column, cell) in row.enumerated() {
                if column > 0 { owed += gaps[column - 1] }
                let free = widths[column] - cell.text.columns
                if sides[column] == .right { owed += free }
                if !cell.text.isEmpty {
                    line += String(repeating: " ", count: owed)
                    line += presentation.paint(cell.text, cell.ink)
                    owed = 0
                }
                if sides[column] == .left { owed += free }
            }
            return line
        }
    }
}
