import KafkaProtocol
import SimBase

/// The time of an event, on the run's clock and on this node's.
struct WallTime: Equatable, Sendable {
    let now: Instant
    /// How far the node's clock is ahead.
    let skew: Interval

    /// `System.currentTimeMillis()` on this node.
    var milliseconds: Int64 {
        WallClock.milliseconds(at: now, skew: skew)
    }
}
