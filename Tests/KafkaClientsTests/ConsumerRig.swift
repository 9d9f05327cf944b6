import KafkaProtocol
import SimBase

@testable import KafkaClients

let billing = GroupName(0)

/// A consumer that has joined and holds its first records.
func joined(
    partitions: Int = 1,
    records: Int64 = 10,
    _ configure: (inout ConsumerConfig) -> Void = { _ in }
) -> ConsumerRig {
    var rig = ConsumerRig(partitions: partitions, configure)
    for partition in rig.assignment ?? [] { rig.logEnd[partition] = records }
    _ = rig.pollUntilRecords()
    return rig
}

/// A consumer against a coordinator that answers as it is told, and partitions full of records.
struct ConsumerRig {
    var wire = Wire()
    var consumer: KafkaConsumer
    var effects: [Effect] = []
    var events: [ConsumerEvent] = []

    // The coordinator's part.
    var generation: Int32 = 0
    var assignment: [TopicPartition]? = []
    var committed: [TopicPartition: CommittedOffset] = [:]
    var commits: [(instant: Instant, offsets: [Int64])] = []
    var commitErrors: [ErrorCode] = []
    var heartbeatErrors: [ErrorCode] = []
    var joinErrors: [ErrorCode] = []
    var syncErrors: [ErrorCode] = []
    var heartbeats: [Instant] = []
    var joins: [JoinGroupRequest] = []
    var lefts = 0
    /// Joins are answered only when the test says so.
    var holdsJoins = false

    // The leader's part.
    var logStart: [TopicPartition: Int64] = [:]
    var logEnd: [TopicPartition: Int64] = [:]
    var fetchErrors: [ErrorCode] = []
    var epochEnd: EpochEnd?
    var fetches: [FetchRequest] = []
    var sessionID: Int32 = 5
    var session: [FetchPartition] = []
    var recordEpoch: Int32 = 0

    init(
        partitions: Int = 1,
        group: GroupName? = billing,
        _ configure: (inout ConsumerConfig) -> Void = { _ in }
    ) {
        var config = ConsumerConfig()
        config.autoOffsetReset = .earliest
        configure(&config)
        wire.keepsMetadata = true
        wire.leaders = Array(repeating: broker1, count: partitions)
        wire.leaderEpochs = Array(repeating: 0, count: partitions)
        let all = (0..<partitions).map { TopicPartition(orders, Int32($0)) }
        assignment = all
        for partition in all { logEnd[partition] = 0 }
        consumer = KafkaConsumer(
            client: 4,
            group: group,
            topics: [orders],
            config: config,
            features: Features(),
            bootstrap: [broker1],
            random: Random(seed: 1),
            now: .zero,
            wallSkew: .zero,
            into: &effects
        )
    }

    // MARK: Driving

    /// Delivers what is due now, or up to the moment when the application hears of `event`.
    mutating func settle(until event: ConsumerEvent? = nil) {
        while true {
            wire.absorb(&effects)
            consumer.takeAppEvents(into: &events)
            if let event, events.contains(event) { return }
            serve()
            if !wire.events.isEmpty {
                consumer.handle(wire.events.removeFirst(), now: wire.now, into: &effects)
            } else if let kind = due() {
                wire.timers[kind] = nil
                consumer.handle(.timerFired(kind), now: wire.now, into: &effects)
            } else if effects.isEmpty {
                return
            }
        }
    }

    private func due() -> TimerKind? {
        [TimerKind.client, .heartbeat].first { kind in
            wire.timers[kind].map { $0 <= wire.now } ?? false
        }
    }

    mutating func advance(to instant: Instant) {
        settle()
        while let next = nextInstant, next <= instant {
            wire.now = max(next, wire.now)
            settle()
        }
        wire.now = instant
        settle()
    }

    /// Polls once; answers come at once, so that a poll with data takes no time.
    /// - Returns: the offsets returned, or `nil` if it threw.
    @discardableResult
    mutating func poll(_ timeout: Interval = .milliseconds(10)) -> [Int64]? {
        let end = wire.now + timeout
        consumer.beginPoll(timeout: timeout, now: wire.now, into: &effects)
        settle()
        while consumer.isPolling, wire.now < end {
            let next = nextInstant ?? end
            advance(to: min(max(next, wire.now), end))
        }
        for event in events.reversed() {
            if case .polled(let records) = event { return records.map(\.offset.rawValue) }
            if case .pollThrew = event { return nil }
        }
        return nil
    }

    /// Polls until records come, the member being in the group then.
    mutating func pollUntilRecords() -> [Int64] {
        for _ in 0..<50 {
            if let offsets = poll(), !offsets.isEmpty { return offsets }
        }
        return []
    }

    var thrown: [String] {
        events.compactMap { if case .pollThrew(let exception) = $0 { exception.name } else { nil } }
    }

    // MARK: Serving

    /// Serves each connection in order: what is behind a parked request waits.
    private mutating func serve() {
        var waiting: [Wire.Sent] = []
        for sent in wire.requests {
            let isBehind = waiting.contains { $0.channel == sent.channel }
            if !isBehind, let response = answer(sent.request) ?? expired(sent) {
                wire.events.append(.responseReceived(sent.channel, sent.correlation, response))
            } else {
                waiting.append(sent)
            }
        }
        wire.requests = waiting
    }

    private mutating func answer(_ request: Request) -> Response? {
        switch request {
        case .findCoordinator:
            return .findCoordinator(FindCoordinatorResponse(error: .none, coordinator: broker1))
        case .joinGroup(let join): return answer(join)
        case .syncGroup:
            if !syncErrors.isEmpty {
                return .syncGroup(SyncGroupResponse(error: syncErrors.removeFirst()))
            }
            return .syncGroup(SyncGroupResponse(error: .none, partitions: assignment ?? []))
        case .heartbeat:
            heartbeats.append(wire.now)
            return .status(heartbeatErrors.isEmpty ? .none : heartbeatErrors.removeFirst())
        case .leaveGroup:
            lefts += 1
            return .status(.none)
        case .offsetCommit(let commit): return answer(commit)
        case .offsetFetch(let fetch):
            return .offsetFetch(
                OffsetFetchResponse(
                    error: .none,
                    offsets: fetch.partitions.map {
                        committed[$0]
                            ?? CommittedOffset(partition: $0, offset: .none, leaderEpoch: .none)
                    }
                )
            )
        case .listOffsets(let list):
            return .offsets(
                OffsetAnswers(
                    partitions: list.partitions.map { item in
                        let isEarliest = item.query == .earliest
                        let offset =
                            isEarliest ? logStart[item.partition] : logEnd[item.partition]
                        return OffsetAnswer(
                            partition: item.partition,
                            error: .none,
                            epoch: LeaderEpoch(0),
                            offset: Offset(offset ?? 0)
                        )
                    }
                )
            )
        case .offsetForLeaderEpoch(let query):
            let end =
                epochEnd
                ?? EpochEnd(epoch: LeaderEpoch(recordEpoch), endOffset: Offset(Int64.max))
            return .offsets(
                OffsetAnswers(
                    partitions: query.partitions.map {
                        OffsetAnswer(
                            partition: $0.partition,
                            error: .none,
                            epoch: end.epoch,
                            offset: end.endOffset
                        )
                    }
                )
            )
        case .fetch(let fetch): return answer(fetch)
        case .metadata(let metadata): return .metadata(wire.answer(metadata))
        default: return nil
        }
    }

    /// A fetch that has waited for `fetch.max.wait.ms` is answered empty.
    private func expired(_ sent: Wire.Sent) -> Response? {
        guard case .fetch(let fetch) = sent.request, wire.now >= sent.instant + fetch.maxWait else {
            return nil
        }
        return .fetch(FetchResponse(sessionID: sessionID, partitions: []))
    }

    /// The next instant at which something happens by itself.
    private var nextInstant: Instant? {
        let timers = [TimerKind.client, .heartbeat].compactMap { wire.timers[$0] }
        let parked = wire.requests.compactMap { sent -> Instant? in
            guard case .fetch(let fetch) = sent.request else { return nil }
            return sent.instant + fetch.maxWait
        }
        return (timers + parked).min()
    }

    private mutating func answer(_ join: JoinGroupRequest) -> Response? {
        guard !holdsJoins else { return nil }
        joins.append(join)
        if !joinErrors.isEmpty {
            let error = joinErrors.removeFirst()
            return .joinGroup(
                JoinGroupResponse(error: error, member: MemberID(client: 4, nonce: 8))
            )
        }
        generation += 1
        let member = join.member == .none ? MemberID(client: 4, nonce: 7) : join.member
        return .joinGroup(
            JoinGroupResponse(
                error: .none,
                generation: Generation(generation),
                assignor: .range,
                leader: MemberID(client: 1, nonce: 1),
                member: member
            )
        )
    }

    private mutating func answer(_ commit: OffsetCommitRequest) -> Response {
        commits.append((wire.now, commit.offsets.map(\.offset.rawValue)))
        let error = commitErrors.isEmpty ? ErrorCode.none : commitErrors.removeFirst()
        if error == .none {
            for offset in commit.offsets { committed[offset.partition] = offset }
        }
        return .offsetCommit(
            commit.offsets.map { PartitionError(partition: $0.partition, error: error) }
        )
    }

    private mutating func answer(_ fetch: FetchRequest) -> Response? {
        if fetch.sessionEpoch == 0 { session = [] }
        session.removeAll { known in
            fetch.forgotten.contains(known.partition)
                || fetch.partitions.contains { $0.partition == known.partition }
        }
        session += fetch.partitions
        if !fetchErrors.isEmpty {
            fetches.append(fetch)
            let error = fetchErrors.removeFirst()
            return .fetch(
                FetchResponse(
                    sessionID: sessionID,
                    partitions: session.map {
                        FetchPartitionResponse(partition: $0.partition, error: error)
                    }
                )
            )
        }
        let parts = session.compactMap { part -> FetchPartitionResponse? in
            let end = logEnd[part.partition] ?? 0
            guard part.fetchOffset.rawValue < end else { return nil }
            return FetchPartitionResponse(
                partition: part.partition,
                highWatermark: Offset(end),
                records: [batch(from: part.fetchOffset.rawValue, to: end)]
            )
        }
        // Nothing to read: the broker holds the request.
        guard !parts.isEmpty else { return nil }
        fetches.append(fetch)
        return .fetch(FetchResponse(sessionID: sessionID, partitions: parts))
    }

    private func batch(from start: Int64, to end: Int64) -> RecordBatch {
        var builder = RecordBatchBuilder(capacity: 1_024)
        for offset in start..<end {
            builder.append(timestamp: 1_000 + offset, key: nil, value: [UInt8(offset & 0xff)])
        }
        return RecordBatch(
            baseOffset: Offset(start),
            partitionLeaderEpoch: LeaderEpoch(recordEpoch),
            body: builder.finish()
        )
    }
}
