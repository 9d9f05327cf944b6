/// How text is to be set: the terminal's width and whether it may have colours.
public struct Presentation: Equatable, Sendable {
    /// Columns. Tables may be wider where a name is; sentences are wrapped.
    public var width: Int
    /// Whether to write ANSI colours.
    public var isColoured: Bool

    /// - Parameters:
    ///   - width: the terminal's columns; 80 to 100 are used.
    ///   - isColoured: the caller knows whether somebody looks.
    public init(width: Int = 100, isColoured: Bool = false) {
        self.width = min(max(width, 80), 100)
        self.isColoured = isColoured
    }

    func paint(_ text: String, _ ink: Ink) -> String {
        guard isColoured, ink != .plain, !text.isEmpty else { return text }
        return "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m"
    }
}

/// What a piece of text stands for; the value is its ANSI code.
enum Ink: String {
    case plain = "0"
    case heading = "1"
    case faint = "2"
    case bad = "31"
    case good = "32"
    case warning = "33"
    case action = "36"
    case badHeading = "1;31"
    case goodHeading = "1;32"
}
