import DequeModule
public import KafkaProtocol
public import SimBase

/// Writing records and waiting for them.
/// - Source: CoordinatorRuntime.CoordinatorContext.append.
extension GroupCoordinator {
    /// Takes an operation's records into the open batch and defers its end until they are
    /// committed. Without records it waits for those of earlier operations, whose effects it saw.
    mutating func settle(
        _ operation: Operation,
        in partition: Int32,
        _ now: Instant,
        _ effects: inout [Effect],
        _ outcomes: inout [Outcome]
    ) {
        guard !operation.records.isEmpty else {
            complete(operation.completion, in: partition, now, &effects)
            return
        }
        let shard = Int(partition)
        let timestamp = wallClock(now)
        let encoded = operation.records.map { (codec.key(of: $0), codec.value(of: $0)) }
        if operation.isAtomic {
            let size = encoded.reduce(0) { $0 + GroupCoordinator.recordBound($1.0, $1.1) }
            guard size + RecordBatch.headerSize <= maxBatchSize else {
                fail(operation.completion, .messageTooLarge, now, &effects)
                return
            }
            flushIfFull(shard, adding: size, &outcomes)
        }
        for (record, (key, value)) in zip(operation.records, encoded) {
            if !operation.isAtomic {
                flushIfFull(shard, adding: GroupCoordinator.recordBound(key, value), &outcomes)
            }
            openBatchIfNeeded(shard, now)
            if operation.isReplayed { replayLive(record, shard) }
            shards[shard].batch?.builder.append(timestamp: timestamp, key: key, value: value)
            shards[shard].batch?.notes.recordCount += 1
        }
        if let group = operation.createdGroup {
            shards[shard].batch?.notes.undo.append(.createdGroup(group))
        }
        complete(operation.completion, in: partition, now, &effects)
        if config.groupAppendLinger <= .zero { flush(shard, &outcomes) }
    }

    /// Sends an answer as soon as all that it may rest on is committed.
    mutating func answerWhenCommitted(
        _ handle: RequestHandle,
        _ response: Response,
        _ partition: Int32,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        if shards[Int(partition)].pendingPosition == nil {
            effects.append(.reply(handle, response))
        } else {
            complete(.answer(handle, response), in: partition, now, &effects)
        }
    }

    /// Completes an operation now or when its records are committed.
    private mutating func complete(
        _ completion: Completion,
        in partition: Int32,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let shard = Int(partition)
        guard let position = shards[shard].pendingPosition else {
            finish(completion, now, &effects)
            return
        }
        if case .nothing = completion { return }
        let deadline = now + config.offsetsCommitTimeout
        shards[shard].deferred.append(
            DeferredOperation(position: position, deadline: deadline, completion: completion)
        )
        if !shards[shard].writeTimeout.isRunning {
            deadlines.arm(
                &shards[shard].writeTimeout,
                at: deadline,
                DeadlineKey(.writeTimeout, partition)
            )
        }
    }

    // MARK: Batches

    private var maxBatchSize: Int {
        Int(config.topicDefaults.maxMessageBytes.bytes)
    }

    /// What a record may take in a batch: its fields, and length, attributes and deltas.
    private static func recordBound(_ key: [UInt8], _ value: [UInt8]?) -> Int {
        RecordBatchBuilder.payloadSize(keyLength: key.count, valueLength: value?.count) + 21
    }

    private mutating func openBatchIfNeeded(_ shard: Int, _ now: Instant) {
        guard shards[shard].batch == nil else { return }
        nextToken += 1
        shards[shard].batch = CoordinatorShard.OpenBatch(
            builder: RecordBatchBuilder(capacity: 512),
            notes: CoordinatorShard.BatchNotes(token: nextToken)
        )
        deadlines.arm(
            &shards[shard].linger,
            at: now + config.groupAppendLinger,
            DeadlineKey(.linger, Int32(shard))
        )
    }

    private mutating func flushIfFull(_ shard: Int, adding size: Int, _ outcomes: inout [Outcome]) {
        guard let batch = shards[shard].batch,
            batch.builder.sizeInBytes + size > maxBatchSize
        else { return }
        flush(shard, &outcomes)
    }

    /// Hands the open batch to the log.
    mutating func flush(_ shard: Int, _ outcomes: inout [Outcome]) {
        guard let batch = shards[shard].batch else { return }
        shards[shard].batch = nil
        shards[shard].linger.cancel()
        shards[shard].inFlight.append(batch.notes)
        outcomes.append(
            .append(
                partition: Int32(shard),
                batch.builder.finish(),
                token: batch.notes.token
            )
        )
    }

    /// Tells what became of a batch.
    ///
    /// A refused batch takes its changes to offsets back and fails its operations.
    ///
    /// - Parameters:
    ///   - partition: of `__consumer_offsets`.
    ///   - token: the batch's, as in the outcome; unknown ones, of before a resignation, are
    ///     ignored.
    ///   - result: what became of it.
    ///   - now: the time.
    ///   - effects: where answers go.
    ///   - outcomes: where batches go.
    public mutating func appended(
        partition: Int32,
        token: Int64,
        result: AppendResult,
        now: Instant,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        let shard = Int(partition)
        guard let index = shards[shard].inFlight.firstIndex(where: { $0.token == token }) else {
            return
        }
        let notes = shards[shard].inFlight.remove(at: index)
        switch result {
        case .appended(let end):
            let base = end.advanced(by: -notes.recordCount)
            note(notes.commits, base: base, shard)
            shards[shard].lastWritten = end
            for index in shards[shard].deferred.indices
            where shards[shard].deferred[index].position == .batch(token) {
                shards[shard].deferred[index].position = .offset(end)
            }
            releaseCommitted(shard, now, &effects)
        case .refused(let error): drop(notes, shard, error, now, &effects)
        }
    }

    private mutating func note(
        _ commits: [CoordinatorShard.WrittenCommit],
        base: Offset,
        _ shard: Int
    ) {
        for commit in commits {
            var written = commit
            written.position = base.advanced(by: commit.position.rawValue)
            shards[shard].writtenCommits.append(written)
        }
    }

    /// Takes back what a batch changed and fails whoever waits for it.
    private mutating func drop(
        _ notes: CoordinatorShard.BatchNotes,
        _ shard: Int,
        _ error: ErrorCode,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        var forgotten: [Int] = []
        for undo in notes.undo.reversed() {
            switch undo {
            case .offset(let group, let partition, let previous):
                groups[Int(group.rawValue)].offsets.restore(partition, previous)
            case .removedGroup(let group):
                let offsets = groups[Int(group.name.rawValue)].offsets
                groups[Int(group.name.rawValue)] = group
                groups[Int(group.name.rawValue)].offsets = offsets
            case .createdGroup(let group):
                groups[Int(group.rawValue)].exists = false
                forgotten.append(Int(group.rawValue))
            }
        }
        let waiting = shards[shard].deferred
        shards[shard].deferred.removeAll { $0.position == .batch(notes.token) }
        for operation in waiting where operation.position == .batch(notes.token) {
            fail(operation.completion, error, now, &effects)
        }
        // Only now: the parked requests of a group that never was are answered first.
        for group in forgotten where !groups[group].exists {
            groups[group].forget()
        }
    }

    // MARK: High watermark

    /// Tells that all records below `offset` of a partition that this broker leads are committed.
    ///
    /// - Parameters:
    ///   - partition: of `__consumer_offsets`.
    ///   - offset: the high watermark.
    ///   - now: the time.
    ///   - effects: where answers go.
    ///   - outcomes: where batches go.
    public mutating func highWatermarkAdvanced(
        partition: Int32,
        to offset: Offset,
        now: Instant,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        let shard = Int(partition)
        guard shards[shard].state != .inactive, offset > shards[shard].highWatermark else { return }
        shards[shard].highWatermark = offset
        if shards[shard].state == .active { releaseCommitted(shard, now, &effects) }
    }

    private mutating func releaseCommitted(
        _ shard: Int,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let highWatermark = shards[shard].highWatermark
        while let commit = shards[shard].writtenCommits.first, commit.position < highWatermark {
            shards[shard].writtenCommits.removeFirst()
            effects.append(
                .observe(.offsetCommitted(commit.group, commit.partition, commit.offset))
            )
        }
        while let operation = shards[shard].deferred.first,
            case .offset(let end) = operation.position, end <= highWatermark
        {
            shards[shard].deferred.removeFirst()
            finish(operation.completion, now, &effects)
        }
    }

    /// Fails the operations that have waited for `offsets.commit.timeout.ms`. Their records may
    /// be committed later nonetheless.
    mutating func writeTimeoutFired(_ shard: Int, _ now: Instant, _ effects: inout [Effect]) {
        while let operation = shards[shard].deferred.first, operation.deadline <= now {
            shards[shard].deferred.removeFirst()
            fail(operation.completion, .requestTimedOut, now, &effects)
        }
        guard let next = shards[shard].deferred.first else { return }
        deadlines.arm(
            &shards[shard].writeTimeout,
            at: next.deadline,
            DeadlineKey(.writeTimeout, Int32(shard))
        )
    }
}
