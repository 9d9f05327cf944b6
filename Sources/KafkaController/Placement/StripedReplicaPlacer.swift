import KafkaProtocol
import SimBase

/// A broker that may be given replicas.
struct UsableBroker: Equatable {
    let id: BrokerID
    /// -1 for none.
    let rack: Int32
    let isFenced: Bool
}

/// Spreads the replicas of one topic's partitions over racks and brokers, in stripes.
///
/// The order of its random draws is part of the rule. Racks are walked in the order of their
/// numbers, brokers without a rack first, where Kafka initialises them in hash order.
/// - Source: org.apache.kafka.metadata.placement.StripedReplicaPlacer.
struct StripedReplicaPlacer {
    /// Brokers to iterate over. In each new epoch the start moves on by one.
    private struct BrokerList {
        var brokers: [BrokerID] = []
        private var index = 0
        private var offset = 0
        private var epoch = 0

        mutating func initialize(_ random: inout Random) {
            guard !brokers.isEmpty else { return }
            brokers.sort()
            offset = random.next(below: brokers.count)
        }

        mutating func next(epoch: Int) -> BrokerID? {
            guard !brokers.isEmpty else { return nil }
            if self.epoch != epoch {
                self.epoch = epoch
                index = 0
                offset = (offset + 1) % brokers.count
            }
            guard index < brokers.count else { return nil }
            defer { index += 1 }
            return brokers[(index + offset) % brokers.count]
        }
    }

    private struct Rack {
        let name: Int32
        var fenced = BrokerList()
        var unfenced = BrokerList()

        mutating func next(epoch: Int) -> BrokerID? {
            unfenced.next(epoch: epoch) ?? fenced.next(epoch: epoch)
        }
    }

    /// By name; shuffling moves `order` only.
    private var racks: [Rack] = []
    private var order: [Int]
    private var offset = 0
    private var epoch = 0
    private let brokerCount: Int
    private let unfencedCount: Int

    init(_ brokers: [UsableBroker], random: inout Random) {
        brokerCount = brokers.count
        unfencedCount = brokers.count { !$0.isFenced }
        for broker in brokers.sorted(by: { $0.rack < $1.rack }) {
            if racks.last?.name != broker.rack { racks.append(Rack(name: broker.rack)) }
            if broker.isFenced {
                racks[racks.count - 1].fenced.brokers.append(broker.id)
            } else {
                racks[racks.count - 1].unfenced.brokers.append(broker.id)
            }
        }
        order = Array(racks.indices)
        for index in racks.indices {
            racks[index].fenced.initialize(&random)
            racks[index].unfenced.initialize(&random)
        }
        if !racks.isEmpty { offset = random.next(below: racks.count) }
    }

    /// Whether so many replicas can be placed: not more than brokers, and one of them unfenced.
    func canPlace(replicationFactor: Int) -> Bool {
        replicationFactor > 0 && replicationFactor <= brokerCount && unfencedCount > 0
    }

    /// The replicas of the next partition; the first is unfenced.
    /// - Precondition: ``canPlace(replicationFactor:)``.
    mutating func place(replicationFactor: Int, random: inout Random) -> [BrokerID] {
        // After as many partitions as there are unfenced brokers the stripes would repeat. With a
        // single one the epoch must go on, or its list would stay exhausted for ever.
        if epoch == unfencedCount, unfencedCount > 1 { reshuffle(&random) }
        if offset == order.count { offset = 0 }
        var replicas: [BrokerID] = []
        replicas.reserveCapacity(replicationFactor)
        let leaderPlace = appendLeader(to: &replicas)
        var skipped: Int? = leaderPlace
        var place = offset
        while replicas.count < replicationFactor {
            if place == skipped {
                // The leader's rack is passed over once.
                skipped = nil
            } else if let broker = racks[order[place]].next(epoch: epoch) {
                replicas.append(broker)
            }
            place = (place + 1) % order.count
        }
        epoch += 1
        offset += 1
        return replicas
    }

    /// - Returns: The leader's rack, as a place in `order`.
    private mutating func appendLeader(to replicas: inout [BrokerID]) -> Int {
        var place = offset
        for _ in order.indices {
            if let leader = racks[order[place]].unfenced.next(epoch: epoch) {
                replicas.append(leader)
                return place
            }
            place = (place + 1) % order.count
        }
        preconditionFailure("no unfenced broker among \(brokerCount) to lead a new partition")
    }

    private mutating func reshuffle(_ random: inout Random) {
        random.shuffle(&order)
        for index in racks.indices {
            random.shuffle(&racks[index].fenced.brokers)
            random.shuffle(&racks[index].unfenced.brokers)
        }
        epoch = 0
    }
}
