/// A value of a document with the place where it stands: what JSON and YAML have in common.
struct SourceNode: Equatable, Sendable {
    enum Content: Equatable, Sendable {
        case null
        case boolean(Bool)
        /// As written: nothing is rounded before somebody knows what the number means.
        case number(String)
        case string(String)
        case list([SourceNode])
        /// In the file's order, without duplicates.
        case map([SourceEntry])
    }

    var position: SourcePosition
    var content: Content

    /// The value of a key, if this is a map that has it.
    subscript(key: String) -> SourceNode? {
        guard case .map(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    var isNull: Bool {
        content == .null
    }

    /// The scalar as it was written; `nil` for lists and maps.
    var scalarText: String? {
        switch content {
        case .null: "null"
        case .boolean(let flag): String(flag)
        case .number(let text), .string(let text): text
        case .list, .map: nil
        }
    }

    /// What a message says was found, short.
    var foundText: String {
        switch content {
        case .null: "null"
        case .boolean(let flag): String(flag)
        case .number(let text): text
        case .string(let text): "\"\(text.count > 60 ? text.prefix(57) + "..." : text[...])\""
        case .list(let items): items.isEmpty ? "an empty list" : "a list of \(items.count)"
        case .map: "an object"
        }
    }
}

struct SourceEntry: Equatable, Sendable {
    let key: String
    let keyPosition: SourcePosition
    var value: SourceNode
}
