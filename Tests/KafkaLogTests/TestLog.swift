import KafkaLog
import KafkaProtocol
import SimBase

let orders = TopicPartition(TopicName(3), 0)

/// Milliseconds since 1970 at the run's start.
let startOfTime = WallClock.epochMilliseconds

/// Bytes of a batch of `records` whose values have `size` bytes, without keys.
func batch(
    records: Int = 1,
    size: Int = 10,
    at timestamp: Int64 = startOfTime,
    producer: Int64 = -1,
    epoch: Int16 = 0,
    sequence: Int32 = -1,
    base: Int64 = 0,
    leaderEpoch: Int32 = -1,
    isControl: Bool = false,
    isTransactional: Bool = false
) -> RecordBatch {
    var builder = RecordBatchBuilder(capacity: 1_024)
    for _ in 0..<records {
        builder.append(timestamp: timestamp, key: nil, value: [UInt8](repeating: 7, count: size))
    }
    let body = builder.finish(
        producerID: ProducerID(producer),
        epoch: ProducerEpoch(producer < 0 ? -1 : epoch),
        baseSequence: Sequence(sequence),
        isTransactional: isTransactional,
        isControl: isControl
    )
    return RecordBatch(
        baseOffset: Offset(base),
        partitionLeaderEpoch: LeaderEpoch(leaderEpoch),
        body: body
    )
}

/// A batch of keyed records; a `nil` value is a tombstone.
func keyed(
    _ records: [(key: String, value: String?)],
    at timestamp: Int64 = startOfTime,
    producer: Int64 = -1,
    sequence: Int32 = -1
) -> RecordBatch {
    var builder = RecordBatchBuilder(capacity: 1_024)
    for record in records {
        builder.append(
            timestamp: timestamp,
            key: Array(record.key.utf8),
            value: record.value.map { Array($0.utf8) }
        )
    }
    return RecordBatch(
        baseOffset: .zero,
        partitionLeaderEpoch: .none,
        body: builder.finish(
            producerID: ProducerID(producer),
            epoch: ProducerEpoch(producer < 0 ? -1 : 0),
            baseSequence: Sequence(sequence)
        )
    )
}

/// A log with its disk and clock.
struct TestLog {
    var log: UnifiedLog
    var disk: TestDisk
    var handles: FileHandleAllocator
    var now = Instant.zero
    var wallClock = startOfTime
    var epoch = LeaderEpoch(0)
    /// The effects of the last call.
    var effects: [Effect] = []

    init(_ config: TopicConfig = TopicConfig(), startOffset: Int64 = 0) {
        handles = FileHandleAllocator()
        disk = TestDisk()
        log = UnifiedLog(
            creating: orders,
            topicID: TopicID(0xabc),
            logDir: 0,
            config: config,
            startOffset: Offset(startOffset),
            now: .zero,
            handles: &handles,
            into: &effects
        )
        disk.perform(effects)
        effects = []
    }

    /// A log that another process left on a disk.
    init?(
        loading image: DiskImage,
        config: TopicConfig = TopicConfig(),
        wasClean: Bool = false,
        recoveryPoint: Offset = .zero,
        logStart: Offset? = nil,
        report: inout RecoveryReport?
    ) {
        handles = FileHandleAllocator()
        disk = TestDisk(image)
        let loaded = UnifiedLog.load(
            orders,
            from: image,
            logDir: 0,
            config: config,
            wasClean: wasClean,
            checkpoints: LogCheckpoints(recoveryPoint: recoveryPoint, logStartOffset: logStart),
            now: .zero,
            handles: &handles,
            into: &effects
        )
        guard let loaded else { return nil }
        log = loaded.log
        report = loaded.report
        disk.perform(effects)
    }

    private mutating func finish() {
        disk.perform(effects)
    }

    @discardableResult
    mutating func append(
        _ batch: RecordBatch,
        origin: AppendOrigin = .client
    ) -> UnifiedLog.AppendOutcome {
        effects = []
        defer { finish() }
        return log.appendAsLeader(
            batch,
            epoch: epoch,
            origin: origin,
            wallClock: wallClock,
            now: now,
            handles: &handles,
            into: &effects
        )
    }

    /// Appends single-record batches.
    mutating func append(count: Int, size: Int = 10) {
        for _ in 0..<count { append(batch(size: size, at: wallClock)) }
    }

    @discardableResult
    mutating func replicate(_ batches: [RecordBatch]) -> UnifiedLog.FollowerAppendOutcome {
        effects = []
        defer { finish() }
        return log.appendAsFollower(
            batches,
            wallClock: wallClock,
            now: now,
            handles: &handles,
            into: &effects
        )
    }

    @discardableResult
    mutating func truncate(to offset: Int64) -> Bool {
        effects = []
        defer { finish() }
        return log.truncate(to: Offset(offset), now: now, handles: &handles, into: &effects)
    }

    mutating func truncateFully(at offset: Int64) {
        effects = []
        log.truncateFully(startingAt: Offset(offset), now: now, handles: &handles, into: &effects)
        finish()
    }

    mutating func assign(_ epoch: Int32) {
        self.epoch = LeaderEpoch(epoch)
        effects = []
        log.assignEpoch(self.epoch, startOffset: log.logEndOffset, into: &effects)
        finish()
    }

    mutating func deleteOldSegments() {
        effects = []
        log.deleteOldSegments(wallClock: wallClock, now: now, handles: &handles, into: &effects)
        finish()
    }

    @discardableResult
    mutating func deleteRecords(before offset: Int64) -> ErrorCode {
        effects = []
        defer { finish() }
        return log.advanceLogStart(to: Offset(offset), reason: .deleteRecords, into: &effects)
    }

    mutating func flush(token: FlushToken? = nil) {
        effects = []
        log.flush(token: token, into: &effects)
        finish()
    }

    @discardableResult
    mutating func clean() -> Bool {
        effects = []
        defer { finish() }
        return log.clean(wallClock: wallClock, into: &effects)
    }

    mutating func close() {
        effects = []
        log.close(handles: &handles, into: &effects)
        finish()
    }

    /// Completes flushes until none is under way.
    mutating func completeFlushes() {
        while disk.hasPending {
            if let token = disk.completeOne() { _ = log.flushCompleted(token) }
        }
    }

    /// Commits everything.
    mutating func commitAll() {
        _ = log.raiseHighWatermark(to: log.logEndOffset)
    }

    var batches: [RecordBatch] {
        var found: [RecordBatch] = []
        log.forEachBatch(from: .zero, below: Offset(Int64.max)) { found.append($0) }
        return found
    }

    /// `key=value` at their offsets, tombstones as `key`.
    var table: [String] {
        var lines: [String] = []
        for batch in batches {
            var records = batch.body.records
            while let record = records.next() {
                let bytes = batch.body.shared.bytes
                let key = record.key.map { String(decoding: bytes[$0], as: UTF8.self) } ?? "-"
                let value = record.value.map { String(decoding: bytes[$0], as: UTF8.self) }
                let offset = batch.baseOffset.rawValue + Int64(record.offsetDelta)
                lines.append("\(offset) \(key)" + (value.map { "=" + $0 } ?? ""))
            }
        }
        return lines
    }

    /// Restarts the log from what is on its disk, as after a kill.
    func restarted(
        wasClean: Bool = false,
        recoveryPoint: Offset? = nil,
        logStart: Offset? = nil
    ) -> TestLog {
        var report: RecoveryReport?
        let next = TestLog(
            loading: disk.image,
            config: log.config,
            wasClean: wasClean,
            recoveryPoint: recoveryPoint ?? log.recoveryPoint,
            logStart: logStart,
            report: &report
        )
        guard let next else { preconditionFailure("nothing on the disk") }
        return next
    }

    func segment(_ base: Int64) -> FileID {
        FileID(.segment, partition: orders, base: base)
    }
}

extension [Effect] {
    var observations: [Observation] {
        compactMap { if case .observe(let observation) = $0 { observation } else { nil } }
    }

    var flushes: Int {
        count { if case .flush = $0 { true } else { false } }
    }
}
