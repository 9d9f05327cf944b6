/// A dense or Kafka-given number with a meaning of its own, so that two of them cannot be mixed up.
public protocol Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    associatedtype RawValue: FixedWidthInteger & Sendable
    var rawValue: RawValue { get }
    init(_ rawValue: RawValue)
}

extension Identifier {
    @inlinable
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }

    public var description: String {
        String(rawValue)
    }
}

/// A `node.id`: a broker's or a controller's. Unique over both roles.
public struct BrokerID: Identifier {
    public let rawValue: Int32
    @inlinable
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
    /// "No broker": no leader, or a consumer instead of a replica.
    @inlinable
    public static var none: BrokerID { BrokerID(-1) }
}

/// The offset of a record in a partition's log.
public struct Offset: Identifier {
    public let rawValue: Int64
    @inlinable
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
    @inlinable
    public static var zero: Offset { Offset(0) }
    /// Undefined, as the wire has it.
    @inlinable
    public static var none: Offset { Offset(-1) }

    /// The offset `count` records further.
    @inlinable
    public func advanced(by count: Int64) -> Offset {
        Offset(rawValue &+ count)
    }

    /// How many offsets lie between.
    @inlinable
    public static func - (left: Offset, right: Offset) -> Int64 {
        left.rawValue &- right.rawValue
    }
}

/// The number of a partition's leadership; grows by one at each leader change.
public struct LeaderEpoch: Identifier {
    public let rawValue: Int32
    @inlinable
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
    /// Not known, or not to be checked.
    @inlinable
    public static var none: LeaderEpoch { LeaderEpoch(-1) }
    /// The epoch of the next leader.
    @inlinable
    public var next: LeaderEpoch { LeaderEpoch(rawValue &+ 1) }
}

/// The number of a change to a partition's state at the controller; grows with every change.
public struct PartitionEpoch: Identifier {
    public let rawValue: Int32
    @inlinable
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
    @inlinable
    public var next: PartitionEpoch { PartitionEpoch(rawValue &+ 1) }
}

/// The number of a broker's registration: the metadata offset of its `RegisterBrokerRecord`.
public struct BrokerEpoch: Identifier {
    public let rawValue: Int64
    @inlinable
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
    /// Not registered yet; passes every check.
    @inlinable
    public static var none: BrokerEpoch { BrokerEpoch(-1) }
}

/// A Raft epoch of the metadata quorum.
public struct QuorumEpoch: Identifier {
    public let rawValue: Int32
    @inlinable
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
    @inlinable
    public var next: QuorumEpoch { QuorumEpoch(rawValue &+ 1) }
}

/// A random number drawn at each start of a broker process (Kafka's incarnation UUID).
public struct IncarnationID: Identifier {
    public let rawValue: UInt64
    @inlinable
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// The number of an idempotent producer, given out once in the cluster's life.
public struct ProducerID: Identifier {
    public let rawValue: Int64
    @inlinable
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
    /// A producer without idempotence.
    @inlinable
    public static var none: ProducerID { ProducerID(-1) }
}

/// The number of a producer's life under one id; grows when its sequences start anew.
public struct ProducerEpoch: Identifier {
    public let rawValue: Int16
    @inlinable
    public init(_ rawValue: Int16) { self.rawValue = rawValue }
    /// A producer without idempotence.
    @inlinable
    public static var none: ProducerEpoch { ProducerEpoch(-1) }
}

/// A record's number within producer id, epoch and partition; wraps from 2^31-1 to 0.
public struct Sequence: Identifier {
    public let rawValue: Int32
    @inlinable
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
    @inlinable
    public static var zero: Sequence { Sequence(0) }
    /// A batch without idempotence.
    @inlinable
    public static var none: Sequence { Sequence(-1) }

    /// The sequence `count` records later, wrapping as `DefaultRecordBatch.incrementSequence`.
    @inlinable
    public func advanced(by count: Int32) -> Sequence {
        rawValue > Int32.max - count
            ? Sequence(count - (Int32.max - rawValue) - 1)
            : Sequence(rawValue + count)
    }
}

/// The number of a consumer group's completed join; -1 before the first.
public struct Generation: Identifier {
    public let rawValue: Int32
    @inlinable
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
    /// No join is completed.
    @inlinable
    public static var none: Generation { Generation(-1) }
}

/// A group member's id. Kafka's is `clientId-UUID`; this is that UUID, drawn by the coordinator,
/// beside the dense number of the client process, which orders ids as the client id's text would.
public struct MemberID: Hashable, Comparable, Sendable {
    /// The client that joins, dense over the run; orders members in assignors.
    public let client: Int32
    /// The random part; 0 in a request means "none yet".
    public let nonce: UInt32

    public init(client: Int32, nonce: UInt32) {
        self.client = client
        self.nonce = nonce
    }

    /// No member, or one that the coordinator has yet to name.
    @inlinable
    public static var none: MemberID { MemberID(client: -1, nonce: 0) }

    public static func < (left: MemberID, right: MemberID) -> Bool {
        (left.client, left.nonce) < (right.client, right.nonce)
    }
}

/// A topic's id: a random 64-bit number here where Kafka draws a 128-bit UUID. 0 is "none".
public struct TopicID: Identifier {
    public let rawValue: UInt64
    @inlinable
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
    /// A topic without an id, or one that does not exist.
    @inlinable
    public static var none: TopicID { TopicID(0) }
}

/// A log directory's id, drawn when the directory is formatted (KIP-858). 0 is "unassigned".
public struct DirectoryID: Identifier {
    public let rawValue: UInt64
    @inlinable
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
    /// The controller has not heard yet where the replica is kept.
    @inlinable
    public static var unassigned: DirectoryID { DirectoryID(0) }
}
