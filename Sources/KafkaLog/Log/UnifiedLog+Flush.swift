public import KafkaProtocol
internal import SimBase

extension UnifiedLog {
    /// The flush for which Kafka's thread would stand still now, inside the append or the change
    /// of leadership: that of `flush.messages`, or of a new leader epoch's checkpoint. An answer to
    /// what was just done has to wait until ``flushCompleted(_:)`` is true for it.
    public var awaitedFlush: FlushToken? {
        flushes.awaited
    }

    /// The ``identity`` of the log that `token` belongs to; `nil` if no log made it.
    public static func owner(of token: FlushToken) -> FileHandle? {
        FlushBook.owner(of: token)
    }

    /// Flushes everything; the recovery point follows when it is done.
    /// - Parameters:
    ///   - token: the owner's token, which is reported then (once a file that is flushed), or
    ///     `nil` for one of the log's own.
    ///   - effects: receives the orders for the disk.
    public mutating func flush(token: FlushToken?, into effects: inout [Effect]) {
        guard logEndOffset > recoveryPoint || token != nil else { return }
        beginFlush(upTo: logEndOffset, token: token, isAwaited: false, into: &effects)
    }

    /// Takes the report that a file is on the platter.
    /// - Returns: whether the flush belongs to this log and all its files have reported.
    public mutating func flushCompleted(_ token: FlushToken) -> Bool {
        switch flushes.complete(token) {
        case .unknown, .partial:
            return false
        case .done(let upTo):
            if let upTo, upTo > recoveryPoint { recoveryPoint = min(upTo, logEndOffset) }
            return true
        }
    }

    /// Orders the segments from the recovery point up to `offset` (exclusive) to be flushed.
    /// - Parameters:
    ///   - offset: what will be durable.
    ///   - isInclusive: whether a segment that begins at `offset` is flushed too.
    ///   - snapshot: a producer snapshot that is part of it.
    ///   - token: a token of the owner's.
    ///   - isAwaited: whether an answer waits for it.
    ///   - effects: receives the orders for the disk.
    mutating func beginFlush(
        upTo offset: Offset,
        isInclusive: Bool = false,
        snapshot: FileHandle? = nil,
        token: FlushToken? = nil,
        isAwaited: Bool,
        into effects: inout [Effect]
    ) {
        let end = isInclusive ? offset.advanced(by: 1) : offset
        let first = max(0, segments.partitionPoint { $0.baseOffset <= recoveryPoint } - 1)
        var last = segments.partitionPoint { $0.baseOffset < end }
        if token != nil || isInclusive { last = max(last, segments.count) }
        let count = max(0, last - first)
        guard count > 0 || snapshot != nil else { return }
        let token = flushes.begin(
            upTo: offset,
            files: count + (snapshot == nil ? 0 : 1),
            isAwaited: isAwaited,
            token: token
        )
        if let snapshot { effects.append(.flush(snapshot, token)) }
        for index in first..<first + count {
            effects.append(.flush(segments[index].handle, token))
        }
    }

    /// Flushes after an append if `flush.messages` records are not durable.
    mutating func flushIfDue(into effects: inout [Effect]) {
        let flushed = max(recoveryPoint, flushes.awaitedOffset ?? recoveryPoint)
        guard logEndOffset - flushed >= config.flushMessages else { return }
        beginFlush(upTo: logEndOffset, isAwaited: true, into: &effects)
    }

    /// Ends the log's use at an orderly shutdown: everything is flushed and the producers'
    /// state written. The owner waits for ``awaitedFlush`` before it writes the checkpoints.
    public mutating func close(
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        producers.mapEndOffset = logEndOffset
        let snapshot = takeSnapshot(handles: &handles, into: &effects)
        beginFlush(
            upTo: logEndOffset,
            isInclusive: true,
            snapshot: snapshot,
            isAwaited: true,
            into: &effects
        )
    }

    /// Writes the producers' state if it moved since the last snapshot.
    /// - Returns: the file, which is not synced yet.
    mutating func takeSnapshot(
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> FileHandle? {
        guard producers.needsSnapshot else { return nil }
        let offset = producers.mapEndOffset
        let bytes = ProducerSnapshot.encode(producers.entries)
        let existing = producers.snapshots.first { $0.offset == offset }?.handle
        let handle = existing ?? handles.next()
        if existing == nil {
            effects.append(.open(handle, file(.producerSnapshot, base: offset)))
        } else {
            effects.append(.truncate(handle, to: .zero))
        }
        effects.append(.append(handle, FileChunk(bytes)))
        producers.noteSnapshot(
            ProducerStates.Snapshot(offset: offset, handle: handle, bytes: bytes)
        )
        return handle
    }

    /// Writes the producers' state if it moved, and orders it to be synced. Nothing waits for it.
    mutating func takeSyncedSnapshot(
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        guard let handle = takeSnapshot(handles: &handles, into: &effects) else { return }
        let token = flushes.begin(upTo: nil, files: 1, isAwaited: false)
        effects.append(.flush(handle, token))
    }

    /// Forgets producers that have been idle, in record time, for `producer.id.expiration.ms`.
    /// - Parameter wallClock: milliseconds since 1970.
    public mutating func expireProducers(wallClock: Int64) {
        producers.expire(wallClock: wallClock, limit: producerExpiration)
    }
}
