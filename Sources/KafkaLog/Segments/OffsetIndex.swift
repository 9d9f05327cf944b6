internal import KafkaProtocol
internal import SimBase

/// A segment's offset index: which offset stands where in the file, one entry every so many bytes.
///
/// Kept in memory and rebuilt when the log is loaded; a full one makes the segment roll.
/// - Source: org.apache.kafka.storage.internals.log.OffsetIndex.
struct OffsetIndex: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        /// The last offset of the indexed batch set.
        let offset: Offset
        /// Where the set begins in the file, in bytes.
        let position: Int
        /// The number of the set's first batch within the segment.
        let slot: Int
    }

    static let entrySize: Int64 = 8

    private(set) var entries: [Entry] = []

    /// Whether the index holds as many entries as `limit` bytes do, rounded down.
    func isFull(limit: ByteCount) -> Bool {
        Int64(entries.count) >= limit.bytes / OffsetIndex.entrySize
    }

    /// - Returns: whether `offset` lies beyond the last entry, as it must.
    mutating func append(offset: Offset, position: Int, slot: Int) -> Bool {
        if let last = entries.last, offset <= last.offset { return false }
        entries.append(Entry(offset: offset, position: position, slot: slot))
        return true
    }

    /// The number of the batch from which to look for `offset`: the entry with the largest offset
    /// not above it, or the segment's first batch.
    func slot(for offset: Offset) -> Int {
        let position = entries.partitionPoint { $0.offset <= offset }
        return position == 0 ? 0 : entries[position - 1].slot
    }

    /// Drops the entries at or after `offset`.
    mutating func truncate(to offset: Offset) {
        entries.removeSubrange(entries.partitionPoint { $0.offset < offset }...)
    }
}

/// A segment's time index: the largest timestamp so far, with the last offset of its batch.
/// - Source: org.apache.kafka.storage.internals.log.TimeIndex.
struct TimeIndex: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        /// Milliseconds since 1970.
        let timestamp: Int64
        let offset: Offset
    }

    static let entrySize: Int64 = 12

    private(set) var entries: [Entry] = []

    /// Whether one more entry would leave no room for the one that closes the segment.
    func isFull(limit: ByteCount) -> Bool {
        Int64(entries.count) >= limit.bytes / TimeIndex.entrySize - 1
    }

    /// Adds an entry if both its timestamp and its offset are beyond the last one's.
    mutating func append(timestamp: Int64, offset: Offset) {
        if let last = entries.last {
            guard timestamp > last.timestamp, offset > last.offset else { return }
        } else if timestamp < 0 {
            return
        }
        entries.append(Entry(timestamp: timestamp, offset: offset))
    }

    /// The offset from which records at or after `timestamp` can be found: all before it are older.
    func offset(for timestamp: Int64) -> Offset? {
        let position = entries.partitionPoint { $0.timestamp < timestamp }
        return position == 0 ? nil : entries[position - 1].offset
    }

    /// Drops the entries at or after `offset`.
    mutating func truncate(to offset: Offset) {
        entries.removeSubrange(entries.partitionPoint { $0.offset < offset }...)
    }
}

extension Array {
    /// The index of the first element for which `precedes` is false, in an array where all for
    /// which it is true come first.
    func partitionPoint(_ precedes: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if precedes(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
