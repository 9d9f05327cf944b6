/// The identity of a logical record: what an application handed to `send()`, dense over the run.
///
/// It travels in the first sixteen bytes of the record's value, so that whoever holds the bytes
/// (a log, a consumer) can tell which record it is. An application's own re-send keeps it.
public struct RecordID: Identifier {
    public let rawValue: Int32
    @inlinable
    public init(_ rawValue: Int32) { self.rawValue = rawValue }

    /// Bytes that the identity takes at the start of a value.
    public static let size = 16
    private static let mark: UInt64 = 0x6b61_666b_6173_696d  // "kafkasim"

    /// Writes the identity over the first sixteen bytes of `value`.
    public func stamp(_ value: inout [UInt8]) {
        precondition(
            value.count >= RecordID.size,
            "a value of \(value.count) bytes holds no identity"
        )
        let low = UInt64(UInt32(bitPattern: rawValue))
        for index in 0..<8 {
            let shift = UInt64(56 - 8 * index)
            value[index] = UInt8(truncatingIfNeeded: RecordID.mark >> shift)
            value[8 + index] = UInt8(truncatingIfNeeded: low >> shift)
        }
    }

    /// Reads the identity from a value; `nil` if it carries none.
    public init?(_ bytes: [UInt8], at range: Range<Int>) {
        guard range.count >= RecordID.size else { return nil }
        var mark: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<8 {
            mark = mark << 8 | UInt64(bytes[range.lowerBound + index])
            low = low << 8 | UInt64(bytes[range.lowerBound + 8 + index])
        }
        guard mark == RecordID.mark else { return nil }
        self.init(Int32(truncatingIfNeeded: low))
    }
}
