/// A JSON value whose text is fixed to the byte: keys in the order given, numbers as written.
indirect enum JSONValue: Equatable {
    struct Member: Equatable {
        let key: String
        let value: JSONValue
    }

    case null
    case boolean(Bool)
    /// Digits, ready to print.
    case number(String)
    case string(String)
    /// A line an element.
    case array([JSONValue])
    /// All on one line.
    case list([Int64])
    case object([Member])

    static func integer(_ value: Int64) -> JSONValue {
        .number(String(value))
    }

    static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { Member(key: $0.key, value: $0.value) })
    }

    /// Indented by two blanks a level, with a line feed at the end.
    var text: String {
        var text = ""
        write(to: &text, indent: 0)
        text += "\n"
        return text
    }

    private func write(to text: inout String, indent: Int) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .number(let digits): text += digits
        case .string(let string): JSONValue.write(string, to: &text)
        case .list(let numbers):
            text += "[" + numbers.map(String.init).joined(separator: ", ") + "]"
        case .array(let elements):
            guard !elements.isEmpty else {
                text += "[]"
                return
            }
            JSONValue.write(elements, in: ("[", "]"), to: &text, indent: indent) {
                $0.write(to: &$1, indent: indent + 1)
            }
        case .object(let members):
            guard !members.isEmpty else {
                text += "{}"
                return
            }
            JSONValue.write(members, in: ("{", "}"), to: &text, indent: indent) { member, text in
                JSONValue.write(member.key, to: &text)
                text += ": "
                member.value.write(to: &text, indent: indent + 1)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element],
        in brackets: (String, String),
        to text: inout String,
        indent: Int,
        _ body: (Element, inout String) -> Void
    ) {
        text += brackets.0
        for (index, element) in elements.enumerated() {
            text += index == 0 ? "\n" : ",\n"
            text += String(repeating: "  ", count: indent + 1)
            body(element, &text)
        }
        text += "\n" + String(repeating: "  ", count: indent) + brackets.1
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
