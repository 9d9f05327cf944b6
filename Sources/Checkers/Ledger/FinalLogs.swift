public import KafkaProtocol
internal import SimBase

/// The logs as they stand when the run is over: the only judge of what was lost.
public struct FinalLogs: Sendable {
    /// One partition's final log.
    public struct Log: Sendable {
        public let partition: TopicPartition
        public let logStart: Offset
        public let logEnd: Offset
        /// The record at each offset from `base` on; -1 where there is none (control, compacted).
        public var records: [Int32] = []
        /// The offset of `records[0]`.
        public var base = Offset.none
        public var dataRecords: Int64 = 0
        /// Offsets that a cleaner has taken.
        var compacted: Set<Offset> = []

        public func record(at offset: Offset) -> Int32? {
            let index = Int(offset - base)
            guard base.rawValue >= 0, index >= 0, index < records.count, records[index] >= 0 else {
                return nil
            }
            return records[index]
        }
    }

    public private(set) var logs: [Log] = []
    /// Places in `logs` by topic and partition number; -1 for none.
    private var places: [[Int32]] = []

    public init() {}

    public func log(of partition: TopicPartition) -> Log? {
        place(of: partition).map { logs[$0] }
    }

    private func place(of partition: TopicPartition) -> Int? {
        let topic = Int(partition.topic.rawValue)
        let number = Int(partition.partition)
        guard topic < places.count, number < places[topic].count, places[topic][number] >= 0
        else { return nil }
        return Int(places[topic][number])
    }

    /// Whether the log of `partition` was read and holds `record` at `offset`; `nil` for offsets
    /// that were deleted from its beginning, or compacted.
    func holds(_ record: RecordID, in partition: TopicPartition, at offset: Offset) -> Bool? {
        guard let place = place(of: partition) else { return false }
        guard offset >= logs[place].logStart, !logs[place].compacted.contains(offset) else {
            return nil
        }
        let index = Int(offset - logs[place].base)
        return index >= 0 && index < logs[place].records.count
            && logs[place].records[index] == record.rawValue
    }

    /// Opens the account of a partition; ``scan(_:into:)`` then takes its batches in order.
    public mutating func begin(_ partition: TopicPartition, logStart: Offset, logEnd: Offset) {
        let topic = Int(partition.topic.rawValue)
        let number = Int(partition.partition)
        while places.count <= topic { places.append([]) }
        while places[topic].count <= number { places[topic].append(-1) }
        places[topic][number] = Int32(logs.count)
        logs.append(Log(partition: partition, logStart: logStart, logEnd: logEnd))
    }

    /// Notes what cleaners have taken of the partition opened last.
    public mutating func noteCompacted(_ offsets: [Offset]) {
        guard let last = logs.indices.last else { return }
        logs[last].compacted.formUnion(offsets)
    }

    /// Counts the records of a batch of the partition opened last.
    public mutating func scan(_ batch: RecordBatch, into ledger: inout Ledger) {
        guard let last = logs.indices.last, !batch.body.isControl else { return }
        let bytes = batch.body.shared.bytes
        var reader = batch.body.records
        while let record = reader.next() {
            let offset = batch.baseOffset.advanced(by: Int64(record.offsetDelta))
            guard offset >= logs[last].logStart, offset < logs[last].logEnd else { continue }
            logs[last].dataRecords += 1
            guard let value = record.value, let id = RecordID(bytes, at: value),
                Int(id.rawValue) < ledger.entries.count
            else { continue }
            if logs[last].base.rawValue < 0 { logs[last].base = offset }
            let index = Int(offset - logs[last].base)
            if index > logs[last].records.count {
                logs[last].records.append(
                    contentsOf: repeatElement(-1, count: index - logs[last].records.count)
                )
            }
            logs[last].records.append(id.rawValue)
            ledger.entries[Int(id.rawValue)].copies += 1
        }
    }

    /// Marks records that stand behind a later-sent record of the same producer and partition.
    /// Only a record's first copy counts; its later copies are duplicates, not disorder.
    public func markReordered(in ledger: inout Ledger) {
        var seen = [Bool](repeating: false, count: ledger.entries.count)
        for log in logs {
            var newest = [Int32](repeating: -1, count: ledger.producers.count)
            for id in log.records where id >= 0 && !seen[Int(id)] {
                seen[Int(id)] = true
                let producer = Int(ledger.entries[Int(id)].producer)
                if id < newest[producer] {
                    ledger.entries[Int(id)].isReordered = true
                } else {
                    newest[producer] = id
                }
            }
        }
    }
}
