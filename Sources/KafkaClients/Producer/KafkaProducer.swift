internal import DequeModule
public import KafkaProtocol
public import SimBase

/// Kafka's producer: an application thread that calls ``send(_:isIOThread:now:into:)`` and the I/O
/// thread ("sender") that drains batches, retries them and runs callbacks.
///
/// Callbacks are data: after every call the parent takes the completions and does what the callbacks
/// would do. A callback that sends does so with `isIOThread: true`.
/// - Source: org.apache.kafka.clients.producer.KafkaProducer, internals.Sender.
public struct KafkaProducer: Sendable {
    /// What `send()` did before it returned to its caller.
    public enum SendOutcome: Equatable, Sendable {
        /// The record is in a batch: exactly one completion follows.
        case accepted
        /// The callback ran inside `send()` with this exception; nothing was thrown.
        case failed(ClientException)
        /// `send()` threw, without a callback (if the producer is in a fatal state the record is
        /// in a batch all the same, and its completion follows).
        case threw(ClientException)
        /// The calling thread waits for metadata or memory, at most `max.block.ms`; the wait
        /// ends with an `unblocked` completion.
        case blocked
    }

    /// A callback to run, or the end of a wait.
    public struct Completion: Equatable, Sendable {
        /// What the callback is told, or how the wait ended.
        public enum Outcome: Equatable, Sendable {
            /// Success; the offset is ``Offset/none`` with `acks=0`.
            case acknowledged(TopicPartition, Offset)
            /// Failure, with the last error a broker or the network gave before.
            case failed(ClientException, lastError: ErrorCode?, TopicPartition)
            /// A blocked `send()` went on and ended so.
            case unblocked(SendOutcome)
            /// `flush()` with this token returned.
            case flushed
            /// `close()` is over: the producer is gone.
            case closed
        }

        /// The record's token; the caller's own for `flushed`.
        /// The client's number for `closed`.
        public let token: Int32
        public let outcome: Outcome

        public init(token: Int32, outcome: Outcome) {
            self.token = token
            self.outcome = outcome
        }
    }

    /// How far the producer is in its life.
    public enum Phase: Equatable, Sendable {
        case running
        /// `close()` was called: sends throw, buffered records still go out until the deadline.
        case closing(deadline: Instant)
        /// The I/O thread has ended: nothing is sent or received any more.
        case closed
    }

    /// What the producer has done since its construction.
    public struct Statistics: Equatable, Sendable {
        /// Records sent again by the library.
        public var retries: Int64 = 0
        /// How often the sequences began anew under another epoch (KIP-360).
        public var epochBumps: Int64 = 0
        /// Batches that were too large for the broker and were sent in pieces.
        public var splits: Int64 = 0
        /// Produce requests that were sent.
        public var requests: Int64 = 0
        /// How long application threads stood in `send()`.
        public var blocked = Interval.zero
    }

    /// A `send()` that has not returned.
    struct BlockedSend: Sendable {
        enum Stage: Sendable {
            /// Waits for a metadata response newer than this.
            case metadata(seen: Int32)
            case memory(size: Int)
        }

        let record: ProducerRecord
        let began: Instant
        let deadline: Instant
        let waiter: BufferPool.Waiter
        var stage: Stage
    }

    /// Completions of which the last batch's memory is returned once its callbacks have run.
    struct CallbackRun: Sendable {
        var completions: [Completion] = []
        /// `nil` while further completions may join.
        var releases: Int?
    }

    struct Flush: Sendable {
        let token: Int32
        let limit: Int64
        var left: Int
    }

    let client: Int32
    let config: ProducerConfig
    let features: Features
    public internal(set) var phase = Phase.running
    public internal(set) var statistics = Statistics()
    var network: ClientNetwork
    var accumulator: RecordAccumulator
    var identity: ProducerIdentity
    var random: Random
    var wallSkew: Interval

    var blockedApplication: BlockedSend?
    var blockedIOThread: BlockedSend?
    /// Sends of further callbacks, which run when the one that blocks the I/O thread is over.
    var queuedCallbackSends = Deque<ProducerRecord>()
    /// Events that came while a callback blocked the I/O thread.
    var deferredEvents = Deque<Event>()
    var runs: Deque<CallbackRun> = [CallbackRun()]
    var flushes: [Flush] = []

    /// Batches of each produce request in flight, by token less one.
    var requests: [[BatchID]] = []
    var freeRequests: [Int] = []
    var networkCompletions: [NetworkClient.Completion] = []
    var nodeQueues = NodeQueues()
    var armedAt = Instant.distantFuture
    /// Kept from pass to pass to spare allocations.
    var scratch = SenderScratch()

    /// - Parameters:
    ///   - client: the process's dense number.
    ///   - config: after the silent corrections of Kafka's constructor.
    ///   - features: behaviour of the client's release.
    ///   - bootstrap: where the first connections go.
    ///   - random: jitter, sticky partitions, choice of nodes.
    ///   - now: the time of construction.
    ///   - wallSkew: how far the process's wall clock is ahead.
    ///   - effects: receives the first connection attempt.
    public init(
        client: Int32,
        config: ProducerConfig,
        features: Features,
        bootstrap: [BrokerID],
        random: Random,
        now: Instant,
        wallSkew: Interval,
        into effects: inout [Effect]
    ) {
        self.client = client
        self.config = config
        self.features = features
        self.random = random
        self.wallSkew = wallSkew
        network = ClientNetwork(
            config: config.client,
            features: features,
            bootstrap: bootstrap,
            maxInFlight: config.maxInFlight,
            maxIdle: config.client.metadataMaxIdle,
            allowsAutoCreation: true,
            random: &self.random
        )
        accumulator = RecordAccumulator(config: config, features: features)
        identity = ProducerIdentity()
        runSender(now: now, into: &effects)
    }

    /// Records in batches that are not completed.
    public var bufferedRecords: Int {
        accumulator.incompleteBatches().reduce(0) {
            $0 + Int(accumulator.batches[Int($1)].recordCount)
        }
    }

    /// Free bytes of `buffer.memory`.
    public var availableMemory: Int64 { accumulator.pool.available }

    /// Whether `close()` is over: nothing is sent or completed any more.
    public var isClosed: Bool { phase == .closed }

    /// Looks at the producer where it is: reading a field of an optional one would copy it all.
    public mutating func look<Answer>(_ body: (borrowing KafkaProducer) -> Answer) -> Answer {
        body(self)
    }

    /// Whether a callback's `send()` blocks the I/O thread: nothing is sent or received meanwhile.
    /// Asked of a field, because a look at the whole optional copies it.
    public var isIOThreadBlocked: Bool { blockedIOThread?.deadline != nil }

    /// Whether the application's thread is inside a blocked `send()`.
    public var isBlocked: Bool { blockedApplication?.deadline != nil }

    /// `partitionsFor(topic)`: asks for a topic's metadata ahead of the first send.
    public mutating func prepare(_ topic: TopicName, now: Instant, into effects: inout [Effect]) {
        guard phase == .running else { return }
        network.metadata.add(topic, now: now)
        wake(at: now, into: &effects)
    }

    // MARK: Completions

    /// Moves the callbacks that are due to the end of `completions`, in callback order.
    ///
    /// A failed batch's memory is returned only after its callbacks: completions behind it are
    /// handed out when the client's timer, armed for this instant, has fired.
    public mutating func takeCompletions(into completions: inout [Completion]) {
        guard !runs[0].completions.isEmpty else { return }
        completions.append(contentsOf: runs[0].completions)
        runs[0].completions.clear()
    }

    func hasPendingCallbacks() -> Bool {
        runs.count > 1 || !queuedCallbackSends.isEmpty
    }

    /// Callbacks that stood behind a blocked one send now, one after the other.
    private mutating func sendQueued(now: Instant, into effects: inout [Effect]) {
        while !isIOThreadBlocked, runs[0].completions.isEmpty,
            let record = queuedCallbackSends.popFirst()
        {
            let outcome = send(record, isIOThread: true, now: now, into: &effects)
            guard outcome != .blocked else { return }
            runs[0].completions.append(
                Completion(token: record.token, outcome: .unblocked(outcome))
            )
        }
    }

    mutating func complete(_ token: Int32, _ outcome: Completion.Outcome) {
        runs[runs.count - 1].completions.append(Completion(token: token, outcome: outcome))
    }

    /// Callbacks handed out before have run: return the memory of their batches.
    mutating func finishCallbacks(now: Instant, into effects: inout [Effect]) {
        sendQueued(now: now, into: &effects)
        guard !isIOThreadBlocked, queuedCallbackSends.isEmpty else { return }
        while runs.count > 1, runs[0].completions.isEmpty {
            let bytes = runs.removeFirst().releases ?? 0
            releaseMemory(bytes, now: now, into: &effects)
            if !runs[0].completions.isEmpty { break }
        }
    }

    // MARK: Events

    /// Takes an event of this process.
    public mutating func handle(_ event: Event, now: Instant, into effects: inout [Effect]) {
        switch event {
        case .wallClockShifted(let skew):
            wallSkew = skew
            return
        case .timerFired(let kind):
            guard kind == .client else { return }
            armedAt = .distantFuture
        case .connected, .connectionFailed, .disconnected, .responseReceived:
            if isIOThreadBlocked || hasPendingCallbacks() {
                deferredEvents.append(event)
                wake(at: isIOThreadBlocked ? .distantFuture : now, into: &effects)
                return
            }
            receive(event, now: now, into: &effects)
        case .started, .requestReceived, .flushCompleted, .storageChanged, .stopRequested:
            return
        }
        finishCallbacks(now: now, into: &effects)
        expireBlockedSends(now: now, into: &effects)
        if !isIOThreadBlocked, !hasPendingCallbacks() {
            while let deferred = deferredEvents.popFirst() {
                receive(deferred, now: now, into: &effects)
                if hasPendingCallbacks() { break }
            }
        }
        runSender(now: now, into: &effects)
    }

    private mutating func receive(_ event: Event, now: Instant, into effects: inout [Effect]) {
        guard phase != .closed else { return }
        _ = network.handle(
            event,
            now: now,
            into: &effects,
            completions: &networkCompletions
        )
        handleNetworkCompletions(now: now, into: &effects)
    }

    // MARK: Timer

    /// Makes sure that the timer fires at `instant` or before.
    mutating func wake(at instant: Instant, into effects: inout [Effect]) {
        guard instant < armedAt else { return }
        armedAt = instant
        effects.append(.armTimer(.client, at: instant))
    }

    func wallClock(_ now: Instant) -> Int64 {
        WallClock.milliseconds(at: now, skew: wallSkew)
    }
}
