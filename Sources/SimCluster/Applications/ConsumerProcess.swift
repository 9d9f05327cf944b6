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
    private var starts = 0
    private var events: [ConsumerEvent] = []

    /// What the application's thread does.
    private enum Thread: Equatable {
        case polling
        /// Works on a batch since an instant; so many of it are done and accounted for.
        case processing(since: Instant, done: Int)
        case committing(Commit)
        /// After the stop of the process: waits for the consumer to close.
        case closing
    }

    /// What is to be done once a commit has returned.
    private enum Commit: Equatable {
        case thenProcess
        case thenPoll
        case thenNextRecord(since: Instant, done: Int)
    }

    private var thread = Thread.polling
    private var batch: [FetchedRecord] = []
    private var isStopping = false
    private var processedCount: Int64 = 0
    private var nextToken: Int32 = 0
    private var workers: WorkerPool
    /// Set when processing fails in a way that ends the process.
    private(set) var wantsToCrash = false

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

    var isRunning: Bool {
        consumer != nil
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
        thread = .polling
        isStopping = false
        wantsToCrash = false
        consumer?.beginPoll(timeout: ConsumerProcess.pollTimeout, now: now, into: &effects)
    }

    mutating func died(at now: Instant, recorder: inout RunRecorder) {
        settle(at: now, recorder: &recorder)
        consumer = nil
        batch.removeAll()
        workers.clear()
        thread = .polling
    }

    /// SIGTERM: the batch in hand is finished and committed, then the member leaves.
    mutating func stop(at now: Instant, into effects: inout [Effect]) {
        isStopping = true
        if thread == .polling { close(now, &effects) }
    }

    private mutating func close(_ now: Instant, _ effects: inout [Effect]) {
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
        guard consumer != nil else { return }
        switch event {
        case .timerFired(.application):
            settle(at: now, recorder: &recorder)
            proceed(now, &effects, &recorder)
        case .timerFired(.workers):
            settle(at: now, recorder: &recorder)
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
            pollAgain(now, &effects)
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

    // MARK: The poll loop

    private mutating func polled(
        _ records: [FetchedRecord],
        _ now: Instant,
        _ effects: inout [Effect],
        _ recorder: inout RunRecorder
    ) {
        guard thread == .polling else { return }
        guard !records.isEmpty else { return pollAgain(now, &effects) }
        if case .workers = spec.processing.mode {
            workers.add(records, at: now)
            effects.append(.armTimer(.workers, at: workers.nextDone))
            return pollAgain(now, &effects)
        }
        batch = records
        if spec.commit == .beforeProcessing {
            commit(.thenProcess, isSync: true, offsets: nil, now, &effects)
        } else {
            beginProcessing(now, &effects, &recorder)
        }
    }

    private mutating func pollAgain(_ now: Instant, _ effects: inout [Effect]) {
        guard !isStopping else { return close(now, &effects) }
        thread = .polling
        consumer?.beginPoll(timeout: ConsumerProcess.pollTimeout, now: now, into: &effects)
    }

    private mutating func beginProcessing(
        _ now: Instant,
        _ effects: inout [Effect],
        _ recorder: inout RunRecorder
    ) {
        thread = .processing(since: now, done: 0)
        if spec.processing.time == .zero {
            settle(at: now, recorder: &recorder)
            proceed(now, &effects, &recorder)
        } else {
            effects.append(.armTimer(.application, at: nextStop(since: now, done: 0)))
        }
    }

    /// When the thread next has to decide something: at the end of the batch, after each record
    /// with a commit per record, at a record that will fail.
    private func nextStop(since: Instant, done: Int) -> Instant {
        let upTo =
            spec.commit == .perRecord ? done + 1 : min(batch.count, failurePoint ?? batch.count)
        return since + spec.processing.time * Int64(upTo)
    }

    /// How many records of the batch are processed when processing fails; `nil` if it does not.
    private var failurePoint: Int? {
        guard let failure = spec.failure, failure.reaction == .crash else { return nil }
        let before = failure.every - 1 - batchStart % failure.every
        return before < Int64(batch.count) ? Int(before) : nil
    }

    /// Records seen by this application before the batch in hand.
    private var batchStart: Int64 = 0

    /// Accounts for what has been processed up to `now`.
    mutating func settle(at now: Instant, recorder: inout RunRecorder) {
        for item in workers.finish(at: now) { process(item.record, at: item.done, &recorder) }
        guard case .processing(let since, let done) = thread else { return }
        let time = spec.processing.time
        let reached =
            time == .zero
            ? batch.count : min(batch.count, Int((now - since).nanoseconds / time.nanoseconds))
        let limit = min(reached, failurePoint ?? batch.count)
        guard limit > done else { return }
        for number in done..<limit {
            process(batch[number], at: since + time * Int64(number + 1), &recorder, number: number)
        }
        thread = .processing(since: since, done: limit)
    }

    private mutating func process(
        _ record: FetchedRecord,
        at instant: Instant,
        _ recorder: inout RunRecorder,
        number: Int? = nil
    ) {
        if let failure = spec.failure, failure.reaction == .skip, let number,
            (batchStart + Int64(number) + 1) % failure.every == 0
        {
            return
        }
        guard let value = record.value, let id = RecordID(record.body.shared.bytes, at: value)
        else { return }
        recorder.ledger.processed(
            id,
            group: Int32(member.groupIndex),
            member: Int32(member.number - 1),
            from: record.partition,
            at: record.offset,
            now: instant
        )
    }

    /// The thread has come to where it has to decide.
    private mutating func proceed(
        _ now: Instant,
        _ effects: inout [Effect],
        _ recorder: inout RunRecorder
    ) {
        guard case .processing(let since, let done) = thread else { return }
        if let failurePoint, done >= failurePoint {
            batchStart += Int64(failurePoint) + 1
            wantsToCrash = true
            return
        }
        if spec.commit == .perRecord, done > 0 {
            let record = batch[done - 1]
            let offset = CommittedOffset(
                partition: record.partition,
                offset: record.offset.advanced(by: 1),
                leaderEpoch: record.leaderEpoch
            )
            return commit(
                .thenNextRecord(since: since, done: done),
                isSync: true,
                offsets: [offset],
                now,
                &effects
            )
        }
        guard done >= batch.count else {
            effects.append(.armTimer(.application, at: nextStop(since: since, done: done)))
            return
        }
        finishedBatch(now, &effects)
    }

    private mutating func finishedBatch(_ now: Instant, _ effects: inout [Effect]) {
        batchStart += Int64(batch.count)
        batch.removeAll(keepingCapacity: true)
        switch spec.commit {
        case .afterProcessing: commit(.thenPoll, isSync: true, offsets: nil, now, &effects)
        case .asyncAfterProcessing:
            thread = .polling
            let token = token()
            consumer?.commit(nil, isSync: false, token: token, now: now, into: &effects)
            pollAgain(now, &effects)
        case .auto, .beforeProcessing, .perRecord, .none: pollAgain(now, &effects)
        }
    }

    private mutating func commit(
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

    private mutating func token() -> Int32 {
        nextToken += 1
        return nextToken
    }

    /// `commitSync()` has returned, or thrown something that the application logs.
    private mutating func committed(
        _ now: Instant,
        _ effects: inout [Effect],
        _ recorder: inout RunRecorder
    ) {
        guard case .committing(let next) = thread else { return }
        switch next {
        case .thenProcess:
            beginProcessing(now, &effects, &recorder)
        case .thenPoll:
            pollAgain(now, &effects)
        case .thenNextRecord(_, let done):
            guard done < batch.count else { return finishedBatch(now, &effects) }
            // The clock of the next record starts now: the commit took time of its own.
            thread = .processing(since: now - spec.processing.time * Int64(done), done: done)
            if spec.processing.time == .zero {
                effects.append(.armTimer(.application, at: now))
            } else {
                effects.append(.armTimer(.application, at: now + spec.processing.time))
            }
        }
    }
}
