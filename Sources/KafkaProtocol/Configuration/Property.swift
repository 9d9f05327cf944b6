import SimBase

/// A property and the field of the typed configuration that it sets.
struct Property<Config: Sendable>: Sendable {
    let definition: PropertyDefinition
    let field: Field<Config>
    /// Of several properties for one field, the greatest that is set wins
    /// (`log.retention.ms` over `log.retention.minutes` over `log.retention.hours`).
    let precedence: Int
}

typealias Path<Root, Value> = any WritableKeyPath<Root, Value> & Sendable

/// How a parsed value reaches its field.
enum Field<Config: Sendable>: Sendable {
    case none
    case boolean(Path<Config, Bool>)
    case int16(Path<Config, Int16>)
    case int32(Path<Config, Int32>)
    case int(Path<Config, Int>)
    case int64(Path<Config, Int64>)
    case bytes(Path<Config, ByteCount>)
    /// -1 is "unlimited": `nil`.
    case optionalBytes(Path<Config, ByteCount?>)
    /// A number of the definition's unit; -1 is ``Interval/forever`` where -1 is allowed.
    case interval(Path<Config, Interval>)
    /// A ratio as parts per million.
    case partsPerMillion(Path<Config, Int64>)
    case acks(Path<Config, Acks>)
    case offsetReset(Path<Config, OffsetReset>)
    case metadataRecovery(Path<Config, MetadataRecovery>)
    case isolation(Path<Config, IsolationLevel>)
    case assignors(Path<Config, [Assignor]>)
    case timestampType(Path<Config, TimestampType>)
    /// `deletes` and `compacts`.
    case cleanupPolicy(Path<Config, TopicConfig>)
    /// How many entries the list has.
    case entryCount(Path<Config, Int>)
}

extension Property {
    /// Reads `text` by the property's type and sets the field.
    ///
    /// Nothing is set when the text is refused.
    func apply(
        _ text: String,
        to config: inout Config,
        version: KafkaVersion
    ) throws(PropertyError) {
        if let since = definition.since, version < since {
            throw .notYet(name: definition.name, since: since, version: version)
        }
        let value = text.trimmed
        let parsed = try parse(value, written: text, version: version)
        let spelt = definition.type == .boolean ? value.lowercased() : value
        if case .only(let supported) = definition.effect, !supported.contains(spelt) {
            throw .unsupported(name: definition.name, found: text, supported: supported)
        }
        set(parsed, in: &config)
    }

    /// A value read by its type, not yet in its field.
    enum Parsed {
        case boolean(Bool)
        case number(Int64)
        case partsPerMillion(Int64)
        case text(String)
        case entries([String])
    }

    private func parse(
        _ value: String,
        written text: String,
        version: KafkaVersion
    ) throws(PropertyError) -> Parsed {
        let refusal = PropertyError.invalid(
            name: definition.name,
            found: text,
            allowed: definition.allowedText(at: version)
        )
        switch definition.type {
        case .boolean:
            switch value.lowercased() {
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            default: throw refusal
            }
        case .short, .int, .long:
            guard let number = Int64(value), definition.range(at: version).contains(number)
            else { throw refusal }
            return .number(number)
        case .double where definition.effect == .none:
            guard Double(value) != nil else { throw refusal }
            return .text(value)
        case .double:
            guard let parts = partsPerMillion(of: value),
                definition.allowsRatio(parts)
            else { throw refusal }
            return .partsPerMillion(parts)
        case .list:
            let entries = value.splitList
            if !definition.allowed.isEmpty {
                let areAllowed = entries.allSatisfy { definition.allowed.contains($0) }
                guard areAllowed, !entries.isEmpty else { throw refusal }
            }
            if case .assignors = field {
                let areKnown = entries.allSatisfy { Assignor(kafkaName: $0) != nil }
                guard areKnown, !entries.isEmpty else { throw refusal }
            }
            return .entries(entries)
        case .string, .class, .password:
            guard definition.allowed.isEmpty || definition.allowed.contains(value)
            else { throw refusal }
            return .text(value)
        }
    }

    private func set(_ parsed: Parsed, in config: inout Config) {
        switch (field, parsed) {
        case (.boolean(let path), .boolean(let flag)): config[keyPath: path] = flag
        case (.int16(let path), .number(let number)):
            config[keyPath: path] = Int16(clamping: number)
        case (.int32(let path), .number(let number)):
            config[keyPath: path] = Int32(clamping: number)
        case (.int(let path), .number(let number)): config[keyPath: path] = Int(number)
        case (.int64(let path), .number(let number)): config[keyPath: path] = number
        case (.bytes(let path), .number(let number)): config[keyPath: path] = ByteCount(number)
        case (.optionalBytes(let path), .number(let number)):
            config[keyPath: path] = number < 0 ? nil : ByteCount(number)
        case (.interval(let path), .number(let number)):
            config[keyPath: path] = interval(number)
        case (.partsPerMillion(let path), .partsPerMillion(let parts)):
            config[keyPath: path] = parts
        case (.acks(let path), .text(let text)):
            config[keyPath: path] = text == "0" ? .none : text == "1" ? .leader : .all
        case (.offsetReset(let path), .text(let text)):
            config[keyPath: path] = OffsetReset(rawValue: text) ?? config[keyPath: path]
        case (.metadataRecovery(let path), .text(let text)):
            config[keyPath: path] = MetadataRecovery(rawValue: text) ?? config[keyPath: path]
        case (.isolation(let path), .text(let text)):
            config[keyPath: path] = text == "read_committed" ? .readCommitted : .readUncommitted
        case (.timestampType(let path), .text(let text)):
            config[keyPath: path] = text == "LogAppendTime" ? .logAppendTime : .createTime
        case (.assignors(let path), .entries(let entries)):
            config[keyPath: path] = entries.compactMap(Assignor.init(kafkaName:))
        case (.cleanupPolicy(let path), .entries(let entries)):
            config[keyPath: path].deletes = entries.contains("delete")
            config[keyPath: path].compacts = entries.contains("compact")
        case (.entryCount(let path), .entries(let entries)):
            config[keyPath: path] = max(1, entries.count)
        default: break
        }
    }

    private func interval(_ number: Int64) -> Interval {
        let milliseconds: Int64 =
            switch definition.unit {
            case .seconds: 1_000
            case .minutes: 60_000
            case .hours: 3_600_000
            default: 1
            }
        guard number >= 0 else { return .forever }
        let (product, overflow) = number.multipliedReportingOverflow(by: milliseconds)
        return overflow ? .forever : .milliseconds(product)
    }

    /// The decimal text as parts of a million, exact; `nil` if it is no such number.
    private func partsPerMillion(of text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = Int64(parts[0]),
            whole.magnitude < 1_000_000
        else { return nil }
        guard parts.count == 2 else { return whole * 1_000_000 }
        let digits = parts[1].prefix(6)
        guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            var fraction = Int64(digits)
        else { return nil }
        for _ in digits.count..<6 { fraction *= 10 }
        return whole * 1_000_000 + (text.hasPrefix("-") ? -fraction : fraction)
    }
}

extension Assignor {
    /// Kafka's class, with or without its package, or the protocol name.
    init?(kafkaName: String) {
        let package = "org.apache.kafka.clients.consumer."
        let name =
            kafkaName.hasPrefix(package) ? String(kafkaName.dropFirst(package.count)) : kafkaName
        switch name {
        case "RangeAssignor", "range": self = .range
        case "RoundRobinAssignor", "roundrobin": self = .roundRobin
        case "StickyAssignor", "sticky": self = .sticky
        case "CooperativeStickyAssignor", "cooperative-sticky": self = .cooperativeSticky
        default: return nil
        }
    }
}

extension String {
    /// Without white space at either end, as `ConfigDef` trims a value.
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    /// The entries of a list, split at commas and trimmed.
    var splitList: [String] {
        guard !trimmed.isEmpty else { return [] }
        return split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
    }
}
