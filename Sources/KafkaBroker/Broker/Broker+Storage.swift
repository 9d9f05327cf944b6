import KafkaGroups
import KafkaLog
import KafkaProtocol
import SimBase

extension Broker {
    // MARK: Periodic tasks

    mutating func maintain(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        while let job = maintenance.nextDue(now: now) {
            run(job, now: now, handles: &handles, into: &effects)
        }
        maintenanceTimer.arm(at: maintenance.nextDeadline, into: &effects)
    }

    private mutating func run(
        _ job: LogMaintenance.Job,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let wallClock = clock(now).milliseconds
        switch job {
        case .highWatermarkCheckpoint:
            checkpointHighWatermarks(now: now, handles: &handles, into: &effects)
        case .retention:
            for slot in replicas.slots where !replicas.partitions[slot].log.config.compacts {
                replicas[changing: slot].log.deleteOldSegments(
                    wallClock: wallClock,
                    now: now,
                    handles: &handles,
                    into: &effects
                )
            }
        case .flush:
            // Source: kafka.log.LogManager.flushDirtyLogs.
            for slot in replicas.slots
            where now - replicas.partitions[slot].log.lastFlush
                >= replicas.partitions[slot].log.config.flushInterval
            {
                replicas[changing: slot].log.flush(token: nil, into: &effects)
            }
        case .recoveryPointCheckpoint:
            for directory in directories.directories where !directory.isOffline {
                checkpointRecoveryPoints(directory.number, handles: &handles, into: &effects)
            }
        case .logStartCheckpoint:
            for directory in directories.directories where !directory.isOffline {
                checkpointLogStarts(directory.number, handles: &handles, into: &effects)
            }
        case .cleaner: clean(now: now, handles: &handles, into: &effects)
        case .producerExpiration:
            for slot in replicas.slots {
                replicas[changing: slot].log.expireProducers(wallClock: wallClock)
            }
        }
    }

    // MARK: Checkpoints

    mutating func checkpointHighWatermarks(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        for directory in directories.directories where !directory.isOffline {
            guard !directory.isFull else {
                failDirectory(directory.number, now: now, handles: &handles, into: &effects)
                continue
            }
            directories.write(
                .replicationOffsetCheckpoint,
                entries(in: directory.number) { $0.highWatermark },
                in: directory.number,
                handles: &handles,
                into: &effects
            )
        }
    }

    mutating func checkpointRecoveryPoints(
        _ directory: UInt8,
        token: FlushToken? = nil,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        directories.write(
            .recoveryPointCheckpoint,
            entries(in: directory) { $0.recoveryPoint },
            in: directory,
            token: token,
            handles: &handles,
            into: &effects
        )
    }

    /// Only logs whose start lies inside their first segment have to be named.
    mutating func checkpointLogStarts(
        _ directory: UInt8,
        token: FlushToken? = nil,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        directories.write(
            .logStartOffsetCheckpoint,
            entries(in: directory) { log in
                log.logStartOffset > log.firstSegmentBaseOffset ? log.logStartOffset : nil
            },
            in: directory,
            token: token,
            handles: &handles,
            into: &effects
        )
    }

    /// An offset of each log in a directory, in partition order.
    private func entries(in directory: UInt8, _ offset: (borrowing UnifiedLog) -> Offset?)
        -> [(TopicPartition, Offset)]
    {
        var entries: [(TopicPartition, Offset)] = []
        for slot in replicas.slots where replicas.partitions[slot].log.logDir == directory {
            if let offset = offset(replicas.partitions[slot].log) {
                entries.append((replicas.partitions[slot].id, offset))
            }
        }
        return entries
    }

    // MARK: Cleaner

    /// One turn of the cleaner thread: retention of compacted topics, then one log after the other,
    /// the dirtiest first, until none is dirty enough.
    /// - Source: kafka.log.LogCleaner.CleanerThread.doWork.
    private mutating func clean(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let wallClock = clock(now).milliseconds
        for slot in replicas.slots where replicas.partitions[slot].log.config.compacts {
            replicas[changing: slot].log.deleteOldSegments(
                wallClock: wallClock,
                now: now,
                handles: &handles,
                into: &effects
            )
        }
        while let dirtiest = dirtiestLog(wallClock),
            replicas[changing: dirtiest].log.clean(wallClock: wallClock, into: &effects)
        {
            let directory = replicas.partitions[dirtiest].log.logDir
            directories.write(
                .cleanerOffsetCheckpoint,
                entries(in: directory) { $0.cleanerCheckpoint },
                in: directory,
                handles: &handles,
                into: &effects
            )
        }
    }

    /// The slot of the compacted log with the largest dirty part, among those dirty enough.
    private func dirtiestLog(_ wallClock: Int64) -> Int? {
        var dirtiest: (slot: Int, ratio: Int64)?
        for slot in replicas.slots
        where replicas.partitions[slot].log.config.compacts
            && replicas.partitions[slot].log.isCleanable(wallClock: wallClock)
        {
            let ratio = replicas.partitions[slot].log.dirtyRatioPartsPerMillion(
                wallClock: wallClock
            )
            if ratio > dirtiest?.ratio ?? -1 { dirtiest = (slot, ratio) }
        }
        return dirtiest?.slot
    }

    // MARK: Flushes

    mutating func flushCompleted(
        _ token: FlushToken,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        guard let owner = UnifiedLog.owner(of: token) else {
            shutdownTokens.removeAll { $0 == token }
            continueShutdown(now: now, handles: &handles, into: &effects)
            return
        }
        guard
            let slot = replicas.slots.first(where: { replicas.partitions[$0].log.identity == owner }
            )
        else { return }
        guard replicas[changing: slot].log.flushCompleted(token) else { return }
        replicas[changing: slot].log.lastFlush = now
        for append in flushedAppends where append.token == token {
            finishAppend(append.slot, now: now, into: &effects)
        }
        flushedAppends.removeAll { $0.token == token }
        releaseFlushWaits(token, into: &effects)
        flushed(token, slot, into: &effects)
        for index in fetchers.indices where fetchers[index].awaitedFlushes.contains(token) {
            fetchers[index].awaitedFlushes.removeAll { $0 == token }
            pollFetcher(index, now: now, handles: &handles, into: &effects)
            armFetcherTimer(into: &effects)
        }
        if case .stopping(.flushing) = phase {
            shutdownTokens.removeAll { $0 == token }
            continueShutdown(now: now, handles: &handles, into: &effects)
        }
    }

    /// Answers the produces that waited for a flush of `flush.messages`.
    private mutating func releaseFlushWaits(_ token: FlushToken, into effects: inout [Effect]) {
        for wait in flushWaits where wait.token == token {
            effects.append(.reply(wait.handle, wait.response))
        }
        flushWaits.removeAll { $0.token == token }
    }

    // MARK: Failed directories

    mutating func storageChanged(
        _ number: UInt8,
        _ condition: StorageCondition,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        guard Int(number) < directories.directories.count else { return }
        switch condition {
        case .healthy: directories.setFull(number, false)
        case .full:
            directories.setFull(number, true)
            // The first directory holds the metadata log too, which is written to all the time.
            if number == 0 { failDirectory(number, now: now, handles: &handles, into: &effects) }
        case .failed: failDirectory(number, now: now, handles: &handles, into: &effects)
        }
    }

    /// Takes a log directory and all its replicas out of service; the last one, or the one of the
    /// metadata log, takes the process with it.
    /// - Source: kafka.server.ReplicaManager.handleLogDirFailure (KIP-112, KIP-858).
    mutating func failDirectory(
        _ number: UInt8,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        guard !directories.directories[Int(number)].isOffline else { return }
        directories.markOffline(number)
        guard number != 0, !directories.areAllOffline else {
            effects.append(.exit(.storageFailed))
            return
        }
        let lost = replicas.slots.filter { replicas.partitions[$0].log.logDir == number }
        for slot in lost {
            let partition = replicas.partitions[slot].id
            unfollow(partition)
            replicas.markOffline(partition)
            completeAll(slot, now: now, into: &effects)
            if partition.topic == .consumerOffsets {
                groups.resigned(
                    partition: partition.partition,
                    now: now,
                    into: &effects,
                    outcomes: &groupOutcomes
                )
            }
        }
        if features.reportsLogDirFailures {
            lifecycle.reportOffline(directories.directories[Int(number)].id, now: now)
            channelsNeedCare = true
        }
    }
}
