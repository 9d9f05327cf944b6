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
    private let gap: Int
    private var rows: [[Cell]] = []

    /// - Parameters:
    ///   - sides: where each column's text stands.
    ///   - gap: blanks between two columns.
    init(_ sides: [Side], gap: Int = 3) {
        self.sides = sides
        self.gap = gap
    }

    mutating func add(_ row: [Cell]) {
        rows.append(row)
    }

    /// - Parameters:
    ///   - presentation: whether to paint.
    ///   - indent: blanks before each line.
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
                if column > 0 { owed += gap }
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
