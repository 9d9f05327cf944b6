/// A machine of the simulated world: dense, in the order of the kernel's configuration.
public struct NodeIndex: Hashable, Comparable, Sendable {
    public let rawValue: Int32

    @inlinable
    public init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    @inlinable
    public init(_ position: Int) {
        rawValue = Int32(position)
    }

    /// The place of the node in arrays that hold one element a node.
    @inlinable
    public var position: Int {
        Int(rawValue)
    }

    @inlinable
    public static func < (left: NodeIndex, right: NodeIndex) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A file of one node's disk. The host gives the numbers; keep them dense, and reuse them.
public struct FileIndex: Hashable, Comparable, Sendable {
    public let rawValue: Int32

    @inlinable
    public init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    @inlinable
    public init(_ position: Int) {
        rawValue = Int32(position)
    }

    /// The place of the file in arrays that hold one element a file.
    @inlinable
    public var position: Int {
        Int(rawValue)
    }

    @inlinable
    public static func < (left: FileIndex, right: FileIndex) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A connection between two processes.
///
/// The slot is dense and used again after the connection's end; the generation tells the users of
/// one slot apart. A call that names an ended connection does nothing.
public struct ConnectionIndex: Hashable, Sendable {
    public let slot: Int32
    public let generation: UInt32

    @inlinable
    public init(slot: Int32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

/// One of a connection's two ends.
public enum ConnectionSide: UInt8, Sendable {
    /// The end that connected.
    case client = 0
    /// The end that listened.
    case server = 1

    /// The other end.
    public var opposite: ConnectionSide {
        self == .client ? .server : .client
    }
}
