import KafkaProtocol
import SimBase

/// A DeleteRecords that waits until every live replica has moved its log's start.
/// - Source: kafka.server.DelayedDeleteRecords.
struct DelayedDeleteRecords: DelayedOperation {
    var handle = RequestHandle(connection: -1, generation: 0, correlation: CorrelationID(0))
    var partition = TopicPartition.clusterMetadata
    var slot: Int32 = 0
    /// The low watermark that completes the request.
    var required = Offset.zero

    init() {}

    var watchedSlots: [Int32] {
        [slot]
    }

    mutating func clear() {}
}
