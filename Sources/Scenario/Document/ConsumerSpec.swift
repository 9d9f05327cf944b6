public import KafkaProtocol
public import SimBase

/// Some members of a consumer group, alike.
public struct ConsumerSpec: Equatable, Sendable {
    public var group: GroupName
    /// Their numbers in the group, from 1: two entries of one group are numbered through, so that
    /// `consumer/billing-3` may be the first of the second entry.
    public var members: Range<Int>
    public var topics: [TopicName]
    /// When they first join.
    public var start: Instant
    public var processing: ProcessingSpec
    public var commit: CommitStrategy
    public var failure: ProcessingFailure?
    /// Resolved. `instance` is that of the first member; further members have the next numbers.
    public var config: ConsumerConfig
}

/// How the application treats the records that `poll()` returns.
public struct ProcessingSpec: Equatable, Sendable {
    public enum Mode: Equatable, Sendable {
        /// In the poll loop, one record after the other.
        case inline
        /// The poll loop hands over to so many threads and polls on.
        case workers(Int)
    }

    /// For one record.
    public var time = Interval.zero
    public var mode = Mode.inline

    public init() {}
}

/// When the application commits.
public enum CommitStrategy: String, Equatable, Sendable, CaseIterable {
    /// The consumer does, inside `poll()`.
    case auto
    /// `commitSync()` of the whole poll, then its records are processed.
    case beforeProcessing = "before-processing"
    /// The records are processed, then `commitSync()`.
    case afterProcessing = "after-processing"
    /// The records are processed, then `commitAsync()`.
    case asyncAfterProcessing = "async-after-processing"
    /// `commitSync()` after each record.
    case perRecord = "per-record"
    /// Never.
    case none
}

/// Processing fails at every n-th record of a member.
public struct ProcessingFailure: Equatable, Sendable {
    public enum Reaction: String, Equatable, Sendable, CaseIterable {
        /// The process dies, as with kill -9.
        case crash
        /// The record is given up.
        case skip
    }

    public var every: Int64
    public var reaction: Reaction
}
