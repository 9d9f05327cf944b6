public import KafkaProtocol
public import SimBase

/// One replica's log of one partition.
///
/// A part of a broker (or of a Raft node): its owner calls it in the order of its own events and
/// performs the effects. Everything that was appended is readable at once; what is on the platter
/// is told by ``recoveryPoint``.
///
/// Invariant: `logStartOffset <= highWatermark <= logEndOffset` and
/// `recoveryPoint <= logEndOffset`.
/// - Source: kafka.log.UnifiedLog, org.apache.kafka.storage.internals.log.LocalLog.
public struct UnifiedLog: Sendable {
    /// `producer.id.expiration.ms`, as brokers have it by default.
    public static let defaultProducerExpiration = Interval.milliseconds(86_400_000)

    public let partition: TopicPartition
    public private(set) var topicID: TopicID
    public let logDir: UInt8
    /// The topic's configuration. A change holds from the next append or check on.
    public var config: TopicConfig
    /// `producer.id.expiration.ms`
    public var producerExpiration = UnifiedLog.defaultProducerExpiration

    /// The first offset that can be read.
    public internal(set) var logStartOffset: Offset
    /// The first offset that is not known to be committed.
    public internal(set) var highWatermark: Offset
    /// Everything before it is on the platter (exclusive).
    public internal(set) var recoveryPoint: Offset
    /// The offset that the next record gets.
    public internal(set) var logEndOffset: Offset
    /// Where each leader epoch begins.
    public internal(set) var epochs: LeaderEpochCache
    /// Where compaction goes on: everything before it was cleaned once. The owner keeps it in the
    /// directory's `cleaner-offset-checkpoint` and sets it after a start.
    public var cleanerCheckpoint: Offset?

    /// When a flush of the log last came to its end; at first, when it was opened. The owner notes it.
    public var lastFlush = Instant.distantPast

    /// In ascending order of base offset; the last one is active.
    var segments: [LogSegment]
    var producers: ProducerStates
    var flushes: FlushBook
    let epochHandle: FileHandle
    let metadataHandle: FileHandle
    var isMetadataWritten: Bool

    /// Creates a log without records.
    ///
    /// `partition.metadata` is written before the first append only.
    /// - Parameters:
    ///   - partition: whose log it is.
    ///   - topicID: the topic's id, for `partition.metadata`.
    ///   - logDir: the log directory.
    ///   - config: the topic's configuration.
    ///   - startOffset: the offset of the first record.
    ///   - now: the time.
    ///   - handles: the process's file handles.
    ///   - effects: receives the orders for the disk.
    public init(
        creating partition: TopicPartition,
        topicID: TopicID,
        logDir: UInt8,
        config: TopicConfig,
        startOffset: Offset = .zero,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        self.init(
            partition,
            topicID: topicID,
            logDir: logDir,
            config: config,
            epochHandle: handles.next(),
            metadataHandle: handles.next(),
            isMetadataWritten: false
        )
        effects.append(.open(epochHandle, file(.leaderEpochCheckpoint)))
        openSegment(at: startOffset, now: now, handles: &handles, into: &effects)
        logStartOffset = startOffset
        highWatermark = startOffset
        logEndOffset = startOffset
        recoveryPoint = startOffset
        lastFlush = now
        producers = ProducerStates(startOffset: startOffset)
    }

    /// A log without a segment, which its caller adds at once.
    init(
        _ partition: TopicPartition,
        topicID: TopicID,
        logDir: UInt8,
        config: TopicConfig,
        epochHandle: FileHandle,
        metadataHandle: FileHandle,
        isMetadataWritten: Bool
    ) {
        self.partition = partition
        self.topicID = topicID
        self.logDir = logDir
        self.config = config
        self.epochHandle = epochHandle
        self.metadataHandle = metadataHandle
        self.isMetadataWritten = isMetadataWritten
        logStartOffset = .zero
        highWatermark = .zero
        recoveryPoint = .zero
        logEndOffset = .zero
        epochs = LeaderEpochCache()
        segments = []
        producers = ProducerStates(startOffset: .zero)
        flushes = FlushBook(owner: epochHandle)
    }

    // MARK: State

    /// The first offset that a `read_committed` consumer may not read.
    public var lastStableOffset: Offset {
        highWatermark
    }

    /// All segments together.
    public var size: ByteCount {
        ByteCount(segments.reduce(0) { $0 + $1.size })
    }

    /// The newest leader epoch that this log knows, with or without records.
    public var latestEpoch: LeaderEpoch? {
        epochs.latest?.epoch
    }

    public var segmentCount: Int {
        segments.count
    }

    /// The base offset of the oldest segment: below ``logStartOffset`` the log has to be named in
    /// the directory's log start checkpoint.
    public var firstSegmentBaseOffset: Offset {
        segments[0].baseOffset
    }

    /// The base offset of the segment that is appended to.
    public var activeSegmentBaseOffset: Offset {
        segments[segments.count - 1].baseOffset
    }

    /// A number that no other log of the process has: routes flush tokens to their log.
    public var identity: FileHandle {
        epochHandle
    }

    // MARK: Leader epochs

    /// The last epoch up to `epoch` in this log, and where it ends.
    public func endOffset(for epoch: LeaderEpoch) -> EpochEnd {
        epochs.endOffset(for: epoch, logEndOffset: logEndOffset)
    }

    /// Where `epoch` begins in this log.
    public func epochStart(_ epoch: LeaderEpoch) -> Offset? {
        epochs.startOffset(of: epoch)
    }

    /// Notes that `epoch` begins at `startOffset`, on becoming leader or with its first batch.
    ///
    /// The checkpoint file is exchanged and synced before Kafka's thread goes on: see
    /// ``awaitedFlush``.
    public mutating func assignEpoch(
        _ epoch: LeaderEpoch,
        startOffset: Offset,
        into effects: inout [Effect]
    ) {
        guard epochs.assign(epoch, startOffset: startOffset) else { return }
        let token = flushes.begin(upTo: nil, files: 1, isAwaited: true)
        effects.append(.replace(epochHandle, CheckpointFile.text(epochs), token))
    }

    /// Writes the epochs after a truncation, which nothing waits for.
    func checkpointEpochs(into effects: inout [Effect]) {
        effects.append(.replace(epochHandle, CheckpointFile.text(epochs), nil))
    }

    // MARK: Files

    func file(_ kind: FileKind, base: Offset = .zero) -> FileID {
        FileID(kind, logDir: logDir, partition: partition, base: base.rawValue)
    }

    mutating func openSegment(
        at base: Offset,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let handle = handles.next()
        effects.append(.open(handle, file(.segment, base: base)))
        segments.append(
            LogSegment(
                baseOffset: base,
                handle: handle,
                created: now,
                wallClock: WallClock.milliseconds(at: now)
            )
        )
    }

    /// Gives a log its topic's id that was created, but never written to, before its broker ended:
    /// `partition.metadata` comes with the first record.
    /// - Source: kafka.log.UnifiedLog.assignTopicId.
    public mutating func assignTopicID(_ id: TopicID) {
        if topicID == .none, !isMetadataWritten { topicID = id }
    }

    /// `partition.metadata` is on disk before the first record is.
    mutating func ensureMetadataFile(into effects: inout [Effect]) {
        guard !isMetadataWritten else { return }
        isMetadataWritten = true
        effects.append(.open(metadataHandle, file(.partitionMetadata)))
        effects.append(.replace(metadataHandle, PartitionMetadataFile.text(topicID), nil))
    }

    /// Removes all files of the log. The log may not be used again.
    /// - Simplification: the files go at once. Kafka renames the directory and unlinks it
    ///   `file.delete.delay.ms` later; a start finds the log in neither case.
    public mutating func delete(into effects: inout [Effect]) {
        for segment in segments { effects.append(.remove(segment.handle)) }
        producers.removeSnapshots(where: { _ in true }, into: &effects)
        effects.append(.remove(epochHandle))
        if isMetadataWritten { effects.append(.remove(metadataHandle)) }
        effects.append(.observe(.replicaDeleted(partition)))
    }
}
