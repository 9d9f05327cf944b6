import KafkaProtocol
import SimBase

/// The names of metrics.
enum MetricNames {
    /// Metrics of the whole run; all are numbers.
    static let global = [
        "records.sent", "records.acked", "records.failed", "records.pending", "lost.acked",
        "lost.silent", "lost.reported", "lost.expired", "phantom", "duplicated", "reordered",
        "retries", "elections.clean", "elections.unclean", "elections.preferred", "isr.shrinks",
        "isr.expands", "truncated.records", "leaderless.max.ms", "ack.latency.p50.ms",
        "ack.latency.p99.ms", "ack.latency.max.ms", "end-to-end.latency.p50.ms",
        "end-to-end.latency.p99.ms", "end-to-end.latency.max.ms", "controller.failovers",
        "network.bytes", "events", "virtual.ms",
    ]

    static let partition: [(name: String, kind: MetricKind)] = [
        ("leader", .nullableNumber), ("leader-epoch", .number), ("isr", .list),
        ("replicas", .list), ("elr", .list), ("high-watermark", .number),
        ("log-end-offset", .number), ("log-start-offset", .number), ("records", .number),
        ("divergent", .number),
    ]

    static let replica = ["log-end-offset", "high-watermark", "log-start-offset"]

    static let group = [
        "processed", "skipped", "reprocessed", "dirty", "unread", "rebalances", "revoked",
        "partitions-lost", "lag.max", "end-to-end.lost", "end-to-end.duplicated",
    ]

    static let producer = ["blocked.ms", "epoch-bumps"]

    /// What may stand first.
    static let families =
        global + [
            "errors.<exception>", "responses.<ERROR>", "partition.<t-p>.<field>",
            "replica.<t-p>.<broker>.<field>", "group.<g>.<field>", "producer.<name>.<field>",
            "action.<as>.result", "requests.<ApiName>", "guarantee",
        ]
}

extension DocumentDecoder {
    /// The kind of the metric that `name` names; `nil`, with a note, if there is none.
    mutating func metric(_ name: String, at value: Located) -> MetricKind? {
        if name == "guarantee" { return .guarantee }
        if MetricNames.global.contains(name) { return .number }
        guard let dot = name.firstIndex(of: ".") else { return unknownMetric(name, at: value) }
        let rest = String(name[name.index(after: dot)...])
        switch name[..<dot] {
        case "errors": return exception(rest, at: value)
        case "responses": return named(rest, ErrorCode.allCases.map(\.name), "responses", at: value)
        case "requests": return named(rest, ApiKey.allCases.map(\.name), "requests", at: value)
        case "partition": return partitionMetric(rest, at: value)
        case "replica": return replicaMetric(rest, at: value)
        case "group": return groupMetric(rest, at: value)
        case "producer": return producerMetric(rest, at: value)
        case "action": return actionMetric(rest, at: value)
        default: return unknownMetric(name, at: value)
        }
    }

    private mutating func unknownMetric(_ name: String, at value: Located) -> MetricKind? {
        note(
            .unknownName,
            value,
            found: "the metric \"\(name)\"",
            allowed: MetricNames.families.joined(separator: ", "),
            suggestion: NearestName.find(name, among: MetricNames.global + ["guarantee"])
        )
        return nil
    }

    private mutating func named(
        _ name: String,
        _ known: [String],
        _ family: String,
        at value: Located
    ) -> MetricKind? {
        guard known.contains(name) else {
            note(
                .unknownName,
                value,
                found: "the metric \"\(family).\(name)\"",
                allowed: "\(family).<name> with one of: \(known.joined(separator: ", "))",
                suggestion: NearestName.find(name, among: known).map { "\(family).\($0)" }
            )
            return nil
        }
        return .number
    }

    /// Exceptions are an open set; each ends alike.
    private mutating func exception(_ name: String, at value: Located) -> MetricKind? {
        let isName = name.utf8.allSatisfy {
            (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
        }
        guard isName, name.hasSuffix("Exception"), name.first?.isUppercase == true else {
            let known = ErrorCode.allCases.map(\.exception) + ["TimeoutException"]
            note(
                .unknownName,
                value,
                found: "the exception \"\(name)\"",
                allowed: "the name of a Java exception, such as TimeoutException",
                suggestion: NearestName.find(name, among: known)
            )
            return nil
        }
        return .number
    }

    private mutating func unknownField(
        _ field: String,
        of family: String,
        _ known: [String],
        at value: Located
    ) -> MetricKind? {
        note(
            .unknownName,
            value,
            found: "\"\(field)\" of \(family)",
            allowed: known.joined(separator: ", "),
            suggestion: NearestName.find(field, among: known)
        )
        return nil
    }

    private mutating func partitionMetric(_ rest: String, at value: Located) -> MetricKind? {
        let known = MetricNames.partition.map(\.name)
        guard let dot = rest.lastIndex(of: ".") else {
            return unknownField(rest, of: "partition.<t-p>", known, at: value)
        }
        let field = String(rest[rest.index(after: dot)...])
        let partition = partition(String(rest[..<dot]), at: value)
        guard let row = MetricNames.partition.first(where: { $0.name == field }) else {
            return unknownField(field, of: "partition.<t-p>", known, at: value)
        }
        return partition == nil ? nil : row.kind
    }

    private mutating func replicaMetric(_ rest: String, at value: Located) -> MetricKind? {
        guard let last = rest.lastIndex(of: "."),
            let middle = rest[..<last].lastIndex(of: ".")
        else {
            return unknownField(rest, of: "replica.<t-p>.<broker>", MetricNames.replica, at: value)
        }
        let field = String(rest[rest.index(after: last)...])
        let broker = String(rest[rest.index(after: middle)..<last])
        let partition = partition(String(rest[..<middle]), at: value)
        guard MetricNames.replica.contains(field) else {
            return unknownField(field, of: "replica.<t-p>.<broker>", MetricNames.replica, at: value)
        }
        guard let number = Int(broker), (1...brokerCount).contains(number) else {
            note(
                .unknownName,
                value,
                found: "broker \"\(broker)\"",
                allowed: "a broker id from 1 to \(brokerCount)"
            )
            return nil
        }
        return partition == nil ? nil : .number
    }

    private mutating func groupMetric(_ rest: String, at value: Located) -> MetricKind? {
        let groups = names.groups.filter { rest.hasPrefix("\($0).") }
        guard let group = groups.max(by: { $0.count < $1.count }) else {
            _ = knownGroup(String(rest.prefix { $0 != "." }), at: value)
            return nil
        }
        let field = String(rest.dropFirst(group.count + 1))
        if field.hasPrefix("committed.") {
            let partition = partition(String(field.dropFirst("committed.".count)), at: value)
            return partition == nil ? nil : .number
        }
        if field.hasPrefix("errors.") {
            return exception(String(field.dropFirst("errors.".count)), at: value)
        }
        guard MetricNames.group.contains(field) else {
            let known = MetricNames.group + ["committed.<t-p>", "errors.<Exception>"]
            return unknownField(field, of: "group.\(group)", known, at: value)
        }
        return .number
    }

    private mutating func producerMetric(_ rest: String, at value: Located) -> MetricKind? {
        let producers = producerNames.filter { rest.hasPrefix("\($0).") }
        guard let producer = producers.max(by: { $0.count < $1.count }) else {
            let name = String(rest.prefix { $0 != "." })
            note(
                .unknownName,
                value,
                found: "producer \"\(name)\"",
                allowed: producerNames.joined(separator: ", "),
                suggestion: NearestName.find(name, among: producerNames)
            )
            return nil
        }
        let field = String(rest.dropFirst(producer.count + 1))
        guard MetricNames.producer.contains(field) else {
            return unknownField(field, of: "producer.\(producer)", MetricNames.producer, at: value)
        }
        return .number
    }

    private mutating func actionMetric(_ rest: String, at value: Located) -> MetricKind? {
        guard rest.hasSuffix(".result") else {
            return unknownField(rest, of: "action", ["<as>.result"], at: value)
        }
        let name = String(rest.dropLast(".result".count))
        return reference(name, at: value) == nil ? nil : .errorName
    }
}
