internal import DequeModule
public import KafkaProtocol
public import SimBase

/// Kafka's consumer with the classic group protocol: the application's thread, which works inside
/// `poll()`, a synchronous commit or `close()`, and the heartbeat thread.
///
/// Between calls of the application nothing is decided but by the heartbeat thread; while that is
/// disabled, answers wait in the sockets.
/// - Source: org.apache.kafka.clients.consumer.internals.ClassicKafkaConsumer.
public struct KafkaConsumer: Sendable {
    public typealias FetchedRecord = KafkaClients.FetchedRecord

    /// What a request in flight was for.
    enum Pending: Sendable {
        case none
        case findCoordinator
        case join
        case sync(Generation)
        case heartbeat(MemberID, Generation)
        case leave
        case commit(Commit, MemberID, Generation)
        case committedOffsets
        case listOffsets([TopicPartition])
        case epochEnds([TopicPartition])
        case fetch(BrokerID)
    }

    /// Why offsets are committed.
    enum CommitPurpose: Equatable, Sendable {
        case automatic
        case beforeRejoin
        case beforeClose
        case asynchronous(Int32)
        case synchronous(Int32)
    }

    struct Commit: Equatable, Sendable {
        let purpose: CommitPurpose
        let offsets: [CommittedOffset]
    }

    /// A commit that the application's thread waits for.
    struct BlockingCommit: Sendable {
        let commit: Commit
        let deadline: Instant
        var isInFlight = false
        var retryAt = Instant.distantPast
    }

    enum Closing: Equatable, Sendable {
        /// The last commit of auto-commit is under way. To: revoking.
        case committing
        /// The listener runs. To: leaving.
        case revoking
        /// LeaveGroup and asynchronous commits are awaited. To: closed.
        case leaving
        case closed
    }

    enum Lookup: Equatable, Sendable {
        case idle
        case inFlight(since: Instant)
        case backingOff(until: Instant)
    }

    let client: Int32
    let group: GroupName?
    let config: ConsumerConfig
    let features: Features
    let isCooperative: Bool
    /// `retry.backoff.ms`; never zero, as even a thread that does not wait takes a moment.
    let retryPause: Interval
    let topics: [TopicName]
    var random: Random
    var network: ConsumerNetwork
    var subscription = SubscriptionState()
    var membership = GroupMembershipState()
    var heartbeat = Heartbeat()

    var coordinator: BrokerID?
    var lookup = Lookup.idle

    /// The end of the `poll()` that the application is in.
    var pollEnd: Instant?
    var blockingCommit: BlockingCommit?
    var closing: Closing?
    var closeEnd = Instant.distantFuture

    var nextAutoCommit: Instant
    var pendingAsynchronousCommits = 0
    /// Commits that wait for a coordinator to be found.
    var commitsAwaitingCoordinator: [Commit] = []
    /// Results whose callbacks run in the next call.
    var finishedCommits: [ConsumerEvent] = []

    var sessions: [FetchSession] = []
    var fetchingNodes: [BrokerID] = []
    var buffers = Deque<CompletedFetch>()
    var deferredException: ClientException?
    /// When `poll()` last threw: a loop that only catches takes a moment for each turn, too.
    var lastThrow = Instant.distantPast
    var isFetchingCommitted = false
    var committedRetryAt = Instant.distantPast
    var validatedVersion: Int32 = -1

    private var pendings: [Pending] = []
    private var freePendings: [Int32] = []
    private var deferredEvents = Deque<Event>()
    private var ended: [ConsumerNetwork.Ended] = []
    var events: [ConsumerEvent] = []
    private var armedAt = Instant.distantFuture
    private var heartbeatArmedAt = Instant.distantFuture
    /// Wake-ups of the application's thread in one instant: one that spins takes time, too.
    private var wakeUps = (at: Instant.distantPast, count: 0)
    /// Positions that were looked up because there was none, or none that the log still had.
    private var resets: [PositionReset] = []
    /// Set where a step made another one possible at once.
    var needsAnotherPass = false

    /// - Parameters:
    ///   - client: the process's dense number.
    ///   - group: `nil` reads all partitions of the topics without a group.
    ///   - topics: the subscription.
    ///   - config: after the checks of Kafka's constructor.
    ///   - features: behaviour of the client's release.
    ///   - bootstrap: where the first connections go.
    ///   - random: jitter and choice of nodes.
    ///   - now: the time of construction; auto-commit counts from here.
    ///   - wallSkew: unused by a consumer, which stamps nothing.
    ///   - effects: nothing is sent before the first `poll()`.
    public init(
        client: Int32,
        group: GroupName?,
        topics: [TopicName],
        config: ConsumerConfig,
        features: Features,
        bootstrap: [BrokerID],
        random: Random,
        now: Instant,
        wallSkew: Interval,
        into effects: inout [Effect]
    ) {
        self.client = client
        self.group = group
        self.config = config
        self.features = features
        self.topics = topics.sorted()
        self.random = random
        retryPause = max(config.client.retryBackoff, .milliseconds(1))
        isCooperative =
            !config.assignors.isEmpty && config.assignors.allSatisfy { $0 == .cooperativeSticky }
        network = ConsumerNetwork(
            config: config,
            features: features,
            bootstrap: bootstrap,
            random: &self.random
        )
        nextAutoCommit = now + config.autoCommitInterval
        for topic in self.topics { network.brokers.metadata.add(topic, now: now) }
    }

    // MARK: Views

    /// The partitions this member owns, ascending.
    public var assignment: [TopicPartition] { subscription.assigned }

    /// The next offset that `poll()` will return; `nil` while there is none.
    public func position(of partition: TopicPartition) -> Offset? {
        subscription.index(of: partition).flatMap { subscription[$0].position?.offset }
    }

    /// Whether the application's thread is inside `poll()`.
    public var isPolling: Bool { pollEnd != nil }

    /// Whether `close()` is over: nothing is sent or told any more.
    public var isClosed: Bool { closing == .closed }

    /// The group's generation as this member knows it; ``Generation/none`` while it is no member.
    public var generation: Generation { membership.generation }

    // MARK: Calls of the application

    /// The application enters `poll(timeout)`. Ends with `polled` or `pollThrew`.
    public mutating func beginPoll(
        timeout: Interval,
        now: Instant,
        into effects: inout [Effect]
    ) {
        precondition(pollEnd == nil, "client \(client) polls twice at \(now)")
        guard closing == nil else {
            events.append(.pollThrew(.illegalState))
            return
        }
        pollEnd = now + timeout
        run(now: now, into: &effects)
    }

    /// Ends the `poll()` that the application is in, without records.
    public mutating func wakeUp() {
        pollEnd = nil
    }

    /// Moves what the application's thread has to be told to the end of `events`.
    public mutating func takeAppEvents(into events: inout [ConsumerEvent]) {
        guard !self.events.isEmpty else { return }
        events.append(contentsOf: self.events)
        self.events.clear()
    }

    /// Takes the positions that were reset since the last call.
    public mutating func takeResets() -> [PositionReset] {
        guard !resets.isEmpty else { return [] }
        var taken: [PositionReset] = []
        swap(&taken, &resets)
        return taken
    }

    mutating func noteReset(_ partition: TopicPartition, to offset: Offset, _ policy: OffsetReset) {
        resets.append(PositionReset(partition: partition, offset: offset, policy: policy))
    }

    // MARK: Events

    /// Takes an event of this process.
    public mutating func handle(_ event: Event, now: Instant, into effects: inout [Effect]) {
        switch event {
        case .connected, .connectionFailed, .disconnected, .responseReceived:
            guard closing != .closed else { return }
            guard isNetworkDriven else {
                deferredEvents.append(event)
                return
            }
            network.handle(event, now: now, into: &effects)
        case .timerFired(let kind):
            if kind == .client {
                armedAt = .distantFuture
                wakeUps = (now, wakeUps.at == now ? wakeUps.count + 1 : 1)
            } else if kind == .heartbeat {
                heartbeatArmedAt = .distantFuture
            } else {
                return
            }
        case .started, .requestReceived, .flushCompleted, .storageChanged, .wallClockShifted,
            .stopRequested:
            return
        }
        run(now: now, into: &effects)
    }

    /// Whether a thread looks at the sockets.
    private var isNetworkDriven: Bool {
        pollEnd != nil || blockingCommit != nil || closing != nil || heartbeat.isEnabled
    }

    /// Whether the application waits inside a listener for its own synchronous commit.
    private var isInListener: Bool { !events.isEmpty }

    /// Lets both threads go as far as they can, then sleeps.
    mutating func run(now: Instant, into effects: inout [Effect]) {
        guard closing != .closed else { return }
        var deadline = Instant.distantFuture
        if isNetworkDriven {
            while let event = deferredEvents.popFirst() {
                network.handle(event, now: now, into: &effects)
            }
            repeat {
                needsAnotherPass = false
                deadline = drive(now: now, into: &effects)
                runHeartbeatThread(now: now)
                deadline = min(deadline, runApplicationThread(now: now))
                if closing == .closed {
                    finishClose(now: now, into: &effects)
                    return
                }
            } while needsAnotherPass
            deadline = min(deadline, drive(now: now, into: &effects))
            if needsAnotherPass { deadline = now }
        }
        arm(deadline, now: now, into: &effects)
    }

    private mutating func drive(now: Instant, into effects: inout [Effect]) -> Instant {
        let deadline = network.poll(now: now, into: &effects, ended: &ended)
        guard !ended.isEmpty else { return deadline }
        var batch: [ConsumerNetwork.Ended] = []
        swap(&batch, &ended)
        for item in batch { requestEnded(item, now: now) }
        needsAnotherPass = true
        return deadline
    }

    private mutating func arm(_ deadline: Instant, now: Instant, into effects: inout [Effect]) {
        let isSpinning = wakeUps.at == now && wakeUps.count > 16
        let deadline = max(deadline, isSpinning ? now + .milliseconds(1) : now)
        if deadline < armedAt, deadline < .distantFuture {
            armedAt = deadline
            effects.append(.armTimer(.client, at: deadline))
        }
        guard heartbeat.isEnabled else { return }
        let next = max(heartbeatDeadline(now: now), now)
        if next < heartbeatArmedAt, next < .distantFuture {
            heartbeatArmedAt = next
            effects.append(.armTimer(.heartbeat, at: next))
        }
    }

    private mutating func finishClose(now: Instant, into effects: inout [Effect]) {
        network.closeAll(now: now, into: &effects)
        effects.append(.cancelTimer(.client))
        effects.append(.cancelTimer(.heartbeat))
    }

    // MARK: Requests

    mutating func request(
        _ request: Request,
        to node: BrokerID,
        route: ConsumerNetwork.Route,
        for pending: Pending,
        timeout: Interval? = nil,
        now: Instant
    ) {
        let token: Int32
        if let reused = freePendings.popLast() {
            token = reused
            pendings[Int(token)] = pending
        } else {
            token = Int32(pendings.count)
            pendings.append(pending)
        }
        network.send(request, to: node, route: route, token: token, timeout: timeout, now: now)
        needsAnotherPass = true
    }

    private mutating func requestEnded(_ item: ConsumerNetwork.Ended, now: Instant) {
        let pending = pendings[Int(item.token)]
        pendings[Int(item.token)] = .none
        freePendings.append(item.token)
        switch pending {
        case .none: break
        case .findCoordinator: coordinatorFound(item.outcome, now: now)
        case .join: joinEnded(item.outcome, now: now)
        case .sync(let generation): syncEnded(item.outcome, generation, now: now)
        case .heartbeat(let member, let generation):
            heartbeatEnded(item.outcome, member, generation, now: now)
        case .leave: break
        case .commit(let commit, let member, let generation):
            commitEnded(item.outcome, commit, member, generation, now: now)
        case .committedOffsets: committedOffsetsEnded(item.outcome, now: now)
        case .listOffsets(let partitions): listOffsetsEnded(item.outcome, partitions, now: now)
        case .epochEnds(let partitions): epochEndsEnded(item.outcome, partitions, now: now)
        case .fetch(let node): fetchEnded(item.outcome, node, now: now)
        }
    }

    // MARK: The application's thread

    /// One turn of whatever call the application is in.
    /// - Returns: when to look again if nothing else happens.
    private mutating func runApplicationThread(now: Instant) -> Instant {
        // The listener's callbacks have to run before the thread goes on.
        if isInListener, blockingCommit == nil { return now }
        if blockingCommit != nil { return runBlockingCommit(now: now) }
        if closing != nil { return runClose(now: now) }
        guard let end = pollEnd else { return .distantFuture }
        return runPoll(until: end, now: now)
    }
}
