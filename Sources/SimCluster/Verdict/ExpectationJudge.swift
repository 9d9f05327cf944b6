import Checkers
import Scenario
import SimBase

/// Holds what a scenario expects against what came out.
enum ExpectationJudge {
    static func judge(_ expectation: Expectation, _ verdict: Verdict, at instant: Instant?)
        -> ExpectationResult
    {
        if expectation.metric == "guarantee" {
            let actual = verdict.guarantee.rawValue
            guard case .equals(.text(let wanted)) = expectation.bound else {
                return result(expectation, "a guarantee", actual, false, instant)
            }
            return result(
                expectation,
                wanted,
                actual,
                satisfies(verdict.guarantee, wanted),
                instant
            )
        }
        let value = verdict.table.value(of: expectation.metric)
        switch expectation.bound {
        case .equals(let wanted):
            return result(
                expectation,
                text(wanted),
                text(value),
                equals(
                    value,
                    wanted,
                    isSet: expectation.metric.hasSuffix(".isr")
                        || expectation.metric.hasSuffix(".elr")
                ),
                instant
            )
        case .range(let least, let most):
            let number = number(value)
            let isAbove = least.map { bound in number.map { $0 >= bound } ?? false } ?? true
            let isBelow = most.map { bound in number.map { $0 <= bound } ?? false } ?? true
            return result(expectation, text(least, most), text(value), isAbove && isBelow, instant)
        }
    }

    /// A guarantee is met by itself and by anything stronger.
    private static func satisfies(_ actual: Checkers.Guarantee, _ wanted: String) -> Bool {
        switch actual {
        case .exactlyOnce: true
        case .atLeastOnce, .atMostOnce:
            wanted == actual.rawValue || wanted == Checkers.Guarantee.none.rawValue
        case .none: wanted == actual.rawValue
        }
    }

    private static func result(
        _ expectation: Expectation,
        _ bound: String,
        _ actual: String,
        _ pass: Bool,
        _ instant: Instant?
    ) -> ExpectationResult {
        ExpectationResult(
            metric: expectation.metric,
            bound: bound,
            actual: actual,
            pass: pass,
            at: instant
        )
    }

    private static func number(_ value: Checkers.MetricValue) -> MetricNumber? {
        switch value {
        case .integer(let whole): MetricNumber(whole)
        case .thousandths(let thousandths): MetricNumber(thousandths: thousandths)
        case .text, .list, .null: nil
        }
    }

    private static func equals(
        _ value: Checkers.MetricValue,
        _ wanted: Scenario.MetricValue,
        isSet: Bool
    ) -> Bool {
        switch (value, wanted) {
        case (.null, .null): true
        case (.text(let left), .text(let right)): left == right
        case (.list(let left), .list(let right)):
            isSet ? left.sorted() == right.sorted() : left == right
        case (_, .number(let right)): number(value).map { $0 == right } ?? false
        default: false
        }
    }

    private static func text(_ least: MetricNumber?, _ most: MetricNumber?) -> String {
        switch (least, most) {
        case (let least?, let most?): "\(least) … \(most)"
        case (let least?, nil): "at least \(least)"
        case (nil, let most?): "at most \(most)"
        case (nil, nil): "any"
        }
    }

    private static func text(_ value: Scenario.MetricValue) -> String {
        switch value {
        case .null: "null"
        case .number(let number): number.description
        case .list(let list): "[" + list.map(String.init).joined(separator: ",") + "]"
        case .text(let text): text
        }
    }

    static func text(_ value: Checkers.MetricValue) -> String {
        switch value {
        case .integer(let whole): String(whole)
        case .thousandths(let thousandths): MetricNumber(thousandths: thousandths).description
        case .text(let text): text
        case .list(let list): "[" + list.map(String.init).joined(separator: ",") + "]"
        case .null: "null"
        }
    }
}
