import KafkaProtocol
import SimBase

/// Carries ISR changes of all led partitions to the controller: one request in flight, further
/// changes gather for the next, and none is given up.
/// - Source: kafka.server.DefaultAlterPartitionManager (KIP-497).
struct AlterPartitionManager: Sendable {
    enum Outcome: Equatable, Sendable {
        /// The controller's word on the proposal `number`.
        case answered(AlterPartitionAnswer, number: Int32)
    }

    private struct Item: Sendable {
        let number: Int32
        let proposal: AlterPartitionItem
    }

    /// Wait after an answer that refuses the whole request.
    private static let retryInterval = Interval.milliseconds(50)

    private let id: BrokerID
    private var channel: ControllerChannel
    /// In partition order; those in flight stay until they are answered.
    private var items: [Item] = []
    private var sent: [Item] = []
    private var inFlight: UInt64?
    private var retryAt = Instant.distantFuture
    private var channelOutcomes: [ControllerChannel.Outcome] = []

    init(id: BrokerID, config: ServerConfig, random: Random) {
        self.id = id
        channel = ControllerChannel(
            role: .alterPartition,
            config: config,
            retryTimeout: .forever,
            random: random
        )
    }

    var nextDeadline: Instant {
        min(channel.nextDeadline, retryAt)
    }

    /// Takes a proposal.
    /// - Returns: `false` (OPERATION_NOT_ATTEMPTED) if one for the same partition is under way.
    mutating func submit(_ proposal: AlterPartitionItem, number: Int32) -> Bool {
        guard !items.contains(where: { $0.proposal.partition == proposal.partition }) else {
            return false
        }
        items.append(Item(number: number, proposal: proposal))
        return true
    }

    mutating func handle(_ event: Event, now: Instant, into effects: inout [Effect]) -> Bool {
        channel.handle(event, now: now, into: &effects)
    }

    mutating func poll(
        controller: BrokerID?,
        brokerEpoch: BrokerEpoch,
        now: Instant,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        if now >= retryAt { retryAt = .distantFuture }
        for _ in 0..<2 {
            sendIfPossible(brokerEpoch: brokerEpoch, now: now)
            channel.poll(
                controller: controller,
                now: now,
                into: &effects,
                outcomes: &channelOutcomes
            )
            guard !channelOutcomes.isEmpty else { return }
            for case .answered(let token, .alterPartition(let response)) in channelOutcomes
            where token == inFlight {
                inFlight = nil
                answered(response, now: now, outcomes: &outcomes)
            }
            channelOutcomes.clear()
        }
    }

    mutating func close(now: Instant, into effects: inout [Effect]) {
        channel.closeAll(now: now, into: &effects)
        items.removeAll()
        inFlight = nil
        retryAt = .distantFuture
    }

    private mutating func sendIfPossible(brokerEpoch: BrokerEpoch, now: Instant) {
        guard inFlight == nil, retryAt == .distantFuture, !items.isEmpty else { return }
        sent = items
        let request = AlterPartitionRequest(
            broker: id,
            brokerEpoch: brokerEpoch,
            partitions: sent.map(\.proposal)
        )
        inFlight = channel.submit(.alterPartition(request), now: now)
    }

    private mutating func answered(
        _ response: AlterPartitionResponse,
        now: Instant,
        outcomes: inout [Outcome]
    ) {
        guard response.error == .none else {
            retryAt = now + AlterPartitionManager.retryInterval
            return
        }
        for item in sent {
            guard
                let answer = response.partitions.first(where: {
                    $0.partition == item.proposal.partition
                })
            else { continue }
            items.removeAll {
                $0.number == item.number && $0.proposal.partition == item.proposal.partition
            }
            outcomes.append(.answered(answer, number: item.number))
        }
        sent.clear()
    }
}
