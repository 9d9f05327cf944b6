public import KafkaProtocol

/// What a client tells its application when something fails, by the exception's class.
/// - Source: org.apache.kafka.common.errors, org.apache.kafka.clients.consumer.
public enum ClientException: Hashable, Sendable {
    /// A broker's answer that ended the attempt.
    case broker(ErrorCode)
    /// A client's own deadline passed: `delivery.timeout.ms`, `max.block.ms`, an API time-out.
    case timeout
    /// No room in `buffer.memory` within `max.block.ms`; a kind of time-out.
    case bufferExhausted
    /// A record above `max.request.size` or `buffer.memory`, refused by the client itself.
    case recordTooLarge
    /// The client is closed.
    case illegalState
    /// A setting that can never work, such as `batch.size` above `buffer.memory`.
    case illegalArgument
    /// The producer was closed while a send waited, or closed by force.
    case producerClosed
    /// A record failed only because others of its batch were invalid.
    case kafka
    /// The member is no longer part of the group's current generation.
    case commitFailed
    case retriableCommitFailed
    case rebalanceInProgress
    /// Nothing committed and `auto.offset.reset=none`.
    case noOffsetForPartition
    case offsetOutOfRange
    /// The log was cut below the position and no reset policy is set.
    case logTruncation

    /// The simple name of Kafka's class.
    public var name: String {
        switch self {
        case .broker(let error): error.exception
        case .timeout: "TimeoutException"
        case .bufferExhausted: "BufferExhaustedException"
        case .recordTooLarge: "RecordTooLargeException"
        case .illegalState: "IllegalStateException"
        case .illegalArgument: "IllegalArgumentException"
        case .producerClosed, .kafka: "KafkaException"
        case .commitFailed: "CommitFailedException"
        case .retriableCommitFailed: "RetriableCommitFailedException"
        case .rebalanceInProgress: "RebalanceInProgressException"
        case .noOffsetForPartition: "NoOffsetForPartitionException"
        case .offsetOutOfRange: "OffsetOutOfRangeException"
        case .logTruncation: "LogTruncationException"
        }
    }
}
