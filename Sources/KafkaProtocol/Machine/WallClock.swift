public import SimBase

/// What `System.currentTimeMillis()` shows on a node.
public enum WallClock {
    /// The date of the run's time zero: 2025-01-01 00:00:00 UTC, in milliseconds since 1970.
    public static let epochMilliseconds: Int64 = 1_735_689_600_000

    /// Milliseconds since 1970 on a node whose clock is ahead by `skew`.
    @inlinable
    public static func milliseconds(at now: Instant, skew: Interval = .zero) -> Int64 {
        epochMilliseconds + (now + skew).milliseconds
    }
}
