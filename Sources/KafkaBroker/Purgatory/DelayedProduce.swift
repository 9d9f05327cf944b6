import KafkaProtocol
import SimBase

/// A produce with `acks=all` that waits for the high watermark.
/// - Source: kafka.server.DelayedProduce.
struct DelayedProduce: DelayedOperation {
    /// One partition that has been appended to and is not yet decided.
    struct Pending: Equatable, Sendable {
        let slot: Int32
        /// Where the partition's answer stands in ``responses``.
        let answer: Int32
        /// The high watermark that acknowledges the batch.
        let required: Offset
    }

    var handle = RequestHandle(connection: -1, generation: 0, correlation: CorrelationID(0))
    /// The answer as it goes out when the deadline comes: undecided partitions say
    /// REQUEST_TIMED_OUT, although their records stay in the log.
    var responses: [ProducePartitionResponse] = []
    var pending: [Pending] = []
    /// A flush that the append itself has to wait for.
    var awaitedFlush: FlushToken?
    var watchedSlots: [Int32] = []

    var isDecided: Bool {
        pending.isEmpty && awaitedFlush == nil
    }

    init() {}

    mutating func clear() {
        responses = []
        awaitedFlush = nil
        pending.clear()
        watchedSlots.clear()
    }
}

extension ProducePartitionResponse {
    /// The same answer with the error that the wait ended with.
    func decided(_ error: ErrorCode) -> ProducePartitionResponse {
        ProducePartitionResponse(
            partition: partition,
            error: error,
            baseOffset: baseOffset,
            logAppendTime: logAppendTime,
            logStartOffset: logStartOffset,
            recordErrors: recordErrors,
            currentLeader: currentLeader
        )
    }
}
