/// Lines of text in the making.
struct Page {
    let presentation: Presentation
    private(set) var lines: [String] = []

    init(_ presentation: Presentation) {
        self.presentation = presentation
    }

    var width: Int {
        presentation.width
    }

    var text: String {
        lines.joined(separator: "\n") + "\n"
    }

    mutating func blank() {
        lines.append("")
    }

    mutating func add(_ text: String, _ ink: Ink = .plain, indent: Int = 0) {
        lines.append(String(repeating: " ", count: indent) + presentation.paint(text, ink))
    }

    mutating func add(_ table: TextTable, indent: Int = 2) {
        lines += table.lines(presentation, indent: indent)
    }

    /// A blank line and a title.
    mutating func heading(_ title: String) {
        blank()
        add(title, .heading)
    }

    /// `left`, and `right` at the far end of the line.
    mutating func add(left: Cell, right: Cell) {
        let free = max(2, width - left.text.columns - right.text.columns)
        lines.append(
            presentation.paint(left.text, left.ink) + String(repeating: " ", count: free)
                + presentation.paint(right.text, right.ink)
        )
    }

    /// `text`, wrapped, behind a `label` of `indent` columns; later lines stand under the first.
    mutating func add(label: Cell, _ text: String, _ ink: Ink = .plain, indent: Int) {
        for (index, line) in text.wrapped(to: width - indent).enumerated() {
            let margin =
                index == 0
                ? presentation.paint(label.text, label.ink)
                    + String(repeating: " ", count: max(0, indent - label.text.columns))
                : String(repeating: " ", count: indent)
            lines.append(margin + presentation.paint(line, ink))
        }
    }
}
