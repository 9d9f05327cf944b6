import KafkaProtocol
import SimBase

/// What the broker asks of the controller on behalf of clients: forwarded administration, automatic
/// topic creation and blocks of producer ids share one channel.
/// - Source: kafka.server.ForwardingManager, DefaultAutoTopicCreationManager, RPCProducerIdManager.
struct ControllerRequests: Sendable {
    enum Outcome: Equatable, Sendable {
        case relay(RequestHandle, Response)
        case producerIDs(ErrorCode, first: ProducerID, count: Int32)
        /// The controller has, or has not, noted where replicas are kept.
        case assigned(DirectoryID, [TopicPartition], ErrorCode)
    }

    private enum Purpose: Equatable, Sendable {
        case client(RequestHandle, Request)
        case topicCreation(TopicName)
        case producerIDs
        case assignment(DirectoryID, [TopicPartition])
    }

    /// Requests older than this are given up.
    private static let retryTimeout = Interval.milliseconds(60_000)

    private var channel: ControllerChannel
    private var underWay: [(token: UInt64, purpose: Purpose)] = []
    private var channelOutcomes: [ControllerChannel.Outcome] = []

    init(config: ServerConfig, random: Random) {
        channel = ControllerChannel(
            role: .forwarding,
            config: config,
            retryTimeout: ControllerRequests.retryTimeout,
            random: random
        )
    }

    var nextDeadline: Instant {
        channel.nextDeadline
    }

    /// Passes a client's request on; its answer is relayed.
    mutating func forward(_ handle: RequestHandle, _ request: Request, now: Instant) {
        underWay.append((channel.submit(request, now: now), .client(handle, request)))
    }

    /// Has a topic created, unless that is under way.
    mutating func create(_ topic: CreateTopicRequest, now: Instant) {
        guard !underWay.contains(where: { $0.purpose == .topicCreation(topic.name) }) else {
            return
        }
        let token = channel.submit(.createTopics([topic]), now: now)
        underWay.append((token, .topicCreation(topic.name)))
    }

    mutating func allocateProducerIDs(broker: BrokerID, epoch: BrokerEpoch, now: Instant) {
        let token = channel.submit(.allocateProducerIds(broker: broker, epoch: epoch), now: now)
        underWay.append((token, .producerIDs))
    }

    /// Reports in which directory replicas are kept (KIP-858).
    mutating func assign(
        _ partitions: [TopicPartition],
        to directory: DirectoryID,
        broker: BrokerID,
        epoch: BrokerEpoch,
        now: Instant
    ) {
        let request = Request.admin(
            .assignReplicas(broker, epoch, directory: directory, partitions)
        )
        underWay.append((channel.submit(request, now: now), .assignment(directory, partitions)))
    }

    mutating func handle(_ event: Event, now: Instant, into effects: inout [Effect]) -> Bool {
        channel.handle(event, now: now, into: &effects)
    }

    mutating func poll(
        controller: BrokerID?,
        now: Instant,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        repeat {
            channelOutcomes.clear()
            channel.poll(
                controller: controller,
                now: now,
                into: &effects,
                outcomes: &channelOutcomes
            )
            for outcome in channelOutcomes { conclude(outcome, &outcomes) }
        } while !channelOutcomes.isEmpty
    }

    mutating func close(now: Instant, into effects: inout [Effect]) {
        channel.closeAll(now: now, into: &effects)
        underWay.removeAll()
    }

    private mutating func conclude(
        _ outcome: ControllerChannel.Outcome,
        _ outcomes: inout [Outcome]
    ) {
        let token =
            switch outcome {
            case .answered(let token, _), .timedOut(let token): token
            }
        guard let index = underWay.firstIndex(where: { $0.token == token }) else { return }
        let purpose = underWay.remove(at: index).purpose
        switch (purpose, outcome) {
        case (.client(let handle, _), .answered(_, let response)):
            outcomes.append(.relay(handle, response))
        case (.client(let handle, let request), .timedOut):
            outcomes.append(.relay(handle, .failure(.requestTimedOut, of: request)))
        case (.producerIDs, .answered(_, .allocateProducerIds(let error, let first, let count))):
            outcomes.append(.producerIDs(error, first: first, count: count))
        case (.producerIDs, _):
            outcomes.append(.producerIDs(.requestTimedOut, first: .none, count: 0))
        case (.assignment(let directory, let partitions), .answered(_, .status(let error))):
            outcomes.append(.assigned(directory, partitions, error))
        case (.assignment(let directory, let partitions), _):
            outcomes.append(.assigned(directory, partitions, .requestTimedOut))
        case (.topicCreation, _): break
        }
    }
}
