public import KafkaProtocol
public import SimBase

/// The controller role of one process: standby, or active while its node leads the quorum.
///
/// A standby follows the committed log. The active controller decides on an image that is ahead of
/// it: an event computes records from that image, applies them at once and hands them out as a
/// ``MetadataWrite``; the answer to whoever asked waits until they are committed. When the leadership
/// goes, the image goes with it and the committed one is what remains.
/// - Source: org.apache.kafka.controller.QuorumController (KIP-631).
public struct Controller: Sendable {
    public let id: BrokerID
    /// What the quorum has committed, as far as this node knows.
    public private(set) var committed = MetadataImage()

    private let config: ServerConfig
    private let features: Features
    private let names: NameTable
    private var random: Random
    private var active: ActiveController?
    /// What earlier leaders wrote and this node, leading but not active yet, has found committed.
    private var inherited = MetadataDelta()

    /// - Parameters:
    ///   - id: this node.
    ///   - config: its configuration; `topicDefaults` are the static defaults of topics.
    ///   - features: the behaviours of the release that is simulated.
    ///   - names: the names of topics, which creation checks.
    ///   - random: a stream of its own, for topic ids and placement.
    public init(
        id: BrokerID,
        config: ServerConfig,
        features: Features,
        names: NameTable,
        random: Random
    ) {
        self.id = id
        self.config = config
        self.features = features
        self.names = names
        self.random = random
    }

    public var isActive: Bool {
        active != nil
    }

    /// The epoch in which this controller is active.
    public var activeEpoch: QuorumEpoch? {
        active?.epoch
    }

    /// The image that decisions are made on: ahead of ``committed`` while this controller is active.
    public var latest: MetadataImage {
        active?.image ?? committed
    }

    /// Whether `request` is for a controller.
    public static func serves(_ request: Request) -> Bool {
        switch request {
        case .brokerRegistration, .brokerHeartbeat, .alterPartition, .allocateProducerIds,
            .createTopics, .admin:
            true
        default: false
        }
    }

    // MARK: Quorum

    /// Applies batches that the quorum has committed, and answers what waited for them.
    ///
    /// Observers are told of the active controller's own records as they are committed.
    /// - Parameters:
    ///   - batches: in order, control batches included, following on what was applied before.
    ///   - isLeader: whether this node leads the quorum.
    ///   - effects: receives answers and observations.
    public mutating func apply(
        committed batches: [RecordBatch],
        isLeader: Bool,
        into effects: inout [Effect]
    ) {
        if !isLeader { inherited.removeAll() }
        for batch in batches {
            batch.forEachMetadataRecord { offset, record in
                if active != nil {
                    committed.applyObserved(record, at: offset, into: &effects)
                } else if isLeader {
                    committed.apply(record, at: offset, noting: &inherited)
                } else {
                    committed.apply(record, at: offset)
                }
            }
        }
        if let last = batches.last { active?.commit(through: last.lastOffset, into: &effects) }
    }

    /// Replaces the committed image by a snapshot that ends before `end`.
    public mutating func load(snapshot batches: [RecordBatch], end: Offset) {
        var image = MetadataImage()
        for batch in batches {
            batch.forEachMetadataRecord { _, record in
                image.apply(record, at: end.advanced(by: -1))
            }
        }
        committed = image
    }

    /// Takes over: this node leads the quorum, its own epoch's first record is committed and
    /// everything before it has been applied.
    /// - Parameters:
    ///   - epoch: the quorum's epoch.
    ///   - nextOffset: the offset that the next record appended will have.
    ///   - now: when every unfenced broker gets a new session.
    ///   - effects: receives the timer, and the state of what earlier leaders left to be committed.
    ///   - writes: receives the activation's records, if there are any.
    public mutating func activate(
        epoch: QuorumEpoch,
        nextOffset: Offset,
        now: Instant,
        into effects: inout [Effect],
        writes: inout [MetadataWrite]
    ) {
        resign(into: &effects)
        committed.observeState(of: inherited, into: &effects)
        inherited.removeAll()
        var controller = ActiveController(
            id: id,
            epoch: epoch,
            config: config,
            features: features,
            names: names,
            random: Random(seed: random.next()),
            image: committed,
            nextOffset: nextOffset,
            now: now
        )
        controller.activate(now: now, into: &effects, writes: &writes)
        active = controller
    }

    /// Steps down: what is not committed is forgotten, and whoever waits is told to ask elsewhere.
    public mutating func resign(into effects: inout [Effect]) {
        guard var controller = active else { return }
        active = nil
        controller.resign(into: &effects)
    }

    // MARK: Events

    /// Serves a request, or refuses it with `NOT_CONTROLLER`.
    public mutating func handle(
        _ request: Request,
        _ handle: RequestHandle,
        now: Instant,
        into effects: inout [Effect],
        writes: inout [MetadataWrite]
    ) {
        guard active != nil else {
            effects.append(.reply(handle, .failure(.notController, of: request)))
            return
        }
        active?.handle(request, handle, now: now, into: &effects, writes: &writes)
    }

    /// Does what is due: fencing, elections, no-op records.
    public mutating func timerFired(
        now: Instant,
        into effects: inout [Effect],
        writes: inout [MetadataWrite]
    ) {
        active?.timerFired(now: now, into: &effects, writes: &writes)
    }
}
