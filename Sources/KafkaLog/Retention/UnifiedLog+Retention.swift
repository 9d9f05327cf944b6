public import KafkaProtocol
public import SimBase

extension UnifiedLog {
    /// Deletes old segments: those below the log's start, then, if the topic deletes at all, those
    /// beyond `retention.bytes`, then those older than `retention.ms`.
    ///
    /// Each pass begins at the oldest segment and ends at the first that is to stay. Only what lies
    /// below this replica's own high watermark goes.
    /// - Parameters:
    ///   - wallClock: the broker's clock, milliseconds since 1970.
    ///   - now: the time.
    ///   - handles: the process's file handles.
    ///   - effects: receives the orders for the disk.
    /// - Simplification: files go at once. Kafka renames them and unlinks them
    ///   `file.delete.delay.ms` later; a start finds them in neither case.
    /// - Source: kafka.log.UnifiedLog.deleteOldSegments.
    public mutating func deleteOldSegments(
        wallClock: Int64,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let breached = deletableCount { index in
            index + 1 < segments.count && segments[index + 1].baseOffset <= logStartOffset
        }
        deleteOldest(breached, now: now, handles: &handles, into: &effects)
        guard config.deletes else { return }
        if let limit = config.retentionBytes {
            var excess = size.bytes - limit.bytes
            let oversized = deletableCount { index in
                let bytes = Int64(segments[index].size)
                guard excess >= bytes else { return false }
                excess -= bytes
                return true
            }
            deleteOldest(oversized, now: now, handles: &handles, into: &effects)
        }
        guard config.retention < .forever else { return }
        let expired = deletableCount { index in
            wallClock - segments[index].largestTimestamp > config.retention.milliseconds
        }
        deleteOldest(expired, now: now, handles: &handles, into: &effects)
    }

    /// How many of the oldest segments may go and satisfy the predicate, without a gap.
    private func deletableCount(_ isObsolete: (Int) -> Bool) -> Int {
        var count = 0
        while count < segments.count {
            let isActive = count + 1 == segments.count
            let end = isActive ? logEndOffset : segments[count + 1].baseOffset
            guard highWatermark >= end, !(isActive && segments[count].size == 0),
                isObsolete(count)
            else { break }
            count += 1
        }
        return count
    }

    private mutating func deleteOldest(
        _ count: Int,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        guard count > 0 else { return }
        if count == segments.count {
            roll(at: logEndOffset, now: now, handles: &handles, into: &effects)
        }
        let bases = segments[..<count].map(\.baseOffset)
        for segment in segments[..<count] { effects.append(.remove(segment.handle)) }
        segments.removeSubrange(..<count)
        producers.removeSnapshots(where: { bases.contains($0) }, into: &effects)
        _ = advanceLogStart(to: firstSegmentBaseOffset, reason: .retention, into: &effects)
    }
}
