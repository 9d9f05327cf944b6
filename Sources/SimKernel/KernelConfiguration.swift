public import SimBase

/// A machine of the simulated world.
public struct NodeConfiguration: Sendable {
    /// Names the node's random streams, as in `disk(broker-1)`; unique.
    public var name: String
    /// How many requests the node's service station serves at once.
    /// At least 1.
    public var workers: Int
    public var disk: DiskConfiguration

    public init(name: String, workers: Int = 8, disk: DiskConfiguration = DiskConfiguration()) {
        self.name = name
        self.workers = workers
        self.disk = disk
    }
}

/// What a disk's work costs.
public struct DiskConfiguration: Sendable {
    /// One fsync of a file with nothing to write.
    public var fsync: Interval
    /// Added to an fsync for each dirty byte, in picoseconds: 2,000 are 500 MB/s.
    public var picosecondsPerByte: Int64

    public init(fsync: Interval = .milliseconds(2), picosecondsPerByte: Int64 = 2_000) {
        self.fsync = fsync
        self.picosecondsPerByte = picosecondsPerByte
    }
}

/// What a network without faults does.
public struct NetworkConfiguration: Sendable {
    /// The shortest time from one node to another.
    public var latencyMin: Interval
    /// The longest, inclusive; each in between is as likely.
    public var latencyMax: Interval
    /// The shortest time from a node to itself.
    public var loopbackMin: Interval
    /// The longest time from a node to itself, inclusive.
    public var loopbackMax: Interval
    /// Of each ordered pair of nodes, in bits a second.
    /// At least 1,000.
    public var bandwidth: Int64

    public init(
        latencyMin: Interval = .microseconds(200),
        latencyMax: Interval = .milliseconds(1),
        loopbackMin: Interval = .microseconds(20),
        loopbackMax: Interval = .microseconds(50),
        bandwidth: Int64 = 10_000_000_000
    ) {
        self.latencyMin = latencyMin
        self.latencyMax = latencyMax
        self.loopbackMin = loopbackMin
        self.loopbackMax = loopbackMax
        self.bandwidth = bandwidth
    }
}

/// The simulated world at its beginning: every host is up, no process runs.
public struct KernelConfiguration: Sendable {
    /// A node's place here is its ``NodeIndex``.
    public var nodes: [NodeConfiguration]
    public var network: NetworkConfiguration
    /// Before zero for a boot that precedes the scenario.
    public var start: Instant
    /// How many kinds of timers a node has; kinds are numbered from 0. At most 256.
    public var timerKinds: Int

    public init(
        nodes: [NodeConfiguration],
        network: NetworkConfiguration = NetworkConfiguration(),
        start: Instant = .zero,
        timerKinds: Int = 16
    ) {
        self.nodes = nodes
        self.network = network
        self.start = start
        self.timerKinds = timerKinds
    }
}
