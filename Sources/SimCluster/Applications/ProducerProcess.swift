import Checkers
import DequeModule
import KafkaClients
import KafkaProtocol
import Scenario
import SimBase

/// One producing process: the application's thread and callbacks around a `KafkaProducer`.
struct ProducerProcess {
    let spec: ProducerSpec
    let index: Int32
    private let features: Features
    private let bootstrap: [BrokerID]
    private let seed: Seed

    var client: KafkaProducer?
    /// Whether there is a ``client``.
    private(set) var isRunning = false
    var workload: Workload
    private var values: ValueFactory
    private var starts = 0
    /// Records sent so far, for value sizes that depend on the number.
    private var sentCount: Int64 = 0

    /// What the application's thread does.
    enum Thread: Equatable {
        case free
        /// Inside `send()`, which waits for metadata or memory.
        case inSend(RecordID, since: Instant)
        /// Waits for the result of a `sync` send.
        case awaiting(RecordID)
        /// Inside `close()`, called by the handler of an exception.
        case inClose
        /// The application has given up after an error (`on-error: stop`).
        case stopped
    }

    var thread = Thread.free
    /// How deep the thread is in calls of `send()` from callbacks inside `send()`.
    var nesting = 0
    /// Whether the application has closed its producer on an exception (`close-on-throw`). It goes
    /// on calling `send()`, which throws from then on.
    var hasClosedOnThrow = false
    /// Whether the process is to end when its producer has closed.
    private var isStopping = false
    /// Re-sends asked for at a restart.
    private var backlog = Deque<RecordID>()
    private var completions: [KafkaProducer.Completion] = []
    /// Outcomes not yet known, to be sent again when asked for at a restart.
    private var unresolved: [RecordID] = []
    private var skew = Interval.zero
    private(set) var blockedTime = Interval.zero
    /// The next send of an application that sends as fast as it can.
    private var nextTurn = Instant.distantPast

    /// What a turn of a tight `send()` loop takes.
    static let turn = Interval.microseconds(2)

    init(_ document: ScenarioDocument, index: Int, seed: Seed) {
        spec = document.producers[index]
        self.index = Int32(index)
        features = document.cluster.features
        bootstrap = document.cluster.brokers.map(\.id)
        self.seed = seed.derived("producer(\(spec.name))")
        keepsRecords =
            spec.onError.contains(.resend) || spec.onError.contains(.resendThenThrow)
            || document.timeline.contains { entry in
                guard case .start(_, let options) = entry.action else { return false }
                return options.resendsUnresolved
            }
        workload = Workload(spec, duration: document.duration)
        values = ValueFactory(keys: spec.keys, random: seed.stream("workload(\(spec.name))"))
    }

    /// Mutating so that the client is asked where it is: a look at an optional copies it.
    private var phase: KafkaProducer.Phase? {
        mutating get { client?.look { $0.phase } }
    }

    /// Whether nothing is left to send and no outcome is open.
    func isQuiet(at now: Instant) -> Bool {
        (client?.bufferedRecords ?? 0) == 0 && !isBlocked
    }

    private var isBlocked: Bool {
        switch thread {
        case .inSend, .awaiting, .inClose: true
        case .free, .stopped: false
        }
    }

    // MARK: Life

    mutating func start(
        at now: Instant,
        skew: Interval,
        resendsUnresolved: Bool,
        ledger: Ledger,
        into effects: inout [Effect]
    ) {
        starts += 1
        self.skew = skew
        thread = .free
        nesting = 0
        hasClosedOnThrow = false
        isStopping = false
        var producer = KafkaProducer(
            client: index,
            config: spec.config,
            features: features,
            bootstrap: bootstrap,
            random: seed.stream("client/\(starts)"),
            now: now,
            wallSkew: skew,
            into: &effects
        )
        if sendsFromTheStart { producer.prepare(spec.topic, now: now, into: &effects) }
        client = producer
        isRunning = true
        workload.restarted(at: now)
        backlog.removeAll()
        if resendsUnresolved {
            for record in ledger.entries.indices
            where ledger.entries[record].producer == index
                && ledger.entries[record].outcome != .acked
            {
                backlog.append(RecordID(Int32(record)))
            }
        }
    }

    /// Clients that start at zero have metadata by then; others ask for it when they first send.
    private var sendsFromTheStart: Bool {
        if case .stream(let stream) = spec.workload { stream.start <= .zero } else { true }
    }

    mutating func died(at now: Instant, ledger: inout Ledger) {
        guard isRunning else { return }
        client = nil
        isRunning = false
        if case .inSend(_, let since) = thread { blockedTime += now - max(since, .zero) }
        thread = .free
        workload.stopped(at: now)
        ledger.died(producer: index)
    }

    /// SIGTERM, or the end of the application: flush and close.
    mutating func close(
        timeout: Interval?,
        at now: Instant,
        into effects: inout [Effect],
        ledger: inout Ledger
    ) {
        isStopping = true
        client?.close(timeout: timeout ?? .forever, now: now, into: &effects)
        workload.stopped(at: now)
        drain(now, &effects, &ledger)
    }

    /// Whether the producer is closed for good, and the process with it.
    var isClosed: Bool {
        mutating get { phase == .closed && (isStopping || !hasClosedOnThrow) }
    }

    /// Whether the application still hands records to `send()`.
    private var sends: Bool {
        mutating get {
            guard !isStopping, let phase else { return false }
            return phase == .running || hasClosedOnThrow
        }
    }

    // MARK: Events

    mutating func handle(
        _ event: Event,
        now: Instant,
        into effects: inout [Effect],
        ledger: inout Ledger
    ) {
        guard isRunning else { return }
        if case .wallClockShifted(let shift) = event { skew = shift }
        if case .timerFired(.application) = event {
            takeTurns(now, &effects, &ledger)
        } else {
            client?.handle(event, now: now, into: &effects)
        }
        drain(now, &effects, &ledger)
        arm(now, &effects)
    }

    /// The application's thread sends what is due, until it blocks.
    mutating func takeTurns(_ now: Instant, _ effects: inout [Effect], _ ledger: inout Ledger) {
        while thread == .free, sends {
            if let record = backlog.popFirst() {
                resend(record, now, &effects, &ledger, fromCallback: false)
            } else if workload.isAsFastAsPossible, now < nextTurn {
                return
            } else if let order = workload.take(at: now) {
                send(order, now, &effects, &ledger)
                if workload.isAsFastAsPossible { nextTurn = now + ProducerProcess.turn }
            } else {
                return
            }
            drain(now, &effects, &ledger)
        }
    }

    /// Arms the application's timer for the next record; what is to be sent again is due now.
    mutating func arm(_ now: Instant, _ effects: inout [Effect]) {
        let next = backlog.isEmpty ? workload.nextDue(at: now) : now
        guard thread == .free, sends, let due = next else {
            effects.append(.cancelTimer(.application))
            return
        }
        effects.append(
            .armTimer(
                .application,
                at: backlog.isEmpty && workload.isAsFastAsPossible ? max(due, nextTurn) : due
            )
        )
    }

    // MARK: Sending

    private mutating func send(
        _ order: SendOrder,
        _ now: Instant,
        _ effects: inout [Effect],
        _ ledger: inout Ledger
    ) {
        let record = ledger.sent(by: index, topic: spec.topic, at: now)
        sentCount += 1
        submit(
            ProducerRecord(
                topic: spec.topic,
                partition: order.partition,
                timestamp: timestamp(order.timestamp, now),
                key: values.key(order.key),
                value: values.value(record, size: order.valueSize, number: sentCount),
                token: record.rawValue
            ),
            record,
            now,
            &effects,
            &ledger
        )
    }

    /// Sends a record again that the application has sent before, with the key it had.
    private mutating func resend(
        _ record: RecordID,
        _ now: Instant,
        _ effects: inout [Effect],
        _ ledger: inout Ledger,
        fromCallback: Bool
    ) {
        ledger.resent(record)
        let message =
            sent[record.rawValue]
            ?? ProducerRecord(
                topic: spec.topic,
                partition: nil,
                timestamp: nil,
                key: nil,
                value: values.value(record, size: spec.valueSize, number: 1),
                token: record.rawValue
            )
        submit(message, record, now, &effects, &ledger, fromCallback: fromCallback)
    }

    /// Whether records may have to be sent again: from a callback, or after a restart.
    private let keepsRecords: Bool
    /// What may have to be sent again.
    private(set) var sent: [Int32: ProducerRecord] = [:]

    private mutating func submit(
        _ message: ProducerRecord,
        _ record: RecordID,
        _ now: Instant,
        _ effects: inout [Effect],
        _ ledger: inout Ledger,
        fromCallback: Bool = false
    ) {
        if keepsRecords { sent[message.token] = message }
        guard
            let outcome = client?.send(message, isIOThread: fromCallback, now: now, into: &effects)
        else { return }
        if fromCallback {
            returnedToCallback(outcome, record, now, &effects, &ledger)
        } else {
            returned(outcome, record, now, &effects, &ledger)
        }
    }

    private func timestamp(_ spec: TimestampSpec?, _ now: Instant) -> Int64? {
        switch spec {
        case nil: nil
        case .epochMilliseconds(let value): value
        case .relative(let shift): WallClock.milliseconds(at: now, skew: skew) + shift.milliseconds
        }
    }

    // MARK: Callbacks

    /// Runs the callbacks that are due, in their order.
    mutating func drain(_ now: Instant, _ effects: inout [Effect], _ ledger: inout Ledger) {
        while true {
            client?.takeCompletions(into: &completions)
            guard !completions.isEmpty else { return }
            var batch: [KafkaProducer.Completion] = []
            swap(&batch, &completions)
            for completion in batch { complete(completion, now, &effects, &ledger) }
        }
    }

    private mutating func complete(
        _ completion: KafkaProducer.Completion,
        _ now: Instant,
        _ effects: inout [Effect],
        _ ledger: inout Ledger
    ) {
        let record = RecordID(completion.token)
        switch completion.outcome {
        case .acknowledged(let partition, let offset):
            ledger.acknowledged(record, in: partition, at: offset, now: now)
            sent[completion.token] = nil
            if thread == .awaiting(record) { thread = .free }
        case .failed(let exception, let lastError, _):
            ledger.failed(
                record,
                exception: exception.name,
                lastError: lastError ?? .none,
                now: now
            )
            if thread == .awaiting(record) { thread = .free }
            react(to: record, now, &effects, &ledger)
        case .unblocked(let outcome):
            guard case .inSend(let waiting, let since) = thread, waiting == record else {
                return returnedToCallback(outcome, record, now, &effects, &ledger)
            }
            blockedTime += now - max(since, .zero)
            returned(outcome, record, now, &effects, &ledger)
        case .closed:
            if thread == .inClose { thread = .free }
        case .flushed:
            break
        }
    }

    /// The error callback of the application.
    private mutating func react(
        to record: RecordID,
        _ now: Instant,
        _ effects: inout [Effect],
        _ ledger: inout Ledger
    ) {
        if sendsAgain {
            resend(record, now, &effects, &ledger, fromCallback: true)
        }
        if spec.onError.contains(.stop) { thread = .stopped }
    }
}
