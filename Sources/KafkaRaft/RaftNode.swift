internal import DequeModule
public import KafkaLog
public import KafkaProtocol
public import SimBase

/// One node of the metadata quorum, voter or observer: elections, replication of the metadata log
/// by fetching, and snapshots.
///
/// As in Kafka, a single thread takes one message or timer after the other and blocks in `fsync`:
/// while a flush or the replacement of `quorum-state` is not complete, messages wait and nothing
/// that was decided after it leaves the node.
/// - Source: KIP-595, KIP-630; org.apache.kafka.raft.KafkaRaftClient, kafka.raft.KafkaMetadataLog.
public struct RaftNode: Sendable {
    /// What the node tells its listeners (controller, metadata loader), in order.
    public enum Outcome: Equatable, Sendable {
        /// Further batches below the high watermark, in order, control batches included.
        case committed([RecordBatch])
        /// The state as of an offset, to be loaded in place of what is there; data batches only.
        case snapshot(EpochEnd, [RecordBatch])
        /// This node leads, and its own first record and everything before it were delivered.
        case becameLeader(QuorumEpoch)
        /// Follows each ``becameLeader(_:)``, at the latest with the next epoch.
        case lostLeadership(QuorumEpoch)
        /// ``RaftNode/leader`` or ``RaftNode/epoch`` is another.
        case leaderChanged
    }

    /// How long an orderly shutdown waits for a successor.
    /// - Source: kafka.raft.KafkaRaftManager.shutdown.
    static let shutdownTimeout = Interval.seconds(5)
    /// How long a fetch waits at the leader.
    static let fetchMaxWait = Interval.milliseconds(500)
    static let snapshotCleanInterval = Interval.seconds(60)
    /// The high byte of this part's flush tokens.
    static let tokenSpace: Int64 = 1 << 56

    public let id: BrokerID
    /// In ascending order.
    public let voters: [BrokerID]
    let config: ServerConfig
    let features: Features

    // Durable.
    var election: ElectionState
    var log: QuorumLog

    // Volatile.
    var phase: QuorumPhase
    /// Everything before is committed, as far as this node knows. Never goes back.
    public internal(set) var highWatermark: Offset
    /// The offset that the listener needs next.
    var nextDelivery = Offset.zero
    /// The leader and epoch that the listener knows.
    var announced: ElectionState?
    /// Fetches that wait at this node, in the order of arrival. They outlast its leadership until
    /// it resigns or follows another.
    var parked: [ParkedFetch] = []
    /// The epoch in which the listener was told to lead, while it leads.
    var activated: QuorumEpoch?
    var channel: QuorumChannel
    var outbox: Outbox
    var random: Random
    /// The process's handles, while an event is being handled.
    var handles = FileHandleAllocator()
    var wallSkew = Interval.zero
    var nextClean: Instant
    /// When an orderly shutdown gives up waiting; `nil` if none was asked for.
    var shutdownDeadline: Instant?
    /// Whether the node is done: an orderly shutdown has come to its end.
    public internal(set) var hasShutDown = false
    let quorumStateFile: FileHandle
    /// Events that came while the thread was waiting for the disk.
    private var inbox = Deque<Event>()
    private var armed = Instant.distantFuture

    /// - Parameters:
    ///   - id: this node.
    ///   - voters: `controller.quorum.voters`; a node that is none of them observes.
    ///   - config: time-outs.
    ///   - features: behaviours that depend on the release.
    ///   - disk: what the starting process finds.
    ///   - random: election time-outs, back-offs, choices among voters.
    ///   - now: the time of the start.
    ///   - handles: the process's file handles.
    ///   - effects: orders for the world.
    public init(
        id: BrokerID,
        voters: [BrokerID],
        config: ServerConfig,
        features: Features,
        disk: DiskImage,
        random: Random,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        self.id = id
        self.voters = voters.sorted()
        self.config = config
        self.features = features
        self.random = random
        // One flush takes longer than a microsecond: a later start counts from beyond.
        outbox = Outbox(firstToken: RaftNode.tokenSpace | (1 << 52 + now.nanoseconds / 1_000))
        channel = QuorumChannel(
            to: self.voters.filter { $0 != id },
            config: config,
            random: Random(seed: self.random.next())
        )
        quorumStateFile = handles.next()
        outbox.order(.open(quorumStateFile, ElectionState.file))
        log = QuorumLog(disk: disk, handles: &handles, outbox: &outbox)
        election =
            disk.contents(of: ElectionState.file).flatMap(ElectionState.init)
            ?? ElectionState(epoch: QuorumEpoch(0))
        highWatermark = log.latestSnapshot?.id.endOffset ?? log.startOffset
        nextClean = now + RaftNode.snapshotCleanInterval
        phase = .unattached(.init(electionDeadline: .distantFuture))
        resume(now: now)
        var outcomes: [Outcome] = []
        self.handles = handles
        run(now: now, into: &effects, outcomes: &outcomes)
        handles = self.handles
        precondition(outcomes.isEmpty, "node \(id) reported before quorum-state was written")
    }

    // MARK: Views

    public var epoch: QuorumEpoch {
        election.epoch
    }

    /// The elected leader of ``epoch``, if this node knows it; itself also while it has resigned.
    public var leader: BrokerID? {
        election.leader
    }

    public var isLeader: Bool {
        if case .leader = phase { true } else { false }
    }

    public var isVoter: Bool {
        voters.contains(id)
    }

    /// The offset of the next record of the log, committed or not.
    public var logEndOffset: Offset {
        log.endOffset
    }

    /// The offset of the first record that the log still holds.
    public var logStartOffset: Offset {
        log.startOffset
    }

    /// Reads the log's whole batches of the half-open range `start ..< end` (for checkers).
    public func batches(from start: Offset, below end: Offset) -> [RecordBatch] {
        log.batches(from: start, below: end)
    }

    // MARK: Events

    /// Takes an event if it is for this part: of a `.quorum` channel or timer, a completion of one
    /// of its flushes, a Raft request or a fetch of the metadata log.
    /// - Returns: whether it was.
    public mutating func handle(
        _ event: Event,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) -> Bool {
        switch event {
        case .wallClockShifted(let skew):
            wallSkew = skew
            return false
        case .connected(let channel), .connectionFailed(let channel), .disconnected(let channel),
            .responseReceived(let channel, _, _):
            guard channel.role == .quorum else { return false }
            inbox.append(event)
        case .requestReceived(_, let request):
            guard request.isForQuorum else { return false }
            inbox.append(event)
        case .timerFired(let kind):
            guard kind == .quorum else { return false }
            armed = .distantFuture
        case .flushCompleted(let token):
            guard token.rawValue >> 56 == RaftNode.tokenSpace >> 56 else { return false }
            outbox.complete(token)
        case .started, .storageChanged, .stopRequested:
            return false
        }
        self.handles = handles
        run(now: now, into: &effects, outcomes: &outcomes)
        handles = self.handles
        return true
    }

    /// The thread's loop: timers, then a message, until there is nothing to do or the disk must be
    /// waited for.
    private mutating func run(
        now: Instant,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        var turns = 0
        while true {
            outbox.release(into: &effects, outcomes: &outcomes)
            guard !outbox.isBlocked else { return }
            let wake = poll(now: now)
            guard outbox.isEmpty else { continue }
            if let event = inbox.popFirst() {
                take(event, now: now)
            } else if wake > now {
                arm(wake, into: &effects)
                return
            }
            turns += 1
            precondition(turns < 100_000, "node \(id) spins in epoch \(epoch) at \(now)")
        }
    }

    private mutating func arm(_ deadline: Instant, into effects: inout [Effect]) {
        guard deadline != armed else { return }
        armed = deadline
        effects.append(
            deadline < .distantFuture ? .armTimer(.quorum, at: deadline) : .cancelTimer(.quorum)
        )
    }

    private mutating func take(_ event: Event, now: Instant) {
        if case .requestReceived(let handle, let request) = event {
            take(request, handle, now: now)
        } else {
            var answers: [QuorumChannel.Answer] = []
            channel.handle(event, now: now, outbox: &outbox, answers: &answers)
            take(answers, now: now)
        }
    }

    // MARK: Orders of the listener

    /// Gathers records to be written together, if this node leads.
    ///
    /// They are appended when `controller.quorum.append.linger.ms` has passed since the first
    /// record gathered, in one batch with what else was gathered.
    /// - Parameters:
    ///   - values: encoded records; at least one.
    ///   - wallClock: the node's clock, in milliseconds since 1970.
    ///   - now: the time.
    ///   - effects: orders for the world.
    /// - Returns: the offset that the first record will have, the others following densely; `nil`
    ///   if this node does not lead.
    public mutating func append(
        _ values: [[UInt8]],
        wallClock: Int64,
        now: Instant,
        into effects: inout [Effect]
    ) -> Offset? {
        guard !values.isEmpty, shutdownDeadline == nil else { return nil }
        let drainAt = now + config.quorumAppendLinger
        let gathered = withLeadership { leadership -> (first: Offset, drainAt: Instant) in
            let first = leadership.accumulator.nextOffset
            leadership.accumulator.append(values, timestamp: wallClock)
            let limit = leadership.accumulator.hasFullBatch ? now : drainAt
            leadership.drainAt = min(leadership.drainAt, limit)
            return (first, leadership.drainAt)
        }
        guard let gathered else { return nil }
        wake(by: gathered.drainAt, into: &effects)
        return gathered.first
    }

    /// Gives up the leadership of `epoch` (the listener failed); the other voters are told.
    public mutating func resign(_ epoch: QuorumEpoch, now: Instant, into effects: inout [Effect]) {
        guard epoch == self.epoch, withLeadership({ $0.mustResign = true }) != nil else { return }
        wake(by: now, into: &effects)
    }

    /// Begins an orderly shutdown: a leader resigns and waits up to five seconds for a successor.
    /// ``hasShutDown`` tells when it is over.
    public mutating func shutDown(now: Instant, into effects: inout [Effect]) {
        guard shutdownDeadline == nil else { return }
        shutdownDeadline = now + RaftNode.shutdownTimeout
        wake(by: now, into: &effects)
    }

    /// Has the thread look around at `instant` or earlier. While it waits for the disk there is no
    /// need: it will look when the wait is over.
    private mutating func wake(by instant: Instant, into effects: inout [Effect]) {
        guard instant < armed, !outbox.isBlocked else { return }
        arm(instant, into: &effects)
    }

    /// Works on the leader's state in place.
    /// - Returns: `nil` if this node does not lead.
    mutating func withLeadership<Answer>(_ body: (inout Leadership) -> Answer) -> Answer? {
        guard case .leader(var leadership) = phase else { return nil }
        phase = .unattached(.init(electionDeadline: .distantFuture))
        defer { phase = .leader(leadership) }
        return body(&leadership)
    }
}

extension Request {
    /// Whether the request is one of Raft's.
    fileprivate var isForQuorum: Bool {
        switch self {
        case .vote, .beginQuorumEpoch, .endQuorumEpoch, .fetchSnapshot: true
        case .fetch(let fetch): fetch.partitions.first?.partition == .clusterMetadata
        default: false
        }
    }
}
