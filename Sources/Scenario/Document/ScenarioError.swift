/// Why a scenario cannot be run.
public enum ScenarioError: Error, Equatable, Sendable {
    case unreadable(file: String, reason: String)
    /// All that is wrong with the document, in the order of the text.
    case invalid([ScenarioProblem])

    public var problems: [ScenarioProblem] {
        switch self {
        case .unreadable: []
        case .invalid(let problems): problems
        }
    }
}

extension ScenarioError: CustomStringConvertible {
    /// One line for each problem.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): error: \(reason)"
        case .invalid(let problems): problems.map(\.description).joined(separator: "\n")
        }
    }
}

/// One thing that is wrong, and where.
public struct ScenarioProblem: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Neither JSON nor YAML.
        case syntax
        case duplicateKey
        case unknownKey
        case missingKey
        case wrongType
        case invalidValue
        /// A property that Kafka does not know in this place.
        case unknownProperty
        /// Kafka's constructor refuses the combination.
        case conflict
        /// Kafka can do it, this build cannot.
        case unsupported
        /// A topic, group, node, metric or `$name` that does not exist.
        case unknownName
        case duplicateName
        /// A time beyond the scenario's `duration`.
        case tooLate
    }

    public let kind: Kind
    public let position: SourcePosition
    /// The key's path, such as `producers[0].config.acks`; empty for the document itself.
    public let path: String
    public let found: String
    public let allowed: String
    public let remedy: String?
    /// The nearest known name.
    public let suggestion: String?

    init(
        kind: Kind,
        position: SourcePosition,
        path: String,
        found: String,
        allowed: String,
        remedy: String? = nil,
        suggestion: String? = nil
    ) {
        self.kind = kind
        self.position = position
        self.path = path
        self.found = found
        self.allowed = allowed
        self.remedy = remedy
        self.suggestion = suggestion
    }

    static func duplicateKey(
        _ key: String,
        at position: SourcePosition,
        first: SourcePosition?
    ) -> ScenarioProblem {
        let place = first.map { ", first at line \($0.line)" } ?? ""
        return ScenarioProblem(
            kind: .duplicateKey,
            position: position,
            path: key,
            found: "\"\(key)\" a second time\(place)",
            allowed: "each key once",
            remedy: "remove one of them"
        )
    }
}

extension ScenarioProblem: CustomStringConvertible {
    /// `shop.json:12:30: error: producers[0].config.acks: found "2"; allowed: …`.
    public var description: String {
        let place =
            position.line > 0
            ? "\(position.file):\(position.line):\(position.column)" : position.file
        var text = "\(place): error: "
        if !path.isEmpty { text += "\(path): " }
        text += "found \(found); allowed: \(allowed)"
        if let suggestion { text += "; did you mean \"\(suggestion)\"?" }
        if let remedy { text += " (\(remedy))" }
        return text
    }
}
