public import SimBase

/// Waiting that doubles with each failure, scattered by a fifth.
/// - Source: org.apache.kafka.common.utils.ExponentialBackoff.
public struct ExponentialBackoff: Equatable, Sendable {
    public let initial: Interval
    public let max: Interval
    public let jitterPartsPerMillion: Int64

    public init(initial: Interval, max: Interval, jitterPartsPerMillion: Int64 = 200_000) {
        self.initial = initial
        self.max = max
        self.jitterPartsPerMillion = jitterPartsPerMillion
    }

    /// How long to wait after `attempts` earlier failures (0 for the first).
    ///
    /// With `max <= initial` every wait is `max`, without growth and without jitter.
    public func delay(attempts: Int32, _ random: inout Random) -> Interval {
        guard max > initial else { return max }
        var wait = initial.nanoseconds
        var left = attempts
        // The exponent stops at log2(max / initial), which need not be whole: the last doubling
        // may pass the limit and is then cut to it.
        while left > 0, wait < max.nanoseconds {
            wait *= 2
            left -= 1
        }
        wait = min(wait, max.nanoseconds)
        let scattered = random.jitter(
            Interval(nanoseconds: wait),
            partsPerMillion: jitterPartsPerMillion
        )
        return min(max, Interval.milliseconds(scattered.milliseconds))
    }
}
