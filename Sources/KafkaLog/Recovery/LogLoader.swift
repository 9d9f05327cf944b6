public import KafkaProtocol
public import SimBase

/// What loading a log cost and found.
public struct RecoveryReport: Equatable, Sendable {
    /// Bytes whose batches were read and checked one by one.
    public internal(set) var scannedBytes: Int64 = 0
    /// Bytes cut off or deleted because they are, or follow, no whole batch.
    public internal(set) var truncatedBytes: Int64 = 0
    public internal(set) var hadUncleanStop: Bool
}

extension UnifiedLog {
    /// Opens a log as a starting process finds it.
    ///
    /// After an orderly shutdown the files are taken as they are. Otherwise every segment from the
    /// recovery point on is read batch by batch; the first bytes that are no valid batch end the
    /// log. The high watermark is the log's start until the owner sets it.
    /// - Parameters:
    ///   - partition: whose log it is.
    ///   - disk: everything on the process's disks.
    ///   - logDir: the log directory.
    ///   - config: the topic's configuration.
    ///   - wasClean: whether the directory held the marker of an orderly shutdown.
    ///   - checkpoints: what the directory's checkpoint files say of this log.
    ///   - producerExpiration: `producer.id.expiration.ms`.
    ///   - now: the time.
    ///   - handles: the process's file handles.
    ///   - effects: receives the orders for the disk.
    /// - Returns: `nil` if the disk holds nothing of this log.
    /// - Source: org.apache.kafka.storage.internals.log.LogLoader.
    public static func load(
        _ partition: TopicPartition,
        from disk: DiskImage,
        logDir: UInt8,
        config: TopicConfig,
        wasClean: Bool,
        checkpoints: LogCheckpoints,
        producerExpiration: Interval = UnifiedLog.defaultProducerExpiration,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> (log: UnifiedLog, report: RecoveryReport)? {
        let files = disk.files(of: partition, logDir: logDir)
        guard !files.isEmpty else { return nil }
        let metadata = files.first { $0.id.kind == .partitionMetadata }
        var log = UnifiedLog(
            partition,
            topicID: PartitionMetadataFile.parse(metadata?.contents) ?? .none,
            logDir: logDir,
            config: config,
            epochHandle: handles.next(),
            metadataHandle: handles.next(),
            isMetadataWritten: metadata != nil
        )
        log.lastFlush = now
        log.producerExpiration = producerExpiration
        effects.append(.open(log.epochHandle, log.file(.leaderEpochCheckpoint)))
        if metadata != nil {
            effects.append(.open(log.metadataHandle, log.file(.partitionMetadata)))
        }
        let stored = CheckpointFile.epochs(
            files.first { $0.id.kind == .leaderEpochCheckpoint }?.contents
        )
        log.epochs = stored
        let report = log.loadSegments(
            files.filter { $0.id.kind == .segment },
            recoveryPoint: wasClean ? nil : checkpoints.recoveryPoint,
            now: now,
            handles: &handles,
            into: &effects
        )
        log.settle(checkpoints, wasClean: wasClean, now: now, handles: &handles, into: &effects)
        if log.epochs != stored { log.checkpointEpochs(into: &effects) }
        log.loadProducers(
            files.filter { $0.id.kind == .producerSnapshot },
            wasClean: wasClean,
            wallClock: WallClock.milliseconds(at: now),
            handles: &handles,
            into: &effects
        )
        if report.truncatedBytes > 0 { effects.append(.observe(.mark(.tornBatchCut))) }
        effects.append(
            .observe(
                .recovered(
                    partition,
                    logStart: log.logStartOffset,
                    logEnd: log.logEndOffset,
                    wasClean: wasClean
                )
            )
        )
        return (log, report)
    }

    // MARK: Segments

    private mutating func loadSegments(
        _ files: [StoredFile],
        recoveryPoint: Offset?,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> RecoveryReport {
        var report = RecoveryReport(hadUncleanStop: recoveryPoint != nil)
        let firstRecovered =
            recoveryPoint.map { point in
                max(0, files.partitionPoint { $0.id.base <= point.rawValue } - 1)
            } ?? files.count
        var isCut = false
        for (index, file) in files.enumerated() {
            let handle = handles.next()
            effects.append(.open(handle, file.id))
            guard !isCut else {
                report.truncatedBytes += Int64(file.contents.size)
                effects.append(.remove(handle))
                continue
            }
            let recovers = index >= firstRecovered
            let segment = readSegment(file, handle: handle, recovers: recovers, now: now)
            if recovers { report.scannedBytes += Int64(file.contents.size) }
            // What lies below the recovery point is not read, so bad bytes there stay as they are.
            if segment.size < file.contents.size, recovers || index == files.count - 1 {
                report.truncatedBytes += Int64(file.contents.size - segment.size)
                effects.append(.truncate(handle, to: ByteCount(segment.size)))
                isCut = true
            }
            segments.append(segment)
        }
        for index in segments.indices.dropLast() { segments[index].becomeInactive() }
        return report
    }

    /// Reads a segment file up to the first bytes that are no batch, and rebuilds its indexes. Only
    /// recovery looks at checksums.
    /// - Simplification: offsets that go backwards empty a recovered segment wherever they stand;
    ///   Kafka notices them at index entries.
    private mutating func readSegment(
        _ file: StoredFile,
        handle: FileHandle,
        recovers: Bool,
        now: Instant
    ) -> LogSegment {
        let wallClock = WallClock.milliseconds(at: now)
        var segment = LogSegment(
            baseOffset: Offset(file.id.base),
            handle: handle,
            created: now,
            wallClock: wallClock
        )
        var reader = SegmentReader(file.contents)
        while case .batch(let batch) = reader.next() {
            let reach = batch.lastOffset - segment.baseOffset
            guard (0...Int64(Int32.max)).contains(reach), !recovers || batch.body.isIntact else {
                break
            }
            guard batch.baseOffset >= segment.nextOffset else {
                if recovers { segment.reset(created: now, wallClock: wallClock) }
                break
            }
            let isIndexed = segment.indexesNextSet(interval: config.indexIntervalBytes)
            let position = segment.size
            let slot = segment.batches.count
            segment.append(batch, wallClock: wallClock)
            _ = segment.finishSet(indexed: isIndexed, at: position, slot: slot)
            if recovers, batch.partitionLeaderEpoch > epochs.latest?.epoch ?? .none {
                _ = epochs.assign(batch.partitionLeaderEpoch, startOffset: batch.baseOffset)
            }
        }
        return segment
    }

    // MARK: Offsets

    /// Settles the log's offsets once its segments are known.
    private mutating func settle(
        _ checkpoints: LogCheckpoints,
        wasClean: Bool,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let checkpointedStart = checkpoints.logStartOffset ?? .zero
        if let last = segments.last, last.nextOffset < checkpointedStart {
            for segment in segments { effects.append(.remove(segment.handle)) }
            segments.removeAll()
        }
        if segments.isEmpty {
            openSegment(at: checkpointedStart, now: now, handles: &handles, into: &effects)
        }
        logEndOffset = segments[segments.count - 1].nextOffset
        recoveryPoint = wasClean ? logEndOffset : min(checkpoints.recoveryPoint, logEndOffset)
        logStartOffset = max(checkpointedStart, segments[0].baseOffset)
        highWatermark = logStartOffset
        _ = epochs.truncateFromEnd(logEndOffset)
        if let start = checkpoints.logStartOffset { _ = epochs.truncateFromStart(start) }
    }

    // MARK: Producers

    private mutating func loadProducers(
        _ files: [StoredFile],
        wasClean: Bool,
        wallClock: Int64,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        producers = ProducerStates(startOffset: logStartOffset)
        for file in files {
            let handle = handles.next()
            effects.append(.open(handle, file.id))
            producers.noteSnapshot(
                ProducerStates.Snapshot(
                    offset: Offset(file.id.base),
                    handle: handle,
                    bytes: SharedBytes(file.contents.bytes)
                )
            )
        }
        let bases = segments.map(\.baseOffset)
        let newestStray = producers.snapshots.last?.offset
        producers.removeSnapshots(
            where: { offset in
                !bases.contains(offset)
                    && !(offset == newestStray && offset > bases[bases.count - 1])
            },
            into: &effects
        )
        if wasClean, producers.snapshots.isEmpty {
            producers.mapEndOffset = logEndOffset
            takeSyncedSnapshot(handles: &handles, into: &effects)
            return
        }
        rebuildProducers(wallClock: wallClock, handles: &handles, into: &effects)
        guard !wasClean else { return }
        // Recovery left a snapshot at the log's end, from which the state is read once more.
        producers.reload(
            logStartOffset: logStartOffset,
            wallClock: wallClock,
            expiration: producerExpiration,
            into: &effects
        )
        producers.mapEndOffset = logEndOffset
    }
}

extension DiskImage {
    /// The files of one log, in order of kind and base offset.
    func files(of partition: TopicPartition, logDir: UInt8) -> [StoredFile] {
        let place = (logDir, partition.topic.rawValue, partition.partition)
        func key(_ file: StoredFile) -> (UInt8, Int32, Int32) {
            (file.id.logDir, file.id.partition.topic.rawValue, file.id.partition.partition)
        }
        let first = files.partitionPoint { key($0) < place }
        let last = files.partitionPoint { key($0) <= place }
        return files[first..<last].filter { $0.id.kind.isOfLog }
    }
}

extension FileKind {
    /// Whether the file belongs to one partition's log, not to a directory or the quorum.
    var isOfLog: Bool {
        switch self {
        case .segment, .producerSnapshot, .leaderEpochCheckpoint, .partitionMetadata:
            true
        case .metadataSnapshot, .quorumState, .recoveryPointCheckpoint,
            .replicationOffsetCheckpoint, .logStartOffsetCheckpoint, .cleanerOffsetCheckpoint,
            .cleanShutdown, .metaProperties:
            false
        }
    }
}
