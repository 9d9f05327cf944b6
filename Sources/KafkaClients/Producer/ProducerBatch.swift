import KafkaProtocol
import SimBase

/// The number of a batch in the producer's table. Reused after the batch is gone.
typealias BatchID = Int32

/// Records of one partition that travel together.
/// - Source: org.apache.kafka.clients.producer.internals.ProducerBatch.
struct ProducerBatch: Sendable {
    var topic: Int32 = 0
    var partition = TopicPartition.clusterMetadata
    /// While open; afterwards ``body`` holds the bytes.
    var builder: RecordBatchBuilder?
    var body: BatchBody?
    /// The application's numbers of the records, in order.
    var tokens: [Int32] = []
    /// The write limit: what the batch's buffer holds.
    var capacity = 0
    /// Bytes to return to the pool; 0 for the pieces of a split batch.
    var pooledBytes = 0
    var isClosedForAppends = false
    /// Grows by one with each batch of the producer.
    var serial: Int64 = 0
    /// The first record's append; kept by retries and splits.
    var created = Instant.zero
    var lastAppend = Instant.zero
    /// Creation, later the last re-enqueue: linger and back-off count from here.
    var lastAttempt = Instant.zero
    var attempts: Int32 = 0
    var isRetry = false
    /// Told to the application; a late answer changes nothing for it.
    var isDone = false
    /// Part of a request that has not been answered.
    var isOnWire = false
    var lastError: ErrorCode?
    var producerID = ProducerID.none
    var epoch = ProducerEpoch.none
    var baseSequence = Sequence.none
    /// The sequence was rewritten after the first transmission.
    var sequenceHasBeenReset = false
    private var leaderEpoch: LeaderEpoch?
    private var attemptsAtLeaderChange: Int32 = 0

    var recordCount: Int32 { Int32(tokens.count) }

    var hasSequence: Bool { baseSequence != .none }

    var lastSequence: Sequence { baseSequence.advanced(by: recordCount - 1) }

    var sizeInBytes: Int {
        if let body { return RecordBatch.headSize + body.count }
        return builder?.sizeInBytes ?? 0
    }

    var isFull: Bool {
        isClosedForAppends || (!tokens.isEmpty && capacity <= sizeInBytes)
    }

    /// Adds a record if there is room; an empty batch takes any one record.
    /// - Returns: by how many bytes the batch grew; `nil` if it has no room.
    mutating func append(
        timestamp: Int64,
        key: [UInt8]?,
        value: [UInt8],
        token: Int32,
        now: Instant
    ) -> Int? {
        guard !isClosedForAppends, builder != nil else { return nil }
        let before = sizeInBytes
        if !tokens.isEmpty {
            let growth =
                builder?.size(keyLength: key?.count, valueLength: value.count, timestamp: timestamp)
                ?? 0
            guard capacity >= before + growth else { return nil }
        }
        builder?.append(timestamp: timestamp, key: key, value: value)
        tokens.append(token)
        lastAppend = now
        return sizeInBytes - before
    }

    /// Closes the batch and writes its bytes, with the producer's state if it has one.
    mutating func close() {
        isClosedForAppends = true
        guard let open = builder else { return }
        builder = nil
        body = open.finish(producerID: producerID, epoch: epoch, baseSequence: baseSequence)
    }

    mutating func setProducerState(id: ProducerID, epoch: ProducerEpoch, sequence: Sequence) {
        producerID = id
        self.epoch = epoch
        baseSequence = sequence
    }

    /// Rewrites the producer's state of a batch that may have been sent already.
    mutating func resetProducerState(id: ProducerID, epoch: ProducerEpoch, sequence: Sequence) {
        setProducerState(id: id, epoch: epoch, sequence: sequence)
        sequenceHasBeenReset = true
        body = body?.stamped(producerID: id, epoch: epoch, baseSequence: sequence)
    }

    mutating func reenqueued(now: Instant) {
        attempts += 1
        lastAttempt = max(lastAppend, now)
        isRetry = true
    }

    /// Whether `delivery.timeout.ms` has passed since the first append.
    func hasReachedDeliveryTimeout(_ timeout: Interval, now: Instant) -> Bool {
        timeout <= now - created
    }

    /// Notes the leader epoch that a transmission would go to (KIP-951).
    mutating func noteLeaderEpoch(_ latest: LeaderEpoch?) {
        guard let latest, latest.rawValue >= 0, leaderEpoch.map({ $0 < latest }) ?? true else {
            return
        }
        attemptsAtLeaderChange = attempts
        leaderEpoch = latest
    }

    /// Whether there is a new leader since the last failure: then a retry need not wait.
    var hasLeaderChangedForRetry: Bool {
        attempts >= 1 && attempts == attemptsAtLeaderChange
    }
}
