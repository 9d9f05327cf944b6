internal import KafkaLog
internal import KafkaProtocol
internal import SimBase

/// The metadata log with its snapshots.
///
/// Simpler than a data partition's: one segment (`metadata.log.segment.bytes` is 1 GiB), no
/// producers, no retention but by snapshots; an append is flushed before the thread goes on.
/// - Source: kafka.raft.KafkaMetadataLog.
struct QuorumLog: Sendable {
    /// How the log answers a replica that says where its own log ends.
    enum Validation: Equatable, Sendable {
        case valid
        /// The replica's log must be cut to this.
        case diverging(EpochEnd)
        /// The replica needs this snapshot.
        case snapshot(EpochEnd)
    }

    /// `metadata.max.retention.bytes` and `metadata.max.retention.ms`.
    struct Retention: Sendable {
        var bytes: Int64 = 104_857_600
        var milliseconds: Int64 = 604_800_000
    }

    private struct StoredSnapshot: Sendable {
        let snapshot: MetadataSnapshot
        let file: FileHandle
    }

    private struct Entry: Sendable {
        let batch: RecordBatch
        /// Where the batch starts in the file.
        let position: Int64
    }

    /// `KafkaRaftClient.MAX_BATCH_SIZE_BYTES` and `MAX_FETCH_SIZE_BYTES`.
    static let maxBatchSize = 8 * 1024 * 1024

    private(set) var startOffset: Offset
    /// The offset of the next record.
    private(set) var endOffset: Offset
    private var epochs = LeaderEpochCache()
    private var entries: [Entry] = []
    private var segment: FileHandle
    private var segmentSize: Int64 = 0
    /// By ascending end offset.
    private var snapshots: [StoredSnapshot] = []
    private var retention = Retention()

    // MARK: Reading

    /// The epoch of the last record, or of the snapshot that stands in its place; 0 at first.
    var lastFetchedEpoch: LeaderEpoch {
        epochs.latest?.epoch ?? latestSnapshot?.id.epoch ?? LeaderEpoch(0)
    }

    var latestSnapshot: MetadataSnapshot? {
        snapshots.last?.snapshot
    }

    var earliestSnapshot: MetadataSnapshot? {
        snapshots.first?.snapshot
    }

    func snapshot(_ id: EpochEnd) -> MetadataSnapshot? {
        snapshots.first { $0.snapshot.id == id }?.snapshot
    }

    /// Whole batches from the one that holds `offset`, at most 8 MiB of them but at least one.
    func read(from offset: Offset) -> [RecordBatch] {
        var size = 0
        var index = position(of: offset)
        let first = index
        while index < entries.count {
            size += entries[index].batch.sizeInBytes
            if size > QuorumLog.maxBatchSize, index > first { break }
            index += 1
        }
        return entries[first..<index].map(\.batch)
    }

    /// All whole batches of the half-open range `start ..< end`.
    func batches(from start: Offset, below end: Offset) -> [RecordBatch] {
        entries[position(of: start)...].lazy.map(\.batch).prefix { $0.nextOffset <= end }
            .map { $0 }
    }

    /// The end of the largest epoch up to `epoch`.
    func endOffset(for epoch: LeaderEpoch) -> EpochEnd {
        let end = epochs.endOffset(for: epoch, logEndOffset: endOffset)
        guard end != .undefined else {
            return EpochEnd(epoch: lastFetchedEpoch, endOffset: endOffset)
        }
        // An epoch below all of the log ends in the snapshot before it.
        if let snapshot = earliestSnapshot?.id, end.endOffset == snapshot.endOffset,
            end.epoch == epoch
        {
            return snapshot
        }
        return end
    }

    /// Judges a replica whose log ends at `offset`, with a last record of `epoch`.
    func validate(_ offset: Offset, _ epoch: LeaderEpoch) -> Validation {
        if startOffset == .zero, offset == .zero, epoch.rawValue == 0 { return .valid }
        if let earliest = earliestSnapshot?.id, let latest = latestSnapshot?.id,
            offset < startOffset
                || (offset == startOffset && epoch != earliest.epoch)
                || epoch < earliest.epoch
        {
            return .snapshot(latest)
        }
        let end = endOffset(for: epoch)
        return end.epoch != epoch || end.endOffset < offset ? .diverging(end) : .valid
    }

    private func position(of offset: Offset) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].batch.nextOffset <= offset {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    // MARK: Writing

    mutating func append(_ batch: RecordBatch, outbox: inout Outbox) {
        precondition(
            batch.baseOffset == endOffset,
            "the metadata log ends at \(endOffset), not at \(batch.baseOffset)"
        )
        outbox.order(.append(segment, batch.chunk))
        outbox.observe(
            .quorumAppended(
                QuorumEpoch(batch.partitionLeaderEpoch.rawValue),
                base: batch.baseOffset,
                end: batch.nextOffset
            )
        )
        keep(batch)
    }

    func flush(outbox: inout Outbox) {
        outbox.flush(segment)
    }

    private mutating func keep(_ batch: RecordBatch) {
        _ = epochs.assign(batch.partitionLeaderEpoch, startOffset: batch.baseOffset)
        entries.append(Entry(batch: batch, position: segmentSize))
        segmentSize += Int64(batch.sizeInBytes)
        endOffset = batch.nextOffset
    }

    /// Where a log that diverges from its leader's must be cut, given the leader's answer.
    /// - Source: org.apache.kafka.raft.ReplicatedLog.truncateToEndOffset.
    func truncationOffset(towards end: EpochEnd) -> Offset {
        guard end.epoch.rawValue > 0 else { return min(end.endOffset, endOffset) }
        let local = endOffset(for: end.epoch)
        return local.epoch == end.epoch ? min(local.endOffset, end.endOffset) : local.endOffset
    }

    mutating func truncate(to offset: Offset, outbox: inout Outbox) {
        _ = epochs.truncateFromEnd(offset)
        guard offset < endOffset else { return }
        var target = offset
        while let last = entries.last, last.batch.nextOffset > offset {
            entries.removeLast()
            segmentSize = last.position
            target = min(target, last.batch.baseOffset)
        }
        endOffset = target
        outbox.order(.truncate(segment, to: ByteCount(segmentSize)))
        outbox.observe(.quorumTruncated(to: target))
    }

    // MARK: Snapshots

    /// The epoch and timestamp of the record before `offset`, which a snapshot ending there covers
    /// last; `nil` if the log does not reach back to it.
    func lastRecord(before offset: Offset) -> (epoch: LeaderEpoch, timestamp: Int64)? {
        guard offset > startOffset, offset <= endOffset else { return nil }
        let batch = entries[position(of: Offset(offset.rawValue - 1))].batch
        return (batch.partitionLeaderEpoch, batch.body.maxTimestamp)
    }

    /// Keeps a snapshot made here. Its file is written beside the Raft thread, which does not wait.
    mutating func store(
        _ snapshot: MetadataSnapshot,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let file = handles.next()
        effects.append(.open(file, MetadataSnapshot.file(endingAt: snapshot.id.endOffset)))
        effects.append(.replace(file, snapshot.bytes, nil))
        snapshots.append(StoredSnapshot(snapshot: snapshot, file: file))
    }

    /// Keeps a snapshot from the leader and begins the log anew behind it.
    mutating func restart(
        at snapshot: MetadataSnapshot,
        handles: inout FileHandleAllocator,
        outbox: inout Outbox
    ) {
        let file = handles.next()
        outbox.order(.open(file, MetadataSnapshot.file(endingAt: snapshot.id.endOffset)))
        outbox.replace(file, snapshot.bytes)
        snapshots.append(StoredSnapshot(snapshot: snapshot, file: file))
        beginAtLatestSnapshot(handles: &handles, outbox: &outbox)
    }

    /// Drops the whole log and all older snapshots.
    private mutating func beginAtLatestSnapshot(
        handles: inout FileHandleAllocator,
        outbox: inout Outbox
    ) {
        guard let latest = latestSnapshot?.id else { return }
        _ = epochs.clear()
        entries.removeAll()
        startOffset = latest.endOffset
        endOffset = latest.endOffset
        outbox.order(.remove(segment))
        segment = handles.next()
        segmentSize = 0
        outbox.order(.open(segment, FileID(.segment, base: latest.endOffset.rawValue)))
        while snapshots.count > 1 { dropOldestSnapshot(outbox: &outbox) }
        outbox.observe(.quorumTruncated(to: latest.endOffset))
    }

    /// Drops old snapshots, and the log before the oldest that stays, while at least two exist and
    /// they are too large together with the log or the oldest is too old.
    ///
    /// The file keeps what was dropped, as the active segment of a real log does.
    /// - Source: kafka.raft.KafkaMetadataLog.maybeClean.
    mutating func clean(wallClock: Int64, outbox: inout Outbox) {
        while snapshots.count >= 2, let oldest = earliestSnapshot {
            let size = snapshots.reduce(segmentSize) { $0 + $1.snapshot.sizeInBytes }
            let age = wallClock - oldest.lastContainedTimestamp
            guard size > retention.bytes || age > retention.milliseconds else { return }
            dropOldestSnapshot(outbox: &outbox)
            guard let start = earliestSnapshot?.id.endOffset, start > startOffset else { continue }
            startOffset = start
            _ = epochs.truncateFromStart(start)
            entries.removeSubrange(..<position(of: start))
        }
    }

    private mutating func dropOldestSnapshot(outbox: inout Outbox) {
        outbox.order(.remove(snapshots.removeFirst().file))
    }

    // MARK: Starting

    /// The log as a starting process finds it: its torn tail is cut, snapshots that are not whole
    /// are removed, and a log that ends before the newest snapshot begins anew behind that.
    /// - Simplification: what only the page cache held is flushed before the node does anything;
    ///   Kafka leaves that to the next append, and may count it for a commit until then.
    init(disk: DiskImage, handles: inout FileHandleAllocator, outbox: inout Outbox) {
        startOffset = .zero
        endOffset = .zero
        segment = FileHandle(-1)
        var found: StoredFile?
        for stored in disk.files where stored.id.partition == .clusterMetadata {
            let base = Offset(stored.id.base)
            switch stored.id.kind {
            case .segment:
                found = stored
            case .metadataSnapshot:
                let file = handles.next()
                outbox.order(.open(file, stored.id))
                let scan = BatchScanner(stored.contents)
                if scan.intactSize == stored.contents.size,
                    let snapshot = MetadataSnapshot(endingAt: base, scan.batches)
                {
                    snapshots.append(StoredSnapshot(snapshot: snapshot, file: file))
                } else {
                    outbox.order(.remove(file))
                }
            default: break
            }
        }
        let latest = latestSnapshot?.id.endOffset ?? .zero
        segment = handles.next()
        startOffset = found.map { Offset($0.id.base) } ?? latest
        endOffset = startOffset
        outbox.order(.open(segment, FileID(.segment, base: startOffset.rawValue)))
        if let found { recover(found.contents, outbox: &outbox) }
        if latest > endOffset { beginAtLatestSnapshot(handles: &handles, outbox: &outbox) }
        // What only the page cache holds must be durable before this node tells anybody of it.
        if segmentSize > 0 { flush(outbox: &outbox) }
    }

    private mutating func recover(_ contents: FileContents, outbox: inout Outbox) {
        let scan = BatchScanner(contents)
        for batch in scan.batches {
            guard batch.baseOffset == endOffset else { break }
            keep(batch)
        }
        if segmentSize < Int64(contents.size) {
            outbox.order(.truncate(segment, to: ByteCount(segmentSize)))
            outbox.observe(.mark(.tornBatchCut))
        }
        outbox.observe(
            .recovered(
                .clusterMetadata,
                logStart: startOffset,
                logEnd: endOffset,
                wasClean: segmentSize == Int64(contents.size)
            )
        )
    }
}
