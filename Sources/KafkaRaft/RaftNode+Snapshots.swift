public import KafkaLog
public import KafkaProtocol
internal import SimBase

extension RaftNode {
    /// The newest snapshot: the offset at which it ends and the epoch of the record before.
    public var latestSnapshot: EpochEnd? {
        log.latestSnapshot?.id
    }

    /// Writes a snapshot of the listener's state.
    ///
    /// The file is written beside the Raft thread. Older snapshots and the log before them go
    /// later, by `metadata.max.retention.bytes` and `.ms`.
    /// - Parameters:
    ///   - values: the records that rebuild the state as of `end`.
    ///   - end: the offset after the last record covered; committed, and the end of a batch.
    ///   - wallClock: the node's clock, in milliseconds since 1970.
    ///   - handles: the process's file handles.
    ///   - effects: orders for the world.
    /// - Returns: whether it was written; not if there is one as new already.
    @discardableResult
    public mutating func createSnapshot(
        _ values: [[UInt8]],
        at end: Offset,
        wallClock: Int64,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> Bool {
        guard end <= highWatermark, end > latestSnapshot?.endOffset ?? .zero,
            let last = log.lastRecord(before: end)
        else { return false }
        let snapshot = MetadataSnapshot(
            values,
            id: EpochEnd(epoch: last.epoch, endOffset: end),
            lastContainedTimestamp: last.timestamp,
            wallClock: wallClock
        )
        log.store(snapshot, handles: &handles, into: &effects)
        return true
    }
}
