/// Reads a Java properties file: `key=value`, `key: value` or `key value`, `#` and `!` comments,
/// lines continued with a backslash.
/// - Source: java.util.Properties.load.
struct PropertiesParser {
    /// The entries in order; of a key that occurs twice the last value, as Java has it.
    static func parse(_ text: String, file: String) -> [SourceEntry] {
        var entries: [SourceEntry] = []
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasSuffix("\r") ? $0.dropLast() : $0 }[...]
        var number = 0
        while let first = lines.popFirst() {
            number += 1
            let start = number
            let indent = first.prefix(while: \.isWhitespace).unicodeScalars.count
            var logical = first.drop(while: \.isWhitespace)
            if logical.isEmpty || logical.first == "#" || logical.first == "!" { continue }
            while endsWithContinuation(logical), let next = lines.popFirst() {
                number += 1
                logical = logical.dropLast() + next.drop(while: \.isWhitespace)
            }
            let (key, value) = split(logical)
            let keyPosition = SourcePosition(file: file, line: start, column: indent + 1)
            let offset = indent + logical.unicodeScalars.count - value.unicodeScalars.count
            let position = SourcePosition(file: file, line: start, column: offset + 1)
            entries.removeAll { $0.key == key }
            entries.append(
                SourceEntry(
                    key: key,
                    keyPosition: keyPosition,
                    value: SourceNode(position: position, content: .string(unescape(value)))
                )
            )
        }
        return entries
    }

    private static func endsWithContinuation(_ line: Substring) -> Bool {
        line.reversed().prefix { $0 == "\\" }.count % 2 == 1
    }

    private static func split(_ line: Substring) -> (key: String, value: Substring) {
        var isEscaped = false
        var end = line.startIndex
        while end < line.endIndex {
            let character = line[end]
            if !isEscaped, character == "=" || character == ":" || character.isWhitespace { break }
            isEscaped = character == "\\" && !isEscaped
            end = line.index(after: end)
        }
        var rest = line[end...].drop(while: \.isWhitespace)
        if rest.first == "=" || rest.first == ":" {
            rest = rest.dropFirst().drop(while: \.isWhitespace)
        }
        return (unescape(line[..<end]), rest)
    }

    private static func unescape(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                result.append(character == "n" ? "\n" : character == "t" ? "\t" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return result
    }
}
