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

    /// A cleaner took out records that newer ones of their keys replace.
    public struct Compaction: Equatable, Sendable {
        public let at: Instant
        public let partition: TopicPartition
        /// Ascending.
        public let offsets: [Offset]

        func contains(_ offset: Offset) -> Bool {
            var low = 0
            var high = offsets.count
            while low < high {
                let middle = (low + high) / 2
                if offsets[middle] < offset { low = middle + 1 } else { high = middle }
            }
            return low < offsets.count && offsets[low] == offset
        }
    }

    /// What the scenario did to a node.
    public struct Fault: Equatable, Sendable {
        public enum Kind: String, Equatable, Sendable {
            case kill, crash, stop, start, wipe, pause, partition, disk, corrupt
        }

        public let at: Instant
        public let kind: Kind
        /// The server; ``BrokerID/none`` for clients and for cuts between many.
        public let broker: BrokerID
        public let text: String
        /// When a partition healed; `nil` while it holds, and of other faults.
        public internal(set) var end: Instant?
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
    public internal(set) var compactions: [Compaction] = []
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

    /// Notes what the scenario does.
    /// - Returns: the fault's place in ``faults``.
    @discardableResult
    public mutating func note(
        _ kind: Fault.Kind,
        of broker: BrokerID,
        _ text: String,
        at now: Instant
    ) -> Int {
        faults.append(Fault(at: now, kind: kind, broker: broker, text: text))
        return faults.count - 1
    }

    /// Notes that a fault is over.
    public mutating func ended(_ fault: Int, at now: Instant) {
        faults[fault].end = now
    }

    // MARK: What became of an append

    /// When the topic's life began in which something was appended at `instant`.
    func birth(of topic: TopicName, before instant: Instant) -> Instant {
        deletedTopics.last { $0.topic == topic && $0.at <= instant }?.at ?? .distantPast
    }

    /// The first leadership, after the one that appended, of a log that ended before the record: from
    /// then on the partition is without it.
    func loss(of append: Ledger.Append) -> Claim? {
        let birth = birth(of: append.partition.topic, before: append.at)
        return claims.first {
            $0.partition == append.partition && isLater($0, than: append) && $0.at >= birth
                && $0.startOffset <= append.offset
        }
    }

    /// A broker that restarts before anybody misses it leads on in the same epoch.
    private func isLater(_ claim: Claim, than append: Ledger.Append) -> Bool {
        claim.epoch > append.epoch || (claim.epoch == append.epoch && claim.at > append.at)
    }

    /// The broker whose log was the partition's last that had the record.
    func lastHolder(of append: Ledger.Append, until loss: Claim?) -> BrokerID {
        let birth = birth(of: append.partition.topic, before: append.at)
        let holder = claims.last {
            $0.partition == append.partition && isLater($0, than: append) && $0.at >= birth
                && $0.startOffset > append.offset && $0.at <= loss?.at ?? .distantFuture
        }
        return holder?.broker ?? append.broker
    }

    /// What took an append out of the partition's log on purpose while it was there, if anything did.
    func deletion(of append: Ledger.Append) -> (at: Instant, reason: LogStartReason?)? {
        let end = deletedTopics.first {
            $0.topic == append.partition.topic && $0.at >= append.at
        }?.at
        let lost = loss(of: append)?.at ?? .distantFuture
        let deleted = deletions.first {
            $0.partition == append.partition && $0.to > append.offset && $0.at >= append.at
                && $0.at <= end ?? .distantFuture && $0.reason != .followedLeader
        }
        if let deleted, deleted.at <= lost { return (deleted.at, deleted.reason) }
        let compacted = compactions.first {
            $0.partition == append.partition && $0.at >= append.at
                && $0.at <= end ?? .distantFuture && $0.contains(append.offset)
        }
        if let compacted, compacted.at <= lost { return (compacted.at, .compaction) }
        if let end, end <= lost { return (end, nil) }
        return nil
    }
}
