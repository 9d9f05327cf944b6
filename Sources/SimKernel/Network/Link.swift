public import SimBase

/// A fault of one direction between two nodes. Links model TCP: loss shows as delay and finally as
/// a reset, never as a missing byte.
public struct LinkShape: Equatable, Sendable {
    /// Added to the latency of what is sent. With ``latencyTags`` it is a time in the sender's hands,
    /// before the wire: what is still there when the sender's process ends is gone with it.
    public var latency: Interval
    /// How likely one transmission is lost, in parts per million: 0 ... 1,000,000.
    public var lossPartsPerMillion: Int64
    /// In bits a second, at least 1,000; nil leaves the bandwidth as it is.
    public var bandwidth: Int64?
    /// The tags of messages that `latency` holds for, a bit for each of the tags 0 to 63.
    public var latencyTags: UInt64

    public init(
        latency: Interval = .zero,
        lossPartsPerMillion: Int64 = 0,
        bandwidth: Int64? = nil,
        latencyTags: UInt64 = .max
    ) {
        self.latency = latency
        self.lossPartsPerMillion = lossPartsPerMillion
        self.bandwidth = bandwidth
        self.latencyTags = latencyTags
    }

    /// Whether the latency holds for some kinds of messages only.
    var isSelective: Bool {
        latencyTags != .max
    }

    static let leastBandwidth: Int64 = 1_000

    static func picosecondsPerByte(bandwidth: Int64) -> Int64 {
        8_000_000_000_000 / max(bandwidth, leastBandwidth)
    }
}

/// Names a shape that holds, so that it can be undone.
public struct ShapeToken: Hashable, Sendable {
    let number: Int32
}

struct ActiveShape {
    let token: ShapeToken
    let link: Int
    let shape: LinkShape
}

/// One direction between two nodes.
struct Link {
    /// What the bandwidth makes a byte take, the tightest shape included.
    var picosecondsPerByte: Int64
    /// Until when the bytes of earlier messages keep the link busy.
    var freeAt = Instant.distantPast
    /// How many partitions block the link. They overlap: undoing one does not heal another.
    var blocks: Int32 = 0
    /// How many shapes hold.
    var shapes: Int32 = 0
    /// Since when the link is blocked, if it is.
    var blockedSince = Instant.zero

    init(picosecondsPerByte: Int64) {
        self.picosecondsPerByte = picosecondsPerByte
    }
}
