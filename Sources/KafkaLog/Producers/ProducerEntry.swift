internal import KafkaProtocol
import SimBase

/// What a log remembers of one producer: its epoch and its last five batches.
/// - Source: KIP-98; org.apache.kafka.storage.internals.log.ProducerStateEntry.
struct ProducerEntry: Equatable, Sendable {
    /// One appended batch. Its first offset and sequence follow from the last ones.
    struct Batch: Equatable, Sendable {
        let lastSequence: Sequence
        let lastOffset: Offset
        let offsetDelta: Int32
        /// The batch's largest timestamp.
        let timestamp: Int64

        var firstOffset: Offset {
            lastOffset.advanced(by: -Int64(offsetDelta))
        }

        var firstSequence: Sequence {
            let last = lastSequence.rawValue
            return last < offsetDelta
                ? Sequence(Int32.max - (offsetDelta - last) + 1) : Sequence(last - offsetDelta)
        }
    }

    /// Batches that can be recognised when they come again.
    static let cachedBatches = 5

    let id: ProducerID
    private(set) var epoch: ProducerEpoch
    /// The timestamp of the last batch: idleness is measured in record time.
    private(set) var lastTimestamp: Int64
    /// Oldest first.
    private(set) var batches: [Batch] = []

    init(id: ProducerID) {
        self.id = id
        epoch = .none
        lastTimestamp = -1
        batches.reserveCapacity(ProducerEntry.cachedBatches)
    }

    init(id: ProducerID, epoch: ProducerEpoch, lastTimestamp: Int64, batch: Batch?) {
        self.id = id
        self.epoch = epoch
        self.lastTimestamp = lastTimestamp
        if let batch { batches.append(batch) }
    }

    var lastSequence: Sequence {
        batches.last?.lastSequence ?? .none
    }

    /// The batch that `body` repeats, if it is among the cached ones.
    func duplicate(of body: BatchBody) -> Batch? {
        guard body.producerEpoch == epoch else { return nil }
        let last = body.lastSequence
        return batches.first {
            $0.lastSequence == last && $0.firstSequence == body.baseSequence
        }
    }

    /// Whether a client's batch may follow.
    /// - Source: org.apache.kafka.storage.internals.log.ProducerAppendInfo.
    func check(_ body: BatchBody) -> ErrorCode {
        if body.producerEpoch < epoch { return .invalidProducerEpoch }
        if body.producerEpoch > epoch {
            return epoch == .none || body.baseSequence == .zero ? .none : .outOfOrderSequenceNumber
        }
        return body.baseSequence == expectedSequence ? .none : .outOfOrderSequenceNumber
    }

    /// The only sequence that may follow in this epoch; 0 if the epoch has no batch yet.
    private var expectedSequence: Sequence {
        lastSequence.advanced(by: 1)
    }

    mutating func add(_ batch: RecordBatch) {
        let body = batch.body
        if body.producerEpoch != epoch {
            batches.clear()
            epoch = body.producerEpoch
        }
        if batches.count == ProducerEntry.cachedBatches { batches.removeFirst() }
        batches.append(
            Batch(
                lastSequence: body.lastSequence,
                lastOffset: batch.lastOffset,
                offsetDelta: body.lastOffsetDelta,
                timestamp: body.maxTimestamp
            )
        )
        lastTimestamp = body.maxTimestamp
    }
}
