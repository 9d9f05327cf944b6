import Checkers
import KafkaBroker
import KafkaClients
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

/// Owns the machines, hands them events, performs their effects, and plays the scenario.
///
/// The only place where Kafka's machines and the simulated world meet. A value without references,
/// so that its parts are reached without run-time checks of exclusive access.
struct ClusterHost: ~Copyable {
    let document: ScenarioDocument
    let seed: Seed
    var kernel: Kernel
    let layout: NodeLayout

    var servers: [KafkaServer?]
    var producers: [ProducerProcess]
    var consumers: [ConsumerProcess]
    var admin: AdminProcess

    var messages = MessageSlab()
    var connections: ConnectionTable
    var files: [FileTable]
    /// Wall clocks as the machines last heard of them.
    var knownSkews: [Interval]
    /// Starts of each server so far: part of its random streams' names.
    var starts: [Int32]

    var effects: [Effect] = []
    var discarded: [Int32] = []

    var recorder: RunRecorder
    var counters: RunCounters
    var leaders: LeaderTracker
    var view = ClusterView()
    var interceptor = Interceptor()
    var timeline: TimelineState
    var tracer: Tracer
    var phase = RunPhase.booting
    /// Whether each server accepts clients.
    var isListening: [Bool]
    var bootAnswers: [AdminClient.Completion] = []
    /// Draws for `random(…)` selectors and for shaped links.
    var selectorStream: Random
    var latencyStream: Random
    var samples: [SampleRow] = []
    let keepsSamples: Bool
    /// Consecutive quiet seconds while settling.
    var quietSeconds = 0

    init(document: ScenarioDocument, options: RunOptions, bootLength: Interval) {
        self.document = document
        seed = Seed(document.seed)
        let layout = NodeLayout(document)
        self.layout = layout
        let start = Instant.zero - bootLength
        kernel = Kernel(layout.kernelConfiguration(document, start: start), seed: seed)
        servers = Array(repeating: nil, count: layout.serverCount)
        producers = document.producers.indices.map {
            ProducerProcess(document, index: $0, seed: Seed(document.seed))
        }
        consumers = layout.members.indices.map {
            ConsumerProcess(document, member: layout.members[$0], index: $0)
        }
        admin = AdminProcess()
        connections = ConnectionTable(nodes: layout.count)
        files = Array(repeating: FileTable(), count: layout.count)
        knownSkews = Array(repeating: .zero, count: layout.count)
        starts = Array(repeating: 0, count: layout.count)
        recorder = RunRecorder(
            names: document.names,
            producers: Facts.producers(document),
            groups: Facts.groups(document),
            topics: Facts.topics(document)
        )
        counters = RunCounters(producers: document.producers.count)
        leaders = LeaderTracker()
        timeline = TimelineState(document)
        tracer = Tracer(isOn: options.traces)
        isListening = Array(repeating: false, count: layout.count)
        selectorStream = Seed(document.seed).stream("selectors")
        latencyStream = Seed(document.seed).stream("links")
        keepsSamples = options.samples
    }

    var now: Instant {
        kernel.now
    }
}

/// Where the run stands.
enum RunPhase: Equatable {
    case booting
    case running
    case settling
    case over
}

/// How a run is to be recorded.
public struct RunOptions: Sendable {
    /// Keep a row for each event.
    public var traces = false
    /// Keep a sample of every partition each second.
    public var samples = true
    /// Keep a row for each record and each delivery: what the database stores.
    public var rows = true

    public init() {}
}
