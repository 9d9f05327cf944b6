internal import KafkaProtocol
internal import SimBase

/// The producers that a log knows, in ascending order of their ids, and its snapshots of them.
/// - Source: org.apache.kafka.storage.internals.log.ProducerStateManager.
struct ProducerStates: Equatable, Sendable {
    struct Snapshot: Equatable, Sendable {
        /// The state holds everything before this offset.
        let offset: Offset
        let handle: FileHandle
        let bytes: SharedBytes
    }

    private(set) var entries: [ProducerEntry] = []
    /// In ascending order of offset.
    var snapshots: [Snapshot] = []
    /// Everything before this offset has been taken into account.
    var mapEndOffset: Offset
    private(set) var lastSnapshotOffset: Offset

    init(startOffset: Offset) {
        mapEndOffset = startOffset
        lastSnapshotOffset = startOffset
    }

    func entry(of id: ProducerID) -> ProducerEntry? {
        let position = position(of: id)
        guard position < entries.count, entries[position].id == id else { return nil }
        return entries[position]
    }

    /// Where the entry of `id` stands or belongs.
    func position(of id: ProducerID) -> Int {
        entries.partitionPoint { $0.id < id }
    }

    mutating func note(_ batch: RecordBatch) {
        guard batch.body.hasProducer, !batch.body.isControl else { return }
        let id = batch.body.producerID
        let position = position(of: id)
        if position == entries.count || entries[position].id != id {
            entries.insert(ProducerEntry(id: id), at: position)
        }
        entries[position].add(batch)
    }

    /// Forgets producers whose last record is at least `limit` old.
    mutating func expire(wallClock: Int64, limit: Interval) {
        entries.removeAll { wallClock - $0.lastTimestamp >= limit.milliseconds }
    }

    /// Whether the state has moved since the last snapshot.
    var needsSnapshot: Bool {
        mapEndOffset > lastSnapshotOffset
    }

    mutating func noteSnapshot(_ snapshot: Snapshot) {
        let position = snapshots.partitionPoint { $0.offset < snapshot.offset }
        if position < snapshots.count, snapshots[position].offset == snapshot.offset {
            snapshots[position] = snapshot
        } else {
            snapshots.insert(snapshot, at: position)
        }
        lastSnapshotOffset = snapshot.offset
    }

    mutating func removeSnapshots(
        where isObsolete: (Offset) -> Bool,
        into effects: inout [Effect]
    ) {
        guard snapshots.contains(where: { isObsolete($0.offset) }) else { return }
        for snapshot in snapshots where isObsolete(snapshot.offset) {
            effects.append(.remove(snapshot.handle))
        }
        snapshots.removeAll { isObsolete($0.offset) }
    }

    /// Goes back to the newest snapshot that can be read; the batches after it must be replayed.
    ///
    /// A snapshot that fails its checksum is deleted and the one before it tried. Without any, the
    /// replay begins at the log's start.
    mutating func reload(
        logStartOffset: Offset,
        wallClock: Int64,
        expiration: Interval,
        into effects: inout [Effect]
    ) {
        entries.removeAll()
        while let newest = snapshots.last {
            if let producers = ProducerSnapshot.decode(FileContents([FileChunk(newest.bytes)])) {
                entries = producers
                expire(wallClock: wallClock, limit: expiration)
                mapEndOffset = newest.offset
                lastSnapshotOffset = newest.offset
                return
            }
            effects.append(.remove(newest.handle))
            snapshots.removeLast()
        }
        mapEndOffset = logStartOffset
        lastSnapshotOffset = logStartOffset
    }

    /// Forgets everything; the log goes on at `offset`.
    mutating func restart(at offset: Offset, into effects: inout [Effect]) {
        removeSnapshots(where: { _ in true }, into: &effects)
        entries.removeAll()
        mapEndOffset = offset
        lastSnapshotOffset = .zero
    }

    /// The log's start moved: nothing before it needs replay.
    mutating func logStartMoved(to offset: Offset) {
        mapEndOffset = max(mapEndOffset, offset)
        lastSnapshotOffset = snapshots.last?.offset ?? offset
    }
}
