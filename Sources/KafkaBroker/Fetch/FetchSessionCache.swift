import KafkaProtocol
import SimBase

/// The fetch sessions of a broker: a limited number, in eight shards.
/// - Source: kafka.server.FetchSessionCache, FetchSessionCacheShard (KIP-227).
struct FetchSessionCache: Sendable {
    /// A session this long without a fetch may be thrown out by any newcomer.
    static let evictionAge = Interval.milliseconds(120_000)
    static let shardCount = 8

    /// A parked fetch whose session has gone on or is gone: it has to be watched on its own.
    struct Orphan: Sendable {
        let operation: Int32
        let partitions: [FetchPartition]
        let slots: [Int32]
        /// The session, if it is gone: the fetch is still answered from it. A reader that has gone
        /// on has no use for the answer.
        let lostSession: FetchSession?
    }

    private let slotsPerShard: Int
    private var random: Random
    /// By place; a vacant place has a session with the id 0.
    private var sessions: [FetchSession] = []
    private var generations: [Int32] = []
    private var nextShard = 0
    /// Places of the sessions that read a replica, by its slot.
    private var readers: [[Int32]] = []
    private var nextReader: Int32 = 0
    private var orphans: [Orphan] = []
    /// A buffer, kept for its memory.
    private var returned: [Int32] = []

    init(slots: Int, random: Random) {
        self.random = random
        slotsPerShard = slots / FetchSessionCache.shardCount
        let count = min(slotsPerShard * FetchSessionCache.shardCount, 64)
        sessions.reserveCapacity(count)
        generations.reserveCapacity(count)
    }

    /// How a fetch is to be understood.
    enum Resolution: Equatable, Sendable {
        case read(FetchContext)
        case refused(ErrorCode)
    }

    /// Finds or creates the session of a fetch.
    /// - Source: kafka.server.FetchManager.newContext.
    mutating func resolve(_ request: FetchRequest, now: Instant, evicted: inout Bool) -> Resolution
    {
        // Epoch -1 ends the session, 0 begins a new one; both name all partitions.
        if request.sessionEpoch <= 0 {
            if request.sessionID != 0, let place = place(of: request.sessionID) { remove(place) }
            guard request.sessionEpoch == 0, !request.partitions.isEmpty,
                let id = create(request, now: now, evicted: &evicted)
            else { return .read(.sessionless) }
            return .read(.full(session: id, epoch: 1))
        }
        guard let place = place(of: request.sessionID) else {
            return .refused(.fetchSessionIdNotFound)
        }
        guard sessions[place].nextEpoch == request.sessionEpoch else {
            return .refused(.invalidFetchSessionEpoch)
        }
        if !request.forgotten.isEmpty { unwatch(place) }
        sessions[place].update(request.partitions, forgotten: request.forgotten)
        guard !sessions[place].partitions.isEmpty else {
            remove(place)
            return .read(.sessionless)
        }
        let epoch = request.sessionEpoch == Int32.max ? 1 : request.sessionEpoch + 1
        sessions[place].nextEpoch = epoch
        sessions[place].lastUsed = now
        return .read(.incremental(session: request.sessionID, epoch: epoch))
    }

    /// The place of a context's session, if the reader has not gone on since.
    func place(of context: FetchContext) -> Int? {
        switch context {
        case .sessionless: return nil
        case .full(let id, let epoch), .incremental(let id, let epoch):
            guard let place = place(of: id), sessions[place].nextEpoch == epoch else { return nil }
            return place
        }
    }

    /// The session at a place that ``place(of:)`` has found.
    subscript(place: Int) -> FetchSession {
        _read { yield sessions[place] }
        _modify { yield &sessions[place] }
    }

    /// Turns what was read into what is told: those answers that the reader does not know yet.
    ///
    /// - Parameters:
    ///   - place: of the session.
    ///   - answers: in the order of the session; partitions left out have nothing new.
    ///   - places: where each answer's partition stands in the session.
    ///   - isFull: whether everything is told.
    /// - Returns: the response, with what is told.
    mutating func respond(
        _ place: Int,
        _ answers: consuming [FetchPartitionResponse],
        at places: [Int32],
        isFull: Bool
    ) -> FetchResponse {
        returned.clear()
        var told = answers
        // The first fetch of a session leaves the order that the reader gave.
        if !isFull {
            for index in places.indices where !told[index].records.isEmpty {
                returned.append(places[index])
            }
        }
        sessions[place].sift(&told, at: places, isFull: isFull)
        sessions[place].rotate(returned)
        return FetchResponse(sessionID: sessions[place].id, partitions: told)
    }

    // MARK: Parked fetches

    /// Looks up where the replicas of a session are, and watches them.
    mutating func locate(_ place: Int, in replicas: borrowing ReplicaTable) {
        unwatch(place)
        sessions[place].locate(in: replicas)
        for slot in sessions[place].slots where slot >= 0 {
            while readers.count <= Int(slot) { readers.append([]) }
            readers[Int(slot)].append(Int32(place))
        }
    }

    /// Notes that a session's fetch waits.
    mutating func park(_ place: Int, _ operation: Int) {
        orphan(place)
        sessions[place].parked = Int32(operation)
    }

    /// Notes that a fetch waits no longer.
    mutating func unpark(_ context: FetchContext, _ operation: Int) {
        switch context {
        case .sessionless: break
        case .full(let id, _), .incremental(let id, _):
            guard let place = place(of: id), sessions[place].parked == Int32(operation) else {
                return
            }
            sessions[place].parked = -1
        }
    }

    /// Appends the parked fetches of the sessions that read a replica.
    func appendParked(of slot: Int, to operations: inout [Int32]) {
        guard slot < readers.count else { return }
        for place in readers[slot] {
            let parked = sessions[Int(place)].parked
            if parked >= 0 { operations.append(parked) }
        }
    }

    /// Hands over the parked fetches that have lost their sessions.
    mutating func takeOrphans() -> [Orphan] {
        guard !orphans.isEmpty else { return [] }
        let taken = orphans
        orphans.removeAll()
        return taken
    }

    private mutating func orphan(_ place: Int, isLost: Bool = false) {
        guard sessions[place].parked >= 0 else { return }
        orphans.append(
            Orphan(
                operation: sessions[place].parked,
                partitions: sessions[place].partitions,
                slots: sessions[place].slots.filter { $0 >= 0 },
                lostSession: isLost ? sessions[place] : nil
            )
        )
        sessions[place].parked = -1
    }

    private mutating func unwatch(_ place: Int) {
        for slot in sessions[place].slots where slot >= 0 {
            readers[Int(slot)].removeAll { $0 == Int32(place) }
        }
        sessions[place].lose()
    }

    // MARK: Places

    var count: Int {
        sessions.reduce(0) { $0 + ($1.isVacant ? 0 : 1) }
    }

    private mutating func create(_ request: FetchRequest, now: Instant, evicted: inout Bool)
        -> Int32?
    {
        guard slotsPerShard > 0 else { return nil }
        let shard = nextShard
        nextShard = (nextShard + 1) % FetchSessionCache.shardCount
        guard let place = freePlace(in: shard, for: request, now: now, evicted: &evicted) else {
            return nil
        }
        let id = generations[place] &* Int32(total) &+ Int32(place) &+ 1
        sessions[place] = FetchSession(
            id: id,
            isFromFollower: request.replica != .none,
            reader: nextReader,
            partitions: request.partitions,
            now: now
        )
        nextReader += 1
        return id
    }

    private var total: Int {
        slotsPerShard * FetchSessionCache.shardCount
    }

    /// A free place of a shard: one never used, one given back, or one taken from another session.
    private mutating func freePlace(
        in shard: Int,
        for request: FetchRequest,
        now: Instant,
        evicted: inout Bool
    ) -> Int? {
        // Place numbers go round the shards: shard + shardCount * index.
        var place = shard
        while place < total {
            grow(to: place)
            if sessions[place].isVacant { return place }
            place += FetchSessionCache.shardCount
        }
        guard let victim = victim(in: shard, for: request, now: now) else { return nil }
        remove(victim)
        evicted = true
        return victim
    }

    /// The longest idle session if it is idle for two minutes; else, if the newcomer is worth more,
    /// the least valuable of those that have lived for two minutes or that a follower may push out.
    /// - Source: kafka.server.FetchSessionCacheShard.tryEvict, touch.
    private func victim(in shard: Int, for request: FetchRequest, now: Instant) -> Int? {
        let isFromFollower = request.replica != .none
        var idlest: Int?
        var cheapest: Int?
        for place in stride(from: shard, to: sessions.count, by: FetchSessionCache.shardCount)
        where !sessions[place].isVacant {
            if idlest.map({ sessions[place].lastUsed < sessions[$0].lastUsed }) ?? true {
                idlest = place
            }
            let age = sessions[place].lastUsed - sessions[place].created
            guard
                age > FetchSessionCache.evictionAge
                    || (isFromFollower && !sessions[place].isFromFollower)
            else { continue }
            if cheapest.map({ sessions[place].value < sessions[$0].value }) ?? true {
                cheapest = place
            }
        }
        if let idlest, now - sessions[idlest].lastUsed > FetchSessionCache.evictionAge {
            return idlest
        }
        guard let cheapest else { return nil }
        let newcomer = (isFromFollower ? 1 : 0, request.partitions.count)
        return sessions[cheapest].value < newcomer ? cheapest : nil
    }

    private func place(of id: Int32) -> Int? {
        guard id > 0, total > 0 else { return nil }
        let place = Int(id - 1) % total
        guard place < sessions.count, sessions[place].id == id else { return nil }
        return place
    }

    private mutating func remove(_ place: Int) {
        orphan(place, isLost: true)
        unwatch(place)
        sessions[place] = .vacant
        generations[place] = newGeneration()
    }

    private mutating func grow(to place: Int) {
        while sessions.count <= place {
            sessions.append(.vacant)
            generations.append(newGeneration())
        }
    }

    /// Sessions' numbers are random, so that a reader who still names one of the broker's last life
    /// does not hit somebody else's.
    private mutating func newGeneration() -> Int32 {
        Int32(random.next(below: Int(Int32.max) / total))
    }
}

extension FetchSession {
    fileprivate static let vacant = FetchSession(
        id: 0,
        isFromFollower: false,
        reader: -1,
        partitions: [],
        now: .distantPast
    )

    fileprivate var isVacant: Bool {
        id == 0
    }

    /// Worth of a session when places are short: followers before consumers, big before small.
    fileprivate var value: (Int, Int) {
        (isFromFollower ? 1 : 0, partitions.count)
    }
}
