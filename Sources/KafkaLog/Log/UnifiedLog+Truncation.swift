public import KafkaProtocol
public import SimBase

extension UnifiedLog {
    /// Cuts the log to end at `offset`.
    ///
    /// Bytes go from the start of the batch that holds `offset`, yet the log ends at `offset`. A
    /// cut that finds nothing to cut still drops leader epochs that were begun without a record.
    /// - Parameters:
    ///   - offset: the new end.
    ///   - now: the time.
    ///   - handles: the process's file handles.
    ///   - effects: receives the orders for the disk.
    /// - Returns: whether the log was cut; then the owner rewrites the directory's recovery point
    ///   checkpoint.
    /// - Source: kafka.log.UnifiedLog.truncateTo.
    public mutating func truncate(
        to offset: Offset,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> Bool {
        precondition(offset >= .zero, "\(partition): truncation to \(offset) at \(now)")
        guard offset < logEndOffset else {
            if epochs.truncateFromEnd(logEndOffset) { checkpointEpochs(into: &effects) }
            return false
        }
        guard offset >= firstSegmentBaseOffset else {
            truncateFully(startingAt: offset, now: now, handles: &handles, into: &effects)
            return true
        }
        let oldEnd = logEndOffset
        let oldHighWatermark = highWatermark
        cutSegments(to: offset, now: now, into: &effects)
        logEndOffset = offset
        recoveryPoint = min(recoveryPoint, offset)
        flushes.truncate(to: offset)
        if epochs.truncateFromEnd(offset) { checkpointEpochs(into: &effects) }
        logStartOffset = min(offset, logStartOffset)
        highWatermark = min(highWatermark, offset)
        rebuildProducers(
            wallClock: WallClock.milliseconds(at: now),
            handles: &handles,
            into: &effects
        )
        observeTruncation(
            from: oldEnd,
            to: offset,
            highWatermark: oldHighWatermark,
            into: &effects
        )
        return true
    }

    private mutating func cutSegments(
        to offset: Offset,
        now: Instant,
        into effects: inout [Effect]
    ) {
        while let last = segments.last, segments.count > 1, last.baseOffset > offset {
            effects.append(.remove(last.handle))
            segments.removeLast()
        }
        let active = segments.count - 1
        if segments[active].truncate(to: offset, now: now) {
            effects.append(
                .truncate(segments[active].handle, to: ByteCount(segments[active].size))
            )
        }
    }

    /// Empties the log; it goes on at `offset`, which may lie beyond its old end.
    public mutating func truncateFully(
        startingAt offset: Offset,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let oldStart = logStartOffset
        let oldEnd = logEndOffset
        let oldHighWatermark = highWatermark
        for segment in segments { effects.append(.remove(segment.handle)) }
        segments.removeAll()
        openSegment(at: offset, now: now, handles: &handles, into: &effects)
        logEndOffset = offset
        recoveryPoint = min(recoveryPoint, offset)
        flushes.truncate(to: recoveryPoint)
        if epochs.clear() { checkpointEpochs(into: &effects) }
        producers.restart(at: offset, into: &effects)
        logStartOffset = offset
        highWatermark = offset
        effects.append(.observe(.mark(.logFullyTruncated)))
        observeTruncation(
            from: oldEnd,
            to: min(oldStart, oldEnd),
            // Beyond what the replica knew to be committed, the leader has deleted all of it on
            // purpose: nothing committed is taken back.
            highWatermark: offset >= oldHighWatermark
                ? min(oldStart, oldHighWatermark) : oldHighWatermark,
            into: &effects
        )
        effects.append(.observe(.logStartAdvanced(partition, to: offset, .followedLeader)))
    }

    private func observeTruncation(
        from oldEnd: Offset,
        to offset: Offset,
        highWatermark: Offset,
        into effects: inout [Effect]
    ) {
        effects.append(
            .observe(
                .truncated(partition, from: oldEnd, to: offset, highWatermark: highWatermark)
            )
        )
        if offset < highWatermark {
            effects.append(.observe(.mark(.truncatedBelowHighWatermark)))
        }
    }

    /// Brings the producers' state to the log's end: from the newest snapshot at or before it, and
    /// the batches after that.
    ///
    /// A snapshot holds each producer's last batch only, so that the cache of repetitions is one
    /// deep plus what is replayed.
    /// - Source: kafka.log.UnifiedLog.rebuildProducerState.
    mutating func rebuildProducers(
        wallClock: Int64,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let end = logEndOffset
        let start = logStartOffset
        // An empty state that had seen everything needs no replay to become empty again.
        let wasEmpty = producers.entries.isEmpty && producers.mapEndOffset >= end && end > .zero
        producers.removeSnapshots(where: { $0 > end || $0 <= start }, into: &effects)
        producers.reload(
            logStartOffset: start,
            wallClock: wallClock,
            expiration: producerExpiration,
            into: &effects
        )
        if producers.mapEndOffset < end, !wasEmpty {
            let snapshotBases = segments.suffix(2).map(\.baseOffset)
            replayProducers(snapshotBases, handles: &handles, into: &effects)
        }
        producers.mapEndOffset = end
        takeSyncedSnapshot(handles: &handles, into: &effects)
    }

    private mutating func replayProducers(
        _ snapshotBases: [Offset],
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let from = producers.mapEndOffset
        let first = max(0, segments.partitionPoint { $0.baseOffset <= from } - 1)
        for index in first..<segments.count {
            let base = segments[index].baseOffset
            producers.mapEndOffset = max(base, from)
            if snapshotBases.contains(base) {
                _ = takeSnapshot(handles: &handles, into: &effects)
            }
            for stored in segments[index].batches where stored.batch.lastOffset >= from {
                producers.note(stored.batch)
            }
        }
    }
}
