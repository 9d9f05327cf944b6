public import KafkaProtocol
public import SimBase

/// On whose behalf a leader appends.
public enum AppendOrigin: UInt8, Hashable, Sendable {
    /// A producer: all checks.
    case client
    /// A coordinator or the metadata quorum: control batches are allowed, sequences not checked.
    case coordinator
}

/// Why a follower cannot append what its leader sent.
public enum FollowerAppendFailure: Equatable, Sendable {
    /// A batch does not match its checksum.
    case corruptMessage
    /// Offsets go backwards within the set: the partition has failed.
    case offsetsOutOfOrder
    /// The set begins before the log's end: the partition has failed.
    case unexpectedOffset(first: Offset, last: Offset)
    /// The set is larger than a segment: the partition has failed.
    case recordListTooLarge
}

extension UnifiedLog {
    public enum AppendOutcome: Equatable, Sendable {
        /// - Parameter appendTime: the broker's clock with `LogAppendTime`, else -1.
        case appended(first: Offset, last: Offset, appendTime: Int64)
        /// The batch stands in the log already, here. Nothing was written.
        case duplicate(first: Offset, last: Offset)
        case refused(ErrorCode, recordErrors: [Int32])
    }

    public enum FollowerAppendOutcome: Equatable, Sendable {
        case appended
        case failed(FollowerAppendFailure)
    }

    // MARK: Leader

    /// Appends one batch as the partition's leader: validates it, gives it offsets and epoch, rolls,
    /// recognises repetitions, writes.
    ///
    /// As in Kafka, a batch that is refused for its sequence or recognised as a repetition has
    /// passed the roll check and may have made a new segment.
    /// - Parameters:
    ///   - batch: as it came: base offset 0 from a client.
    ///   - epoch: the leader's epoch.
    ///   - origin: on whose behalf.
    ///   - wallClock: the broker's clock, milliseconds since 1970.
    ///   - now: the time.
    ///   - handles: the process's file handles.
    ///   - effects: receives the orders for the disk.
    /// - Returns: what became of it. If ``awaitedFlush`` is set afterwards, the answer waits for it.
    /// - Source: kafka.log.UnifiedLog.append.
    public mutating func appendAsLeader(
        _ batch: RecordBatch,
        epoch: LeaderEpoch,
        origin: AppendOrigin,
        wallClock: Int64,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> AppendOutcome {
        let body: BatchBody
        switch RecordValidator.validate(batch, origin, config, wallClock: wallClock) {
        case .refused(let error, let recordErrors):
            return .refused(error, recordErrors: recordErrors)
        case .accepted(let validated):
            body = validated
        }
        let stamped = RecordBatch(
            baseOffset: logEndOffset,
            partitionLeaderEpoch: epoch,
            body: body
        )
        assignEpoch(epoch, startOffset: logEndOffset, into: &effects)
        guard Int64(stamped.sizeInBytes) <= config.segmentBytes.bytes else {
            return .refused(.recordListTooLarge, recordErrors: [])
        }
        rollIfNeeded(
            bytes: stamped.sizeInBytes,
            timestamp: body.maxTimestamp,
            first: stamped.baseOffset,
            last: stamped.lastOffset,
            now: now,
            handles: &handles,
            into: &effects
        )
        if origin == .client, body.hasProducer || body.isTransactional {
            switch checkProducer(body) {
            case .accepted:
                break
            case .duplicate(let original):
                effects.append(.observe(.mark(.duplicateBatchAcknowledged)))
                return .duplicate(first: original.firstOffset, last: original.lastOffset)
            case .refused(let error):
                if error == .outOfOrderSequenceNumber {
                    effects.append(.observe(.mark(.outOfOrderSequence)))
                }
                return .refused(error, recordErrors: [])
            }
        }
        ensureMetadataFile(into: &effects)
        let active = segments.count - 1
        let isIndexed = segments[active].indexesNextSet(interval: config.indexIntervalBytes)
        let position = segments[active].size
        let slot = segments[active].batches.count
        write(stamped, asLeader: true, wallClock: wallClock, into: &effects)
        _ = segments[active].finishSet(indexed: isIndexed, at: position, slot: slot)
        flushIfDue(into: &effects)
        return .appended(
            first: stamped.baseOffset,
            last: stamped.lastOffset,
            appendTime: config.timestampType == .logAppendTime ? wallClock : -1
        )
    }

    private enum ProducerCheck {
        case accepted
        case duplicate(ProducerEntry.Batch)
        case refused(ErrorCode)
    }

    private func checkProducer(_ body: BatchBody) -> ProducerCheck {
        let position = producers.position(of: body.producerID)
        let isKnown =
            position < producers.entries.count
            && producers.entries[position].id == body.producerID
        if isKnown, let original = producers.entries[position].duplicate(of: body) {
            return .duplicate(original)
        }
        // No transaction can be under way: none was begun through a coordinator.
        if body.isTransactional { return .refused(.invalidTxnState) }
        guard isKnown else { return .accepted }
        let error = producers.entries[position].check(body)
        return error == .none ? .accepted : .refused(error)
    }

    // MARK: Follower

    /// Appends what the leader sent, as it is.
    ///
    /// A set that straddles the end of an empty log (the leader's log begins inside a batch) makes
    /// the log restart at the set's first offset; its ``recoveryPoint`` moves back then, and the
    /// owner checkpoints it.
    /// - Parameters:
    ///   - batches: whole batches, in order.
    ///   - wallClock: the broker's clock, milliseconds since 1970.
    ///   - now: the time.
    ///   - handles: the process's file handles.
    ///   - effects: receives the orders for the disk.
    /// - Returns: whether they were appended; if not, none was.
    public mutating func appendAsFollower(
        _ batches: [RecordBatch],
        wallClock: Int64,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> FollowerAppendOutcome {
        guard let first = batches.first else { return .appended }
        var bytes = 0
        var lastOffset = Offset.none
        var isOrdered = true
        var maxTimestamp: Int64 = -1
        for batch in batches {
            guard batch.body.isIntact else { return .failed(.corruptMessage) }
            if batch.baseOffset <= lastOffset { isOrdered = false }
            lastOffset = batch.lastOffset
            bytes += batch.sizeInBytes
            maxTimestamp = max(maxTimestamp, batch.body.maxTimestamp)
        }
        guard isOrdered else { return .failed(.offsetsOutOfOrder) }
        if first.baseOffset < logEndOffset {
            guard logEndOffset == logStartOffset, lastOffset >= logEndOffset else {
                return .failed(.unexpectedOffset(first: first.baseOffset, last: lastOffset))
            }
            truncateFully(
                startingAt: first.baseOffset,
                now: now,
                handles: &handles,
                into: &effects
            )
        }
        for batch in batches {
            assignEpoch(
                batch.partitionLeaderEpoch,
                startOffset: batch.baseOffset,
                into: &effects
            )
        }
        guard Int64(bytes) <= config.segmentBytes.bytes else {
            return .failed(.recordListTooLarge)
        }
        rollIfNeeded(
            bytes: bytes,
            timestamp: maxTimestamp,
            first: first.baseOffset,
            last: lastOffset,
            now: now,
            handles: &handles,
            into: &effects
        )
        ensureMetadataFile(into: &effects)
        let active = segments.count - 1
        let isIndexed = segments[active].indexesNextSet(interval: config.indexIntervalBytes)
        let position = segments[active].size
        let slot = segments[active].batches.count
        for batch in batches {
            write(batch, asLeader: false, wallClock: wallClock, into: &effects)
        }
        if position == 0 { segments[active].beginRollingClock(at: maxTimestamp) }
        _ = segments[active].finishSet(indexed: isIndexed, at: position, slot: slot)
        flushIfDue(into: &effects)
        return .appended
    }

    // MARK: Writing

    private mutating func write(
        _ batch: RecordBatch,
        asLeader: Bool,
        wallClock: Int64,
        into effects: inout [Effect]
    ) {
        let active = segments.count - 1
        effects.append(.append(segments[active].handle, batch.chunk))
        segments[active].append(batch, wallClock: wallClock)
        logEndOffset = batch.nextOffset
        producers.note(batch)
        producers.mapEndOffset = logEndOffset
        effects.append(.observe(.appended(partition, batch, asLeader: asLeader)))
    }

    private mutating func rollIfNeeded(
        bytes: Int,
        timestamp: Int64,
        first: Offset,
        last: Offset,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let isDue = segments[segments.count - 1].shouldRoll(
            config,
            bytes: bytes,
            timestamp: timestamp,
            lastOffset: last,
            now: now
        )
        guard isDue else { return }
        roll(at: first, now: now, handles: &handles, into: &effects)
    }

    /// Ends the active segment and begins one at `offset`, or at the log's end if that is later.
    ///
    /// The old segment and a snapshot of the producers are flushed in the background; the
    /// recovery point follows when they are durable.
    mutating func roll(
        at offset: Offset,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let base = max(offset, logEndOffset)
        let active = segments.count - 1
        if segments[active].baseOffset == base {
            precondition(
                segments[active].size == 0,
                "\(partition): a segment with records already begins at \(base), at \(now)"
            )
            segments[active].reset(created: now, wallClock: WallClock.milliseconds(at: now))
        } else {
            segments[active].becomeInactive()
            openSegment(at: base, now: now, handles: &handles, into: &effects)
        }
        producers.mapEndOffset = base
        let snapshot = takeSnapshot(handles: &handles, into: &effects)
        beginFlush(upTo: base, snapshot: snapshot, isAwaited: false, into: &effects)
    }
}
