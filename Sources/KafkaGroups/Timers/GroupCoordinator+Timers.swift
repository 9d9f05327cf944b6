public import KafkaProtocol
public import SimBase

extension GroupCoordinator {
    /// Does what is due at `now`, in the order of deadlines.
    ///
    /// - Parameters:
    ///   - now: the time.
    ///   - wallClock: the broker's clock, in milliseconds since 1970.
    ///   - effects: where answers go.
    ///   - outcomes: where batches go.
    public mutating func timerFired(
        now: Instant,
        wallClock: Int64,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        noteWallClock(wallClock, now)
        while let entry = deadlines.pop(now: now) {
            switch entry.key.kind {
            case .session, .join, .sync: groupDeadline(entry, now, &effects, &outcomes)
            case .linger, .writeTimeout, .expiration:
                shardDeadline(entry, now, &effects, &outcomes)
            }
        }
    }

    private mutating func groupDeadline(
        _ entry: DeadlineHeap.Entry,
        _ now: Instant,
        _ effects: inout [Effect],
        _ outcomes: inout [Outcome]
    ) {
        let group = Int(entry.key.index)
        guard groups[group].exists else { return }
        let record: GroupRecord?
        switch entry.key.kind {
        case .session:
            guard isSessionDue(entry, group, now) else { return }
            record = sessionExpired(entry.key.member, in: group, now, &effects)
        case .join:
            guard deadlines.isDue(&groups[group].joinTimer, entry, now: now) else { return }
            record = joinTimerFired(group, now, &effects)
        case .sync:
            guard deadlines.isDue(&groups[group].syncTimer, entry, now: now) else { return }
            record = syncTimerFired(group, now, &effects)
        case .linger, .writeTimeout, .expiration: return
        }
        guard let record else { return }
        let operation = Operation(.nothing, record: record)
        settle(operation, in: homePartitions[group], now, &effects, &outcomes)
    }

    private mutating func isSessionDue(
        _ entry: DeadlineHeap.Entry,
        _ group: Int,
        _ now: Instant
    ) -> Bool {
        if let index = groups[group].index(of: entry.key.member) {
            return deadlines.isDue(&groups[group].members[index].session, entry, now: now)
        }
        guard let index = groups[group].pendingIndex(of: entry.key.member) else { return false }
        return deadlines.isDue(&groups[group].pendingMembers[index].session, entry, now: now)
    }

    private mutating func shardDeadline(
        _ entry: DeadlineHeap.Entry,
        _ now: Instant,
        _ effects: inout [Effect],
        _ outcomes: inout [Outcome]
    ) {
        let shard = Int(entry.key.index)
        guard shards[shard].state == .active else { return }
        switch entry.key.kind {
        case .linger:
            guard deadlines.isDue(&shards[shard].linger, entry, now: now) else { return }
            flush(shard, &outcomes)
        case .writeTimeout:
            guard deadlines.isDue(&shards[shard].writeTimeout, entry, now: now) else { return }
            writeTimeoutFired(shard, now, &effects)
        case .expiration:
            guard deadlines.isDue(&shards[shard].expiration, entry, now: now) else { return }
            expirationTimerFired(shard, now, &effects, &outcomes)
        case .session, .join, .sync: return
        }
    }
}
