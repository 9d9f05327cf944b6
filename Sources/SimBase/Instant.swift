/// A point of virtual time: nanoseconds since the run's start.
///
/// Times before zero belong to the boot, which takes place before the scenario begins.
public struct Instant: Hashable, Comparable, Sendable {
    public let nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The scenario's time zero.
    @inlinable
    public static var zero: Instant { Instant(nanoseconds: 0) }
    /// Earlier than any event; the "never happened" of Kafka's `lastCaughtUpTimeMs = 0`.
    @inlinable
    public static var distantPast: Instant { Instant(nanoseconds: Int64.min / 4) }
    /// Later than any event; a deadline that never comes.
    @inlinable
    public static var distantFuture: Instant { Instant(nanoseconds: Int64.max / 4) }

    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    @inlinable
    public static func + (left: Instant, right: Interval) -> Instant {
        Instant(nanoseconds: left.nanoseconds &+ right.nanoseconds)
    }

    @inlinable
    public static func - (left: Instant, right: Interval) -> Instant {
        Instant(nanoseconds: left.nanoseconds &- right.nanoseconds)
    }

    @inlinable
    public static func - (left: Instant, right: Instant) -> Interval {
        Interval(nanoseconds: left.nanoseconds &- right.nanoseconds)
    }

    @inlinable
    public static func += (left: inout Instant, right: Interval) {
        left = left + right
    }

    /// Whole milliseconds since the start, rounded towards the past.
    @inlinable
    public var milliseconds: Int64 {
        let quotient = nanoseconds / 1_000_000
        return nanoseconds % 1_000_000 < 0 ? quotient - 1 : quotient
    }
}

/// A length of virtual time in nanoseconds; may be negative where a difference is meant.
public struct Interval: Hashable, Comparable, Sendable {
    public let nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    @inlinable
    public static var zero: Interval { Interval(nanoseconds: 0) }

    /// About 73 years: longer than any run, short enough to be added to any instant.
    @inlinable
    public static var forever: Interval { Interval(nanoseconds: Int64.max / 4) }

    @inlinable
    public static func microseconds(_ count: Int64) -> Interval {
        Interval(nanoseconds: count &* 1_000)
    }

    /// Kafka's unit; values too large for the clock become ``forever``.
    @inlinable
    public static func milliseconds(_ count: Int64) -> Interval {
        count >= forever.nanoseconds / 1_000_000
            ? forever : Interval(nanoseconds: count &* 1_000_000)
    }

    @inlinable
    public static func seconds(_ count: Int64) -> Interval {
        milliseconds(count &* 1_000)
    }

    @inlinable
    public var milliseconds: Int64 {
        nanoseconds / 1_000_000
    }

    @inlinable
    public static func < (left: Interval, right: Interval) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    @inlinable
    public static func + (left: Interval, right: Interval) -> Interval {
        Interval(nanoseconds: left.nanoseconds &+ right.nanoseconds)
    }

    @inlinable
    public static func - (left: Interval, right: Interval) -> Interval {
        Interval(nanoseconds: left.nanoseconds &- right.nanoseconds)
    }

    @inlinable
    public static func += (left: inout Interval, right: Interval) {
        left = left + right
    }

    @inlinable
    public static func * (left: Interval, right: Int64) -> Interval {
        Interval(nanoseconds: left.nanoseconds &* right)
    }

    @inlinable
    public static func / (left: Interval, right: Int64) -> Interval {
        Interval(nanoseconds: left.nanoseconds / right)
    }
}
