import KafkaProtocol
import SimBase

@testable import KafkaClients

let orders = TopicName(3)
let orders0 = TopicPartition(orders, 0)
let broker1 = BrokerID(1)
let broker2 = BrokerID(2)

func at(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
}

/// A cluster in a nutshell around one client: answers all but produce requests at once, keeps
/// those for the test, and fires timers as the test lets time pass.
struct Wire {
    struct Sent {
        let channel: ChannelID
        let correlation: CorrelationID
        let request: Request
        let instant: Instant
    }

    var now = Instant.zero
    var brokers = [broker1]
    /// Leaders of the partitions of `orders`.
    var leaders = [broker1]
    var leaderEpochs: [Int32] = [0]
    var topicError = ErrorCode.none
    var refused: Set<BrokerID> = []
    /// Whether metadata requests, too, are left to the test.
    var keepsMetadata = false
    var producerIDErrors: [ErrorCode] = []
    var requests: [Sent] = []
    var sentMetadata: [Instant] = []
    var observations: [Observation] = []
    var events: [Event] = []
    var timers: [TimerKind: Instant] = [:]

    mutating func absorb(_ effects: inout [Effect]) {
        for effect in effects {
            switch effect {
            case .connect(let channel, let node, _):
                events.append(
                    refused.contains(node) ? .connectionFailed(channel) : .connected(channel)
                )
            case .send(let channel, let correlation, let request):
                receive(channel, correlation, request)
            case .armTimer(let kind, let at): timers[kind] = at
            case .cancelTimer(let kind): timers[kind] = nil
            case .observe(let observation): observations.append(observation)
            default: break
            }
        }
        effects.removeAll()
    }

    private mutating func receive(
        _ channel: ChannelID,
        _ correlation: CorrelationID,
        _ request: Request
    ) {
        switch request {
        case .apiVersions:
            events.append(.responseReceived(channel, correlation, .status(.none)))
        case .metadata(let metadata):
            sentMetadata.append(now)
            guard !keepsMetadata else {
                requests.append(
                    Sent(channel: channel, correlation: correlation, request: request, instant: now)
                )
                return
            }
            events.append(.responseReceived(channel, correlation, .metadata(answer(metadata))))
        case .initProducerId:
            let error = producerIDErrors.isEmpty ? ErrorCode.none : producerIDErrors.removeFirst()
            let response = InitProducerIdResponse(
                error: error,
                producerID: ProducerID(7),
                epoch: ProducerEpoch(0)
            )
            events.append(.responseReceived(channel, correlation, .initProducerId(response)))
        default:
            requests.append(
                Sent(channel: channel, correlation: correlation, request: request, instant: now)
            )
        }
    }

    func answer(_ request: MetadataRequest) -> MetadataResponse {
        let topics = (request.topics ?? []).map { name in
            MetadataTopic(
                name: name,
                id: TopicID(UInt64(name.rawValue)),
                error: topicError,
                partitions: topicError.isError
                    ? []
                    : leaders.enumerated().map { index, leader in
                        MetadataPartition(
                            error: leader == .none ? .leaderNotAvailable : .none,
                            leader: leader,
                            leaderEpoch: LeaderEpoch(leaderEpochs[index]),
                            replicas: brokers,
                            isr: brokers
                        )
                    }
            )
        }
        return MetadataResponse(brokers: brokers, controller: broker1, topics: topics)
    }
}

struct ProducerRig {
    var wire = Wire()
    var producer: KafkaProducer
    var effects: [Effect] = []
    var completions: [KafkaProducer.Completion] = []
    /// Whether every produce request succeeds at once.
    var acknowledges = false
    var nextOffset: Int64 = 0
    private var token: Int32 = 0

    init(
        partitions: Int = 1,
        warm: Bool = true,
        features: Features = Features(),
        _ configure: (inout ProducerConfig) -> Void = { _ in }
    ) {
        var config = ProducerConfig()
        configure(&config)
        wire.leaders = Array(repeating: broker1, count: partitions)
        wire.leaderEpochs = Array(repeating: 0, count: partitions)
        producer = KafkaProducer(
            client: 1,
            config: config,
            features: features,
            bootstrap: [broker1],
            random: Random(seed: 1),
            now: .zero,
            wallSkew: .zero,
            into: &effects
        )
        if warm { producer.prepare(orders, now: .zero, into: &effects) }
        if warm { settle() }
    }

    /// Delivers everything that is due now.
    mutating func settle() {
        while true {
            wire.absorb(&effects)
            producer.takeCompletions(into: &completions)
            if acknowledges { acknowledgeAll() }
            if !wire.events.isEmpty {
                producer.handle(wire.events.removeFirst(), now: wire.now, into: &effects)
            } else if let due = wire.timers[.client], due <= wire.now {
                wire.timers[.client] = nil
                producer.handle(.timerFired(.client), now: wire.now, into: &effects)
            } else if effects.isEmpty {
                return
            }
        }
    }

    /// Lets time pass, firing timers as they come due.
    mutating func advance(to instant: Instant) {
        settle()
        while let due = wire.timers[.client], due <= instant {
            wire.now = max(due, wire.now)
            settle()
        }
        wire.now = instant
        settle()
    }

    mutating func send(
        bytes: Int = 100,
        key: [UInt8]? = nil,
        partition: Int32? = nil,
        isIOThread: Bool = false
    ) -> KafkaProducer.SendOutcome {
        let record = ProducerRecord(
            topic: orders,
            partition: partition,
            key: key,
            value: [UInt8](repeating: 0, count: bytes),
            token: token
        )
        token += 1
        return producer.send(record, isIOThread: isIOThread, now: wire.now, into: &effects)
    }

    /// Sends one record a millisecond apart, or `every` so much.
    mutating func send(
        _ count: Int,
        every gap: Interval = .zero,
        bytes: Int = 100,
        key: [UInt8]? = nil
    ) {
        for _ in 0..<count {
            _ = send(bytes: bytes, key: key)
            if gap > .zero { advance(to: wire.now + gap) }
        }
    }

    // MARK: The broker's part

    var produced: [(sent: Wire.Sent, request: ProduceRequest)] {
        wire.requests.compactMap { sent in
            guard case .produce(let request) = sent.request else { return nil }
            return (sent, request)
        }
    }

    /// Answers the oldest produce request.
    mutating func answer(
        _ error: ErrorCode = .none,
        offset: Int64? = nil,
        logStart: Int64 = 0,
        recordErrors: [Int32] = [],
        hint: LeaderHint? = nil
    ) {
        let sent = wire.requests.removeFirst()
        guard case .produce(let request) = sent.request else { return }
        let parts = request.partitions.map { part -> ProducePartitionResponse in
            let base = Offset(offset ?? nextOffset)
            if !error.isError { nextOffset += Int64(part.batch.body.recordCount) }
            return ProducePartitionResponse(
                partition: part.partition,
                error: error,
                baseOffset: error.isError ? .none : base,
                logStartOffset: Offset(logStart),
                recordErrors: recordErrors,
                currentLeader: hint
            )
        }
        let response = Response.produce(ProduceResponse(partitions: parts))
        producer.handle(
            .responseReceived(sent.channel, sent.correlation, response),
            now: wire.now,
            into: &effects
        )
        settle()
    }

    private mutating func acknowledgeAll() {
        while !wire.requests.isEmpty { answer() }
    }

    /// Breaks the connection to the broker.
    mutating func disconnect(_ node: BrokerID = broker1) {
        wire.requests.removeAll { $0.channel.index == node.rawValue }
        producer.handle(
            .disconnected(ChannelID(.client, node.rawValue)),
            now: wire.now,
            into: &effects
        )
        settle()
    }

    // MARK: What came out

    var acknowledged: [Int32] {
        completions.compactMap {
            if case .acknowledged = $0.outcome { $0.token } else { nil }
        }
    }

    var failures: [(token: Int32, name: String)] {
        completions.compactMap {
            if case .failed(let exception, _, _) = $0.outcome {
                ($0.token, exception.name)
            } else {
                nil
            }
        }
    }

    /// First token of each batch in the requests that wait for an answer.
    var batchesOnWire: [Int32] {
        produced.flatMap { $0.request.partitions.map(\.batch.body.baseSequence.rawValue) }
    }
}
