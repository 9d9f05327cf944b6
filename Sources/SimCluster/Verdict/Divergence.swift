import KafkaProtocol

/// Compares replicas' logs, batch by batch.
enum Divergence {
    /// Offsets below the smallest log end at which any two of the logs hold different batches.
    static func count(_ logs: [[RecordBatch]]) -> Int64 {
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
