public import KafkaProtocol
internal import SimBase

/// Whole batches of one segment, as a fetch finds them.
public struct LogRead: Equatable, Sendable {
    public let batches: [RecordBatch]
    /// What was taken from the file: the batches, and as much of the one behind them as there was
    /// room for. Kafka slices files, and readers throw the torn batch away.
    public let sizeInBytes: Int

    /// Nothing to read yet.
    public static let empty = LogRead(batches: [], sizeInBytes: 0)
}

extension UnifiedLog {
    /// Reads whole batches from the one that holds `offset` on, all of one segment.
    ///
    /// The first may begin before `offset`: the reader skips. `sizeInBytes` counts a torn batch.
    /// - Parameters:
    ///   - offset: where to begin.
    ///   - bound: batches that reach it are not read (exclusive).
    ///   - maxBytes: at most this much.
    ///   - atLeastOne: whether the first batch is read even if it is larger.
    /// - Returns: `nil` if `offset` is below the log's start or beyond its end.
    /// - Source: org.apache.kafka.storage.internals.log.LogSegment.read.
    public func read(
        from offset: Offset,
        below bound: Offset,
        maxBytes: Int32,
        atLeastOne: Bool
    ) -> LogRead? {
        guard offset >= logStartOffset, offset <= logEndOffset else { return nil }
        guard offset < bound, let start = locate(offset) else { return .empty }
        let segment = segments[start.segment]
        let end =
            segment.nextOffset <= bound ? segment.batches.count : segment.slot(containing: bound)
        var slot = start.slot
        var bytes = 0
        while slot < segment.batches.count {
            let batch = segment.batches[slot].batch
            let isForced = atLeastOne && slot == start.slot
            guard batch.lastOffset < bound,
                isForced || bytes + batch.sizeInBytes <= Int(maxBytes)
            else { break }
            bytes += batch.sizeInBytes
            slot += 1
        }
        if slot > start.slot, slot < end {
            let all = segment.position(of: end) - segment.position(of: start.slot)
            bytes = max(bytes, min(all, Int(maxBytes)))
        }
        return LogRead(
            batches: segment.batches[start.slot..<slot].map(\.batch),
            sizeInBytes: bytes
        )
    }

    /// Bytes of whole batches between `offset` and `bound` (exclusive), at most `limit`.
    public func availableBytes(from offset: Offset, below bound: Offset, atMost limit: Int32) -> Int
    {
        guard offset < bound, offset >= logStartOffset, var place = locate(offset) else { return 0 }
        var bytes = 0
        while place.segment < segments.count, bytes < Int(limit) {
            let segment = segments[place.segment]
            let end =
                segment.nextOffset <= bound
                ? segment.batches.count : segment.slot(containing: bound)
            bytes += max(0, segment.position(of: end) - segment.position(of: place.slot))
            place = (place.segment + 1, 0)
        }
        return min(bytes, Int(limit))
    }

    /// Whether `offset` and `bound` lie in different segments: a parked fetch is answered then,
    /// because one read never spans two.
    public func crossesSegment(from offset: Offset, below bound: Offset) -> Bool {
        segments.partitionPoint { $0.baseOffset <= offset }
            != segments.partitionPoint { $0.baseOffset <= bound }
    }

    /// Visits the batches that hold offsets in `from ..< below`, in order.
    public func forEachBatch(
        from offset: Offset,
        below bound: Offset,
        _ body: (RecordBatch) -> Void
    ) {
        guard offset < bound, var place = locate(offset) else { return }
        while place.segment < segments.count {
            for stored in segments[place.segment].batches[place.slot...] {
                guard stored.batch.baseOffset < bound else { return }
                body(stored.batch)
            }
            place = (place.segment + 1, 0)
        }
    }

    /// The first record, in offset order, whose timestamp is not before `timestamp`.
    /// - Parameter timestamp: milliseconds since 1970.
    /// - Returns: `nil` if all records are older.
    /// - Source: KIP-33; kafka.log.UnifiedLog.fetchOffsetByTimestamp.
    public func offset(
        atOrAfter timestamp: Int64
    ) -> (offset: Offset, timestamp: Int64, epoch: LeaderEpoch)? {
        guard let segment = segments.first(where: { $0.maxTimestamp >= timestamp }) else {
            return nil
        }
        let start = segment.timeIndex.offset(for: timestamp) ?? segment.baseOffset
        let slot = segment.slot(containing: max(start, logStartOffset))
        for stored in segment.batches[slot...] where stored.batch.body.maxTimestamp >= timestamp {
            if let found = UnifiedLog.search(stored.batch, timestamp, from: logStartOffset) {
                return (found.offset, found.timestamp, stored.batch.partitionLeaderEpoch)
            }
        }
        return nil
    }

    private static func search(
        _ batch: RecordBatch,
        _ timestamp: Int64,
        from start: Offset
    ) -> (offset: Offset, timestamp: Int64)? {
        let body = batch.body
        if body.timestampType == .logAppendTime || body.compressionCodec != 0 {
            return (max(batch.baseOffset, start), body.maxTimestamp)
        }
        var records = body.records
        while let record = records.next() {
            let offset = batch.baseOffset.advanced(by: Int64(record.offsetDelta))
            let stamp = body.baseTimestamp + record.timestampDelta
            if stamp >= timestamp, offset >= start { return (offset, stamp) }
        }
        return nil
    }

    /// The first batch that ends at or after `offset`, with its segment; `nil` if there is none.
    func locate(_ offset: Offset) -> (segment: Int, slot: Int)? {
        var segment = max(0, segments.partitionPoint { $0.baseOffset <= offset } - 1)
        while segment < segments.count {
            let slot = segments[segment].slot(containing: offset)
            if slot < segments[segment].batches.count { return (segment, slot) }
            segment += 1
        }
        return nil
    }
}
