import DequeModule
import KafkaLog
import KafkaProtocol
import SimBase

/// One fetcher thread: follows all partitions of its share that one other broker leads.
///
/// The thread has one request outstanding and does the next thing when it is answered: first
/// questions about offsets out of range, then truncation, then a fetch.
/// - Source: kafka.server.ReplicaFetcherThread, AbstractFetcherThread, RemoteLeaderEndPoint.
struct ReplicaFetcher: Sendable {
    /// What the broker has to do after a step.
    enum Outcome: Equatable, Sendable {
        /// The log was cut: the recovery point checkpoint of its directory is due.
        case truncated(slot: Int)
        case highWatermarkChanged(slot: Int)
        /// A follower without epochs met a leader whose log is shorter (before KIP-101).
        case mustHalt
    }

    /// The request that the thread waits with.
    enum Waiting: Equatable, Sendable {
        case none
        case fetch
        case epochEnds([EpochQuery])
        case leaderEnd(TopicPartition)
        case leaderStart(TopicPartition)
    }

    let leader: BrokerID
    let thread: Int32
    let id: BrokerID
    let config: ServerConfig
    let features: Features
    private var random: Random
    private var network: NetworkClient
    private var completions: [NetworkClient.Completion] = []

    /// In the order of the next full fetch.
    var partitions: [FollowedPartition] = []
    /// Partitions of the session that are not followed any more.
    var departed: [TopicPartition] = []
    /// Offsets that the fetch in flight asked for, of partitions that were removed meanwhile.
    var removedRequests: [FollowedPartition] = []
    /// Partitions whose offset the leader does not have.
    var outOfRange = Deque<TopicPartition>()
    var session = Session()
    private(set) var waiting = Waiting.none
    /// Built, but the connection is not ready yet.
    private var prepared: Request?
    private var connectDeadline = Instant.distantFuture
    /// When the thread looks again, having found nothing to do.
    private var idleUntil = Instant.distantFuture
    /// Flushes of `flush.messages`, for which the thread stands still.
    var awaitedFlushes: [FlushToken] = []

    struct Session: Equatable, Sendable {
        /// 0 asks for a new session.
        var id: Int32 = 0
        var epoch: Int32 = 0
        var isFull: Bool { epoch == 0 }
    }

    init(
        leader: BrokerID,
        thread: Int32,
        id: BrokerID,
        config: ServerConfig,
        features: Features,
        random: Random
    ) {
        self.leader = leader
        self.thread = thread
        self.id = id
        self.config = config
        self.features = features
        self.random = random
        network = ReplicaFetcher.connection(thread, config, Random(seed: self.random.next()))
    }

    /// A blocking connection: no back-off, no growing time-outs, no question for versions.
    /// - Source: kafka.server.BrokerBlockingSender.
    private static func connection(_ thread: Int32, _ config: ServerConfig, _ random: Random)
        -> NetworkClient
    {
        var settings = NetworkClient.Settings()
        settings.requestTimeout = config.requestTimeout
        settings.reconnectBackoff = .zero
        settings.reconnectBackoffMax = .zero
        settings.maxInFlight = 1
        settings.discoversVersions = false
        settings.maxIdle = .forever
        return NetworkClient(
            role: .replicaFetcher,
            settings: settings,
            random: random,
            indexBase: 256 * thread
        )
    }

    /// When the thread has to look again. While a request or a flush is under way, its end wakes
    /// it, not the clock.
    ///
    /// Mutating so that it is asked where it is: a copy would cost more than the answer.
    mutating func wakeUp() -> Instant {
        let isFree = waiting == .none && awaitedFlushes.isEmpty
        return min(network.nextDeadline, connectDeadline, isFree ? idleUntil : .distantFuture)
    }

    // MARK: Partitions

    /// Follows a partition from now on; wakes the thread.
    mutating func add(_ partition: FollowedPartition) {
        var added = partition
        if let known = partitions.firstIndex(where: { $0.partition == partition.partition }) {
            guard partitions[known].leaderEpoch != partition.leaderEpoch else { return }
            added.requestedOffset = partitions[known].requestedOffset
            added.requestedEpoch = partitions[known].requestedEpoch
            added.told = partitions[known].told
            partitions[known] = added
        } else {
            // The fetch in flight may have asked for just this offset: its answer is welcome then.
            if let old = removedRequests.last(where: { $0.partition == partition.partition }) {
                added.requestedOffset = old.requestedOffset
                added.requestedEpoch = old.requestedEpoch
            }
            partitions.append(added)
            // Gone and back between two fetches, it is another question about the same partition:
            // named as one that leaves the session too, it would be out of it for good.
            // Source: FetchSessionHandler.Builder.build.
            departed.removeAll { $0 == partition.partition }
        }
        idleUntil = .distantPast
    }

    mutating func remove(_ partition: TopicPartition) {
        guard let place = partitions.firstIndex(where: { $0.partition == partition }) else {
            return
        }
        let removed = partitions.remove(at: place)
        if removed.told != nil { departed.append(partition) }
        if waiting == .fetch, removed.requestedOffset != .none { removedRequests.append(removed) }
    }

    var isIdle: Bool {
        partitions.isEmpty
    }

    /// Ends the thread: its connection is closed, an answer under way is lost.
    mutating func close(now: Instant, into effects: inout [Effect]) {
        network.closeAll(now: now, into: &effects)
    }

    /// Leaves partitions alone for `replica.fetch.backoff.ms`; those already left alone are not
    /// extended.
    mutating func delay(_ place: Int, now: Instant) {
        guard now >= partitions[place].delayedUntil else { return }
        partitions[place].delayedUntil = now + config.replicaFetchBackoff
    }

    /// The partition's place, searched from where the last one was found.
    func place(of partition: TopicPartition, from hint: Int = 0) -> Int? {
        var place = hint
        for _ in partitions.indices {
            if place >= partitions.count { place = 0 }
            if partitions[place].partition == partition { return place }
            place += 1
        }
        return nil
    }

    // MARK: The loop

    mutating func handle(_ event: Event, now: Instant, into effects: inout [Effect]) -> Bool {
        network.handle(event, now: now, into: &effects, completions: &completions)
    }

    /// Moves the thread on as far as it gets without another event.
    mutating func poll(
        replicas: inout ReplicaTable,
        brokerEpoch: BrokerEpoch,
        clock: WallTime,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        network.poll(now: clock.now, into: &effects, completions: &completions)
        var index = 0
        while index < completions.count {
            let completion = completions[index]
            index += 1
            switch completion.outcome {
            case .response(let response):
                let asked = waiting
                waiting = .none
                take(
                    response,
                    to: asked,
                    replicas: &replicas,
                    clock: clock,
                    handles: &handles,
                    into: &effects,
                    outcomes: &outcomes
                )
            case .disconnected, .timedOut, .connectionLost: fail(now: clock.now)
            case .written, .connectionReady: break
            }
        }
        completions.clear()
        if clock.now >= connectDeadline { abandon(now: clock.now, into: &effects) }
        guard awaitedFlushes.isEmpty else { return }
        run(
            replicas: &replicas,
            brokerEpoch: brokerEpoch,
            clock: clock,
            handles: &handles,
            into: &effects,
            outcomes: &outcomes
        )
    }

    private mutating func run(
        replicas: inout ReplicaTable,
        brokerEpoch: BrokerEpoch,
        clock: WallTime,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        if waiting == .none {
            if prepareOffsetQuery()
                || prepareTruncation(
                    replicas: &replicas,
                    clock: clock,
                    handles: &handles,
                    into: &effects,
                    outcomes: &outcomes
                ) || prepareFetch(replicas: &replicas, brokerEpoch: brokerEpoch, now: clock.now)
            {
                idleUntil = .distantFuture
                connectDeadline = clock.now + config.replicaSocketTimeout
            } else if idleUntil <= clock.now || idleUntil == .distantFuture {
                idleUntil =
                    partitions.isEmpty ? .distantFuture : clock.now + config.replicaFetchBackoff
            }
        }
        guard let request = prepared else { return }
        guard network.ready(leader, now: clock.now, into: &effects) else { return }
        prepared = nil
        connectDeadline = .distantFuture
        network.send(
            request,
            to: leader,
            token: 1,
            now: clock.now,
            into: &effects,
            completions: &completions
        )
    }

    mutating func prepare(_ request: Request, _ waiting: Waiting) {
        prepared = request
        self.waiting = waiting
    }

    // MARK: Failure

    /// The request, or the attempt to connect for it, has failed.
    private mutating func fail(now: Instant) {
        guard waiting != .none else { return }
        let failed = waiting
        waiting = .none
        prepared = nil
        connectDeadline = .distantFuture
        // The connection's failures are not remembered: the next attempt has the first's time-out.
        network = ReplicaFetcher.connection(thread, config, Random(seed: random.next()))
        switch failed {
        case .none: break
        case .fetch:
            for place in partitions.indices {
                partitions[place].requestedOffset = .none
                delay(place, now: now)
            }
            removedRequests.clear()
            session.epoch = 0
        case .epochEnds(let queries):
            for query in queries {
                if let place = place(of: query.partition) { delay(place, now: now) }
            }
        case .leaderEnd(let partition), .leaderStart(let partition):
            // After its delay the next fetch finds the offset out of range once more.
            outOfRange.removeAll { $0 == partition }
            if let place = place(of: partition) { delay(place, now: now) }
        }
    }

    /// The connection did not come about within `replica.socket.timeout.ms`.
    private mutating func abandon(now: Instant, into effects: inout [Effect]) {
        network.closeAll(now: now, into: &effects)
        fail(now: now)
    }
}
