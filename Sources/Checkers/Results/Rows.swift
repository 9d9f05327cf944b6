public import SimBase

/// A step at the end of a record's life, of one that stands in no log.
public struct EndingRow: Equatable, Sendable {
    public let record: Int32
    public let step: LifeStep

    public init(record: Int32, step: LifeStep) {
        self.record = record
        self.step = step
    }
}

/// A logical record and what became of it.
public struct RecordRow: Equatable, Sendable {
    public let id: Int32
    public let producer: String
    public let outcome: String
    /// The exception the application saw, and the broker's last error beside it.
    public let error: String
    public let lastError: String
    public let partition: String
    public let offset: Int64
    public let sentAt: Instant
    public let resolvedAt: Instant?
    public let copies: Int32
    /// `acked`, `silent`, `reported`, `expired` or empty.
    public let loss: String
    public let cause: String

    public init(
        id: Int32,
        producer: String,
        outcome: String,
        error: String,
        lastError: String,
        partition: String,
        offset: Int64,
        sentAt: Instant,
        resolvedAt: Instant?,
        copies: Int32,
        loss: String,
        cause: String
    ) {
        self.id = id
        self.producer = producer
        self.outcome = outcome
        self.error = error
        self.lastError = lastError
        self.partition = partition
        self.offset = offset
        self.sentAt = sentAt
        self.resolvedAt = resolvedAt
        self.copies = copies
        self.loss = loss
        self.cause = cause
    }
}

/// A record's appearance in a leader's log.
public struct AppendRow: Equatable, Sendable {
    public let record: Int32
    public let broker: Int32
    public let partition: String
    public let offset: Int64
    public let epoch: Int32
    public let at: Instant

    public init(
        record: Int32,
        broker: Int32,
        partition: String,
        offset: Int64,
        epoch: Int32,
        at: Instant
    ) {
        self.record = record
        self.broker = broker
        self.partition = partition
        self.offset = offset
        self.epoch = epoch
        self.at = at
    }
}

/// One processed copy of a record.
public struct DeliveryRow: Equatable, Sendable {
    public let group: String
    public let member: String
    public let record: Int32
    public let partition: String
    public let offset: Int64
    public let at: Instant

    public init(
        group: String,
        member: String,
        record: Int32,
        partition: String,
        offset: Int64,
        at: Instant
    ) {
        self.group = group
        self.member = member
        self.record = record
        self.partition = partition
        self.offset = offset
        self.at = at
    }
}

/// A partition's state at the controller from one instant to the next change.
public struct LeadershipRow: Equatable, Sendable {
    public let partition: String
    public let epoch: Int32
    /// `nil` while nobody leads.
    public let leader: Int32?
    public let isr: [Int32]
    public let from: Instant
    public var to: Instant?

    public init(
        partition: String,
        epoch: Int32,
        leader: Int32?,
        isr: [Int32],
        from: Instant,
        to: Instant?
    ) {
        self.partition = partition
        self.epoch = epoch
        self.leader = leader
        self.isr = isr
        self.from = from
        self.to = to
    }
}

/// A member's share in one generation of a group.
public struct MembershipRow: Equatable, Sendable {
    public let group: String
    public let generation: Int32
    public let member: String
    public let partitions: [String]
    public let at: Instant

    public init(
        group: String,
        generation: Int32,
        member: String,
        partitions: [String],
        at: Instant
    ) {
        self.group = group
        self.generation = generation
        self.member = member
        self.partitions = partitions
        self.at = at
    }
}

/// The state of a partition at a full second.
public struct SampleRow: Equatable, Sendable {
    public let at: Instant
    public let partition: String
    public let logEndOffset: Int64
    public let highWatermark: Int64
    public let isrSize: Int32
    /// The largest lag of any group; `nil` without groups.
    public let lag: Int64?

    public init(
        at: Instant,
        partition: String,
        logEndOffset: Int64,
        highWatermark: Int64,
        isrSize: Int32,
        lag: Int64?
    ) {
        self.at = at
        self.partition = partition
        self.logEndOffset = logEndOffset
        self.highWatermark = highWatermark
        self.isrSize = isrSize
        self.lag = lag
    }
}

/// One event of the run, with `--trace`.
public struct TraceRow: Equatable, Sendable {
    public let number: Int64
    public let at: Instant
    public let node: String
    public let kind: String
    public let text: String

    public init(number: Int64, at: Instant, node: String, kind: String, text: String) {
        self.number = number
        self.at = at
        self.node = node
        self.kind = kind
        self.text = text
    }
}
