import KafkaProtocol
import SimBase

/// What the active controller remembers of brokers' heartbeats. Lost with the leadership.
/// - Source: org.apache.kafka.controller.BrokerHeartbeatManager.
struct BrokerHeartbeats: Sendable {
    /// What a broker is to the controller, and may become at a heartbeat.
    enum State: Equatable {
        case fenced
        case unfenced
        case controlledShutdown
        case shutdownNow

        var isFenced: Bool {
            self == .fenced || self == .shutdownNow
        }
    }

    private struct Broker {
        let id: BrokerID
        var isFenced: Bool
        var lastContact: Instant
        /// Orders contacts at the same instant.
        var contactOrder: Int64 = 0
        /// The last metadata offset that the broker reported; -1 if none since it was registered.
        var metadataOffset = Offset.none
        /// Where the records of the controlled shutdown end; -1 if the broker is not in one.
        var controlledShutdownOffset = Offset.none

        var isShuttingDown: Bool {
            controlledShutdownOffset >= .zero
        }
    }

    private let sessionTimeout: Interval
    /// In id order.
    private var brokers: [Broker] = []
    private var contacts: Int64 = 0

    /// A fresh tracker: every unfenced broker gets a full new session.
    init(sessionTimeout: Interval, image: MetadataImage, now: Instant) {
        self.sessionTimeout = sessionTimeout
        for broker in image.brokers { register(broker.id, isFenced: broker.isFenced, now: now) }
    }

    // MARK: Contacts

    /// Follows a registration record or a change of one, which counts as contact.
    ///
    /// The reported offset is forgotten unless the broker's fencing has just turned.
    mutating func register(_ id: BrokerID, isFenced: Bool, now: Instant) {
        guard let slot = brokers.firstIndex(where: { $0.id >= id }), brokers[slot].id == id else {
            let place = brokers.firstIndex { $0.id > id } ?? brokers.count
            brokers.insert(Broker(id: id, isFenced: isFenced, lastContact: now), at: place)
            touch(id, isFenced: isFenced, metadataOffset: .none, now: now)
            return
        }
        let turned = brokers[slot].isFenced != isFenced
        let offset = turned ? brokers[slot].metadataOffset : .none
        touch(id, isFenced: isFenced, metadataOffset: offset, now: now)
    }

    mutating func touch(_ id: BrokerID, isFenced: Bool, metadataOffset: Offset, now: Instant) {
        guard let slot = slot(id) else { return }
        contacts += 1
        brokers[slot].isFenced = isFenced
        brokers[slot].lastContact = now
        brokers[slot].contactOrder = contacts
        brokers[slot].metadataOffset = metadataOffset
        if isFenced { brokers[slot].controlledShutdownOffset = .none }
    }

    mutating func fence(_ id: BrokerID) {
        guard let slot = slot(id) else { return }
        brokers[slot].isFenced = true
        brokers[slot].controlledShutdownOffset = .none
    }

    // MARK: Sessions

    /// Whether the broker is unfenced and has been heard of within the session timeout.
    func hasValidSession(_ id: BrokerID, now: Instant) -> Bool {
        guard let slot = slot(id), !brokers[slot].isFenced else { return false }
        return !isStale(brokers[slot], now: now)
    }

    /// The stale broker whose contact is oldest.
    func oldestStaleBroker(now: Instant) -> BrokerID? {
        guard let oldest = oldestUnfenced, isStale(oldest, now: now) else { return nil }
        return oldest.id
    }

    /// The first instant at which a broker is stale if none is heard of; `nil` if none is unfenced.
    ///
    /// One tick after the session has lapsed: at the exact end of the session nobody is stale, and a
    /// check at that instant would arm itself for the same instant for ever.
    var nextCheck: Instant? {
        oldestUnfenced.map { $0.lastContact + sessionTimeout + Interval(nanoseconds: 1) }
    }

    private func isStale(_ broker: Broker, now: Instant) -> Bool {
        broker.lastContact + sessionTimeout < now
    }

    private var oldestUnfenced: Broker? {
        var oldest: Broker?
        for broker in brokers where !broker.isFenced {
            guard let known = oldest else {
                oldest = broker
                continue
            }
            if (broker.lastContact, broker.contactOrder) < (known.lastContact, known.contactOrder) {
                oldest = broker
            }
        }
        return oldest
    }

    // MARK: Controlled shutdown

    /// Notes where the records of a controlled shutdown end, at the heartbeat that began it.
    mutating func noteControlledShutdown(_ id: BrokerID, offset: Offset) {
        guard let slot = slot(id), !brokers[slot].isShuttingDown else { return }
        brokers[slot].controlledShutdownOffset = offset
    }

    /// The lowest offset that an active broker has reported.
    private var lowestActiveOffset: Offset {
        var lowest = Offset(Int64.max)
        for broker in brokers where !broker.isFenced && !broker.isShuttingDown {
            lowest = min(lowest, broker.metadataOffset)
        }
        return lowest
    }

    // MARK: Transitions

    /// What a heartbeat makes of the broker.
    /// - Parameters:
    ///   - request: the heartbeat.
    ///   - registeredAt: the offset of the broker's registration record.
    ///   - leads: whether the broker leads any partition; asked only where it matters.
    /// - Returns: What the broker is, and what it is from now on.
    func transition(
        at request: BrokerHeartbeatRequest,
        registeredAt: Offset,
        leads: () -> Bool
    ) -> (current: State, next: State) {
        guard let slot = slot(request.broker) else {
            preconditionFailure("a heartbeat of broker \(request.broker), which is not tracked")
        }
        let broker = brokers[slot]
        if broker.isShuttingDown {
            let isDone = !leads() && broker.controlledShutdownOffset <= lowestActiveOffset
            return (.controlledShutdown, isDone ? .shutdownNow : .controlledShutdown)
        }
        if broker.isFenced {
            if request.wantsShutdown { return (.fenced, .shutdownNow) }
            let isReady = !request.wantsFence && request.currentMetadataOffset >= registeredAt
            return (.fenced, isReady ? .unfenced : .fenced)
        }
        if request.wantsFence { return (.unfenced, request.wantsShutdown ? .shutdownNow : .fenced) }
        guard request.wantsShutdown else { return (.unfenced, .unfenced) }
        return (.unfenced, leads() ? .controlledShutdown : .shutdownNow)
    }

    private func slot(_ id: BrokerID) -> Int? {
        // Ids are usually 1...n: the broker stands in the place before its number.
        let guess = Int(id.rawValue) - 1
        if brokers.indices.contains(guess), brokers[guess].id == id { return guess }
        return brokers.firstIndex { $0.id == id }
    }
}
