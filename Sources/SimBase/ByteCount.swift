/// A number of bytes: a size, a limit or a position in a file. Never negative in a valid state.
public struct ByteCount: Hashable, Comparable, Sendable {
    public let bytes: Int64

    @inlinable
    public init(_ bytes: Int64) {
        self.bytes = bytes
    }

    @inlinable
    public init(_ bytes: Int) {
        self.bytes = Int64(bytes)
    }

    @inlinable
    public static var zero: ByteCount { ByteCount(Int64(0)) }

    @inlinable
    public static func < (left: ByteCount, right: ByteCount) -> Bool {
        left.bytes < right.bytes
    }

    @inlinable
    public static func + (left: ByteCount, right: ByteCount) -> ByteCount {
        ByteCount(left.bytes &+ right.bytes)
    }

    @inlinable
    public static func - (left: ByteCount, right: ByteCount) -> ByteCount {
        ByteCount(left.bytes &- right.bytes)
    }

    @inlinable
    public static func += (left: inout ByteCount, right: ByteCount) {
        left = left + right
    }

    @inlinable
    public static func -= (left: inout ByteCount, right: ByteCount) {
        left = left - right
    }
}
