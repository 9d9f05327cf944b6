public import KafkaProtocol
public import SimBase

/// The account of every record that an application handed to `send()`.
///
/// Applications report what they do and what they are told; the logs report what they store; at the
/// end the final logs are read. Nothing here influences the run.
public struct Ledger: Sendable {
    /// What the application was told.
    public enum Outcome: UInt8, Equatable, Sendable {
        /// Nothing: its process died, or the run ended first.
        case pending
        case acked
        case failed
    }

    /// Why a record that no final log holds is gone.
    public enum Loss: UInt8, Equatable, Sendable {
        case none
        case acked
        case silent
        case reported
        case expired
    }

    public struct Entry: Sendable {
        public let producer: Int32
        public let topic: TopicName
        public let sentAt: Instant
        public var resolvedAt = Instant.distantFuture
        public var outcome = Outcome.pending
        public var loss = Loss.none
        /// A number of ``Ledger/exceptions``; -1 for none.
        public var exception: Int16 = -1
        public var lastError = ErrorCode.none
        public var copies: Int32 = 0
        /// Where the acknowledgement or, failing that, the first append placed it.
        public var partition: Int32 = -1
        public var offset = Offset.none
        /// The newest of the record's appends to a leader's log; -1 for none.
        public var lastAppend: Int32 = -1
        public var resends: Int16 = 0
        public var isReordered = false
        /// Its producer's process died before the application was told anything.
        public var diedWithProducer = false
    }

    /// A record's appearance in a leader's log.
    public struct Append: Sendable {
        public let at: Instant
        public let broker: BrokerID
        public let partition: TopicPartition
        public let offset: Offset
        public let epoch: LeaderEpoch
        /// The record's append before this one; -1 for none.
        public let previous: Int32
    }

    /// A record handed to a group's application.
    public struct Delivery: Sendable {
        public let record: RecordID
        public let group: Int32
        public let member: Int32
        public let partition: TopicPartition
        public let offset: Offset
        public let at: Instant
    }

    public internal(set) var entries: [Entry] = []
    public private(set) var appends: [Append] = []
    public private(set) var deliveries: [Delivery] = []
    public private(set) var exceptions: [String] = []
    /// Records acked and failed so far, for conditions of the timeline.
    public private(set) var ackedCount: Int64 = 0
    public private(set) var failedCount: Int64 = 0
    /// Times each group processed each record: `processed[group][record]`.
    public private(set) var processed: [[UInt16]]
    /// Deliveries to each group so far, for conditions of the timeline.
    public private(set) var deliveryCounts: [Int64]

    public var producers: [ProducerFacts]
    public let groups: [GroupFacts]

    public init(producers: [ProducerFacts], groups: [GroupFacts]) {
        self.producers = producers
        self.groups = groups
        processed = Array(repeating: [], count: groups.count)
        deliveryCounts = Array(repeating: 0, count: groups.count)
    }

    // MARK: Producers

    /// An application hands a new record to `send()`.
    public mutating func sent(by producer: Int32, topic: TopicName, at now: Instant) -> RecordID {
        entries.append(Entry(producer: producer, topic: topic, sentAt: now))
        return RecordID(Int32(entries.count - 1))
    }

    /// An application sends a record again by itself; one that never gives up is counted as far as
    /// the number goes.
    public mutating func resent(_ record: RecordID) {
        let index = Int(record.rawValue)
        if entries[index].resends < .max { entries[index].resends += 1 }
    }

    /// An application is told that the record is safe. The first success counts.
    public mutating func acknowledged(
        _ record: RecordID,
        in partition: TopicPartition,
        at offset: Offset,
        now: Instant
    ) {
        let index = Int(record.rawValue)
        guard entries[index].outcome != .acked else { return }
        if entries[index].outcome == .failed { failedCount -= 1 }
        ackedCount += 1
        entries[index].outcome = .acked
        entries[index].resolvedAt = now
        entries[index].partition = partition.partition
        if offset.rawValue >= 0 { entries[index].offset = offset }
    }

    /// An application is told an error. The last one counts, and only without a success.
    public mutating func failed(
        _ record: RecordID,
        exception: String,
        lastError: ErrorCode,
        now: Instant
    ) {
        let index = Int(record.rawValue)
        guard entries[index].outcome != .acked else { return }
        if entries[index].outcome != .failed { failedCount += 1 }
        entries[index].outcome = .failed
        entries[index].resolvedAt = now
        entries[index].exception = number(of: exception)
        entries[index].lastError = lastError
    }

    /// A producer's process is gone; what it was not told it never will be.
    public mutating func died(producer: Int32) {
        for index in entries.indices
        where entries[index].producer == producer && entries[index].outcome == .pending {
            entries[index].diedWithProducer = true
        }
    }

    private mutating func number(of exception: String) -> Int16 {
        if let known = exceptions.firstIndex(of: exception) { return Int16(known) }
        exceptions.append(exception)
        return Int16(exceptions.count - 1)
    }

    // MARK: Logs

    /// A leader appended a batch.
    public mutating func appended(
        _ batch: RecordBatch,
        to partition: TopicPartition,
        by broker: BrokerID,
        now: Instant
    ) {
        guard !batch.body.isControl else { return }
        let bytes = batch.body.shared.bytes
        var reader = batch.body.records
        while let record = reader.next() {
            guard let value = record.value, let id = RecordID(bytes, at: value) else { continue }
            let index = Int(id.rawValue)
            let offset = batch.baseOffset.advanced(by: Int64(record.offsetDelta))
            appends.append(
                Append(
                    at: now,
                    broker: broker,
                    partition: partition,
                    offset: offset,
                    epoch: batch.partitionLeaderEpoch,
                    previous: entries[index].lastAppend
                )
            )
            entries[index].lastAppend = Int32(appends.count - 1)
            if entries[index].outcome != .acked {
                entries[index].partition = partition.partition
                entries[index].offset = offset
            }
        }
    }

    /// A record's appends, the first one first.
    public func appends(of record: RecordID) -> [Append] {
        appends(of: entries[Int(record.rawValue)])
    }

    func appends(of entry: Entry) -> [Append] {
        var result: [Append] = []
        var index = entry.lastAppend
        while index >= 0 {
            result.append(appends[Int(index)])
            index = appends[Int(index)].previous
        }
        return result.reversed()
    }

    // MARK: Consumers

    /// A group's application has processed a record.
    public mutating func processed(
        _ record: RecordID,
        group: Int32,
        member: Int32,
        from partition: TopicPartition,
        at offset: Offset,
        now: Instant
    ) {
        let index = Int(record.rawValue)
        if processed[Int(group)].count <= index {
            processed[Int(group)].append(
                contentsOf: repeatElement(0, count: entries.count - processed[Int(group)].count)
            )
        }
        processed[Int(group)][index] &+= 1
        deliveryCounts[Int(group)] += 1
        deliveries.append(
            Delivery(
                record: record,
                group: group,
                member: member,
                partition: partition,
                offset: offset,
                at: now
            )
        )
    }

    /// How often `group` processed `record`.
    public func timesProcessed(_ record: Int, group: Int) -> Int {
        record < processed[group].count ? Int(processed[group][record]) : 0
    }

    /// Whether `group` should have seen `record`.
    public func isSubscribed(group: Int, to record: Int) -> Bool {
        groups[group].topics.contains(entries[record].topic)
    }
}
