public import KafkaProtocol
internal import SimBase

/// Where each leader epoch begins in a log: strictly increasing in epoch and in offset.
/// - Source: KIP-101, KIP-279; org.apache.kafka.storage.internals.epoch.LeaderEpochFileCache.
public struct LeaderEpochCache: Equatable, Sendable {
    public struct Entry: Equatable, Sendable {
        public let epoch: LeaderEpoch
        /// The first offset of the epoch.
        public let startOffset: Offset

        public init(epoch: LeaderEpoch, startOffset: Offset) {
            self.epoch = epoch
            self.startOffset = startOffset
        }
    }

    public private(set) var entries: [Entry] = []

    public init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    public var latest: Entry? {
        entries.last
    }

    /// Notes that `epoch` begins at `startOffset`. Entries that contradict it are dropped.
    /// - Returns: whether anything changed, so that the file must be written.
    public mutating func assign(_ epoch: LeaderEpoch, startOffset: Offset) -> Bool {
        if let latest = entries.last, latest.epoch == epoch, latest.startOffset <= startOffset {
            return false
        }
        while let last = entries.last, last.epoch >= epoch || last.startOffset >= startOffset {
            entries.removeLast()
        }
        entries.append(Entry(epoch: epoch, startOffset: startOffset))
        return true
    }

    /// Drops the epochs that begin at or after `offset`.
    /// - Returns: whether anything changed.
    public mutating func truncateFromEnd(_ offset: Offset) -> Bool {
        guard let last = entries.last, last.startOffset >= offset else { return false }
        entries.removeSubrange(entries.partitionPoint { $0.startOffset < offset }...)
        return true
    }

    /// Drops the epochs that begin at or before `offset`; the last of them begins there now.
    /// - Returns: whether anything changed.
    public mutating func truncateFromStart(_ offset: Offset) -> Bool {
        let dropped = entries.partitionPoint { $0.startOffset <= offset }
        guard dropped > 0 else { return false }
        let survivor = Entry(epoch: entries[dropped - 1].epoch, startOffset: offset)
        guard dropped > 1 || entries[0] != survivor else { return false }
        entries.replaceSubrange(..<dropped, with: CollectionOfOne(survivor))
        return true
    }

    /// - Returns: whether there was anything to forget.
    public mutating func clear() -> Bool {
        defer { entries.removeAll() }
        return !entries.isEmpty
    }

    /// The last epoch up to `epoch` that this log knows, and where it ends.
    ///
    /// Undefined if the log is ahead of nothing: it knows no epoch after `epoch`, unless `epoch`
    /// is the latest. For an epoch below all that are known, the answer is that epoch itself,
    /// which ends where the first known one begins.
    public func endOffset(for epoch: LeaderEpoch, logEndOffset: Offset) -> EpochEnd {
        guard epoch != .none, let latest = entries.last else { return .undefined }
        if epoch == latest.epoch { return EpochEnd(epoch: epoch, endOffset: logEndOffset) }
        let higher = entries.partitionPoint { $0.epoch <= epoch }
        guard higher < entries.count else { return .undefined }
        let end = entries[higher].startOffset
        return EpochEnd(epoch: higher == 0 ? epoch : entries[higher - 1].epoch, endOffset: end)
    }

    /// Where `epoch` begins; `nil` if the log has no record of it.
    public func startOffset(of epoch: LeaderEpoch) -> Offset? {
        let position = entries.partitionPoint { $0.epoch < epoch }
        guard position < entries.count, entries[position].epoch == epoch else { return nil }
        return entries[position].startOffset
    }

    /// The epoch of the record at `offset`.
    public func epoch(at offset: Offset) -> LeaderEpoch? {
        let position = entries.partitionPoint { $0.startOffset <= offset }
        return position == 0 ? nil : entries[position - 1].epoch
    }
}
