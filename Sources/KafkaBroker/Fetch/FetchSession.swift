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
    var lastUsed: Instant
    /// The epoch that the next fetch must carry.
    var nextEpoch: Int32 = 1
    /// In the order of reading: partitions that returned records go to the end.
    private(set) var partitions: [FetchPartition] = []
    private(set) var told: [Told] = []
    /// The session counts as this big when another one wants its place.
    private(set) var cachedSize = 0

    init(id: Int32, isFromFollower: Bool, partitions: [FetchPartition], now: Instant) {
        self.id = id
        self.isFromFollower = isFromFollower
        created = now
        lastUsed = now
        self.partitions = partitions
        told = Array(repeating: Told(), count: partitions.count)
        cachedSize = partitions.count
    }

    /// Adds, changes and removes partitions as an incremental fetch says.
    mutating func update(_ changed: [FetchPartition], forgotten: [TopicPartition]) {
        var hint = 0
        for fetch in changed {
            if let place = place(of: fetch.partition, from: hint) {
                partitions[place] = fetch
                hint = place + 1
            } else {
                partitions.append(fetch)
                told.append(Told())
            }
        }
        for partition in forgotten {
            guard let place = place(of: partition, from: 0) else { continue }
            partitions.remove(at: place)
            told.remove(at: place)
        }
        cachedSize = partitions.count
    }

    /// Decides whether an answer goes out, and remembers it if so.
    ///
    /// An error makes the session forget what it told, so that the next good answer is sent.
    /// - Source: kafka.server.CachedPartition.maybeUpdateResponseData.
    mutating func tells(_ answer: FetchPartitionResponse, at place: Int, isFull: Bool) -> Bool {
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

    /// Moves the partitions marked in `returned` behind the others, so that all get their turn.
    mutating func rotate(_ returned: [Bool]) {
        guard returned.contains(true), returned.contains(false) else { return }
        var moved: [(FetchPartition, Told)] = []
        var kept = 0
        for place in partitions.indices {
            if returned[place] {
                moved.append((partitions[place], told[place]))
            } else {
                partitions[kept] = partitions[place]
                told[kept] = told[place]
                kept += 1
            }
        }
        for (fetch, wasTold) in moved {
            partitions[kept] = fetch
            told[kept] = wasTold
            kept += 1
        }
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
