public import KafkaProtocol
public import SimBase

extension GroupCoordinator {
    /// Commits offsets. Nobody checks that they exist or grow: the last write wins.
    /// - Source: OffsetMetadataManager.commitOffset.
    mutating func commit(
        _ handle: RequestHandle,
        _ request: OffsetCommitRequest,
        _ now: Instant,
        _ effects: inout [Effect]
    ) -> Operation {
        let membership = request.membership
        let group = Int(membership.group.rawValue)
        var error = ErrorCode.none
        let isNewGroup = !groups[group].exists
        if !isNewGroup {
            error = groups[group].validateOffsetCommit(membership)
        } else if membership.generation.rawValue >= 0 {
            error = .groupIdNotFound
        } else {
            // A consumer that assigns partitions by itself only stores offsets here.
            groups[group].create(timestamp: wallClock(now))
        }
        guard !error.isError else {
            let response = Response.failure(error, of: .offsetCommit(request))
            effects.append(.reply(handle, response))
            return Operation(.nothing)
        }
        if groups[group].phase == .stable || groups[group].phase == .preparingRebalance,
            let index = groups[group].index(of: membership.member)
        {
            renewSession(group, index, now)
        }
        let answers =
            request.offsets.map { PartitionError(partition: $0.partition, error: .none) }
            + request.refused
        var operation = Operation(.answer(handle, .offsetCommit(answers)))
        operation.isReplayed = true
        operation.createdGroup = isNewGroup ? membership.group : nil
        let timestamp = wallClock(now)
        operation.records = request.offsets.map {
            .offsetCommit(
                membership.group,
                $0.partition,
                OffsetCommitValue(
                    offset: $0.offset,
                    leaderEpoch: $0.leaderEpoch,
                    commitTimestamp: timestamp,
                    expireTimestamp: nil
                )
            )
        }
        return operation
    }

    /// Reads offsets, uncommitted ones included; the answer waits until those are committed, as
    /// consumers always ask for stable offsets.
    /// - Source: GroupCoordinatorService.fetchOffsets.
    mutating func fetch(
        _ handle: RequestHandle,
        _ request: OffsetFetchRequest,
        _ partition: Int32,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let group = Int(request.group.rawValue)
        let offsets = request.partitions.map { place in
            let entry = groups[group].exists ? groups[group].offsets[place] : nil
            return CommittedOffset(
                partition: place,
                offset: entry?.value.offset ?? .none,
                leaderEpoch: entry?.value.leaderEpoch ?? .none
            )
        }
        let response = OffsetFetchResponse(error: .none, offsets: offsets)
        answerWhenCommitted(handle, .offsetFetch(response), partition, now, &effects)
    }

    // MARK: Tombstones

    /// Removes expired offsets, and groups that have neither offsets nor members.
    /// - Source: GroupCoordinatorShard.cleanupGroupMetadata.
    mutating func expirationTimerFired(
        _ shard: Int,
        _ now: Instant,
        _ effects: inout [Effect],
        _ outcomes: inout [Outcome]
    ) {
        var operation = Operation(.nothing)
        operation.isReplayed = true
        operation.isAtomic = false
        for name in shards[shard].groups where groups[Int(name.rawValue)].exists {
            let isBare = groups[Int(name.rawValue)].expireOffsets(
                wallClock: wallClock(now),
                retention: config.offsetsRetention,
                into: &operation.records
            )
            if isBare, groups[Int(name.rawValue)].phase == .empty {
                operation.records.append(.groupMetadata(name, nil))
            }
        }
        settle(operation, in: Int32(shard), now, &effects, &outcomes)
        armExpiration(shard, now)
    }

    mutating func armExpiration(_ shard: Int, _ now: Instant) {
        deadlines.arm(
            &shards[shard].expiration,
            at: now + config.offsetsRetentionCheck,
            DeadlineKey(.expiration, Int32(shard))
        )
    }

    /// Forgets the offsets of a deleted topic, on all partitions that this broker coordinates.
    ///
    /// - Parameters:
    ///   - topic: the topic that is gone.
    ///   - now: the time.
    ///   - wallClock: the broker's clock, in milliseconds since 1970.
    ///   - effects: where answers go.
    ///   - outcomes: where batches go.
    public mutating func topicDeleted(
        _ topic: TopicName,
        now: Instant,
        wallClock: Int64,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        noteWallClock(wallClock, now)
        for shard in shards.indices where shards[shard].state == .active {
            var operation = Operation(.nothing)
            operation.isReplayed = true
            operation.isAtomic = false
            for name in shards[shard].groups {
                for entry in groups[Int(name.rawValue)].offsets.entries
                where entry.partition.topic == topic {
                    operation.records.append(.offsetCommit(name, entry.partition, nil))
                }
            }
            settle(operation, in: Int32(shard), now, &effects, &outcomes)
        }
    }
}
