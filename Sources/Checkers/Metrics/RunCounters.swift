public import KafkaProtocol
public import SimBase

/// What the host counts while it runs.
public struct RunCounters: Sendable {
    /// Error codes that brokers sent, by position in `ErrorCode.allCases`.
    public var responses = [Int64](repeating: 0, count: ErrorCode.allCases.count)
    /// Requests that brokers and controllers received, by ``ApiKey/index``.
    public var requests = [Int64](repeating: 0, count: ApiKey.allCases.count)
    public var networkBytes: Int64 = 0
    public var events: Int64 = 0
    public var virtualTime = Interval.zero
    /// The longest time any one partition had no reachable live leader.
    public var longestLeaderless = Interval.zero
    public var controllerFailovers: Int64 = 0
    /// By producer: re-sent batches, local epoch bumps, time that `send()` blocked.
    public var retries: [Int64]
    public var epochBumps: [Int64]
    public var blocked: [Interval]
    /// Results of named administrative actions, in the order of the timeline.
    public var actionResults: [(name: String, result: String)] = []

    public init(producers: Int) {
        retries = Array(repeating: 0, count: producers)
        epochBumps = Array(repeating: 0, count: producers)
        blocked = Array(repeating: .zero, count: producers)
    }
}

/// A partition as it stands at the end, or at the instant of a check.
public struct PartitionState: Equatable, Sendable {
    public struct Replica: Equatable, Sendable {
        public let broker: BrokerID
        public let logStart: Offset
        public let logEnd: Offset
        public let highWatermark: Offset

        public init(broker: BrokerID, logStart: Offset, logEnd: Offset, highWatermark: Offset) {
            self.broker = broker
            self.logStart = logStart
            self.logEnd = logEnd
            self.highWatermark = highWatermark
        }
    }

    public let partition: TopicPartition
    public let leader: BrokerID
    public let leaderEpoch: LeaderEpoch
    public let isr: [BrokerID]
    public let replicas: [BrokerID]
    public let eligibleLeaders: [BrokerID]
    public let highWatermark: Offset
    public let logEnd: Offset
    public let logStart: Offset
    public let records: Int64
    /// Offsets below the smallest log end at which replicas differ.
    public let divergent: Int64
    public let replicaStates: [Replica]

    public init(
        partition: TopicPartition,
        leader: BrokerID,
        leaderEpoch: LeaderEpoch,
        isr: [BrokerID],
        replicas: [BrokerID],
        eligibleLeaders: [BrokerID],
        highWatermark: Offset,
        logEnd: Offset,
        logStart: Offset,
        records: Int64,
        divergent: Int64,
        replicaStates: [Replica]
    ) {
        self.partition = partition
        self.leader = leader
        self.leaderEpoch = leaderEpoch
        self.isr = isr
        self.replicas = replicas
        self.eligibleLeaders = eligibleLeaders
        self.highWatermark = highWatermark
        self.logEnd = logEnd
        self.logStart = logStart
        self.records = records
        self.divergent = divergent
        self.replicaStates = replicaStates
    }
}
