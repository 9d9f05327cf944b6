import KafkaProtocol
import SimBase

/// Compares replicas' logs, batch by batch.
enum Divergence {
    /// Offsets below the smallest log end at which any two of the logs hold different batches.
    ///
    /// Replicas compact for themselves, so that of compacted logs the records count that both have.
    static func count(_ logs: [[RecordBatch]], areCompacted: Bool = false) -> Int64 {
        if areCompacted { return countRecords(logs) }
        guard let first = logs.first, logs.count > 1 else { return 0 }
        let end = logs.map { $0.last?.nextOffset ?? .zero }.min() ?? .zero
        let start = logs.map { $0.first?.baseOffset ?? end }.max() ?? end
        guard start < end else { return 0 }
        var differing: [Range<Int64>] = []
        for other in logs.dropFirst() {
            differing += differences(first, other, from: start, below: end)
        }
        var total: Int64 = 0
        var reached = start.rawValue
        for range in differing.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            let low = max(range.lowerBound, reached)
            if range.upperBound > low {
                total += range.upperBound - low
                reached = range.upperBound
            }
        }
        return total
    }

    private static func countRecords(_ logs: [[RecordBatch]]) -> Int64 {
        guard let first = logs.first, logs.count > 1 else { return 0 }
        let records = records(of: first)
        var differing: Set<Offset> = []
        for other in logs.dropFirst() {
            for (offset, record) in Divergence.records(of: other) {
                if let mine = records[offset], mine != record { differing.insert(offset) }
            }
        }
        return Int64(differing.count)
    }

    private static func records(of log: [RecordBatch]) -> [Offset: ArraySlice<UInt8>] {
        var found: [Offset: ArraySlice<UInt8>] = [:]
        for batch in log {
            var reader = batch.body.records
            while let record = reader.next() {
                let offset = batch.baseOffset.advanced(by: Int64(record.offsetDelta))
                found[offset] = record.value.map { batch.body.shared.bytes[$0] } ?? []
            }
        }
        return found
    }

    private static func differences(
        _ left: [RecordBatch],
        _ right: [RecordBatch],
        from start: Offset,
        below end: Offset
    ) -> [Range<Int64>] {
        var ranges: [Range<Int64>] = []
        var one = left.firstIndex { $0.nextOffset > start } ?? left.count
        var other = right.firstIndex { $0.nextOffset > start } ?? right.count
        while one < left.count, other < right.count, left[one].baseOffset < end {
            let mine = left[one]
            let theirs = right[other]
            if mine != theirs {
                let low = max(start, min(mine.baseOffset, theirs.baseOffset)).rawValue
                let high = min(end, min(mine.nextOffset, theirs.nextOffset)).rawValue
                if low < high { ranges.append(low..<high) }
            }
            if mine.nextOffset <= theirs.nextOffset { one += 1 }
            if theirs.nextOffset <= mine.nextOffset { other += 1 }
        }
        return ranges
    }
}
