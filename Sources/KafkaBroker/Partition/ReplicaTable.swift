import KafkaLog
import KafkaProtocol
import SimBase

/// The replicas that this broker hosts, in dense slots.
///
/// A slot keeps its number while its replica lives; it is used again after the replica's deletion.
struct ReplicaTable: Sendable {
    /// Where a partition stands.
    enum Place: Equatable, Sendable {
        case hosted(Int)
        /// Its log directory has failed.
        case offline
        case absent
    }

    private static let absent: Int32 = -1
    private static let offline: Int32 = -2

    /// By slot; freed slots keep their last replica.
    var partitions: [Partition] = []
    /// Slots in partition order: the order of every walk.
    private(set) var slots: [Int] = []
    private var free: [Int] = []
    /// By topic number, then partition.
    private var places: [[Int32]] = []

    init() {}

    func place(of partition: TopicPartition) -> Place {
        let topic = Int(partition.topic.rawValue)
        let index = Int(partition.partition)
        guard topic < places.count, index >= 0, index < places[topic].count else { return .absent }
        let place = places[topic][index]
        if place >= 0 { return .hosted(Int(place)) }
        return place == ReplicaTable.offline ? .offline : .absent
    }

    /// The slot of a hosted partition.
    func slot(of partition: TopicPartition) -> Int? {
        if case .hosted(let slot) = place(of: partition) { slot } else { nil }
    }

    /// Looks at a replica where it is: a copy out of the array would cost more than most looks,
    /// and only a mutable access is sure to make none.
    mutating func look<Answer>(at slot: Int, _ body: (inout Partition) -> Answer) -> Answer {
        body(&partitions[slot])
    }

    mutating func insert(_ partition: Partition) -> Int {
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            partitions[slot] = partition
        } else {
            slot = partitions.count
            partitions.append(partition)
        }
        let order =
            slots.firstIndex { partition.id < partitions[$0].id } ?? slots.count
        slots.insert(slot, at: order)
        mark(partition.id, Int32(slot))
        return slot
    }

    mutating func remove(_ slot: Int) {
        mark(partitions[slot].id, ReplicaTable.absent)
        slots.removeAll { $0 == slot }
        free.append(slot)
    }

    /// Takes a replica out whose log directory has failed.
    mutating func markOffline(_ partition: TopicPartition) {
        if let slot = slot(of: partition) { remove(slot) }
        mark(partition, ReplicaTable.offline)
    }

    /// Forgets that a partition is offline (its topic is gone).
    mutating func forget(_ partition: TopicPartition) {
        if place(of: partition) == .offline { mark(partition, ReplicaTable.absent) }
    }

    private mutating func mark(_ partition: TopicPartition, _ place: Int32) {
        let topic = Int(partition.topic.rawValue)
        let index = Int(partition.partition)
        while places.count <= topic { places.append([]) }
        while places[topic].count <= index { places[topic].append(ReplicaTable.absent) }
        places[topic][index] = place
    }
}
