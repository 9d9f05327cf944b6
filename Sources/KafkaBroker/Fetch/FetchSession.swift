import KafkaProtocol
import SimBase

/// How a fetch relates to a session.
/// - Source: kafka.server.FetchContext (KIP-227).
enum FetchContext: Equatable, Sendable {
    /// All partitions are named and answered.
    case sessionless
    /// The first fetch of a session: all are answered.
    case full(session: Int32, epoch: Int32)
    /// Only what is new is answered.
    case incremental(session: Int32, epoch: Int32)
}

/// What a leader remembers of a reader between its fetches.
///
/// Most partitions have nothing new between two fetches. The session knows them by the counts of
/// ``ReplicaTable/changes``, and a fetch looks at the others only: see ``nextToLook(from:_:)``.
/// - Source: kafka.server.FetchSession (KIP-227).
struct FetchSession: Sendable {
    /// What was last told of a partition.
    struct Told: Equatable, Sendable {
        var highWatermark = Offset.none
        var logStartOffset = Offset.none
    }

    let id: Int32
    let isFromFollower: Bool
    let created: Instant
    /// The session's number in ``ReplicaTable/fetchTimes``.
    let reader: Int32
    var lastUsed: Instant
    /// The epoch that the next fetch must carry.
    var nextEpoch: Int32 = 1
    /// Who asked when ``settled`` was noted: another reader's fetch has to look at everything.
    var parameters = FetchParameters()
    /// The place of the session's parked fetch in the purgatory; -1 for none.
    var parked: Int32 = -1
    /// ``ReplicaTable/layout`` for which ``slots`` are right; -1 if they have to be looked up.
    private(set) var layout = -1

    /// In the order of reading: partitions that returned records go to the end.
    private(set) var partitions: [FetchPartition] = []
    private(set) var told: [Told] = []
    /// Where the partitions' replicas are; -1 for absent ones.
    private(set) var slots: [Int32] = []
    /// Counts of change at which a look found nothing to tell and nothing to wait for; 0 if it
    /// found something.
    private(set) var settled: [UInt32] = []

    init(
        id: Int32,
        isFromFollower: Bool,
        reader: Int32,
        partitions: [FetchPartition],
        now: Instant
    ) {
        self.id = id
        self.isFromFollower = isFromFollower
        self.reader = reader
        created = now
        lastUsed = now
        self.partitions = partitions
        told = Array(repeating: Told(), count: partitions.count)
        slots = Array(repeating: -1, count: partitions.count)
        settled = Array(repeating: 0, count: partitions.count)
    }

    /// Adds, changes and removes partitions as an incremental fetch says.
    mutating func update(_ changed: [FetchPartition], forgotten: [TopicPartition]) {
        // Who has read goes to the end, and names the partition in the next fetch.
        var hint = max(0, partitions.count - changed.count)
        for fetch in changed {
            if let place = place(of: fetch.partition, from: hint) {
                // Another topic of the same name: nothing has been told of it.
                if partitions[place].topicID != fetch.topicID { told[place] = Told() }
                partitions[place] = fetch
                settled[place] = 0
                hint = place + 1
            } else {
                partitions.append(fetch)
                told.append(Told())
                slots.append(-1)
                settled.append(0)
                layout = -1
            }
        }
        for partition in forgotten {
            guard let place = place(of: partition, from: 0) else { continue }
            partitions.remove(at: place)
            told.remove(at: place)
            slots.remove(at: place)
            settled.remove(at: place)
            layout = -1
        }
    }

    // MARK: What to look at

    /// The next place at or after `place` that may have something new.
    func nextToLook(from place: Int, _ changes: [UInt32]) -> Int? {
        var place = place
        while place < settled.count {
            let slot = slots[place]
            if slot < 0 || settled[place] != changes[Int(slot)] { return place }
            place += 1
        }
        return nil
    }

    /// Notes that nothing is to be told or done of a partition until its count of changes grows.
    mutating func settle(_ place: Int, at count: UInt32) {
        settled[place] = count
    }

    /// Forgets what has been noted: everything has to be looked at.
    mutating func unsettle() {
        for place in settled.indices { settled[place] = 0 }
    }

    /// Looks the partitions' replicas up.
    mutating func locate(in replicas: borrowing ReplicaTable) {
        for place in partitions.indices {
            slots[place] = Int32(replicas.slot(of: partitions[place].partition) ?? -1)
            settled[place] = 0
        }
        layout = replicas.layout
    }

    /// Forgets where the replicas are.
    mutating func lose() {
        for place in slots.indices { slots[place] = -1 }
        layout = -1
    }

    /// Whether the reader knows the partition to stand so.
    func hasTold(_ answer: borrowing FetchPartitionResponse, at place: Int) -> Bool {
        told[place].highWatermark == answer.highWatermark
            && told[place].logStartOffset == answer.logStartOffset
    }

    /// Decides whether an answer goes out, and remembers it if so.
    ///
    /// An error makes the session forget what it told, so that the next good answer is sent.
    /// - Source: kafka.server.CachedPartition.maybeUpdateResponseData.
    mutating func tells(
        _ answer: borrowing FetchPartitionResponse,
        at place: Int,
        isFull: Bool
    ) -> Bool {
        var mustRespond =
            isFull || !answer.records.isEmpty || answer.divergingEpoch != nil
            || answer.error != .none
        if told[place].highWatermark != answer.highWatermark {
            mustRespond = true
            told[place].highWatermark = answer.highWatermark
        }
        if told[place].logStartOffset != answer.logStartOffset {
            mustRespond = true
            told[place].logStartOffset = answer.logStartOffset
        }
        if answer.error != .none { told[place].highWatermark = .none }
        return mustRespond
    }

    /// Leaves of the answers those that go out.
    /// - Parameters:
    ///   - answers: in the order of the session; partitions left out have nothing new.
    ///   - places: where each answer's partition stands.
    ///   - isFull: whether everything is told.
    mutating func sift(
        _ answers: inout [FetchPartitionResponse],
        at places: [Int32],
        isFull: Bool
    ) {
        var kept = 0
        for index in places.indices {
            guard tells(answers[index], at: Int(places[index]), isFull: isFull) else { continue }
            if kept < index { answers.swapAt(kept, index) }
            kept += 1
        }
        answers.removeLast(places.count - kept)
    }

    /// Moves partitions behind the others, so that all get their turn.
    /// - Parameter returned: the places that returned records, in ascending order.
    mutating func rotate(_ returned: [Int32]) {
        guard let first = returned.first, Int(first) < partitions.count - returned.count else {
            return
        }
        var moved: [(FetchPartition, Told, Int32, UInt32)] = []
        var kept = Int(first)
        var next = 0
        for place in kept..<partitions.count {
            if next < returned.count, place == Int(returned[next]) {
                moved.append((partitions[place], told[place], slots[place], settled[place]))
                next += 1
            } else {
                move(place, to: kept)
                kept += 1
            }
        }
        for (fetch, wasTold, slot, count) in moved {
            partitions[kept] = fetch
            told[kept] = wasTold
            slots[kept] = slot
            settled[kept] = count
            kept += 1
        }
    }

    private mutating func move(_ place: Int, to target: Int) {
        partitions[target] = partitions[place]
        told[target] = told[place]
        slots[target] = slots[place]
        settled[target] = settled[place]
    }

    /// What the session asks of the partition that a slot holds.
    func fetch(of partition: TopicPartition, on slot: Int) -> FetchPartition? {
        guard let place = slots.firstIndex(of: Int32(slot)),
            partitions[place].partition == partition
        else { return nil }
        return partitions[place]
    }

    /// Readers name partitions in about the order of the session: the search goes on from where
    /// the last one ended.
    private func place(of partition: TopicPartition, from hint: Int) -> Int? {
        var place = hint
        for _ in partitions.indices {
            if place >= partitions.count { place = 0 }
            if partitions[place].partition == partition { return place }
            place += 1
        }
        return nil
    }
}
