import KafkaProtocol
import SimBase

extension ClassicGroup {
    /// What the time of an offset's life is counted from.
    enum ExpiryBase: Equatable {
        /// The time the group became empty, if known; else the commit.
        case emptySince(Int64?)
        case commit
    }

    /// `nil` while no offset may expire.
    /// - Source: ClassicGroup.offsetExpirationCondition.
    var expiryBase: ExpiryBase? {
        guard hasProtocolType else { return .commit }
        if phase == .empty { return .emptySince(stateTimestamp) }
        return phase == .stable && subscribedTopics != nil ? .commit : nil
    }

    /// Adds tombstones for the offsets that have expired.
    ///
    /// - Parameters:
    ///   - wallClock: the coordinator's clock, in milliseconds since 1970.
    ///   - retention: how long an offset lives.
    ///   - records: where the tombstones go.
    /// - Returns: whether nothing stays, so that the group itself may go.
    /// - Source: OffsetMetadataManager.cleanupExpiredOffsets.
    func expireOffsets(
        wallClock: Int64,
        retention: Interval,
        into records: inout [GroupRecord]
    ) -> Bool {
        guard !offsets.isEmpty else { return true }
        guard let expiryBase else { return false }
        var isAllExpired = true
        for entry in offsets.entries {
            if isSubscribed(to: entry.partition.topic)
                || !isExpired(entry.value, expiryBase, wallClock, retention)
            {
                isAllExpired = false
            } else {
                records.append(.offsetCommit(name, entry.partition, nil))
            }
        }
        return isAllExpired
    }

    private func isExpired(
        _ value: OffsetCommitValue,
        _ base: ExpiryBase,
        _ wallClock: Int64,
        _ retention: Interval
    ) -> Bool {
        if let expireTimestamp = value.expireTimestamp { return wallClock >= expireTimestamp }
        let start =
            switch base {
            case .emptySince(let timestamp): timestamp ?? value.commitTimestamp
            case .commit: value.commitTimestamp
            }
        return wallClock - start >= retention.milliseconds
    }
}
