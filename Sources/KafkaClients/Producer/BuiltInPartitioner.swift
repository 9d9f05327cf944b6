import KafkaProtocol
import SimBase

/// Chooses a partition for records without key: stays with one until about a batch has been
/// produced to it, then draws the next, preferring short queues.
/// - Source: org.apache.kafka.clients.producer.internals.BuiltInPartitioner (KIP-480, KIP-794).
struct BuiltInPartitioner: Sendable {
    /// `batch.size`
    let stickyBatchSize: Int
    private(set) var sticky: Int32?
    private(set) var producedBytes = 0
    /// Running sums of the partitions' weights; empty without load statistics.
    private(set) var cumulativeWeights: [Int32] = []
    private var weighted: [Int32] = []

    init(stickyBatchSize: Int) {
        self.stickyBatchSize = stickyBatchSize
    }

    /// The partition for the next record; draws the first one.
    mutating func current(
        topic: TopicName,
        metadata: borrowing ClusterMetadata,
        _ random: inout Random
    ) -> Int32 {
        if let sticky { return sticky }
        let first = draw(topic: topic, metadata: metadata, &random)
        sticky = first
        producedBytes = 0
        return first
    }

    /// Counts what an append added and moves on when enough has been produced: a batch's size if
    /// the queue's last batch is full (`enableSwitch`), twice that in any case.
    /// - Returns: whether the partition was changed.
    @discardableResult
    mutating func appended(
        _ bytes: Int,
        enableSwitch: Bool,
        topic: TopicName,
        metadata: borrowing ClusterMetadata,
        _ random: inout Random
    ) -> Bool {
        producedBytes += bytes
        guard
            producedBytes >= stickyBatchSize && enableSwitch
                || producedBytes >= stickyBatchSize * 2
        else { return false }
        sticky = draw(topic: topic, metadata: metadata, &random)
        producedBytes = 0
        return true
    }

    private func draw(
        topic: TopicName,
        metadata: borrowing ClusterMetadata,
        _ random: inout Random
    ) -> Int32 {
        guard let total = cumulativeWeights.last else {
            if let available = metadata.drawAvailablePartition(of: topic, &random) {
                return available
            }
            let count = metadata.partitionCount(of: topic) ?? 1
            return Int32(random.next(below: Int(max(count, 1))))
        }
        let point = Int32(random.next(below: Int(total)))
        let index = cumulativeWeights.firstIndex { point < $0 } ?? 0
        return weighted[index]
    }

    /// Takes the queue lengths of the partitions that have a leader and are not excluded, and
    /// weighs each by the longest queue plus one, less its own.
    ///
    /// - Parameters:
    ///   - queueSizes: batches waiting for each of `partitions`; `nil` if the statistics are off or
    ///     some partition has never had a batch.
    ///   - partitions: their numbers.
    ///   - all: how many partitions have queues, excluded ones included.
    mutating func updateLoad(queueSizes: [Int32]?, partitions: [Int32], all: Int) {
        cumulativeWeights.clear()
        guard let queueSizes, let longest = queueSizes.max(), all >= 2 else { return }
        let areEqual = queueSizes.allSatisfy { $0 == longest }
        if areEqual, queueSizes.count == all { return }
        weighted = partitions
        var sum: Int32 = 0
        for size in queueSizes {
            sum += longest + 1 - size
            cumulativeWeights.append(sum)
        }
    }
}
