import KafkaController
import KafkaLog
import KafkaProtocol
import KafkaRaft
import SimBase

/// What reading logs at a start costs in time.
/// - Simplification: one documented rate for all disks.
enum RecoveryCost {
    /// Opening a log whose files are taken as they are.
    static let perLog = Interval.milliseconds(1)
    /// Bytes a second that one recovery thread reads and checks.
    static let bytesPerSecond: Int64 = 200_000_000

    static func of(_ report: RecoveryReport) -> Interval {
        Interval(
            nanoseconds: perLog.nanoseconds
                + report.scannedBytes * (1_000_000_000 / bytesPerSecond)
        )
    }
}

extension Broker {
    /// Takes what the quorum delivers; publishes once for all that came together.
    mutating func take(
        _ outcomes: [RaftNode.Outcome],
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        switch phase {
        case .recovering: heldOutcomes.append(contentsOf: outcomes)
        case .awaitingMetadata:
            if load(outcomes) { beginRecovery(now: now, handles: &handles, into: &effects) }
        case .serving, .stopping(.handingOver):
            if load(outcomes) { publish(now: now, handles: &handles, into: &effects) }
        case .stopping: break
        }
    }

    private mutating func load(_ outcomes: [RaftNode.Outcome]) -> Bool {
        var hasNews = false
        for outcome in outcomes where loader.take(outcome) { hasNews = true }
        return hasNews
    }

    /// The first image is there: the logs are loaded, which takes its time.
    private mutating func beginRecovery(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        phase = .recovering
        refreshBrokers()
        refreshConfig()
        let cost = loadLogs(now: now, handles: &handles, into: &effects)
        disk = nil
        if cost > .zero {
            effects.append(.armTimer(.startup, at: now + cost))
        } else {
            finishRecovery(now: now, handles: &handles, into: &effects)
        }
    }

    /// Loads every log of every directory; those that this broker should not have are removed.
    /// - Returns: how long the slowest directory takes.
    private mutating func loadLogs(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> Interval {
        guard let disk else { return .zero }
        var slowest = Interval.zero
        directories.removeMarkers(handles: &handles, into: &effects)
        for directory in directories.directories where !directory.isOffline {
            var cost = Interval.zero
            let points = checkpoint(.recoveryPointCheckpoint, directory.number, disk)
            let starts = checkpoint(.logStartOffsetCheckpoint, directory.number, disk)
            let marks = checkpoint(.replicationOffsetCheckpoint, directory.number, disk)
            let cleaned = checkpoint(.cleanerOffsetCheckpoint, directory.number, disk)
            for partition in partitions(in: directory.number, disk) {
                guard
                    let loaded = UnifiedLog.load(
                        partition,
                        from: disk,
                        logDir: directory.number,
                        config: topicConfig(partition.topic),
                        wasClean: directory.wasClean,
                        checkpoints: LogCheckpoints(
                            recoveryPoint: entry(partition, points) ?? .zero,
                            logStartOffset: entry(partition, starts)
                        ),
                        producerExpiration: config.producerIDExpiration,
                        now: now,
                        handles: &handles,
                        into: &effects
                    )
                else { continue }
                var log = loaded.log
                cost += RecoveryCost.of(loaded.report)
                guard isWanted(log) else {
                    log.delete(into: &effects)
                    continue
                }
                log.cleanerCheckpoint = entry(partition, cleaned)
                log.setHighWatermark(clamping: entry(partition, marks) ?? .zero)
                effects.append(.observe(.highWatermarkSet(partition, to: log.highWatermark)))
                let id = loader.image.topic(named: partition.topic)?.id ?? log.topicID
                log.assignTopicID(id)
                _ = replicas.insert(Partition(partition, topicID: id, broker: self.id, log: log))
            }
            slowest = max(slowest, cost)
        }
        return slowest
    }

    /// Whether a log found on disk is a replica that the metadata assigns to this broker. A log
    /// without an id was created, but never written to.
    private func isWanted(_ log: UnifiedLog) -> Bool {
        guard let topic = loader.image.topic(named: log.partition.topic),
            log.topicID == .none || log.topicID == topic.id,
            let state = loader.image.partition(log.partition)
        else { return false }
        return state.replicas.contains(id)
    }

    private func checkpoint(_ kind: FileKind, _ directory: UInt8, _ disk: DiskImage)
        -> [(TopicPartition, Offset)]
    {
        disk.contents(of: FileID(kind, logDir: directory)).flatMap(CheckpointFile.parse) ?? []
    }

    private func entry(_ partition: TopicPartition, _ entries: [(TopicPartition, Offset)])
        -> Offset?
    {
        entries.first { $0.0 == partition }?.1
    }

    /// The partitions that have files in a directory, in order.
    private func partitions(in directory: UInt8, _ disk: DiskImage) -> [TopicPartition] {
        var found: [TopicPartition] = []
        for file in disk.files
        where file.id.logDir == directory && file.id.partition.topic != .clusterMetadata
            && found.last != file.id.partition
        {
            found.append(file.id.partition)
        }
        return found
    }

    /// The logs are loaded: roles are taken, tasks begin, and what came meanwhile is applied.
    mutating func finishRecovery(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        guard phase == .recovering else { return }
        phase = .serving
        maintenance.start(now: now)
        effects.append(.armTimer(.isrExpiration, at: now))
        publish(now: now, handles: &handles, into: &effects)
        maintenanceTimer.arm(at: maintenance.nextDeadline, into: &effects)
        let held = heldOutcomes
        heldOutcomes = []
        if !held.isEmpty { take(held, now: now, handles: &handles, into: &effects) }
    }
}
