/// Writes Kafka's wire types: big-endian integers, zigzag varints, compact strings.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8]

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

    public mutating func int16(_ value: Int16) {
        bigEndian(UInt64(UInt16(bitPattern: value)), width: 2)
    }

    public mutating func int32(_ value: Int32) {
        bigEndian(UInt64(UInt32(bitPattern: value)), width: 4)
    }

    public mutating func int64(_ value: Int64) {
        bigEndian(UInt64(bitPattern: value), width: 8)
    }

    public mutating func uint64(_ value: UInt64) {
        bigEndian(value, width: 8)
    }

    /// A zigzag varint of 32 or 64 bits (the encodings agree where both can hold the value).
    public mutating func varint(_ value: Int64) {
        unsignedVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    public mutating func unsignedVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A length as int16, then UTF-8.
    public mutating func string(_ text: String) {
        let utf8 = Array(text.utf8)
        int16(Int16(utf8.count))
        bytes.append(contentsOf: utf8)
    }

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
    public private(set) var position: Int
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

    @inlinable
    public var remaining: Int {
        end - position
    }

    public mutating func skip(_ count: Int) {
        position += count
    }

    public mutating func int8() -> Int8? {
        bigEndian(width: 1).map { Int8(truncatingIfNeeded: $0) }
    }

    public mutating func int16() -> Int16? {
        bigEndian(width: 2).map { Int16(truncatingIfNeeded: $0) }
    }

    public mutating func int32() -> Int32? {
        bigEndian(width: 4).map { Int32(truncatingIfNeeded: $0) }
    }

    public mutating func int64() -> Int64? {
        bigEndian(width: 8).map { Int64(bitPattern: $0) }
    }

    public mutating func uint64() -> UInt64? {
        bigEndian(width: 8)
    }

    public mutating func varint() -> Int64? {
        unsignedVarint().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
    }

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

    public mutating func string() -> String? {
        guard let length = int16(), length >= 0, let text = raw(Int(length)) else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

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
