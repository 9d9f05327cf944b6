import DequeModule
public import KafkaProtocol
public import SimBase

/// Taking a partition over and giving it up.
extension GroupCoordinator {
    /// This broker leads a partition of `__consumer_offsets` now. Requests for its groups are
    /// answered COORDINATOR_LOAD_IN_PROGRESS until the log has been replayed.
    ///
    /// - Parameters:
    ///   - partition: of `__consumer_offsets`.
    ///   - epoch: the leadership's.
    ///   - now: the time.
    /// - Returns: whether the log is wanted. A coordinator that leads already goes on with what it
    ///   has; what is replayed all the same is ignored.
    /// - Source: CoordinatorRuntime.scheduleLoadOperation.
    @discardableResult
    public mutating func becameLeader(
        partition: Int32,
        epoch: LeaderEpoch,
        now: Instant
    ) -> Bool {
        let shard = Int(partition)
        if let known = shards[shard].epoch, known >= epoch { return false }
        shards[shard].epoch = epoch
        guard shards[shard].state == .inactive else { return shards[shard].state == .loading }
        clearGroups(shard)
        shards[shard].reset(to: .loading)
        return true
    }

    /// Applies a batch of the log. Every batch comes once, in order, between
    /// ``becameLeader(partition:epoch:now:)`` and the end of loading.
    ///
    /// - Parameters:
    ///   - partition: of `__consumer_offsets`.
    ///   - batch: the next batch.
    public mutating func replay(partition: Int32, _ batch: RecordBatch) {
        let shard = Int(partition)
        guard shards[shard].state == .loading else { return }
        shards[shard].lastWritten = batch.nextOffset
        guard !batch.body.isControl else { return }
        let bytes = batch.body.shared.bytes
        var reader = batch.body.records
        while let view = reader.next() {
            guard let key = view.key,
                let record = codec.record(key: bytes[key], value: view.value.map { bytes[$0] })
            else { continue }
            _ = apply(record, at: batch.baseOffset.advanced(by: Int64(view.offsetDelta)))
        }
    }

    /// The whole log was replayed: the partition's groups are served from now on. Every member's
    /// session starts anew.
    ///
    /// - Parameters:
    ///   - partition: of `__consumer_offsets`.
    ///   - highWatermark: of the partition; `nil` for the highest that was told while loading, or,
    ///     where nothing was told, for the log's end. Answers wait until it has reached what was
    ///     replayed.
    ///   - now: the time.
    ///   - effects: where answers go.
    ///   - outcomes: where batches go.
    /// - Source: GroupMetadataManager.onLoaded.
    public mutating func finishedLoading(
        partition: Int32,
        highWatermark: Offset? = nil,
        now: Instant,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        let shard = Int(partition)
        guard shards[shard].state == .loading else { return }
        shards[shard].state = .active
        if let highWatermark {
            shards[shard].highWatermark = max(shards[shard].highWatermark, highWatermark)
        } else if shards[shard].highWatermark == .zero {
            shards[shard].highWatermark = shards[shard].lastWritten
        }
        noteUncommitted(shard)
        for name in shards[shard].groups where groups[Int(name.rawValue)].exists {
            let group = Int(name.rawValue)
            for index in groups[group].members.indices {
                renewSession(group, index, now)
            }
            guard groups[group].members.count > Int(config.groupMaxSize) else { continue }
            // The limit was lowered meanwhile. Nobody has joined yet, so that this writes nothing.
            _ = prepareRebalance(group, now, &effects)
        }
        armExpiration(shard, now)
    }

    /// Commits that the last coordinator wrote and that are not durable yet are reported when
    /// they are.
    private mutating func noteUncommitted(_ shard: Int) {
        var commits: [CoordinatorShard.WrittenCommit] = []
        for name in shards[shard].groups {
            for entry in groups[Int(name.rawValue)].offsets.entries {
                guard let position = entry.logOffset, position >= shards[shard].highWatermark
                else { continue }
                commits.append(
                    CoordinatorShard.WrittenCommit(
                        group: name,
                        partition: entry.partition,
                        offset: entry.value.offset,
                        position: position
                    )
                )
            }
        }
        commits.sort { $0.position < $1.position }
        shards[shard].writtenCommits.append(contentsOf: commits)
    }

    /// This broker leads the partition no longer: all that wait are told NOT_COORDINATOR, and the
    /// groups are forgotten.
    ///
    /// - Parameters:
    ///   - partition: of `__consumer_offsets`.
    ///   - now: the time.
    ///   - effects: where answers go.
    ///   - outcomes: where batches go.
    /// - Source: CoordinatorRuntime.scheduleUnloadOperation, GroupMetadataManager.onUnloaded.
    public mutating func resigned(
        partition: Int32,
        now: Instant,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        let shard = Int(partition)
        guard shards[shard].state != .inactive else { return }
        if shards[shard].groups.contains(where: { groups[Int($0.rawValue)].exists }) {
            effects.append(.observe(.mark(.coordinatorMoved)))
        }
        let waiting = shards[shard].deferred
        shards[shard].deferred.removeAll()
        for operation in waiting {
            fail(operation.completion, .notCoordinator, now, &effects)
        }
        for name in shards[shard].groups {
            failParked(Int(name.rawValue), &effects)
        }
        clearGroups(shard)
        shards[shard].reset(to: .inactive)
        shards[shard].epoch = nil
    }

    private mutating func failParked(_ group: Int, _ effects: inout [Effect]) {
        for index in groups[group].members.indices {
            if let handle = groups[group].unparkJoin(index)?.handle {
                let response = JoinGroupResponse(
                    error: .notCoordinator,
                    member: groups[group].members[index].id
                )
                effects.append(.reply(handle, .joinGroup(response)))
            }
            if let handle = groups[group].members[index].sync?.handle {
                let response = SyncGroupResponse(error: .notCoordinator)
                effects.append(.reply(handle, .syncGroup(response)))
            }
            groups[group].members[index].sync = nil
        }
    }

    private mutating func clearGroups(_ shard: Int) {
        for name in shards[shard].groups {
            groups[Int(name.rawValue)] = ClassicGroup(name: name)
        }
    }

    // MARK: Records

    /// Changes the state as a record says, at recovery and live.
    /// - Returns: how to take the change back.
    private mutating func apply(
        _ record: GroupRecord,
        at logOffset: Offset?
    ) -> [CoordinatorShard.Undo] {
        switch record {
        case .offsetCommit(let name, let partition, let value?):
            let group = Int(name.rawValue)
            var undo: [CoordinatorShard.Undo] = []
            if !groups[group].exists {
                // Whoever commits without ever joining makes a group that only stores offsets.
                groups[group].create(timestamp: value.commitTimestamp)
                undo.append(.createdGroup(name))
            }
            let previous = groups[group].offsets.set(partition, value, logOffset: logOffset)
            undo.append(.offset(name, partition, previous))
            return undo
        case .offsetCommit(let name, let partition, nil):
            let previous = groups[Int(name.rawValue)].offsets.restore(partition, nil)
            return [.offset(name, partition, previous)]
        case .groupMetadata(let name, let value?):
            groups[Int(name.rawValue)].load(value)
            return []
        case .groupMetadata(let name, nil):
            let removed = groups[Int(name.rawValue)]
            groups[Int(name.rawValue)].forget()
            return [.removedGroup(removed)]
        }
    }

    /// Applies a record that goes into the open batch.
    mutating func replayLive(_ record: GroupRecord, _ shard: Int) {
        let undo = apply(record, at: nil)
        shards[shard].batch?.notes.undo.append(contentsOf: undo)
        if case .offsetCommit(let group, let partition, let value?) = record {
            let position = Offset(shards[shard].batch?.notes.recordCount ?? 0)
            shards[shard].batch?.notes.commits.append(
                CoordinatorShard.WrittenCommit(
                    group: group,
                    partition: partition,
                    offset: value.offset,
                    position: position
                )
            )
        }
    }
}
