internal import DequeModule
import KafkaProtocol
import SimBase

/// Batches waiting to be sent, by partition.
/// - Source: org.apache.kafka.clients.producer.internals.RecordAccumulator.
struct RecordAccumulator: Sendable {
    struct PartitionQueue: Sendable {
        let partition: TopicPartition
        var batches = Deque<BatchID>()
        /// With one request in flight: nothing of the partition is drained until it is answered.
        var isMuted = false
        /// Whether a batch was ever opened here.
        var isScheduled = false
        /// Drained and not answered, oldest first.
        var inFlight: [BatchID] = []
        var sequences = PartitionSequences()

        init(_ partition: TopicPartition) {
            self.partition = partition
        }
    }

    struct TopicQueues: Sendable {
        let name: TopicName
        var partitioner: BuiltInPartitioner
        var partitions: [PartitionQueue] = []
    }

    let config: ProducerConfig
    let backoff: ExponentialBackoff
    var topics: [TopicQueues] = []
    /// From a topic's dense number to its place in `topics`; -1 for none.
    private var slots: [Int32] = []
    var batches: [ProducerBatch] = []
    private var free: [BatchID] = []
    private var nextSerial: Int64 = 0
    var pool: BufferPool
    /// Batches the application has been told nothing of, by serial.
    private(set) var incompleteCount = 0
    var isClosed = false
    /// Calls of `flush()` that have not returned.
    var flushesInProgress = 0

    init(config: ProducerConfig, features: Features) {
        self.config = config
        backoff = config.client.retryBackoff(features)
        pool = BufferPool(total: config.bufferMemory)
    }

    var batchSize: Int { max(config.batchSize, 1) }

    var newestSerial: Int64 { nextSerial }

    // MARK: Tables

    mutating func slot(of topic: TopicName) -> Int {
        let index = Int(topic.rawValue)
        while slots.count <= index { slots.append(-1) }
        if slots[index] < 0 {
            slots[index] = Int32(topics.count)
            topics.append(
                TopicQueues(
                    name: topic,
                    partitioner: BuiltInPartitioner(stickyBatchSize: batchSize)
                )
            )
        }
        return Int(slots[index])
    }

    mutating func reserve(partition: Int32, topic: Int) {
        while topics[topic].partitions.count <= Int(partition) {
            let number = Int32(topics[topic].partitions.count)
            topics[topic].partitions.append(
                PartitionQueue(TopicPartition(topics[topic].name, number))
            )
        }
    }

    /// A new, empty batch.
    mutating func makeBatch(
        topic: Int,
        partition: Int32,
        capacity: Int,
        pooledBytes: Int,
        created: Instant
    ) -> BatchID {
        let id: BatchID
        if let reused = free.popLast() {
            id = reused
        } else {
            id = BatchID(batches.count)
            batches.append(ProducerBatch())
        }
        let index = Int(id)
        batches[index].isDone = false
        batches[index].topic = Int32(topic)
        batches[index].partition = TopicPartition(topics[topic].name, partition)
        batches[index].builder = RecordBatchBuilder(capacity: capacity)
        batches[index].capacity = capacity
        batches[index].pooledBytes = pooledBytes
        batches[index].created = created
        batches[index].lastAttempt = created
        batches[index].lastAppend = created
        batches[index].serial = nextSerial
        nextSerial += 1
        incompleteCount += 1
        return id
    }

    /// The application has been told of the batch, or it was split.
    mutating func completed(_ id: BatchID) {
        incompleteCount -= 1
    }

    /// Forgets a batch that is neither queued nor on the wire.
    mutating func recycle(_ id: BatchID) {
        var tokens = batches[Int(id)].tokens
        tokens.clear()
        batches[Int(id)] = ProducerBatch()
        batches[Int(id)].tokens = tokens
        batches[Int(id)].isDone = true
        free.append(id)
    }

    /// Batches the application has been told nothing of, oldest first.
    func incompleteBatches() -> [BatchID] {
        var ids: [BatchID] = []
        for topic in topics {
            for partition in topic.partitions where partition.isScheduled {
                ids.append(contentsOf: partition.batches)
                ids.append(contentsOf: partition.inFlight.filter { !batches[Int($0)].isDone })
            }
        }
        return ids.sorted { batches[Int($0)].serial < batches[Int($1)].serial }
    }

    var hasUndrained: Bool {
        topics.contains { $0.partitions.contains { !$0.batches.isEmpty } }
    }

    // MARK: Append

    enum AppendOutcome: Equatable, Sendable {
        /// Whether the sender has something new to look at, and by how much the batch grew.
        case appended(isFull: Bool, isNewBatch: Bool, bytes: Int)
        /// A new batch needs this much memory first.
        case needsMemory(Int)
    }

    /// Appends to the partition's last batch, or opens one with memory that was `granted`.
    mutating func append(
        _ record: borrowing ProducerRecord,
        timestamp: Int64,
        topic: Int,
        partition: Int32,
        granted: Int?,
        now: Instant
    ) -> AppendOutcome {
        let slot = Int(partition)
        if let last = topics[topic].partitions[slot].batches.last {
            if let growth = batches[Int(last)].append(
                timestamp: timestamp,
                key: record.key,
                value: record.value,
                token: record.token,
                now: now
            ) {
                if let granted { pool.release(granted) }
                let isFull =
                    topics[topic].partitions[slot].batches.count > 1 || batches[Int(last)].isFull
                return .appended(isFull: isFull, isNewBatch: false, bytes: growth)
            }
            batches[Int(last)].isClosedForAppends = true
        }
        let size = max(
            batchSize,
            RecordBatchBuilder.upperBound(
                keyLength: record.key?.count,
                valueLength: record.value.count
            )
        )
        guard granted != nil || pool.tryAllocate(size) else { return .needsMemory(size) }
        let id = makeBatch(
            topic: topic,
            partition: partition,
            capacity: size,
            pooledBytes: size,
            created: now
        )
        _ = batches[Int(id)].append(
            timestamp: timestamp,
            key: record.key,
            value: record.value,
            token: record.token,
            now: now
        )
        topics[topic].partitions[slot].isScheduled = true
        topics[topic].partitions[slot].batches.append(id)
        let isFull = topics[topic].partitions[slot].batches.count > 1 || batches[Int(id)].isFull
        return .appended(isFull: isFull, isNewBatch: true, bytes: batches[Int(id)].sizeInBytes)
    }

    /// Whether a sticky partition may be left: no open batch in its queue.
    func areAllBatchesFull(topic: Int, partition: Int32) -> Bool {
        guard let last = topics[topic].partitions[Int(partition)].batches.last else { return true }
        return batches[Int(last)].isFull
    }

    // MARK: Requeue

    /// Puts a batch back: by its sequence with idempotence, else at the front.
    mutating func reenqueue(_ id: BatchID, isIdempotent: Bool, now: Instant) {
        batches[Int(id)].reenqueued(now: now)
        insert(id, isIdempotent: isIdempotent)
    }

    private mutating func insert(_ id: BatchID, isIdempotent: Bool) {
        let topic = Int(batches[Int(id)].topic)
        let slot = Int(batches[Int(id)].partition.partition)
        var place = 0
        if isIdempotent {
            let sequence = batches[Int(id)].baseSequence
            let queue = topics[topic].partitions[slot].batches
            while place < queue.count, batches[Int(queue[place])].hasSequence,
                batches[Int(queue[place])].baseSequence < sequence
            {
                place += 1
            }
        }
        topics[topic].partitions[slot].batches.insert(id, at: place)
    }

    /// Packs the records of a refused batch anew into batches of `batch.size` at the queue's front.
    ///
    /// The pieces keep creation time and sequences, count as never tried, and own no pool memory.
    /// - Returns: the pieces, in order.
    mutating func split(_ id: BatchID, isIdempotent: Bool) -> [BatchID] {
        batches[Int(id)].close()
        guard let body = batches[Int(id)].body else { return [] }
        let source = batches[Int(id)]
        var pieces: [BatchID] = []
        var reader = body.records
        var number = 0
        let bytes = body.shared.bytes
        while let view = reader.next(), number < source.tokens.count {
            let key = view.key.map { Array(bytes[$0]) }
            let value = view.value.map { Array(bytes[$0]) } ?? []
            let timestamp = body.baseTimestamp + view.timestampDelta
            let token = source.tokens[number]
            number += 1
            let fits =
                pieces.last.flatMap {
                    batches[Int($0)].append(
                        timestamp: timestamp,
                        key: key,
                        value: value,
                        token: token,
                        now: source.lastAppend
                    )
                } != nil
            if fits { continue }
            if let last = pieces.last { batches[Int(last)].isClosedForAppends = true }
            let upperBound = RecordBatchBuilder.upperBound(
                keyLength: key?.count,
                valueLength: value.count
            )
            let piece = makeBatch(
                topic: Int(source.topic),
                partition: source.partition.partition,
                capacity: max(upperBound, batchSize),
                pooledBytes: 0,
                created: source.created
            )
            _ = batches[Int(piece)].append(
                timestamp: timestamp,
                key: key,
                value: value,
                token: token,
                now: source.lastAppend
            )
            pieces.append(piece)
        }
        var sequence = source.baseSequence
        for piece in pieces {
            batches[Int(piece)].isClosedForAppends = true
            batches[Int(piece)].lastError = .messageTooLarge
            guard source.hasSequence else { continue }
            batches[Int(piece)].setProducerState(
                id: source.producerID,
                epoch: source.epoch,
                sequence: sequence
            )
            sequence = sequence.advanced(by: batches[Int(piece)].recordCount)
        }
        for piece in pieces.reversed() {
            insert(piece, isIdempotent: isIdempotent)
        }
        return pieces
    }
}
