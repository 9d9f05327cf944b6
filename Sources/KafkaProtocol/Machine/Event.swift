public import SimBase

/// A fact that the driver tells a machine. Machines learn of the world through these only.
public enum Event: Equatable, Sendable {
    /// The process has just been started. Comes first, once.
    case started
    /// An outbound connection stands.
    case connected(ChannelID)
    /// A connection attempt was refused (the peer's process is down or its port is closed).
    case connectionFailed(ChannelID)
    /// An established connection was reset or closed by the peer.
    case disconnected(ChannelID)
    /// The answer to the request that was sent under this number.
    case responseReceived(ChannelID, CorrelationID, Response)
    /// A request was read from an inbound connection; its handler thread has done its work of
    /// parsing. The connection stays muted until the handle is answered, released or closed.
    case requestReceived(RequestHandle, Request)
    /// An armed timer is due; it is no longer armed.
    case timerFired(TimerKind)
    /// The flush or replacement with this token is on the platter.
    case flushCompleted(FlushToken)
    /// Writes to a log directory begin to fail, or work again.
    case storageChanged(logDir: UInt8, StorageCondition)
    /// From now on the wall clock is this far ahead of the run's time.
    case wallClockShifted(Interval)
    /// SIGTERM: an orderly shutdown is asked for.
    case stopRequested
}

/// What a log directory does with a write.
public enum StorageCondition: Hashable, Sendable {
    case healthy
    /// `ENOSPC`: writes fail, reads work.
    case full
    /// Every access fails.
    case failed
}

/// A machine's own number for one of its outbound connections.
public struct ChannelID: Hashable, Sendable {
    public let role: ChannelRole
    /// Dense within the role; usually the peer's id.
    public let index: Int32

    @inlinable
    public init(_ role: ChannelRole, _ index: Int32) {
        self.role = role
        self.index = index
    }
}

/// What an outbound connection is for. Each role of a process has connections of its own.
public enum ChannelRole: UInt8, Hashable, Sendable, CaseIterable {
    /// Raft requests to voters.
    case quorum
    /// Registration and heartbeats to the active controller.
    case lifecycle
    /// AlterPartition to the active controller.
    case alterPartition
    /// Forwarded administration, producer id blocks, topic auto-creation.
    case forwarding
    /// Follower fetches; the index holds fetcher thread and leader.
    case replicaFetcher
    /// A client's connections to brokers.
    case client
    /// A client's separate connection to its coordinator.
    case coordinator
}

/// The number of a request on its connection.
public struct CorrelationID: Identifier {
    public let rawValue: Int32
    @inlinable
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
}

/// Which inbound request is meant, when it is answered. Opaque to machines.
public struct RequestHandle: Hashable, Sendable {
    /// The slot of the connection, used again after its end.
    public let connection: Int32
    /// Tells the users of one slot apart.
    public let generation: Int32
    public let correlation: CorrelationID
    /// Where the request came in. A process with both roles listens in two places, and a request of
    /// the same kind means different things there.
    public let listener: Listener

    @inlinable
    public init(
        connection: Int32,
        generation: Int32,
        correlation: CorrelationID,
        listener: Listener = .broker
    ) {
        self.connection = connection
        self.generation = generation
        self.correlation = correlation
        self.listener = listener
    }
}

/// A listening port of a server process.
public enum Listener: UInt8, Hashable, Sendable, CaseIterable {
    /// For clients and followers.
    case broker
    /// For the metadata quorum, and for brokers that ask the active controller.
    case controller
}

/// One of the few timers that a process has. Arming one again moves it.
public struct TimerKind: Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable
    public init(_ rawValue: UInt8) { self.rawValue = rawValue }

    /// Kinds are below this.
    public static let limit = 16

    /// The Raft node's next deadline.
    public static let quorum = TimerKind(0)
    /// The active controller's periodic work.
    public static let controller = TimerKind(1)
    /// The limit of a broker's orderly shutdown.
    public static let lifecycle = TimerKind(2)
    /// The follower fetchers' next deadline.
    public static let replicaFetchers = TimerKind(3)
    /// The first deadline of a parked produce, fetch or deletion.
    public static let purgatory = TimerKind(4)
    /// Retention, flushes, compaction and checkpoints.
    public static let logMaintenance = TimerKind(5)
    /// The group coordinator's next deadline.
    public static let groups = TimerKind(6)
    /// Heartbeats and other requests to the active controller, and their retries.
    public static let controllerChannel = TimerKind(7)
    /// The search for replicas that have fallen out of sync.
    public static let isrExpiration = TimerKind(8)
    /// The end of loading the logs at start.
    public static let startup = TimerKind(9)

    /// A client's network thread.
    public static let client = TimerKind(0)
    /// A consumer's heartbeat thread.
    public static let heartbeat = TimerKind(1)
    /// The application around a client.
    public static let application = TimerKind(2)
    /// The application's worker threads.
    public static let workers = TimerKind(3)
}

/// A machine's number for a write that it wants to know to be durable.
public struct FlushToken: Identifier {
    public let rawValue: Int64
    @inlinable
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}
