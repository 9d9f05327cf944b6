public import Checkers
import SimBase

/// A run as JSON: the same bytes for the same scenario, seed and version of kafkasim.
public enum RunJSON {
    /// One object for one run; an array of them for several.
    public static func text(_ results: [RunResult]) -> String {
        guard results.count != 1 else { return value(results[0]).text }
        return JSONValue.array(results.map(value)).text
    }

    /// The object of one run.
    public static func text(_ result: RunResult) -> String {
        value(result).text
    }

    static func value(_ result: RunResult) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(key: "scenario", value: .string(result.scenario)),
            .init(key: "seed", value: .number(String(result.seed))),
            .init(key: "digest", value: .string(result.digest)),
            .init(key: "metrics", value: metrics(result.metrics)),
            .init(key: "guarantee", value: .string(result.guarantee.rawValue)),
            .init(key: "expectations", value: .array(result.expectations.map(expectation))),
            .init(key: "diagnosis", value: .array(result.findings.map(finding))),
            .init(
                key: "skipped-actions",
                value: .array(result.actions.filter { $0.skipped != nil }.map(skipped))
            ),
        ]
        if !result.violations.isEmpty {
            members.append(
                .init(key: "violations", value: .array(result.violations.map(violation)))
            )
        }
        members.append(.init(key: "pass", value: .boolean(result.pass)))
        return .object(members)
    }

    static func metrics(_ metrics: [Metric]) -> JSONValue {
        .object(metrics.map { JSONValue.Member(key: $0.name, value: value($0.value)) })
    }

    static func value(_ value: MetricValue) -> JSONValue {
        switch value {
        case .integer(let number): .integer(number)
        case .thousandths(let number): .number(Figures.decimal(thousandths: number))
        case .text(let text): .string(text)
        case .list(let numbers): .list(numbers)
        case .null: .null
        }
    }

    private static func expectation(_ expectation: ExpectationResult) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(key: "metric", value: .string(expectation.metric)),
            .init(key: "bound", value: literal(expectation.bound)),
            .init(key: "actual", value: literal(expectation.actual)),
            .init(key: "pass", value: .boolean(expectation.pass)),
        ]
        if let at = expectation.at { members.append(.init(key: "at-ms", value: milliseconds(at))) }
        return .object(members)
    }

    /// Numbers and `null` as what they are, all else as text.
    private static func literal(_ text: String) -> JSONValue {
        if text == "null" { return .null }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first, let number = Int64(whole), parts.count <= 2,
            String(number) == whole || whole == "-0",
            parts.count == 1 || (!parts[1].isEmpty && parts[1].utf8.allSatisfy { 48...57 ~= $0 })
        else { return .string(text) }
        return .number(text)
    }

    private static func finding(_ finding: Finding) -> JSONValue {
        .object([
            "cause": .string(finding.cause),
            "category": .string(finding.category.rawValue),
            "metric": .string(finding.metric),
            "records": .integer(finding.records),
            "sentence": .string(finding.sentence),
            "settings": settings(finding.settings),
            "remedy": .string(finding.remedy),
            "example": .object([
                "record": .integer(Int64(finding.example)),
                "life": .array(
                    finding.life.map { step in
                        .object(["at-ms": milliseconds(step.at), "step": .string(step.text)])
                    }
                ),
            ]),
        ])
    }

    static func settings(_ settings: [SettingRow]) -> JSONValue {
        .object(settings.map { JSONValue.Member(key: $0.path, value: .string($0.value)) })
    }

    private static func skipped(_ action: ActionRow) -> JSONValue {
        .object([
            "at-ms": milliseconds(action.at),
            "action": .string(action.action),
            "target": .string(action.target),
            "as": action.name.isEmpty ? .null : .string(action.name),
            "reason": .string(action.skipped ?? ""),
            "optional": .boolean(action.isOptional),
        ])
    }

    private static func violation(_ violation: Violation) -> JSONValue {
        .object([
            "invariant": .string(violation.invariant),
            "at-ms": milliseconds(violation.at),
            "evidence": .string(violation.evidence),
        ])
    }

    private static func milliseconds(_ instant: Instant) -> JSONValue {
        .number(Figures.decimal(instant.nanoseconds, places: 6))
    }
}
