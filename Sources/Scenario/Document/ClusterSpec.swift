public import KafkaProtocol
public import SimBase

/// The servers of the simulated cluster.
public struct ClusterSpec: Equatable, Sendable {
    /// Which of Kafka's releases is run.
    public var version: KafkaVersion
    public var features: Features
    /// `broker-1` … in order; their ids are 1 … B.
    public var brokers: [ServerSpec]
    /// Separate controllers, `controller-1` …; their ids follow the brokers'. Empty when combined.
    public var controllers: [ServerSpec]
    /// Names of racks; ``ServerSpec/rack`` is an index into it.
    public var racks: [String]
    /// Cluster-wide configuration, before any node's own overrides.
    public var config: ServerConfig

    /// Whether brokers are the voters of the metadata quorum.
    public var isCombined: Bool {
        controllers.isEmpty
    }

    /// The ids of the metadata quorum's voters, ascending.
    public var voters: [BrokerID] {
        (isCombined ? brokers : controllers).map(\.id)
    }
}

/// One server process, with its configuration resolved: defaults of the version, the cluster's
/// configuration, then the node's own.
public struct ServerSpec: Equatable, Sendable {
    /// `node.id`.
    public var id: BrokerID
    /// `broker-1`, `controller-2`.
    public var name: String
    /// Index into ``ClusterSpec/racks``; -1 for none.
    public var rack: Int32
    public var config: ServerConfig
}

/// How long a packet travels.
public enum LatencySpec: Equatable, Sendable {
    case fixed(Interval)
    /// Every value of the closed range is as likely.
    case uniform(Interval, Interval)

    public var least: Interval {
        switch self {
        case .fixed(let latency): latency
        case .uniform(let least, _): least
        }
    }

    public var most: Interval {
        switch self {
        case .fixed(let latency): latency
        case .uniform(_, let most): most
        }
    }
}

/// The network without faults: each ordered pair of nodes has a link of its own.
public struct NetworkSpec: Equatable, Sendable {
    /// One way, between two nodes.
    public var latency = LatencySpec.uniform(.microseconds(200), .milliseconds(1))
    /// From a node to itself.
    public var loopback = LatencySpec.uniform(.microseconds(20), .microseconds(50))
    /// Of each ordered pair of nodes, in bits a second.
    public var bandwidthBitsPerSecond: Int64 = 10_000_000_000

    public init() {}
}

/// What a disk's work costs.
public struct DiskSpec: Equatable, Sendable {
    /// A write to the page cache, on the thread that writes.
    public var append = Interval.microseconds(20)
    /// An fsync of a file with nothing dirty.
    public var fsync = Interval.milliseconds(2)
    /// What goes to the platter in a second, in bytes: added to an fsync for its dirty bytes.
    public var throughputBytesPerSecond: Int64 = 500_000_000

    public init() {}
}

/// What handling a request costs a server's I/O thread.
public struct CostSpec: Equatable, Sendable {
    /// Each request, whatever it is.
    public var request = Interval.microseconds(50)
    /// For each byte of request and response, in picoseconds (250 are 4 GB/s).
    public var picosecondsPerByte: Int64 = 250
    /// Each partition that a request names.
    public var partition = Interval.microseconds(2)

    public init() {}
}
