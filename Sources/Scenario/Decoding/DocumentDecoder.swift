import KafkaProtocol
import SimBase

/// Turns a tree into a document and collects everything that is wrong with it.
///
/// A reader that meets something wrong notes it and goes on with a stand-in, so that one run shows
/// all errors. The document counts only if there are none.
struct DocumentDecoder {
    let files: ScenarioFiles
    let root: SourceNode
    var problems: [ScenarioProblem] = []
    /// What has been noted; looked up, never iterated.
    private var noted: Set<ScenarioProblem> = []

    // What later parts need of earlier ones.
    var names = NameTable()
    var version = KafkaVersion.latest
    var features = Features()
    var config = ServerConfig()
    var brokerCount = 3
    var controllerCount = 3
    var isCombined = false
    var duration: Interval?
    /// By topic number; `nil` for topics that nobody declares or creates.
    var partitionCounts: [Int32?] = []
    var producerNames: [String] = []
    /// By group number.
    var memberCounts: [Int] = []
    /// Group and text of each `group.instance.id`, in the order of their numbers.
    var instanceIDs: [String] = []
    /// `as` names in the file's order, with the instant of their entry if it has one.
    var labels: [Label] = []

    struct Label {
        let name: String
        let instant: Interval?
        let action: String
    }

    init(root: SourceNode, files: ScenarioFiles) {
        self.root = root
        self.files = files
        partitionCounts = names.topics.map { _ in nil }
    }

    // MARK: Notes

    mutating func note(_ problem: ScenarioProblem) {
        guard noted.insert(problem).inserted else { return }
        problems.append(problem)
    }

    mutating func note(
        _ kind: ScenarioProblem.Kind,
        _ value: Located,
        found: String? = nil,
        allowed: String,
        remedy: String? = nil,
        suggestion: String? = nil
    ) {
        note(
            ScenarioProblem(
                kind: kind,
                position: value.node.position,
                path: value.path,
                found: found ?? value.node.foundText,
                allowed: allowed,
                remedy: remedy,
                suggestion: suggestion
            )
        )
    }

    // MARK: Scalars

    mutating func text(_ value: Located?) -> String? {
        guard let value else { return nil }
        guard case .string(let text) = value.node.content else {
            // YAML reads an unquoted 2024 as a number where a name is meant.
            if case .number(let text) = value.node.content { return text }
            note(.wrongType, value, allowed: "text")
            return nil
        }
        return text
    }

    mutating func name(_ value: Located?) -> String? {
        guard let value, let text = text(value) else { return nil }
        guard !text.isEmpty else {
            note(.invalidValue, value, allowed: "a name")
            return nil
        }
        return text
    }

    mutating func boolean(_ value: Located?) -> Bool? {
        guard let value else { return nil }
        guard case .boolean(let flag) = value.node.content else {
            note(.wrongType, value, allowed: "true or false")
            return nil
        }
        return flag
    }

    mutating func integer(_ value: Located?, _ range: ClosedRange<Int64>) -> Int64? {
        guard let value else { return nil }
        let isOpen = range.upperBound >= Int64(Int32.max)
        let allowed =
            isOpen
            ? "an integer of at least \(range.lowerBound)"
            : "an integer from \(range.lowerBound) to \(range.upperBound)"
        guard case .number(let text) = value.node.content else {
            note(.wrongType, value, allowed: allowed)
            return nil
        }
        guard let number = FixedPoint.parse(text, places: 0), range.contains(number) else {
            note(.invalidValue, value, allowed: allowed)
            return nil
        }
        return number
    }

    mutating func int(_ value: Located?, _ range: ClosedRange<Int>) -> Int? {
        integer(value, Int64(range.lowerBound)...Int64(range.upperBound)).map { Int($0) }
    }

    mutating func interval(_ value: Located?, isSigned: Bool = false) -> Interval? {
        guard let value else { return nil }
        let allowed = "a duration with a unit (us, ms, s, m, h), such as \"5s\" or \"0.2ms\""
        guard case .string(let text) = value.node.content else {
            note(.wrongType, value, allowed: allowed)
            return nil
        }
        guard let interval = Quantity.interval(text), isSigned || interval >= .zero else {
            note(.invalidValue, value, allowed: allowed)
            return nil
        }
        return interval
    }

    mutating func instant(_ value: Located?) -> Instant? {
        guard let value, let interval = interval(value) else { return nil }
        if let duration, interval > duration {
            note(
                .tooLate,
                value,
                allowed: "at most the scenario's duration, \(IntervalText.text(duration))",
                remedy: "make \"duration\" longer"
            )
        }
        return .zero + interval
    }

    mutating func size(_ value: Located?, atLeast least: Int64, what: String) -> Int64? {
        guard let value else { return nil }
        let allowed = "\(what): a number of at least \(least), or text such as \"1MiB\" or \"1MB\""
        guard let text = value.node.scalarText, !value.node.isNull else {
            note(.wrongType, value, allowed: allowed)
            return nil
        }
        if case .boolean = value.node.content {
            note(.wrongType, value, allowed: allowed)
            return nil
        }
        guard let bytes = Quantity.bytes(text), bytes >= least else {
            note(.invalidValue, value, allowed: allowed)
            return nil
        }
        return bytes
    }

    mutating func choice(_ value: Located?, _ choices: [String]) -> String? {
        guard let value else { return nil }
        let allowed = "one of: \(choices.joined(separator: ", "))"
        guard case .string(let text) = value.node.content else {
            note(.wrongType, value, allowed: allowed)
            return nil
        }
        guard choices.contains(text) else {
            note(
                .invalidValue,
                value,
                allowed: allowed,
                suggestion: NearestName.find(text, among: choices)
            )
            return nil
        }
        return text
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ value: Located?,
        of type: Value.Type
    ) -> Value? where Value.RawValue == String {
        choice(value, type.allCases.map(\.rawValue)).flatMap { Value(rawValue: $0) }
    }

    // MARK: Lists and objects

    mutating func list(_ value: Located?, of what: String) -> [Located] {
        guard let value else { return [] }
        guard let items = value.items else {
            note(.wrongType, value, allowed: "a list of \(what)")
            return []
        }
        return items
    }

    mutating func object(_ value: Located, _ shape: ObjectShape) -> ObjectValue? {
        let names = shape.names
        guard case .map(let entries) = value.node.content else {
            note(.wrongType, value, allowed: "an object with: \(names.joined(separator: ", "))")
            return nil
        }
        for entry in entries where shape.key(entry.key) == nil {
            noteUnknown(entry, in: shape, of: value)
        }
        for key in shape.keys where key.isRequired {
            guard entries.contains(where: { $0.key == key.name && !$0.value.isNull }) else {
                note(
                    .missingKey,
                    value,
                    found: "no \"\(key.name)\"",
                    allowed: "\"\(key.name)\" is required: \(key.summary)"
                )
                continue
            }
        }
        return ObjectValue(value: value, entries: entries)
    }

    private mutating func noteUnknown(
        _ entry: SourceEntry,
        in shape: ObjectShape,
        of value: Located
    ) {
        var remedy: String?
        for case .properties(let scope) in shape.keys.map(\.shape) {
            if PropertySchema.definition(of: entry.key, in: scope) != nil {
                remedy = "it is a property of Kafka: put it into \"config\""
            }
        }
        note(
            ScenarioProblem(
                kind: .unknownKey,
                position: entry.keyPosition,
                path: value.path.isEmpty ? entry.key : "\(value.path).\(entry.key)",
                found: "\"\(entry.key)\"",
                allowed: shape.names.joined(separator: ", "),
                remedy: remedy,
                suggestion: NearestName.find(entry.key, among: shape.names)
            )
        )
    }
}

/// A node with the path that leads to it.
struct Located {
    let node: SourceNode
    let path: String

    /// The elements, if this is a list.
    var items: [Located]? {
        guard case .list(let items) = node.content else { return nil }
        return items.enumerated().map { Located(node: $1, path: "\(path)[\($0)]") }
    }
}

/// A map whose keys have been checked.
struct ObjectValue {
    let value: Located
    let entries: [SourceEntry]

    /// The value of a key; `nil` also where it is null.
    subscript(key: String) -> Located? {
        guard let value = raw(key), !value.node.isNull else { return nil }
        return value
    }

    /// The value of a key, null included.
    func raw(_ key: String) -> Located? {
        entries.first { $0.key == key }.map { located($0) }
    }

    func located(_ entry: SourceEntry) -> Located {
        Located(
            node: entry.value,
            path: value.path.isEmpty ? entry.key : "\(value.path).\(entry.key)"
        )
    }
}

/// Durations in messages.
enum IntervalText {
    /// In the largest unit that needs no fraction: `90s`, `500ms`.
    static func text(_ interval: Interval) -> String {
        let units: [(length: Int64, name: String)] = [
            (3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s"),
            (1_000_000, "ms"), (1_000, "us"),
        ]
        guard interval.nanoseconds != 0 else { return "0s" }
        for unit in units where interval.nanoseconds % unit.length == 0 {
            return "\(interval.nanoseconds / unit.length)\(unit.name)"
        }
        return "\(interval.nanoseconds)ns"
    }
}
