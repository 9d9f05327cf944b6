import KafkaController
import KafkaProtocol

/// The cluster's brokers as this broker last heard, by dense id: asked on every fetch.
struct BrokerTable: Equatable, Sendable {
    private struct Entry: Equatable, Sendable {
        var epoch = BrokerEpoch.none
        var isRegistered = false
        var isFenced = true
        var inControlledShutdown = false
    }

    private var entries: [Entry] = []
    /// The unfenced brokers, in id order: what clients are told.
    private(set) var alive: [BrokerID] = []

    init() {}

    init(_ brokers: [BrokerRegistration]) {
        for broker in brokers {
            note(
                broker.id,
                epoch: broker.epoch,
                isFenced: broker.isFenced,
                inControlledShutdown: broker.inControlledShutdown
            )
        }
    }

    /// Brokers must be noted in id order.
    mutating func note(
        _ id: BrokerID,
        epoch: BrokerEpoch,
        isFenced: Bool,
        inControlledShutdown: Bool
    ) {
        let index = Int(id.rawValue)
        while entries.count <= index { entries.append(Entry()) }
        entries[index] = Entry(
            epoch: epoch,
            isRegistered: true,
            isFenced: isFenced,
            inControlledShutdown: inControlledShutdown
        )
        if !isFenced { alive.append(id) }
    }

    private func entry(_ id: BrokerID) -> Entry? {
        let index = Int(id.rawValue)
        guard entries.indices.contains(index), entries[index].isRegistered else { return nil }
        return entries[index]
    }

    func isRegistered(_ id: BrokerID) -> Bool {
        entry(id) != nil
    }

    /// Registered and unfenced.
    func isAlive(_ id: BrokerID) -> Bool {
        entry(id)?.isFenced == false
    }

    /// The epoch of a live broker.
    func aliveEpoch(_ id: BrokerID) -> BrokerEpoch? {
        guard let entry = entry(id), !entry.isFenced else { return nil }
        return entry.epoch
    }

    /// Whether a replica may be in an ISR: unfenced, staying, and the incarnation that fetched.
    ///
    /// - Parameters:
    ///   - id: the replica's broker.
    ///   - epoch: the broker epoch of the replica's last fetch; `nil` if it has not fetched.
    ///   - features: whether the epoch counts at all.
    /// - Source: kafka.cluster.Partition.isReplicaIsrEligible (KIP-841, KIP-903).
    func isEligible(_ id: BrokerID, epoch: BrokerEpoch?, _ features: Features) -> Bool {
        guard let entry = entry(id), !entry.isFenced, !entry.inControlledShutdown else {
            return false
        }
        guard features.brokerEpochInISR else { return true }
        guard let epoch else { return false }
        return epoch == .none || epoch == entry.epoch
    }
}
