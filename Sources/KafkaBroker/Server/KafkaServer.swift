import KafkaController
import KafkaLog
public import KafkaProtocol
import KafkaRaft
public import SimBase

/// One server process: a node of the metadata quorum, with the controller role, the broker role or
/// both.
///
/// The node of the quorum gets every event first; what it delivers goes to the controller, then to
/// the broker's metadata loader.
/// - Source: kafka.server.KafkaRaftServer, SharedServer, ControllerServer, BrokerServer.
public struct KafkaServer: Sendable {
    /// `process.roles`.
    public struct Roles: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        public static let broker = Roles(rawValue: 1)
        public static let controller = Roles(rawValue: 2)
    }

    public let id: BrokerID
    public let roles: Roles
    var raft: RaftNode
    var controller: Controller?
    var broker: Broker?
    private var handles = FileHandleAllocator()
    private var skew: Interval
    private var stop = Stop.running
    private var lastSnapshot = SnapshotClock()
    private let config: ServerConfig

    // Buffers, kept for their memory.
    private var outcomes: [RaftNode.Outcome] = []
    private var writes: [MetadataWrite] = []

    /// How far an orderly shutdown of the process has come: the broker role first, then the quorum.
    private enum Stop: Equatable {
        case running
        case brokerStopping
        case quorumStopping
        case exited
    }

    /// When the next snapshot of the metadata is due.
    private struct SnapshotClock: Equatable {
        var bytesSince: Int64 = 0
        var last = Instant.distantPast
        var lastOffset = Offset.none
    }

    /// Starts a process on what its disks hold. The event ``Event/started`` follows.
    ///
    /// - Parameters:
    ///   - id: `node.id`.
    ///   - roles: `process.roles`.
    ///   - voters: the ids of `controller.quorum.voters`.
    ///   - config: the static configuration.
    ///   - features: behaviours that depend on the release.
    ///   - names: all topics and groups of the run.
    ///   - rack: `broker.rack` as a dense number; -1 for none.
    ///   - disk: everything that the process finds on its disks.
    ///   - seed: of this start: another for each start of the same node.
    ///   - now: the time.
    ///   - wallSkew: how far the node's wall clock is ahead of the run's time.
    ///   - effects: where orders go.
    public init(
        id: BrokerID,
        roles: Roles,
        voters: [BrokerID],
        config: ServerConfig,
        features: Features,
        names: NameTable,
        rack: Int32,
        disk: DiskImage,
        seed: Seed,
        now: Instant,
        wallSkew: Interval,
        into effects: inout [Effect]
    ) {
        self.id = id
        self.roles = roles
        self.config = config
        skew = wallSkew
        raft = RaftNode(
            id: id,
            voters: voters,
            config: config,
            features: features,
            disk: disk,
            random: seed.stream("quorum"),
            now: now,
            handles: &handles,
            into: &effects
        )
        if roles.contains(.controller) {
            controller = Controller(
                id: id,
                config: config,
                features: features,
                names: names,
                random: seed.stream("controller")
            )
        }
        if roles.contains(.broker) {
            broker = Broker(
                id: id,
                config: config,
                features: features,
                names: names,
                rack: rack,
                disk: disk,
                seed: seed,
                now: now,
                wallSkew: wallSkew,
                handles: &handles,
                into: &effects
            )
        }
        lastSnapshot.last = now
    }

    // MARK: Events

    /// Takes one event of the process.
    public mutating func handle(_ event: Event, now: Instant, into effects: inout [Effect]) {
        guard stop != .exited else { return }
        if case .wallClockShifted(let skew) = event { self.skew = skew }
        let isForQuorum = raft.handle(
            event,
            now: now,
            handles: &handles,
            into: &effects,
            outcomes: &outcomes
        )
        if isForQuorum {
            deliver(now: now, into: &effects)
        } else {
            route(event, now: now, into: &effects)
        }
        write(now: now, into: &effects)
        continueStop(now: now, into: &effects)
    }

    /// Gives an event that is not the quorum's to the role that it is for.
    private mutating func route(_ event: Event, now: Instant, into effects: inout [Effect]) {
        switch event {
        case .started:
            if controller != nil { effects.append(.listen(.controller)) }
            handleByBroker(event, now: now, into: &effects)
        case .requestReceived(let handle, let request):
            route(request, handle, now: now, into: &effects)
        case .timerFired(.controller):
            controller?.timerFired(now: now, into: &effects, writes: &writes)
        case .stopRequested: beginStop(now: now, into: &effects)
        case .storageChanged(let number, let condition):
            if broker == nil, number == 0, condition != .healthy {
                exit(.storageFailed, into: &effects)
            } else {
                handleByBroker(event, now: now, into: &effects)
            }
        case .connected, .connectionFailed, .disconnected, .responseReceived, .timerFired,
            .flushCompleted, .wallClockShifted:
            handleByBroker(event, now: now, into: &effects)
        }
    }

    /// What comes to the controller's listener is the controller's, who refuses it unless it is the
    /// active one. A broker passes its clients' administration on to the active controller's
    /// listener, even if that is its own.
    /// - Source: kafka.server.ControllerApis, KafkaApis.forwardToController.
    private mutating func route(
        _ request: Request,
        _ handle: RequestHandle,
        now: Instant,
        into effects: inout [Effect]
    ) {
        if controller != nil, Controller.serves(request) {
            let isForwardable =
                switch request {
                case .admin(.assignReplicas): false
                case .createTopics, .admin: true
                default: false
                }
            if broker == nil || handle.listener == .controller || !isForwardable {
                controller?.handle(request, handle, now: now, into: &effects, writes: &writes)
                return
            }
        }
        if broker != nil {
            handleByBroker(.requestReceived(handle, request), now: now, into: &effects)
        } else if case .apiVersions = request {
            effects.append(.reply(handle, .status(.none)))
        } else {
            effects.append(.reply(handle, .failure(.unsupportedVersion, of: request)))
        }
    }

    private mutating func handleByBroker(
        _ event: Event,
        now: Instant,
        into effects: inout [Effect]
    ) {
        broker?.controller = raft.leader
        broker?.handle(event, now: now, handles: &handles, into: &effects)
    }

    // MARK: Metadata

    /// Passes on what the quorum delivers: to the controller, then to the broker.
    private mutating func deliver(now: Instant, into effects: inout [Effect]) {
        guard !outcomes.isEmpty else { return }
        let delivered = outcomes
        outcomes.clear()
        for outcome in delivered {
            note(outcome)
            deliver(outcome, now: now, into: &effects)
        }
        guard broker != nil else {
            snapshotIfDue(now: now, into: &effects)
            return
        }
        broker?.controller = raft.leader
        broker?.take(delivered, now: now, handles: &handles, into: &effects)
        broker?.settle(now: now, handles: &handles, into: &effects)
        snapshotIfDue(now: now, into: &effects)
    }

    private mutating func deliver(
        _ outcome: RaftNode.Outcome,
        now: Instant,
        into effects: inout [Effect]
    ) {
        switch outcome {
        case .committed(let batches):
            controller?.apply(committed: batches, isLeader: raft.isLeader, into: &effects)
        case .snapshot(let end, let batches):
            controller?.load(snapshot: batches, end: end.endOffset)
        case .becameLeader(let epoch):
            controller?.activate(
                epoch: epoch,
                nextOffset: raft.logEndOffset,
                now: now,
                into: &effects,
                writes: &writes
            )
        case .lostLeadership:
            writes.clear()
            controller?.resign(into: &effects)
        case .leaderChanged: break
        }
    }

    /// Hands the controller's records to the quorum.
    private mutating func write(now: Instant, into effects: inout [Effect]) {
        guard !writes.isEmpty else { return }
        for write in writes {
            let offset = raft.append(
                write.values,
                wallClock: WallClock.milliseconds(at: now, skew: skew),
                now: now,
                into: &effects
            )
            guard let offset else {
                controller?.resign(into: &effects)
                break
            }
            precondition(
                offset == write.baseOffset,
                "node \(id) at \(now): records expected at \(write.baseOffset) go to \(offset)"
            )
        }
        writes.clear()
    }

    // MARK: Snapshots

    private mutating func note(_ outcome: RaftNode.Outcome) {
        switch outcome {
        case .committed(let batches):
            for batch in batches {
                lastSnapshot.bytesSince += Int64(batch.sizeInBytes)
                lastSnapshot.lastOffset = batch.lastOffset
            }
        case .snapshot(let end, _):
            lastSnapshot.bytesSince = 0
            lastSnapshot.lastOffset = end.endOffset.advanced(by: -1)
        case .becameLeader, .lostLeadership, .leaderChanged: break
        }
    }

    /// Every node writes a snapshot of its own, after enough bytes or enough time.
    /// - Source: org.apache.kafka.image.publisher.SnapshotGenerator (KIP-630).
    private mutating func snapshotIfDue(now: Instant, into effects: inout [Effect]) {
        guard lastSnapshot.bytesSince > 0, lastSnapshot.lastOffset != .none,
            lastSnapshot.bytesSince >= config.snapshotAfterBytes.bytes
                || now - lastSnapshot.last >= config.snapshotAfter
        else { return }
        guard let image = controller?.committed ?? broker?.image else { return }
        raft.createSnapshot(
            image.snapshotRecords().map { $0.encoded() },
            at: lastSnapshot.lastOffset.advanced(by: 1),
            wallClock: WallClock.milliseconds(at: now, skew: skew),
            handles: &handles,
            into: &effects
        )
        lastSnapshot.bytesSince = 0
        lastSnapshot.last = now
    }

    // MARK: Stop

    private mutating func beginStop(now: Instant, into effects: inout [Effect]) {
        guard stop == .running else { return }
        stop = .brokerStopping
        handleByBroker(.stopRequested, now: now, into: &effects)
    }

    /// The broker role first; then a leader of the quorum gives way.
    private mutating func continueStop(now: Instant, into effects: inout [Effect]) {
        switch stop {
        case .running:
            if broker?.hasStopped == true { stop = .brokerStopping }
        case .brokerStopping, .quorumStopping, .exited: break
        }
        if stop == .brokerStopping, broker?.hasStopped ?? true {
            stop = .quorumStopping
            raft.shutDown(now: now, into: &effects)
        }
        if stop == .quorumStopping, raft.hasShutDown || !raft.isVoter {
            exit(.stopped, into: &effects)
        }
    }

    private mutating func exit(_ reason: ExitReason, into effects: inout [Effect]) {
        stop = .exited
        effects.append(.exit(reason))
    }
}
