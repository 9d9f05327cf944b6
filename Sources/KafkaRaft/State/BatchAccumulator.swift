internal import KafkaProtocol
internal import SimBase

/// Gathers the records that a leader is to append, so that appends within the linger time share a
/// batch and a flush. Offsets are known at once.
/// - Source: org.apache.kafka.raft.internals.BatchAccumulator.
struct BatchAccumulator: Sendable {
    /// The offset of the next record to be gathered.
    private(set) var nextOffset: Offset
    private var finished: [(baseOffset: Offset, body: BatchBody)] = []
    private var current: RecordBatchBuilder?
    private var currentBase = Offset.zero
    /// Kafka stamps all records of a batch with the time at which it was begun.
    private var currentTimestamp: Int64 = 0

    init(from offset: Offset) {
        nextOffset = offset
    }

    var isEmpty: Bool {
        finished.isEmpty && current == nil
    }

    /// Whether a batch is full, which ends the linger time.
    var hasFullBatch: Bool {
        !finished.isEmpty
    }

    /// Adds records that stay together in one batch, unless they are too large for any.
    mutating func append(_ values: [[UInt8]], timestamp: Int64) {
        let size = values.reduce(0) {
            $0 + RecordBatchBuilder.upperBound(keyLength: nil, valueLength: $1.count)
        }
        if let current, current.sizeInBytes + size > QuorumLog.maxBatchSize { finishCurrent() }
        for value in values {
            let upperBound = RecordBatchBuilder.upperBound(keyLength: nil, valueLength: value.count)
            if let current, current.sizeInBytes + upperBound > QuorumLog.maxBatchSize {
                finishCurrent()
            }
            if current == nil {
                current = RecordBatchBuilder(capacity: 1_024)
                currentBase = nextOffset
                currentTimestamp = timestamp
            }
            current?.append(timestamp: currentTimestamp, key: nil, value: value)
            nextOffset = nextOffset.advanced(by: 1)
        }
    }

    /// Adds a batch of control records, which is ready at once.
    mutating func append(control body: BatchBody) {
        finishCurrent()
        finished.append((nextOffset, body))
        nextOffset = nextOffset.advanced(by: Int64(body.lastOffsetDelta) + 1)
    }

    /// Takes everything gathered.
    mutating func drain() -> [(baseOffset: Offset, body: BatchBody)] {
        finishCurrent()
        defer { finished.removeAll() }
        return finished
    }

    private mutating func finishCurrent() {
        guard let builder = current else { return }
        current = nil
        finished.append((currentBase, builder.finish()))
    }
}
