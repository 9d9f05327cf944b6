/// A topic's name as a dense number; the text is in the run's ``NameTable``.
public struct TopicName: Identifier {
    public let rawValue: Int32
    @inlinable
    public init(_ rawValue: Int32) { self.rawValue = rawValue }

    /// `__cluster_metadata`, `__consumer_offsets`, `__transaction_state`: first in every table.
    public static let clusterMetadata = TopicName(0)
    public static let consumerOffsets = TopicName(1)
    public static let transactionState = TopicName(2)

    /// Internal topics refuse ordinary producers.
    @inlinable
    public var isInternal: Bool {
        rawValue < 3
    }
}

/// A consumer group's id as a dense number; the text is in the run's ``NameTable``.
public struct GroupName: Identifier {
    public let rawValue: Int32
    @inlinable
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
}

/// A partition of a named topic.
public struct TopicPartition: Hashable, Comparable, Sendable {
    public let topic: TopicName
    /// From 0, without holes.
    public let partition: Int32

    @inlinable
    public init(_ topic: TopicName, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// The one partition of the metadata log.
    public static let clusterMetadata = TopicPartition(.clusterMetadata, 0)

    @inlinable
    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        left.topic == right.topic
            ? left.partition < right.partition : left.topic < right.topic
    }
}

/// All names of a run, resolved once when the scenario loads. Nothing is added while it runs.
public struct NameTable: Equatable, Sendable {
    /// A topic's text stands at its number.
    public private(set) var topics: [String]
    /// A group's text stands at its number.
    public private(set) var groups: [String]

    /// The internal topics, and no group.
    public init() {
        topics = ["__cluster_metadata", "__consumer_offsets", "__transaction_state"]
        groups = []
    }

    /// The number of `name`, given now if it is new.
    public mutating func topic(_ name: String) -> TopicName {
        if let known = topics.firstIndex(of: name) { return TopicName(Int32(known)) }
        topics.append(name)
        return TopicName(Int32(topics.count - 1))
    }

    /// The number of `name`, given now if it is new.
    public mutating func group(_ name: String) -> GroupName {
        if let known = groups.firstIndex(of: name) { return GroupName(Int32(known)) }
        groups.append(name)
        return GroupName(Int32(groups.count - 1))
    }

    /// The text behind a number of this table.
    public func text(_ topic: TopicName) -> String {
        topics[Int(topic.rawValue)]
    }

    /// The text behind a number of this table.
    public func text(_ group: GroupName) -> String {
        groups[Int(group.rawValue)]
    }

    /// `orders-0`.
    public func text(_ partition: TopicPartition) -> String {
        "\(text(partition.topic))-\(partition.partition)"
    }

    /// `String.hashCode` of Java: decides which partition of an internal topic holds a group.
    public static func javaHash(_ text: String) -> Int32 {
        text.utf16.reduce(Int32(0)) { $0 &* 31 &+ Int32($1) }
    }

    /// `Utils.abs(hash) % count`, where `abs` of the smallest number is 0.
    public static func internalPartition(of text: String, count: Int32) -> Int32 {
        let hash = javaHash(text)
        return (hash == Int32.min ? 0 : abs(hash)) % count
    }
}
