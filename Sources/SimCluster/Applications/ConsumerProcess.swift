import Checkers
import KafkaClients
import KafkaProtocol
import Scenario
import SimBase

/// One consuming process: the application's poll loop around a `KafkaConsumer`.
struct ConsumerProcess {
    let spec: ConsumerSpec
    let member: NodeLayout.Member
    let index: Int32
    private let client: Int32
    private let features: Features
    private let bootstrap: [BrokerID]
    private let seed: Seed

    private(set) var consumer: KafkaConsumer?
    /// Whether there is a ``consumer``.
    private(set) var isRunning = false
    private var starts = 0
    private var events: [ConsumerEvent] = []

    /// What the application's thread does.
    enum Thread: Equatable {
        case polling
        /// Works on a batch since an instant; so many of it are done and accounted for.
        case processing(since: Instant, done: Int)
        case committing(Commit)
        /// After the stop of the process: waits for the workers to finish what they have.
        case draining
        /// After the stop of the process: waits for the consumer to close.
        case closing
    }

    /// What is to be done once a commit has returned.
    enum Commit: Equatable {
        case thenProcess
        case thenPoll
        case thenNextRecord(since: Instant, done: Int)
    }

    var thread = Thread.polling
    var batch: [FetchedRecord] = []
    var isStopping = false
    var workers: WorkerPool
    /// What the workers have finished and nobody has committed yet, ascending by partition.
    var finished: [CommittedOffset] = []
    /// Records that this application has processed or given up, over all its lives.
    var handledCount: Int64 = 0
    /// Set where a condition of the timeline looks at the group's progress: the thread then stops
    /// after each record.
    var isWatched = false
    var pausedAt: Instant?
    private var nextToken: Int32 = 0
    /// Set when processing fails in a way that ends the process.
    var wantsToCrash = false
    /// The exception from `poll()` that ended the loop.
    private(set) var fatalException: ClientException?

    /// How long one `poll()` waits: applications loop on it.
    static let pollTimeout = Interval.seconds(1)

    init(_ document: ScenarioDocument, member: NodeLayout.Member, index: Int) {
        spec = document.consumers[member.spec]
        self.member = member
        self.index = Int32(index)
        client = Int32(index)
        features = document.cluster.features
        bootstrap = document.cluster.brokers.map(\.id)
        seed = Seed(document.seed).derived(
            "consumer(\(document.names.text(member.group))-\(member.number))"
        )
        if case .workers(let count) = spec.processing.mode {
            workers = WorkerPool(count: count, time: spec.processing.time)
        } else {
            workers = WorkerPool(count: 0, time: .zero)
        }
    }

    var isClosed: Bool {
        thread == .closing && (consumer?.isClosed ?? true)
    }

    /// Whether the application has nothing in hand.
    var isIdle: Bool {
        thread == .polling && workers.isEmpty
    }

    // MARK: Life

    mutating func start(at now: Instant, skew: Interval, into effects: inout [Effect]) {
        starts += 1
        var config = spec.config
        if config.instance >= 0 {
            config.instance += Int32(member.number - spec.members.lowerBound)
        }
        consumer = KafkaConsumer(
            client: client,
            group: spec.group,
            topics: spec.topics,
            config: config,
            features: features,
            bootstrap: bootstrap,
            random: seed.stream("client/\(starts)"),
            now: now,
            wallSkew: skew,
            into: &effects
        )
        isRunning = true
        thread = .polling
        isStopping = false
        wantsToCrash = false
        fatalException = nil
        consumer?.beginPoll(timeout: ConsumerProcess.pollTimeout, now: now, into: &effects)
    }

    mutating func died(at now: Instant, recorder: inout RunRecorder) {
        settle(at: now, recorder: &recorder)
        recorder.groups.ended(
            member: Int32(member.number - 1),
            of: member.groupIndex,
            at: now
        )
        consumer = nil
        isRunning = false
        batch.removeAll()
        workers.clear()
        finished.removeAll()
        pausedAt = nil
        thread = .polling
    }

    /// SIGTERM: the batch in hand is finished and committed, then the member leaves.
    mutating func stop(at now: Instant, into effects: inout [Effect]) {
        isStopping = true
        if thread == .polling { close(now, &effects) }
    }

    /// SIGSTOP: what is in hand stays where it is.
    mutating func pause(at now: Instant, recorder: inout RunRecorder) {
        settle(at: now, recorder: &recorder)
        pausedAt = now
    }

    /// SIGCONT: the work in hand takes the rest of its time from now on.
    mutating func resume(at now: Instant, into effects: inout [Effect]) {
        guard let since = pausedAt else { return }
        pausedAt = nil
        guard isRunning else { return }
        let pause = now - since
        workers.delay(by: pause)
        if !workers.isEmpty { effects.append(.armTimer(.workers, at: workersWakeUp)) }
        if case .processing(let began, let done) = thread {
            thread = .processing(since: began + pause, done: done)
            if spec.processing.time > .zero {
                let next = nextStop(since: began + pause, done: done)
                effects.append(.armTimer(.application, at: next))
            }
        }
    }

    mutating func close(_ now: Instant, _ effects: inout [Effect]) {
        guard workers.isEmpty else {
            thread = .draining
            consumer?.wakeUp()
            effects.append(.armTimer(.workers, at: workers.lastDone))
            return
        }
        guard finished.isEmpty || !commitsFinished else { return commitFinished(now, &effects) }
        thread = .closing
        consumer?.close(timeout: .seconds(30), now: now, into: &effects)
    }

    // MARK: Events

    mutating func handle(
        _ event: Event,
        now: Instant,
        into effects: inout [Effect],
        recorder: inout RunRecorder
    ) {
        guard isRunning else { return }
        switch event {
        case .timerFired(.application):
            let before = handledCount
            settle(at: now, recorder: &recorder)
            // Who waits for this record is served before the application goes on.
            if isWatched, handledCount > before {
                effects.append(.armTimer(.application, at: now))
            } else {
                proceed(now, &effects, &recorder)
            }
        case .timerFired(.workers):
            settle(at: now, recorder: &recorder)
            workersProceed(now, &effects)
        default:
            consumer?.handle(event, now: now, into: &effects)
        }
        drain(now, &effects, &recorder)
    }

    mutating func drain(
        _ now: Instant,
        _ effects: inout [Effect],
        _ recorder: inout RunRecorder
    ) {
        for reset in consumer?.takeResets() ?? [] {
            recorder.groups.positionReset(
                of: member.groupIndex,
                reset.partition,
                to: reset.offset,
                isToLatest: reset.policy == .latest,
                at: now
            )
        }
        while true {
            consumer?.takeAppEvents(into: &events)
            guard !events.isEmpty else { return }
            var due: [ConsumerEvent] = []
            swap(&due, &events)
            for event in due { take(event, now, &effects, &recorder) }
        }
    }

    private mutating func take(
        _ event: ConsumerEvent,
        _ now: Instant,
        _ effects: inout [Effect],
        _ recorder: inout RunRecorder
    ) {
        let group = member.groupIndex
        switch event {
        case .polled(let records):
            polled(records, now, &effects, &recorder)
        case .pollThrew(let exception):
            recorder.groups.threw(exception.name, group: group)
            pollThrew(exception, now, &effects)
        case .committed:
            committed(now, &effects, &recorder)
        case .commitFailed(_, let exception):
            recorder.groups.threw(exception.name, group: group)
            committed(now, &effects, &recorder)
        case .revoked(let partitions):
            recorder.groups.revoked[group] += Int64(partitions.count)
        case .assigned:
            break
        case .lost(let partitions):
            recorder.groups.lost[group] += Int64(partitions.count)
        case .closed:
            break
        }
    }

    /// What another `poll()` cannot cure ends the loop; it closes the consumer in its `finally`.
    private mutating func pollThrew(
        _ exception: ClientException,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch exception {
        case .offsetOutOfRange, .noOffsetForPartition, .logTruncation,
            .broker(.fencedInstanceId):
            fatalException = exception
            isStopping = true
        default:
            break
        }
        pollAgain(now, &effects)
    }

    mutating func pollAgain(_ now: Instant, _ effects: inout [Effect]) {
        guard !isStopping else { return close(now, &effects) }
        thread = .polling
        consumer?.beginPoll(timeout: ConsumerProcess.pollTimeout, now: now, into: &effects)
    }

    // MARK: Commits

    mutating func commit(
        _ next: Commit,
        isSync: Bool,
        offsets: [CommittedOffset]?,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        thread = .committing(next)
        let token = token()
        consumer?.commit(offsets, isSync: isSync, token: token, now: now, into: &effects)
    }

    mutating func commitAsynchronously(
        _ offsets: [CommittedOffset]?,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let token = token()
        consumer?.commit(offsets, isSync: false, token: token, now: now, into: &effects)
    }

    private mutating func token() -> Int32 {
        nextToken += 1
        return nextToken
    }
}
