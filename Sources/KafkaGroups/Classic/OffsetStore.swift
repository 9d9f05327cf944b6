import KafkaProtocol
import SimBase

/// The committed offsets of one group, in partition order.
struct OffsetStore: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        let partition: TopicPartition
        var value: OffsetCommitValue
        /// Where the commit's record stands in the log; unknown until its batch is appended.
        var logOffset: Offset?
    }

    private(set) var entries: [Entry] = []

    var isEmpty: Bool {
        entries.isEmpty
    }

    subscript(partition: TopicPartition) -> Entry? {
        let index = slot(of: partition)
        return isEntry(index, of: partition) ? entries[index] : nil
    }

    /// Stores a commit; the last write wins, whatever the offset.
    /// - Returns: what was stored before.
    mutating func set(
        _ partition: TopicPartition,
        _ value: OffsetCommitValue,
        logOffset: Offset?
    ) -> Entry? {
        let entry = Entry(partition: partition, value: value, logOffset: logOffset)
        return restore(partition, entry)
    }

    /// Puts an entry back, or removes it; returns what was stored before.
    @discardableResult
    mutating func restore(_ partition: TopicPartition, _ entry: Entry?) -> Entry? {
        let index = slot(of: partition)
        let isKnown = isEntry(index, of: partition)
        let previous = isKnown ? entries[index] : nil
        switch (entry, isKnown) {
        case (let entry?, true): entries[index] = entry
        case (let entry?, false): entries.insert(entry, at: index)
        case (nil, true): entries.remove(at: index)
        case (nil, false): break
        }
        return previous
    }

    private func isEntry(_ index: Int, of partition: TopicPartition) -> Bool {
        index < entries.count && entries[index].partition == partition
    }

    /// The first index whose partition is not below `partition`.
    private func slot(of partition: TopicPartition) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].partition < partition { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
