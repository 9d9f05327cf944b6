public import KafkaProtocol
public import SimBase

/// One run's scenario, decoded and checked: what the host builds and executes.
///
/// A value of this type is valid in itself: every name in it resolves, every number is in range.
/// A document with a matrix becomes one value for each combination.
public struct ScenarioDocument: Equatable, Sendable {
    public var name: String
    public var description: String
    /// Every random choice derives from it.
    public var seed: UInt64
    /// During which workload and timeline run.
    public var duration: Interval
    public var settle: SettleSpec
    public var cluster: ClusterSpec
    public var network: NetworkSpec
    public var disk: DiskSpec
    public var costs: CostSpec
    /// Declared topics, in the file's order; they exist at time zero.
    public var topics: [TopicSpec]
    public var producers: [ProducerSpec]
    public var consumers: [ConsumerSpec]
    /// In the file's order, which decides between entries of one instant.
    public var timeline: [TimelineEntry]
    /// Those that hold for this variant: a bound whose `if` does not is left out.
    public var expectations: [Expectation]
    /// Declared topics first, then those that only clients or actions name; groups likewise.
    public var names: NameTable
    /// Every leaf of the file with its path, as written, in the file's order.
    public var settings: [Setting]
    /// What the matrix chose for this run; empty without a matrix.
    public var variant: [Setting]
}

/// A value of the scenario by its path, such as `producers.shop.config.acks`, as it was written.
public struct Setting: Hashable, Sendable {
    public let path: String
    public let text: String

    public init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}

/// What happens after `duration`: faults are undone and the cluster gets time to become quiet.
public struct SettleSpec: Equatable, Sendable {
    /// The longest time until the run ends; it ends sooner when the cluster is quiet.
    public var limit = Interval.seconds(60)
    /// Whether killed, crashed and stopped nodes start again.
    public var restarts = true
    /// Nodes that stay down even so.
    public var keepsDown: [NodeSelector] = []

    public init() {}
}

/// A place in a file, for messages. Lines and columns start at 1.
public struct SourcePosition: Hashable, Sendable {
    /// The file as the user named it, or `--set …` for a value from the command line.
    public let file: String
    /// 0 where there is no text, as for a value from the command line.
    public let line: Int
    /// In Unicode scalars.
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}
