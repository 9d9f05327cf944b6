import KafkaProtocol

/// What an idempotent producer keeps of one partition.
/// - Source: org.apache.kafka.clients.producer.internals.TxnPartitionEntry (KIP-98, KIP-360).
struct PartitionSequences: Sendable {
    /// The producer state that the sequences count under; stale after an epoch bump elsewhere.
    var producerID = ProducerID.none
    var epoch = ProducerEpoch.none
    var next = Sequence.zero
    /// -1 before the first acknowledgement.
    var lastAcked: Int32 = -1
    var lastAckedOffset = Offset.none
    /// Batches with a sequence that are not finished, by epoch and sequence: on the wire or queued again.
    var inFlight: [BatchID] = []
    /// The sequence after a batch whose fate is unknown; nothing new is drained meanwhile.
    var unresolvedNext: Int32?

    func isNext(_ sequence: Sequence) -> Bool {
        sequence.rawValue &- lastAcked == 1
    }

    func isFirstAfterGap(_ sequence: Sequence) -> Bool {
        unresolvedNext == sequence.rawValue
    }
}
