/// The type by which Kafka parses a property's text.
/// - Source: org.apache.kafka.common.config.ConfigDef.Type.
public enum PropertyType: String, Hashable, Sendable, CaseIterable {
    case boolean
    case short
    case int
    case long
    case double
    case string
    case list
    case `class`
    case password
}

/// Whose configuration a property belongs to.
public enum PropertyScope: String, Hashable, Sendable, CaseIterable {
    /// Brokers and controllers: `server.properties`.
    case broker
    case topic
    case producer
    case consumer
}

public enum PropertyUnit: String, Hashable, Sendable {
    case milliseconds
    case seconds
    case minutes
    case hours
    case bytes
}

/// A property of Kafka: its name, how its text is read, and what the simulation makes of it.
public struct PropertyDefinition: Equatable, Sendable {
    /// What a value of the property changes here.
    public enum Effect: Equatable, Sendable {
        /// The simulation follows it.
        case modelled
        /// Accepted, as it concerns nothing that is simulated.
        case none
        /// Kafka knows more values than this build: any other is refused.
        case only([String])
    }

    public let name: String
    public let type: PropertyType
    public let unit: PropertyUnit?
    /// Of a number, both ends inclusive; within the type's own range.
    public let range: ClosedRange<Int64>
    /// The only texts that Kafka accepts; empty if there is no such list.
    public let allowed: [String]
    /// In the latest version, as text; `nil` for null.
    public let defaultText: String?
    public let effect: Effect
    /// The first line that has the property, where that is later than the oldest supported one.
    public let since: KafkaVersion?
    /// Defaults that older lines had, oldest first: each holds below its version.
    public let earlierDefaults: [EarlierDefault]
    /// A range that older lines had.
    public let earlierRange: EarlierRange?

    public struct EarlierDefault: Equatable, Sendable {
        public let before: KafkaVersion
        public let text: String
    }

    public struct EarlierRange: Equatable, Sendable {
        public let before: KafkaVersion
        public let range: ClosedRange<Int64>
    }

    /// The default of a release line, as text; `nil` for null.
    public func defaultText(at version: KafkaVersion) -> String? {
        earlierDefaults.first { version < $0.before }?.text ?? defaultText
    }

    /// The range that a release line allows.
    public func range(at version: KafkaVersion) -> ClosedRange<Int64> {
        guard let earlierRange, version < earlierRange.before else { return range }
        return earlierRange.range
    }

    /// Whether a decimal number, in parts per million, lies within the range.
    func allowsRatio(_ partsPerMillion: Int64) -> Bool {
        let (least, isLeastHuge) = range.lowerBound.multipliedReportingOverflow(by: 1_000_000)
        let (most, isMostHuge) = range.upperBound.multipliedReportingOverflow(by: 1_000_000)
        return (isLeastHuge || partsPerMillion >= least) && (isMostHuge || partsPerMillion <= most)
    }

    /// What may be written, in words: `an integer of at least 1`, `one of: all, -1, 0, 1`.
    public func allowedText(at version: KafkaVersion) -> String {
        if !allowed.isEmpty { return "one of: \(allowed.joined(separator: ", "))" }
        switch type {
        case .boolean: return "true or false"
        case .double: return "a number from \(range.lowerBound) to \(range.upperBound)"
        case .string, .class, .password: return "text"
        case .list: return "a list separated by commas"
        case .short, .int, .long:
            let range = range(at: version)
            let isOpen = range.upperBound == type.bounds.upperBound
            let unit = unit.map { " (\($0.rawValue))" } ?? ""
            return isOpen
                ? "an integer of at least \(range.lowerBound)\(unit)"
                : "an integer from \(range.lowerBound) to \(range.upperBound)\(unit)"
        }
    }
}

extension PropertyType {
    /// What a number of the type can be.
    var bounds: ClosedRange<Int64> {
        switch self {
        case .short: Int64(Int16.min)...Int64(Int16.max)
        case .int: Int64(Int32.min)...Int64(Int32.max)
        default: Int64.min...Int64.max
        }
    }
}
