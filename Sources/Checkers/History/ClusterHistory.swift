public import KafkaProtocol
public import SimBase

/// What happened to the cluster, kept for diagnosis, metrics and the timeline.
public struct ClusterHistory: Sendable {
    /// A change of a partition's state at the controller.
    public struct Leadership: Equatable, Sendable {
        public let at: Instant
        public let partition: TopicPartition
        public let change: PartitionChange
    }

    /// A replica's log was cut.
    public struct Truncation: Equatable, Sendable {
        public let at: Instant
        public let broker: BrokerID
        public let partition: TopicPartition
        /// The log's end before, and after (both exclusive).
        public let from: Offset
        public let to: Offset
    }

    /// A replica's log was opened by a starting broker and had lost its end.
    public struct TailLoss: Equatable, Sendable {
        public let at: Instant
        public let broker: BrokerID
        public let partition: TopicPartition
        public let from: Offset
        public let to: Offset
    }

    /// A broker began to act as a partition's leader.
    public struct Claim: Equatable, Sendable {
        public let at: Instant
        public let broker: BrokerID
        public let partition: TopicPartition
        public let epoch: LeaderEpoch
        public let startOffset: Offset
    }

    /// Records were deleted on purpose.
    public struct Deletion: Equatable, Sendable {
        public let at: Instant
        public let partition: TopicPartition
        public let to: Offset
        public let reason: LogStartReason
    }

    /// What the scenario did to a node.
    public struct Fault: Equatable, Sendable {
        public enum Kind: String, Equatable, Sendable {
            case kill, crash, stop, start, wipe, pause, partition, disk
        }

        public let at: Instant
        public let kind: Kind
        /// The server; ``BrokerID/none`` for clients and for cuts between many.
        public let broker: BrokerID
        public let text: String
    }

    /// A time without a leader that clients could reach.
    public struct Outage: Equatable, Sendable {
        public let partition: TopicPartition
        public let from: Instant
        public let to: Instant

        public init(partition: TopicPartition, from: Instant, to: Instant) {
            self.partition = partition
            self.from = from
            self.to = to
        }
    }

    public internal(set) var leaderships: [Leadership] = []
    public internal(set) var truncations: [Truncation] = []
    public internal(set) var tailLosses: [TailLoss] = []
    public internal(set) var claims: [Claim] = []
    public internal(set) var deletions: [Deletion] = []
    public internal(set) var deletedTopics: [(at: Instant, topic: TopicName)] = []
    /// Replicas that brokers removed, for whatever reason.
    public internal(set) var deletedReplicas:
        [(at: Instant, broker: BrokerID, partition: TopicPartition)] = []
    public internal(set) var faults: [Fault] = []
    /// When nobody that clients could reach led a partition.
    public var outages: [Outage] = []
    public internal(set) var controllerActivations: [(at: Instant, broker: BrokerID)] = []
    public internal(set) var isrShrinks: Int64 = 0
    public internal(set) var isrExpands: Int64 = 0
    public internal(set) var cleanElections: Int64 = 0
    public internal(set) var uncleanElections: Int64 = 0
    public internal(set) var preferredElections: Int64 = 0
    public internal(set) var truncatedRecords: Int64 = 0
    public internal(set) var producerRetries: Int64 = 0
    public internal(set) var marks: [Bool] = Array(repeating: false, count: Mark.allCases.count)

    public init() {}

    /// The state of `partition` at the controller just before `instant`.
    public func leadership(of partition: TopicPartition, before instant: Instant)
        -> PartitionChange?
    {
        leaderships.last { $0.partition == partition && $0.at <= instant }?.change
    }

    /// The latest state of `partition` at the controller.
    public func leadership(of partition: TopicPartition) -> PartitionChange? {
        leaderships.last { $0.partition == partition }?.change
    }

    public mutating func note(
        _ kind: Fault.Kind,
        of broker: BrokerID,
        _ text: String,
        at now: Instant
    ) {
        faults.append(Fault(at: now, kind: kind, broker: broker, text: text))
    }
}
