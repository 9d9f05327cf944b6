internal import KafkaProtocol
internal import SimBase

/// One file of a log and its indexes.
///
/// Its batches stay in memory: they are references that the disk shares, as a page cache would
/// hold them.
/// - Source: org.apache.kafka.storage.internals.log.LogSegment.
struct LogSegment: Sendable {
    struct StoredBatch: Sendable {
        let batch: RecordBatch
        /// Where the batch begins in the file, in bytes.
        let position: Int
    }

    let baseOffset: Offset
    let handle: FileHandle
    private(set) var batches: [StoredBatch] = []
    /// Bytes in the file.
    private(set) var size = 0
    private(set) var offsetIndex = OffsetIndex()
    private(set) var timeIndex = TimeIndex()
    private(set) var bytesSinceLastIndexEntry = 0
    /// When the segment began, on the process's monotonic clock.
    private(set) var created: Instant
    /// The wall clock at the last change of the file, in milliseconds since 1970 (its mtime).
    private(set) var lastModified: Int64
    /// The largest timestamp of the first append; the event time from which `segment.ms` counts.
    private(set) var rollingTimestamp: Int64?
    private(set) var maxTimestamp: Int64 = -1
    /// The last offset of the batch that holds ``maxTimestamp``.
    private(set) var offsetOfMaxTimestamp = Offset.none

    init(baseOffset: Offset, handle: FileHandle, created: Instant, wallClock: Int64) {
        self.baseOffset = baseOffset
        self.handle = handle
        self.created = created
        lastModified = wallClock
    }

    /// The offset after the last batch; the base offset while there is none.
    var nextOffset: Offset {
        batches.last?.batch.nextOffset ?? baseOffset
    }

    /// What retention by time measures: the largest timestamp, or the file's own if there is none.
    var largestTimestamp: Int64 {
        maxTimestamp >= 0 ? maxTimestamp : lastModified
    }

    /// Decides whether the next set has to go into a new segment.
    /// - Parameters:
    ///   - config: the topic's limits.
    ///   - bytes: the size of the set.
    ///   - timestamp: the set's largest timestamp.
    ///   - lastOffset: the set's last offset.
    ///   - now: the time.
    /// - Returns: whether any limit says so.
    /// - Source: LogSegment.shouldRoll.
    func shouldRoll(
        _ config: TopicConfig,
        bytes: Int,
        timestamp: Int64,
        lastOffset: Offset,
        now: Instant
    ) -> Bool {
        Int64(size) > config.segmentBytes.bytes - Int64(bytes)
            || (size > 0 && waited(timestamp: timestamp, now: now) > config.segmentAge)
            || offsetIndex.isFull(limit: config.segmentIndexBytes)
            || timeIndex.isFull(limit: config.segmentIndexBytes)
            || !(0...Int64(Int32.max)).contains(lastOffset - baseOffset)
    }

    /// How long the segment has been open: in event time if its records carry any.
    private func waited(timestamp: Int64, now: Instant) -> Interval {
        guard let first = rollingTimestamp, first >= 0 else { return now - created }
        return .milliseconds(timestamp - first)
    }

    // MARK: Writing

    /// Whether the set that comes next gets an index entry, which
    /// ``finishSet(indexed:at:slot:)`` adds once its batches are appended.
    ///
    /// The interval is tested before the set's own bytes count, so the first set never gets one.
    func indexesNextSet(interval: ByteCount) -> Bool {
        Int64(bytesSinceLastIndexEntry) > interval.bytes
    }

    mutating func append(_ batch: RecordBatch, wallClock: Int64) {
        if batches.isEmpty { rollingTimestamp = batch.body.maxTimestamp }
        batches.append(StoredBatch(batch: batch, position: size))
        size += batch.sizeInBytes
        lastModified = wallClock
        if batch.body.maxTimestamp > maxTimestamp {
            maxTimestamp = batch.body.maxTimestamp
            offsetOfMaxTimestamp = batch.lastOffset
        }
    }

    /// Raises the event time from which `segment.ms` counts to the largest of the first set.
    mutating func beginRollingClock(at timestamp: Int64) {
        rollingTimestamp = timestamp
    }

    /// Ends a set that began at `position` with batch number `slot`.
    /// - Returns: `false` if the offsets went backwards, so that the index refused its entry.
    mutating func finishSet(indexed: Bool, at position: Int, slot: Int) -> Bool {
        var isOrdered = true
        if indexed, let last = batches.last {
            isOrdered = offsetIndex.append(
                offset: last.batch.lastOffset,
                position: position,
                slot: slot
            )
            timeIndex.append(timestamp: maxTimestamp, offset: offsetOfMaxTimestamp)
            bytesSinceLastIndexEntry = 0
        }
        bytesSinceLastIndexEntry += size - position
        return isOrdered
    }

    /// Closes the segment for appends: its last time index entry is written.
    mutating func becomeInactive() {
        guard maxTimestamp >= 0 else { return }
        timeIndex.append(timestamp: maxTimestamp, offset: offsetOfMaxTimestamp)
    }

    /// The segment with other batches in the same file, its indexes built anew (compaction).
    func rewritten(_ kept: [RecordBatch], indexInterval: ByteCount) -> LogSegment {
        var segment = LogSegment(
            baseOffset: baseOffset,
            handle: handle,
            created: created,
            wallClock: lastModified
        )
        for batch in kept {
            let isIndexed = segment.indexesNextSet(interval: indexInterval)
            let position = segment.size
            let slot = segment.batches.count
            segment.append(batch, wallClock: lastModified)
            _ = segment.finishSet(indexed: isIndexed, at: position, slot: slot)
        }
        segment.becomeInactive()
        return segment
    }

    /// Empties the segment, as when an empty active one is rolled at its own base.
    mutating func reset(created: Instant, wallClock: Int64) {
        self = LogSegment(
            baseOffset: baseOffset,
            handle: handle,
            created: created,
            wallClock: wallClock
        )
    }

    /// Cuts the segment from the start of the batch that holds `offset`.
    /// - Returns: whether bytes were cut.
    mutating func truncate(to offset: Offset, now: Instant) -> Bool {
        offsetIndex.truncate(to: offset)
        timeIndex.truncate(to: offset)
        let kept = batches.partitionPoint { $0.batch.lastOffset < offset }
        let isCut = kept < batches.count
        if isCut {
            size = batches[kept].position
            batches.removeSubrange(kept...)
            recomputeMaxTimestamp()
        }
        if size == 0 {
            created = now
            rollingTimestamp = nil
        }
        bytesSinceLastIndexEntry = 0
        return isCut
    }

    private mutating func recomputeMaxTimestamp() {
        maxTimestamp = -1
        offsetOfMaxTimestamp = .none
        for stored in batches where stored.batch.body.maxTimestamp > maxTimestamp {
            maxTimestamp = stored.batch.body.maxTimestamp
            offsetOfMaxTimestamp = stored.batch.lastOffset
        }
    }

    // MARK: Reading

    /// The number of the first batch that ends at or after `offset`; the count if there is none.
    func slot(containing offset: Offset) -> Int {
        // Readers that keep up read the last batch.
        var high = batches.count
        if high > 0, batches[high - 1].batch.baseOffset <= offset {
            return batches[high - 1].batch.lastOffset < offset ? high : high - 1
        }
        var low = offsetIndex.slot(for: offset)
        while low < high {
            let middle = (low + high) / 2
            if batches[middle].batch.lastOffset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Where batch number `slot` begins; the file's size for the one after the last.
    func position(of slot: Int) -> Int {
        slot < batches.count ? batches[slot].position : size
    }
}
