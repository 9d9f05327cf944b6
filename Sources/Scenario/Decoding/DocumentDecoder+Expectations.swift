import KafkaProtocol
import SimBase

/// What a metric's value is.
enum MetricKind {
    case number
    /// A broker id, or null for none.
    case nullableNumber
    /// Broker ids.
    case list
    case errorName
    case guarantee
}

extension DocumentDecoder {
    /// Bounds by metric; those whose `if` does not hold in this variant are checked and left out.
    mutating func expectations(_ value: Located?) -> [Expectation] {
        guard let value, !value.node.isNull else { return [] }
        guard case .map(let entries) = value.node.content else {
            note(.wrongType, value, allowed: "an object of metric names to bounds")
            return []
        }
        var expectations: [Expectation] = []
        for entry in entries {
            let name = Located(
                node: SourceNode(position: entry.keyPosition, content: .string(entry.key)),
                path: "\(value.path).\(entry.key)"
            )
            guard let kind = metric(entry.key, at: name) else { continue }
            for bound in bounds(Located(node: entry.value, path: name.path)) {
                guard let (bound, holds) = self.bound(bound, kind) else { continue }
                guard holds else { continue }
                expectations.append(
                    Expectation(metric: entry.key, bound: bound, position: entry.keyPosition)
                )
            }
        }
        return expectations
    }

    /// Several bounds of one metric are a list of objects, each with an `if` of its own.
    private func bounds(_ value: Located) -> [Located] {
        guard let items = value.items, let first = items.first, case .map = first.node.content
        else { return [value] }
        return items
    }

    private mutating func bound(
        _ value: Located,
        _ kind: MetricKind
    ) -> (Expectation.Bound, holds: Bool)? {
        guard case .map = value.node.content else {
            return metricValue(value, kind).map { (.equals($0), true) }
        }
        let shape = ObjectShape(keys: [
            .optional("min", .number, "the least value"),
            .optional("max", .number, "the greatest value"),
            .optional("equals", .anything, "the only value"),
            .optional("if", .anything, "values by path, for which the bound holds"),
        ])
        guard let object = object(value, shape) else { return nil }
        let holds = object["if"].map { condition(if: $0) } ?? true
        if let equals = object.raw("equals") {
            for key in ["min", "max"] {
                guard let place = object[key] else { continue }
                note(.invalidValue, place, allowed: "either \"equals\" or \"min\" and \"max\"")
            }
            return metricValue(equals, kind).map { (.equals($0), holds) }
        }
        let least = metricNumber(object["min"], kind)
        let most = metricNumber(object["max"], kind)
        guard object["min"] != nil || object["max"] != nil else {
            note(
                .missingKey,
                value,
                found: "no bound",
                allowed: "\"min\", \"max\", both, or \"equals\""
            )
            return nil
        }
        if let least, let most, least > most {
            note(
                .invalidValue,
                value,
                found: "min \(least) above max \(most)",
                allowed: "min at most max"
            )
        }
        guard least != nil || most != nil else { return nil }
        return (.range(least: least, most: most), holds)
    }

    private mutating func metricNumber(_ value: Located?, _ kind: MetricKind) -> MetricNumber? {
        guard let value else { return nil }
        guard kind == .number || kind == .nullableNumber,
            case .number(let text) = value.node.content,
            let thousandths = FixedPoint.parse(text, places: 3)
        else {
            note(
                .wrongType,
                value,
                allowed: kind == .number || kind == .nullableNumber
                    ? "a number of at most three places" : "no \"min\" or \"max\" for this metric"
            )
            return nil
        }
        return MetricNumber(thousandths: thousandths)
    }

    private mutating func metricValue(_ value: Located, _ kind: MetricKind) -> MetricValue? {
        switch (kind, value.node.content) {
        case (.nullableNumber, .null): return .null
        case (.number, .number), (.nullableNumber, .number):
            return metricNumber(value, kind).map { .number($0) }
        case (.list, .list):
            let items = list(value, of: "broker ids")
            let numbers = items.compactMap { integer($0, 0...Int64(Int32.max)) }
            return numbers.count == items.count ? .list(numbers) : nil
        case (.guarantee, .string):
            return choice(value, of: Guarantee.self).map { .text($0.rawValue) }
        case (.errorName, .string):
            return choice(value, ErrorCode.allCases.map(\.name)).map { .text($0) }
        case (.number, _): note(.wrongType, value, allowed: "a number, or {\"min\": …, \"max\": …}")
        case (.nullableNumber, _): note(.wrongType, value, allowed: "a broker id, or null for none")
        case (.list, _): note(.wrongType, value, allowed: "a list of broker ids")
        case (.guarantee, _):
            note(
                .wrongType,
                value,
                allowed: Guarantee.allCases.map(\.rawValue).joined(separator: ", ")
            )
        case (.errorName, _): note(.wrongType, value, allowed: "the name of an error, or NONE")
        }
        return nil
    }

    /// Whether the values that `if` names are those of this variant.
    private mutating func condition(if value: Located) -> Bool {
        guard case .map(let entries) = value.node.content else {
            note(.wrongType, value, allowed: "an object of paths to values")
            return false
        }
        var holds = true
        for entry in entries {
            let place = Located(node: entry.value, path: "\(value.path).\(entry.key)")
            guard let wanted = entry.value.scalarText else {
                note(.wrongType, place, allowed: "text, a number or a boolean")
                continue
            }
            switch DocumentPath.values(of: entry.key, in: root, version: version) {
            case .success(let values):
                holds = holds && !values.isEmpty && values.allSatisfy { same($0, wanted) }
            case .failure(let failure):
                note(
                    .unknownName,
                    place,
                    found: "the path \"\(entry.key)\"",
                    allowed: failure.allowed,
                    suggestion: failure.suggestion
                )
                holds = false
            }
        }
        return holds
    }

    /// `-1` and `all` are one value of `acks`.
    private func same(_ left: String?, _ right: String) -> Bool {
        left == right || (left == "-1" && right == "all") || (left == "all" && right == "-1")
    }
}
