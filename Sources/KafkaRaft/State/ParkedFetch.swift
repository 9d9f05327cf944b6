internal import KafkaProtocol
internal import SimBase

/// A fetch that waits for records.
/// - Source: org.apache.kafka.raft.internals.ThresholdPurgatory.
struct ParkedFetch: Sendable {
    let handle: RequestHandle
    let replica: BrokerID
    let partition: FetchPartition
    /// What is answered if nothing comes, with the high watermark of the request's arrival.
    let response: Response
    let deadline: Instant
}
