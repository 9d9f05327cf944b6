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

    /// By slot; freed slots keep their last replica. Changed through ``subscript(changing:)`` only.
    private(set) var partitions: [Partition] = []
    /// By slot: grows whenever a replica may have changed in any way that a reader could notice.
    private(set) var changes: [UInt32] = []
    /// Grows whenever a replica comes or goes.
    private(set) var layout = 0
    /// When each fetch session of a follower last fetched, by the session's number.
    private var fetchTimes: [Instant] = []
    /// By slot: whether times of a follower have to be taken from ``fetchTimes``.
    private var hasDeferredTimes: [Bool] = []
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
    /// and only a mutable access is sure to make none. Nothing that readers notice may change.
    mutating func look<Answer>(at slot: Int, _ body: (inout Partition) -> Answer) -> Answer {
        body(&partitions[slot])
    }

    /// A replica, to be changed.
    subscript(changing slot: Int) -> Partition {
        get { partitions[slot] }
        _modify {
            recallFetches(of: slot)
            changes[slot] &+= 1
            yield &partitions[slot]
        }
    }

    // MARK: Fetches that change nothing

    /// Notes when a session has fetched: for all its partitions that defer their times.
    mutating func noteFetch(by reader: Int32, at now: Instant) {
        if Int(reader) < fetchTimes.count { fetchTimes[Int(reader)] = now }
    }

    /// From now on the session's fetches stand for the follower's fetches of this partition, until
    /// something changes: it is at the log end and in the ISR.
    mutating func deferTimes(of follower: Int, on slot: Int, to reader: Int32) {
        while fetchTimes.count <= Int(reader) { fetchTimes.append(.distantPast) }
        partitions[slot].replicas.followers[follower].reader = reader
        hasDeferredTimes[slot] = true
    }

    /// Fills in when one follower last fetched a partition; its session stands for it no longer.
    mutating func recallFetch(by follower: BrokerID, of slot: Int) {
        guard hasDeferredTimes[slot],
            let place = partitions[slot].replicas.place(of: follower)
        else { return }
        partitions[slot].replicas.recallFetch(of: place, fetchTimes)
    }

    /// Fills in when the followers of a partition last fetched it.
    private mutating func recallFetches(of slot: Int) {
        guard hasDeferredTimes[slot] else { return }
        hasDeferredTimes[slot] = false
        partitions[slot].replicas.recallFetches(fetchTimes)
    }

    mutating func insert(_ partition: Partition) -> Int {
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            partitions[slot] = partition
            hasDeferredTimes[slot] = false
            changes[slot] &+= 1
        } else {
            slot = partitions.count
            partitions.append(partition)
            hasDeferredTimes.append(false)
            changes.append(1)
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
        layout += 1
    }
}
