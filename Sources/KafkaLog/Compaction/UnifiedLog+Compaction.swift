public import KafkaProtocol
internal import SimBase

extension UnifiedLog {
    /// What the cleaner would have to do.
    struct CleaningRange: Equatable, Sendable {
        /// Everything before it has been cleaned once.
        let firstDirty: Offset
        /// Where cleaning ends (exclusive): a segment's base offset.
        let end: Offset
        let dirtyBytes: Int64
        /// Bytes before `end`.
        let totalBytes: Int64
    }

    /// How dirty the log is. A broker cleans the log with the largest ratio first.
    /// - Parameter wallClock: milliseconds since 1970.
    /// - Returns: dirty bytes per million of those that could be cleaned; 0 if nothing can.
    public func dirtyRatioPartsPerMillion(wallClock: Int64) -> Int64 {
        let range = cleaningRange(wallClock: wallClock)
        guard range.totalBytes > 0 else { return 0 }
        return range.dirtyBytes * 1_000_000 / range.totalBytes
    }

    /// Whether it is time to compact the log.
    /// - Parameter wallClock: milliseconds since 1970.
    /// - Returns: whether the topic is compacted and dirty beyond `min.cleanable.dirty.ratio`.
    public func isCleanable(wallClock: Int64) -> Bool {
        let range = cleaningRange(wallClock: wallClock)
        return config.compacts && range.dirtyBytes > 0
            && range.dirtyBytes * 1_000_000
                > config.minCleanableDirtyRatioPartsPerMillion * range.totalBytes
    }

    /// Compacts the log if it is dirty enough: of every key only the newest record stays.
    ///
    /// Offsets and sequences stay as they are. Tombstones go in the first cleaning that begins
    /// `delete.retention.ms` after the one which first met them. Of every producer the header of
    /// the last batch stays, so that its sequence survives. Compressed batches are kept whole.
    /// - Parameters:
    ///   - wallClock: the broker's clock, milliseconds since 1970.
    ///   - effects: receives the orders for the disk.
    /// - Returns: whether the log was cleaned; then ``cleanerCheckpoint`` has moved.
    /// - Simplification: each segment is cleaned for itself, where Kafka also merges small ones.
    /// - Source: org.apache.kafka.storage.internals.log.Cleaner.
    public mutating func clean(wallClock: Int64, into effects: inout [Effect]) -> Bool {
        guard isCleanable(wallClock: wallClock) else { return false }
        let range = cleaningRange(wallClock: wallClock)
        let newest = newestOffsets(in: range)
        let end = segments.partitionPoint { $0.baseOffset < range.end }
        var removed: [Offset] = []
        for index in 0..<end {
            cleanSegment(index, newest, range, wallClock: wallClock, &removed, into: &effects)
        }
        if !removed.isEmpty { effects.append(.observe(.compacted(partition, removed))) }
        removeEmptied(before: end, into: &effects)
        cleanerCheckpoint = range.end
        return true
    }

    // MARK: Range

    func cleaningRange(wallClock: Int64) -> CleaningRange {
        let active = segments.count - 1
        let activeBase = segments[active].baseOffset
        var firstDirty = cleanerCheckpoint ?? logStartOffset
        if firstDirty < logStartOffset || firstDirty > logEndOffset { firstDirty = logStartOffset }
        let firstDirtySegment = max(0, segments.partitionPoint { $0.baseOffset <= firstDirty } - 1)
        var bound = min(lastStableOffset, activeBase)
        if config.minCompactionLag > .zero {
            let newest = wallClock - config.minCompactionLag.milliseconds
            for segment in segments[firstDirtySegment...].dropLast()
            where segment.largestTimestamp > newest {
                bound = min(bound, segment.baseOffset)
                break
            }
        }
        let endSegment = max(0, segments.partitionPoint { $0.baseOffset <= bound } - 1)
        let end = segments[endSegment].baseOffset
        var clean: Int64 = 0
        var dirty: Int64 = 0
        for segment in segments[..<endSegment] {
            if segment.baseOffset < firstDirty, segment.nextOffset <= firstDirty {
                clean += Int64(segment.size)
            } else {
                dirty += Int64(segment.size)
            }
        }
        return CleaningRange(
            firstDirty: firstDirty,
            end: end,
            dirtyBytes: dirty,
            totalBytes: clean + dirty
        )
    }

    /// The newest offset of every key in the dirty part.
    private func newestOffsets(in range: CleaningRange) -> [[UInt8]: Offset] {
        var newest: [[UInt8]: Offset] = [:]
        forEachBatch(from: range.firstDirty, below: range.end) { batch in
            guard !batch.body.isControl, batch.body.compressionCodec == 0 else { return }
            var records = batch.body.records
            while let record = records.next() {
                guard let key = record.key else { continue }
                let offset = batch.baseOffset.advanced(by: Int64(record.offsetDelta))
                if offset >= range.firstDirty {
                    newest[Array(batch.body.shared.bytes[key])] = offset
                }
            }
        }
        return newest
    }

    // MARK: Rewriting

    private mutating func cleanSegment(
        _ index: Int,
        _ newest: [[UInt8]: Offset],
        _ range: CleaningRange,
        wallClock: Int64,
        _ removed: inout [Offset],
        into effects: inout [Effect]
    ) {
        var kept: [RecordBatch] = []
        var isChanged = false
        for stored in segments[index].batches {
            let batch = stored.batch
            let cleaned = clean(batch, newest, range, wallClock: wallClock, &removed)
            if cleaned?.body !== batch.body { isChanged = true }
            if let cleaned { kept.append(cleaned) }
        }
        guard isChanged else { return }
        var contents = FileContents()
        for batch in kept { contents.append(batch.chunk) }
        segments[index] = segments[index].rewritten(
            kept,
            indexInterval: config.indexIntervalBytes
        )
        effects.append(.replace(segments[index].handle, SharedBytes(contents.bytes), nil))
    }

    /// - Returns: the batch itself, one with fewer records, or `nil` if nothing of it stays.
    private func clean(
        _ batch: RecordBatch,
        _ newest: [[UInt8]: Offset],
        _ range: CleaningRange,
        wallClock: Int64,
        _ removed: inout [Offset]
    ) -> RecordBatch? {
        let body = batch.body
        guard !body.isControl, body.compressionCodec == 0 else { return batch }
        let keepsDeletes = body.deleteHorizon.map { wallClock < $0 } ?? true
        let places = BatchRewriter.places(in: body)
        var hasTombstone = false
        let kept = places.filter { place in
            let record = place.record
            let offset = batch.baseOffset.advanced(by: Int64(record.offsetDelta))
            if record.key != nil, offset >= range.end { return true }
            let superseding = record.key.map { newest[Array(body.shared.bytes[$0])] ?? .none }
            guard let superseding, offset >= superseding, record.value != nil || keepsDeletes
            else {
                removed.append(offset)
                return false
            }
            if record.value == nil { hasTombstone = true }
            return true
        }
        if kept.isEmpty, !isLastOfProducer(batch) { return nil }
        let horizon =
            hasTombstone && body.deleteHorizon == nil
            ? wallClock + config.deleteRetention.milliseconds : nil
        guard kept.count < places.count || horizon != nil else { return batch }
        return RecordBatch(
            baseOffset: batch.baseOffset,
            partitionLeaderEpoch: batch.partitionLeaderEpoch,
            body: BatchRewriter.rewrite(body, keeping: kept, deleteHorizon: horizon)
        )
    }

    private func isLastOfProducer(_ batch: RecordBatch) -> Bool {
        batch.body.hasProducer
            && producers.entry(of: batch.body.producerID)?.batches.last?.lastOffset
                == batch.lastOffset
    }

    /// Removes segments in which nothing is left. The first one stays: the log begins there.
    private mutating func removeEmptied(before end: Int, into effects: inout [Effect]) {
        var index = end - 1
        while index > 0 {
            if segments[index].size == 0 {
                let base = segments[index].baseOffset
                effects.append(.remove(segments[index].handle))
                segments.remove(at: index)
                producers.removeSnapshots(where: { $0 == base }, into: &effects)
            }
            index -= 1
        }
    }
}
