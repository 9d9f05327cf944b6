public import SimBase

/// A fingerprint of a run: 128 bits over every event in the order of execution.
///
/// Two runs that differ in one event differ in the digest, with all but certainty; it is not
/// cryptographic. A checkpoint every 1,000 events names the place of a difference.
public struct Digest: Equatable, Sendable {
    /// The state of the digest after a multiple of ``checkpointInterval`` events.
    public struct Checkpoint: Hashable, Sendable {
        /// The first sixteen digits of the text.
        public let high: UInt64
        /// The last sixteen digits of the text.
        public let low: UInt64

        /// 32 lower-case hexadecimal digits.
        public var text: String {
            Digest.digits(high) + Digest.digits(low)
        }
    }

    /// Events from one checkpoint to the next.
    public static let checkpointInterval = 1_000

    private var high: UInt64 = 0x243f_6a88_85a3_08d3
    private var low: UInt64 = 0x1319_8a2e_0370_7344
    private var untilCheckpoint = Digest.checkpointInterval
    /// How many events are in the digest.
    public private(set) var count: UInt64 = 0
    /// Entry i is the state after (i + 1) times ``checkpointInterval`` events.
    public private(set) var checkpoints: [Checkpoint] = []

    /// The digest of no event.
    public init() {}

    /// Adds one executed event.
    ///
    /// - Parameters:
    ///   - time: when it was executed.
    ///   - node: where; nil for an event of the world.
    ///   - kind: what it was, such as ``KernelEvent/code``.
    ///   - content: a hash of what it carried.
    public mutating func mix(time: Instant, node: NodeIndex?, kind: UInt8, content: UInt64) {
        let place = UInt64(UInt32(bitPattern: node?.rawValue ?? -1)) << 8 | UInt64(kind)
        // Multiplication by an odd number and rotation lose nothing; each lane feeds the other.
        high = Digest.rotate(high ^ UInt64(bitPattern: time.nanoseconds), by: 29)
        high = high &* 0x9e37_79b9_7f4a_7c15 &+ place
        low = Digest.rotate(low ^ content, by: 31) &* 0xc2b2_ae3d_27d4_eb4f &+ high
        high ^= Digest.rotate(low, by: 17)
        count += 1
        untilCheckpoint -= 1
        if untilCheckpoint == 0 {
            untilCheckpoint = Digest.checkpointInterval
            checkpoints.append(Checkpoint(high: high, low: low))
        }
    }

    /// The first checkpoint at which two digests differ: the difference lies in the
    /// ``checkpointInterval`` events before it. Nil when all common checkpoints agree.
    public func firstDifference(from other: Digest) -> Int? {
        zip(checkpoints, other.checkpoints).enumerated().first { $0.element.0 != $0.element.1 }?
            .offset
    }

    /// The digest as 32 lower-case hexadecimal digits.
    public var text: String {
        var last = self
        last.mix(time: .zero, node: nil, kind: .max, content: count)
        return Digest.digits(last.high) + Digest.digits(last.low)
    }

    @inline(__always)
    private static func rotate(_ word: UInt64, by bits: UInt64) -> UInt64 {
        word &<< bits | word &>> (64 &- bits)
    }

    private static func digits(_ word: UInt64) -> String {
        let plain = String(word, radix: 16)
        return String(repeating: "0", count: 16 - plain.utf8.count) + plain
    }
}
