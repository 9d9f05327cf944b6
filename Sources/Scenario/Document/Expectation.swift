/// What a metric must be: at the run's end, or at the instant of the action `check`.
public struct Expectation: Equatable, Sendable {
    /// A metric's name, or `guarantee`.
    public var metric: String
    public var bound: Bound
    public var position: SourcePosition

    public enum Bound: Equatable, Sendable {
        case equals(MetricValue)
        /// Both ends inclusive; at least one is given.
        case range(least: MetricNumber?, most: MetricNumber?)
    }
}

/// A value that a metric can be required to have.
public enum MetricValue: Equatable, Sendable {
    /// No leader.
    case null
    case number(MetricNumber)
    /// Broker ids, compared as a set where the metric is an ISR.
    case list([Int64])
    /// An error's or a guarantee's name.
    case text(String)
}

/// A metric's number, exact to a thousandth.
public struct MetricNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let thousandths: Int64

    public init(thousandths: Int64) {
        self.thousandths = thousandths
    }

    public init(_ whole: Int64) {
        let (product, overflow) = whole.multipliedReportingOverflow(by: 1_000)
        thousandths = overflow ? (whole < 0 ? Int64.min : Int64.max) : product
    }

    public static func < (left: MetricNumber, right: MetricNumber) -> Bool {
        left.thousandths < right.thousandths
    }

    /// `12`, `0.5`: no digit that is not needed.
    public var description: String {
        let whole = thousandths.magnitude / 1_000
        let part = thousandths.magnitude % 1_000
        let sign = thousandths < 0 ? "-" : ""
        guard part != 0 else { return "\(sign)\(whole)" }
        var digits = String(part)
        digits = String(repeating: "0", count: 3 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(sign)\(whole).\(digits)"
    }
}

/// The delivery guarantees that `"guarantee"` may name.
public enum Guarantee: String, Equatable, Sendable, CaseIterable {
    case exactlyOnce = "exactly-once"
    case atLeastOnce = "at-least-once"
    case atMostOnce = "at-most-once"
    case none
}
