public import SimBase

extension Kernel {
    /// What the wall clock of `node` shows beyond the true time; may be negative.
    public func wallOffset(_ node: NodeIndex) -> Interval {
        wallClocks[node.position].offset(at: now)
    }

    /// What the wall clock of `node` shows, counted from the run's time zero.
    public func wallTime(_ node: NodeIndex) -> Instant {
        now + wallOffset(node)
    }

    /// Sets the wall clock of `node` forward, or back for a negative difference.
    public mutating func jumpClock(of node: NodeIndex, by difference: Interval) {
        wallClocks[node.position].jump(by: difference)
    }

    /// Lets the wall clock of `node` run fast from now on, or slow for a negative drift.
    public mutating func driftClock(of node: NodeIndex, partsPerMillion: Int64) {
        wallClocks[node.position].drift(partsPerMillion: partsPerMillion, from: now)
    }
}
