import SimBase

/// How far a node's wall clock is off, as a line: an offset at an instant and a slope.
struct WallClock {
    private var anchor = Instant.zero
    private var offset = Interval.zero
    private var driftPartsPerMillion: Int64 = 0

    /// What the wall clock shows beyond the true time.
    func offset(at now: Instant) -> Interval {
        guard driftPartsPerMillion != 0 else { return offset }
        let elapsed = (now - anchor).nanoseconds
        let whole = elapsed / 1_000_000 * driftPartsPerMillion
        let rest = elapsed % 1_000_000 * driftPartsPerMillion / 1_000_000
        return offset + Interval(nanoseconds: whole + rest)
    }

    mutating func jump(by difference: Interval) {
        offset += difference
    }

    mutating func drift(partsPerMillion: Int64, from now: Instant) {
        offset = offset(at: now)
        anchor = now
        driftPartsPerMillion = partsPerMillion
    }
}
