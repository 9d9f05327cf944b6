/// Lists of numbers and names in a column, as JSON, so that SQLite's `json_each` can take them apart.
enum JSONList {
    static func text(_ numbers: [Int64]) -> String {
        "[" + numbers.map(String.init).joined(separator: ",") + "]"
    }

    /// Names of partitions, which need no escaping beyond quotes: topics have letters, digits, `.`,
    /// `_` and `-` only.
    static func text(_ names: [String]) -> String {
        "[" + names.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }

    static func numbers(_ text: String) -> [Int64] {
        items(text).compactMap { Int64($0) }
    }

    static func names(_ text: String) -> [String] {
        items(text).map { String($0.drop { $0 == "\"" }.prefix { $0 != "\"" }) }
    }

    private static func items(_ text: String) -> [Substring] {
        text.dropFirst().dropLast().split(separator: ",")
    }
}
