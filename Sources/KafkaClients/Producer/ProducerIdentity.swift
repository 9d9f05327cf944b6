import KafkaProtocol
import SimBase

/// The producer id of an idempotent producer, and how far its acquisition is.
/// - Source: org.apache.kafka.clients.producer.internals.TransactionManager.
struct ProducerIdentity: Sendable {
    enum Phase: Equatable, Sendable {
        /// To: connecting.
        case uninitialized
        /// A node was chosen and its connection is awaited. To: requested, or sleeping.
        case connecting(BrokerID, deadline: Instant)
        /// The I/O thread sleeps before the next attempt. To: connecting.
        case sleeping(until: Instant)
        /// To: valid, sleeping, or failed.
        case requested
        /// To: uninitialized when the epochs are used up.
        case valid
        /// For good.
        case failed(ErrorCode)
    }

    /// The token of the request for a producer id.
    static let token = UInt64.max - 1

    var phase = Phase.uninitialized
    var id = ProducerID.none
    var epoch = ProducerEpoch.none
    var isBumpRequired = false
    /// Partitions whose sequences start anew at the next bump, ascending.
    var rewrites: [TopicPartition] = []
    /// Partitions with a batch of unknown fate, ascending.
    var unresolved: [TopicPartition] = []

    var fatalError: ErrorCode? {
        if case .failed(let error) = phase { error } else { nil }
    }

    mutating func requestBump(for partition: TopicPartition) {
        isBumpRequired = true
        if !rewrites.contains(partition) {
            rewrites.append(partition)
            rewrites.sort()
        }
    }
}
