public import KafkaProtocol
public import SimBase

/// What a timeline entry does.
public enum Action: Equatable, Sendable {
    /// kill -9: memory is gone, the page cache survives.
    case kill(NodeSelector)
    /// Power loss: unsynced writes are lost too.
    case crash(NodeSelector, keeps: CrashKeep)
    /// Dirty pages go to the platter.
    case fsync(NodeSelector)
    /// Orderly shutdown; `timeout` is that of a client's `close()`, `nil` for Kafka's default.
    case stop(NodeSelector, timeout: Interval?)
    case start(NodeSelector, StartOptions)
    /// No code runs, the network stack still takes bytes.
    case pause(NodeSelector)
    case partition(PartitionFault)
    /// Cuts the nodes off from all others.
    case isolate(NodeSelector)
    /// Ends all network faults, or the one of this `as` name.
    case heal(String?)
    case link(LinkFault)
    case respond(ResponseFault)
    case disk(DiskFault)
    case clock(ClockFault)
    case configure(ConfigResource, [ConfigEntry])
    case createTopic(TopicSpec)
    case deleteTopic(TopicName)
    case addPartitions(TopicName, to: Int32, assignment: [[BrokerID]]?)
    /// `nil` cancels the reassignment in progress.
    case reassign(TopicPartition, [BrokerID]?)
    case electLeaders(ElectionType, [TopicPartition])
    /// Records before the offset; `nil` for all up to the high watermark.
    case deleteRecords(TopicPartition, before: Offset?)
    case send(ExtraSend)
    case check([Expectation])
}

/// What a power loss leaves of a file.
public enum CrashKeep: String, Equatable, Sendable, CaseIterable {
    /// Exactly what was fsynced.
    case synced
    /// Up to a seeded point between that and what was written; a torn tail is possible.
    case random
}

public struct StartOptions: Equatable, Sendable {
    /// With an empty disk.
    public var wipes = false
    /// A producer first sends again what had no success.
    public var resendsUnresolved = false

    public init() {}
}

/// Nothing passes between the sides.
public struct PartitionFault: Equatable, Sendable {
    public enum Direction: String, Equatable, Sendable, CaseIterable {
        case both
        /// Nothing passes from the first side to the second.
        case forward
    }

    /// Two or more; each pair of them is cut.
    public var sides: [NodeSelector]
    public var direction: Direction
}

/// A slower or lossy way from some nodes to others, one way.
public struct LinkFault: Equatable, Sendable {
    public var from: NodeSelector
    public var to: NodeSelector
    /// `nil`: as it was.
    public var latency: LatencySpec?
    public var lossPartsPerMillion: Int64
    public var bandwidthBitsPerSecond: Int64?
    /// Delays only these requests and their responses; empty for all traffic.
    public var apis: [ApiKey]
}

/// The next requests of a kind get a response that the node's code did not give.
public struct ResponseFault: Equatable, Sendable {
    public enum Manner: Equatable, Sendable {
        /// Answered with this error, not executed.
        case error(ErrorCode)
        /// Executed, then the connection is reset: the response is lost.
        case resetAfterExecution
    }

    /// The node that answers.
    public var from: NodeSelector
    public var api: ApiKey
    public var manner: Manner
    public var times: Int
}

public struct DiskFault: Equatable, Sendable {
    public enum Effect: Equatable, Sendable {
        /// Every operation takes so many times as long.
        case slow(factor: Int64)
        /// Writes find no space.
        case full
        /// Every operation fails.
        case fail
        /// The stored bytes of the batch that holds this offset change.
        case corrupt(TopicPartition, Offset)
    }

    public var target: NodeSelector
    /// Index into `log.dirs`; `nil` for all.
    public var logDir: UInt8?
    public var effects: [Effect]
}

/// A node's wall clock, not its monotonic one.
public struct ClockFault: Equatable, Sendable {
    public var target: NodeSelector
    public var jump: Interval?
    /// So many microseconds too fast a second.
    public var driftPartsPerMillion: Int64?
}

/// Records beside a producer's workload.
public struct ExtraSend: Equatable, Sendable {
    /// Index into ``ScenarioDocument/producers``.
    public var producer: Int
    public var count: Int64
    public var every: Interval?
    public var valueSize: ValueSizeSpec?
    public var key: KeySpec?
    public var partition: Int32?
    public var timestamp: TimestampSpec?
}
