/// Reads JSON into a tree that keeps the line and column of each key and value.
///
/// Numbers stay text, so that 64-bit integers survive. Duplicate keys are reported, not overwritten.
/// - Source: RFC 8259.
struct JSONParser {
    private let bytes: [UInt8]
    private let file: String
    private var index = 0
    private var line = 1
    private var column = 1
    private var depth = 0
    private(set) var problems: [ScenarioProblem] = []

    /// Deeper documents are refused, so that no input can exhaust the stack.
    static let maximumDepth = 100

    /// Thrown at the first error of syntax, after it has been noted in `problems`.
    private struct SyntaxError: Error {}

    init(_ text: String, file: String) {
        bytes = Array(text.utf8)
        self.file = file
    }

    /// The document; `nil` when its syntax is wrong, with the reason in `problems`.
    mutating func parse() -> SourceNode? {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { index = 3 }
        do {
            skipSpace()
            let node = try value()
            skipSpace()
            if index < bytes.count {
                try fail("the end of the document", remedy: "remove what follows the last bracket")
            }
            return node
        } catch {
            return nil
        }
    }

    private var position: SourcePosition {
        SourcePosition(file: file, line: line, column: column)
    }

    private var byte: UInt8? {
        index < bytes.count ? bytes[index] : nil
    }

    private mutating func advance() {
        let byte = bytes[index]
        index += 1
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 1
        } else if byte & 0xc0 != 0x80 {
            column += 1
        }
    }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { advance() }
    }

    private mutating func fail(
        _ allowed: String,
        remedy: String? = nil
    ) throws(SyntaxError) -> Never {
        let found =
            byte.map { _ in
                let rest = String(decoding: bytes[index...].prefix(4), as: UTF8.self)
                return rest.hasPrefix("\"") ? "a string" : "\"\(rest.prefix(1))\""
            } ?? "the end of the file"
        problems.append(
            ScenarioProblem(
                kind: .syntax,
                position: position,
                path: "",
                found: found,
                allowed: allowed,
                remedy: remedy
            )
        )
        throw SyntaxError()
    }

    private mutating func value() throws(SyntaxError) -> SourceNode {
        let start = position
        switch byte {
        case UInt8(ascii: "{"): return SourceNode(position: start, content: try map())
        case UInt8(ascii: "["): return SourceNode(position: start, content: try list())
        case UInt8(ascii: "\""): return SourceNode(position: start, content: .string(try string()))
        case UInt8(ascii: "t"): return try word("true", .boolean(true), start)
        case UInt8(ascii: "f"): return try word("false", .boolean(false), start)
        case UInt8(ascii: "n"): return try word("null", .null, start)
        case .some(let byte) where byte == UInt8(ascii: "-") || isDigit(byte):
            return SourceNode(position: start, content: .number(try number()))
        default: try fail("a value")
        }
    }

    private mutating func word(
        _ word: String,
        _ content: SourceNode.Content,
        _ start: SourcePosition
    ) throws(SyntaxError) -> SourceNode {
        guard bytes[index...].starts(with: word.utf8) else { try fail("a value") }
        for _ in word.utf8 { advance() }
        return SourceNode(position: start, content: content)
    }

    private mutating func enter() throws(SyntaxError) {
        depth += 1
        if depth > JSONParser.maximumDepth {
            try fail("at most \(JSONParser.maximumDepth) levels of nesting")
        }
        advance()
        skipSpace()
    }

    private mutating func leave() {
        advance()
        depth -= 1
    }

    private mutating func list() throws(SyntaxError) -> SourceNode.Content {
        try enter()
        var items: [SourceNode] = []
        while byte != UInt8(ascii: "]") {
            items.append(try value())
            try separator(before: UInt8(ascii: "]"))
        }
        leave()
        return .list(items)
    }

    private mutating func map() throws(SyntaxError) -> SourceNode.Content {
        try enter()
        var entries: [SourceEntry] = []
        while byte != UInt8(ascii: "}") {
            guard byte == UInt8(ascii: "\"") else { try fail("a key in double quotes or \"}\"") }
            let keyPosition = position
            let key = try string()
            skipSpace()
            guard byte == UInt8(ascii: ":") else { try fail("\":\" after the key") }
            advance()
            skipSpace()
            let entry = SourceEntry(key: key, keyPosition: keyPosition, value: try value())
            if let first = entries.first(where: { $0.key == key }) {
                problems.append(.duplicateKey(key, at: keyPosition, first: first.keyPosition))
            } else {
                entries.append(entry)
            }
            try separator(before: UInt8(ascii: "}"))
        }
        leave()
        return .map(entries)
    }

    /// A comma with something after it, or nothing before the closing bracket.
    private mutating func separator(before close: UInt8) throws(SyntaxError) {
        skipSpace()
        let bracket = String(UnicodeScalar(close))
        if byte == close { return }
        guard byte == UInt8(ascii: ",") else { try fail("\",\" or \"\(bracket)\"") }
        advance()
        skipSpace()
        if byte == close { try fail("a value", remedy: "remove the comma before \(bracket)") }
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte)
    }

    private mutating func digits() throws(SyntaxError) {
        guard let first = byte, isDigit(first) else { try fail("a digit") }
        while let byte, isDigit(byte) { advance() }
    }

    private mutating func number() throws(SyntaxError) -> String {
        let start = index
        if byte == UInt8(ascii: "-") { advance() }
        if byte == UInt8(ascii: "0") { advance() } else { try digits() }
        if let next = byte, isDigit(next) {
            try fail("a number without leading zeros")
        }
        if byte == UInt8(ascii: ".") {
            advance()
            try digits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            advance()
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { advance() }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func string() throws(SyntaxError) -> String {
        advance()
        var text: [UInt8] = []
        while true {
            guard let byte, byte != UInt8(ascii: "\n") else {
                try fail("a closing double quote")
            }
            guard byte >= 0x20 else { try fail("no control character in a string") }
            advance()
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            default: text.append(byte)
            }
        }
    }

    private mutating func escape(into text: inout [UInt8]) throws(SyntaxError) {
        switch byte {
        case UInt8(ascii: "\""): text.append(0x22)
        case UInt8(ascii: "\\"): text.append(0x5c)
        case UInt8(ascii: "/"): text.append(0x2f)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            advance()
            text.append(contentsOf: try unicodeEscape().utf8)
            return
        default: try fail("an escape of JSON after \"\\\"")
        }
        advance()
    }

    private mutating func unicodeEscape() throws(SyntaxError) -> String {
        let first = try fourHexDigits()
        var value = first
        let isHighSurrogate = (0xd800..<0xdc00).contains(first)
        if isHighSurrogate, bytes[index...].starts(with: [0x5c, 0x75]) {
            advance()
            advance()
            let second = try fourHexDigits()
            guard (0xdc00..<0xe000).contains(second) else { return "\u{fffd}" }
            value = 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
        }
        return UnicodeScalar(value).map { String(Character($0)) } ?? "\u{fffd}"
    }

    private mutating func fourHexDigits() throws(SyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                try fail("four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            advance()
        }
        return value
    }
}
