import KafkaGroups
import KafkaProtocol
import SimBase

/// A coordinator with one group, the log of its partition, and a clock.
struct Rig {
    var names = NameTable()
    let group: GroupName
    let orders: TopicName
    let bills: TopicName
    let partition: Int32
    var config: ServerConfig
    private(set) var coordinator: GroupCoordinator
    private(set) var now = Instant.zero
    /// What the leader's log holds.
    private(set) var log: [RecordBatch] = []
    private(set) var highWatermark = Offset.zero
    /// Whether followers fetch: then whatever is appended is committed at once.
    var isReplicating = true
    /// What appends are refused with.
    var refusal: ErrorCode?
    private(set) var epoch = LeaderEpoch(0)
    private(set) var answers: [Int32: (response: Response, at: Instant)] = [:]
    private(set) var observations: [Observation] = []
    private var nextRequest: Int32 = 0
    private var nextSeed: UInt64

    init(seed: UInt64 = 1, _ change: (inout ServerConfig) -> Void = { _ in }) {
        group = names.group("billing")
        orders = names.topic("orders")
        bills = names.topic("bills")
        config = ServerConfig()
        change(&config)
        partition = NameTable.internalPartition(of: "billing", count: config.offsetsTopicPartitions)
        coordinator = GroupCoordinator(config: config, names: names, random: Random(seed: seed))
        nextSeed = seed
        load()
    }

    var end: Offset {
        log.last?.nextOffset ?? .zero
    }

    func tp(_ index: Int32) -> TopicPartition {
        TopicPartition(orders, index)
    }

    // MARK: Requests

    /// Sends a request; its number finds the answer.
    mutating func send(_ request: Request) -> Int32 {
        nextRequest += 1
        var effects: [Effect] = []
        var outcomes: [GroupCoordinator.Outcome] = []
        coordinator.handleRequest(
            RequestHandle(connection: 0, generation: 0, correlation: CorrelationID(nextRequest)),
            request,
            partition: partition,
            now: now,
            wallClock: WallClock.milliseconds(at: now),
            into: &effects,
            outcomes: &outcomes
        )
        perform(effects, outcomes)
        return nextRequest
    }

    func response(_ request: Int32) -> Response? {
        answers[request]?.response
    }

    func joinAnswer(_ request: Int32) -> JoinGroupResponse? {
        if case .joinGroup(let answer) = response(request) { answer } else { nil }
    }

    func syncAnswer(_ request: Int32) -> SyncGroupResponse? {
        if case .syncGroup(let answer) = response(request) { answer } else { nil }
    }

    /// The first error of an answer, NONE if there is none, `nil` while there is no answer.
    func error(_ request: Int32) -> ErrorCode? {
        guard let response = response(request) else { return nil }
        var first = ErrorCode.none
        response.forEachError { if first == .none { first = $0 } }
        return first
    }

    // MARK: Time

    /// Lets time pass to `seconds` (or a finer `instant`), firing timers on the way.
    mutating func advance(toSeconds seconds: Int64) {
        advance(to: .zero + .seconds(seconds))
    }

    mutating func advance(by interval: Interval) {
        advance(to: now + interval)
    }

    mutating func advance(to instant: Instant) {
        while coordinator.nextDeadline <= instant {
            now = max(now, coordinator.nextDeadline)
            var effects: [Effect] = []
            var outcomes: [GroupCoordinator.Outcome] = []
            coordinator.timerFired(
                now: now,
                wallClock: WallClock.milliseconds(at: now),
                into: &effects,
                outcomes: &outcomes
            )
            perform(effects, outcomes)
        }
        now = instant
    }

    /// Long enough for a batch to be written.
    mutating func linger() {
        advance(by: config.groupAppendLinger)
    }

    // MARK: Log

    /// Commits what the log holds up to `offset`.
    mutating func commitLog(to offset: Offset? = nil) {
        highWatermark = offset ?? end
        var effects: [Effect] = []
        var outcomes: [GroupCoordinator.Outcome] = []
        coordinator.highWatermarkAdvanced(
            partition: partition,
            to: highWatermark,
            now: now,
            into: &effects,
            outcomes: &outcomes
        )
        perform(effects, outcomes)
    }

    mutating func deleteTopic(_ topic: TopicName) {
        var effects: [Effect] = []
        var outcomes: [GroupCoordinator.Outcome] = []
        coordinator.topicDeleted(
            topic,
            now: now,
            wallClock: WallClock.milliseconds(at: now),
            into: &effects,
            outcomes: &outcomes
        )
        perform(effects, outcomes)
    }

    /// Leadership goes away.
    mutating func resign() {
        var effects: [Effect] = []
        var outcomes: [GroupCoordinator.Outcome] = []
        coordinator.resigned(partition: partition, now: now, into: &effects, outcomes: &outcomes)
        perform(effects, outcomes)
    }

    /// Another broker leads, with the log up to `offset` (at least the high watermark).
    mutating func failOver(keeping offset: Offset? = nil) {
        let kept = offset ?? end
        log.removeAll { $0.nextOffset > kept }
        nextSeed += 1
        coordinator = GroupCoordinator(config: config, names: names, random: Random(seed: nextSeed))
        load()
        if isReplicating { commitLog() }
    }

    /// A new leadership's coordinator, before it has read the log.
    mutating func beginLoading() {
        epoch = epoch.next
        coordinator.becameLeader(partition: partition, epoch: epoch, now: now)
    }

    mutating func load() {
        beginLoading()
        for batch in log {
            coordinator.replay(partition: partition, batch)
        }
        var effects: [Effect] = []
        var outcomes: [GroupCoordinator.Outcome] = []
        coordinator.finishedLoading(
            partition: partition,
            highWatermark: highWatermark,
            now: now,
            into: &effects,
            outcomes: &outcomes
        )
        perform(effects, outcomes)
    }

    private mutating func perform(_ effects: [Effect], _ outcomes: [GroupCoordinator.Outcome]) {
        for effect in effects {
            switch effect {
            case .reply(let handle, let response):
                let number = handle.correlation.rawValue
                precondition(answers[number] == nil, "request \(number) was answered twice")
                answers[number] = (response, now)
            case .observe(let observation): observations.append(observation)
            default: preconditionFailure("a group coordinator has no use for \(effect)")
            }
        }
        for case .append(let partition, let body, let token) in outcomes {
            append(partition, body, token)
        }
    }

    private mutating func append(_ partition: Int32, _ body: BatchBody, _ token: Int64) {
        var result = GroupCoordinator.AppendResult.refused(refusal ?? .none)
        if refusal == nil {
            log.append(RecordBatch(baseOffset: end, partitionLeaderEpoch: epoch, body: body))
            result = .appended(end: end)
        }
        var effects: [Effect] = []
        var outcomes: [GroupCoordinator.Outcome] = []
        coordinator.appended(
            partition: partition,
            token: token,
            result: result,
            now: now,
            into: &effects,
            outcomes: &outcomes
        )
        perform(effects, outcomes)
        if isReplicating { commitLog() }
    }
}
