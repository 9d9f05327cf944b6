public import KafkaProtocol
import SimBase

/// A record as `poll()` returns it: ranges of its batch's bytes, nothing copied.
public struct FetchedRecord: Sendable {
    public let partition: TopicPartition
    public let offset: Offset
    /// The epoch of the leader that appended the batch.
    public let leaderEpoch: LeaderEpoch
    /// Milliseconds since 1970.
    public let timestamp: Int64
    /// The batch that holds the record, shared with whoever else holds it.
    public let body: BatchBody
    /// A range of `body.shared`; `nil` for a null key.
    public let key: Range<Int>?
    /// A range of `body.shared`; `nil` for a tombstone.
    public let value: Range<Int>?

    public init(
        partition: TopicPartition,
        offset: Offset,
        leaderEpoch: LeaderEpoch,
        timestamp: Int64,
        body: BatchBody,
        key: Range<Int>?,
        value: Range<Int>?
    ) {
        self.partition = partition
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.timestamp = timestamp
        self.body = body
        self.key = key
        self.value = value
    }
}

extension FetchedRecord: Equatable {
    public static func == (left: FetchedRecord, right: FetchedRecord) -> Bool {
        left.partition == right.partition && left.offset == right.offset
            && left.leaderEpoch == right.leaderEpoch && left.timestamp == right.timestamp
            && left.value == right.value && left.body === right.body
    }
}

/// A position that `auto.offset.reset` has set: for diagnosis, no application hears of it.
public struct PositionReset: Equatable, Sendable {
    public let partition: TopicPartition
    /// The next offset to read.
    public let offset: Offset
    public let policy: OffsetReset
}

/// What the consumer tells its application's thread, in order.
public enum ConsumerEvent: Equatable, Sendable {
    /// `poll()` returned; empty when its time-out was over.
    case polled([FetchedRecord])
    /// `poll()` threw; the next call may go on.
    case pollThrew(ClientException)
    /// The commit with this token succeeded.
    case committed(Int32)
    case commitFailed(Int32, ClientException)
    /// `onPartitionsRevoked`, inside `poll()` or `close()`: the partitions are still owned, and a
    /// synchronous commit made now is waited for.
    case revoked([TopicPartition])
    /// `onPartitionsAssigned`.
    case assigned([TopicPartition])
    /// `onPartitionsLost`: others may own them already.
    case lost([TopicPartition])
    /// `close()` returned.
    case closed
}
