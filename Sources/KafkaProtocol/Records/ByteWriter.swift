/// Writes Kafka's wire types: big-endian integers, zigzag varints, strings after their length.
public struct ByteWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8]

    /// An empty writer with room for `capacity` bytes; it grows beyond them.
    public init(capacity: Int = 64) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    @inlinable
    public var count: Int {
        bytes.count
    }

    public mutating func int8(_ value: Int8) {
        bytes.append(UInt8(bitPattern: value))
    }

    /// Two bytes, big end first.
    public mutating func int16(_ value: Int16) {
        bigEndian(UInt64(UInt16(bitPattern: value)), width: 2)
    }

    /// Four bytes, big end first.
    public mutating func int32(_ value: Int32) {
        bigEndian(UInt64(UInt32(bitPattern: value)), width: 4)
    }

    /// Eight bytes, big end first.
    public mutating func int64(_ value: Int64) {
        bigEndian(UInt64(bitPattern: value), width: 8)
    }

    /// Eight bytes, big end first.
    public mutating func uint64(_ value: UInt64) {
        bigEndian(value, width: 8)
    }

    /// A zigzag varint of 32 or 64 bits (the encodings agree where both can hold the value).
    public mutating func varint(_ value: Int64) {
        unsignedVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    /// Seven bits a byte, the lowest first; the high bit of a byte says that more follow.
    public mutating func unsignedVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A length as int16, then UTF-8.
    /// The text has at most 32,767 bytes.
    public mutating func string(_ text: String) {
        let utf8 = Array(text.utf8)
        int16(Int16(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    /// The bytes as they are, without a length.
    public mutating func raw(_ more: some Collection<UInt8>) {
        bytes.append(contentsOf: more)
    }

    public mutating func zeros(_ count: Int) {
        bytes.append(contentsOf: repeatElement(0, count: count))
    }

    /// Overwrites bytes written earlier with the low bytes of a number, big end first.
    public mutating func patch(_ value: UInt64, width: Int, at position: Int) {
        bytes.withUnsafeMutableBufferPointer { buffer in
            for index in 0..<width {
                let shift = UInt64(8 * (width - 1 - index))
                buffer[position + index] = UInt8(truncatingIfNeeded: value >> shift)
            }
        }
    }

    private mutating func bigEndian(_ value: UInt64, width: Int) {
        var shift = UInt64(width * 8)
        while shift > 0 {
            shift -= 8
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}

/// Reads what ``ByteWriter`` writes. Reading past the end yields `nil`, never a trap: what is read
/// may be the torn tail of a file.
public struct ByteReader: Sendable {
    public let bytes: [UInt8]
    /// The index in `bytes` of the next byte to read.
    public private(set) var position: Int
    /// Nothing is read from this index on.
    public let end: Int

    public init(_ bytes: [UInt8]) {
        self.init(bytes, from: 0, to: bytes.count)
    }

    /// Reads the half-open range `start ..< end` of `bytes`.
    public init(_ bytes: [UInt8], from start: Int, to end: Int) {
        self.bytes = bytes
        position = start
        self.end = min(end, bytes.count)
    }

    /// How many bytes are left; negative after a ``skip(_:)`` past the end.
    @inlinable
    public var remaining: Int {
        end - position
    }

    /// Moves on without a look: past the end, too, where every read yields `nil`.
    public mutating func skip(_ count: Int) {
        position += count
    }

    /// One byte; `nil` at the end.
    public mutating func int8() -> Int8? {
        bigEndian(width: 1).map { Int8(truncatingIfNeeded: $0) }
    }

    /// Two bytes, big end first; `nil` if fewer are left, and nothing is read.
    public mutating func int16() -> Int16? {
        bigEndian(width: 2).map { Int16(truncatingIfNeeded: $0) }
    }

    /// Four bytes, big end first; `nil` if fewer are left, and nothing is read.
    public mutating func int32() -> Int32? {
        bigEndian(width: 4).map { Int32(truncatingIfNeeded: $0) }
    }

    /// Eight bytes, big end first; `nil` if fewer are left, and nothing is read.
    public mutating func int64() -> Int64? {
        bigEndian(width: 8).map { Int64(bitPattern: $0) }
    }

    /// Eight bytes, big end first; `nil` if fewer are left, and nothing is read.
    public mutating func uint64() -> UInt64? {
        bigEndian(width: 8)
    }

    /// A zigzag varint of 32 or 64 bits; `nil` as for ``unsignedVarint()``.
    public mutating func varint() -> Int64? {
        unsignedVarint().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
    }

    /// Seven bits a byte, the lowest first; `nil` if the bytes end first, or if the number goes on
    /// after the tenth. The position has moved in any case.
    public mutating func unsignedVarint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64, position < end {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// A length as int16, then UTF-8; `nil` if the length is negative or more than what is left.
    /// What is not UTF-8 becomes U+FFFD.
    public mutating func string() -> String? {
        guard let length = int16(), length >= 0, let text = raw(Int(length)) else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

    /// The next `count` bytes; `nil` if fewer are left, and nothing is read.
    public mutating func raw(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, remaining >= count else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private mutating func bigEndian(width: Int) -> UInt64? {
        guard remaining >= width else { return nil }
        var value: UInt64 = 0
        for index in 0..<width {
            value = value << 8 | UInt64(bytes[position + index])
        }
        position += width
        return value
    }
}

/// Lengths of Kafka's variable-length integers.
public enum VarintLength {
    /// Bytes that `value` takes as a zigzag varint.
    /// - Source: org.apache.kafka.common.utils.ByteUtils.sizeOfVarlong.
    @inlinable
    public static func of(_ value: Int64) -> Int {
        let zigzag = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        return zigzag == 0 ? 1 : (70 - zigzag.leadingZeroBitCount) / 7
    }
}
