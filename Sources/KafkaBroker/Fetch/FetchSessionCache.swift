import KafkaProtocol
import SimBase

/// The fetch sessions of a broker: a limited number, in eight shards.
/// - Source: kafka.server.FetchSessionCache, FetchSessionCacheShard (KIP-227).
struct FetchSessionCache: Sendable {
    /// A session this long without a fetch may be thrown out by any newcomer.
    static let evictionAge = Interval.milliseconds(120_000)
    static let shardCount = 8

    private let slotsPerShard: Int
    private var sessions: [FetchSession?]
    private var generations: [Int32]
    private var nextShard = 0

    init(slots: Int) {
        slotsPerShard = slots / FetchSessionCache.shardCount
        sessions = []
        generations = []
        let count = slotsPerShard * FetchSessionCache.shardCount
        sessions.reserveCapacity(min(count, 64))
        generations.reserveCapacity(min(count, 64))
    }

    /// How a fetch is to be understood, and the partitions that it asks for.
    enum Resolution: Equatable, Sendable {
        case read(FetchContext, [FetchPartition])
        case refused(ErrorCode)
    }

    /// Finds or creates the session of a fetch.
    /// - Source: kafka.server.FetchManager.newContext.
    mutating func resolve(_ request: FetchRequest, now: Instant, evicted: inout Bool) -> Resolution
    {
        // Epoch -1 ends the session, 0 begins a new one; both name all partitions.
        if request.sessionEpoch <= 0 {
            if request.sessionID != 0, let place = place(of: request.sessionID) { remove(place) }
            guard request.sessionEpoch == 0, !request.partitions.isEmpty else {
                return .read(.sessionless, request.partitions)
            }
            guard let id = create(request, now: now, evicted: &evicted) else {
                return .read(.sessionless, request.partitions)
            }
            return .read(.full(session: id, epoch: 1), request.partitions)
        }
        guard let place = place(of: request.sessionID), var session = sessions[place] else {
            return .refused(.fetchSessionIdNotFound)
        }
        guard session.nextEpoch == request.sessionEpoch else {
            return .refused(.invalidFetchSessionEpoch)
        }
        sessions[place] = nil
        session.update(request.partitions, forgotten: request.forgotten)
        guard !session.partitions.isEmpty else {
            generations[place] &+= 1
            return .read(.sessionless, [])
        }
        session.nextEpoch = session.nextEpoch == Int32.max ? 1 : session.nextEpoch + 1
        session.lastUsed = now
        let partitions = session.partitions
        let epoch = session.nextEpoch
        sessions[place] = session
        return .read(.incremental(session: request.sessionID, epoch: epoch), partitions)
    }

    /// Turns what was read into what is told.
    ///
    /// - Parameters:
    ///   - context: as ``resolve(_:now:evicted:)`` found it.
    ///   - answers: one for each partition of the context, in its order.
    /// - Returns: the response, with those answers that the reader does not know yet.
    mutating func respond(_ context: FetchContext, _ answers: [FetchPartitionResponse])
        -> FetchResponse
    {
        switch context {
        case .sessionless: return FetchResponse(partitions: answers)
        case .full(let id, let epoch):
            return respond(id, epoch, isFull: true, answers)
        case .incremental(let id, let epoch):
            return respond(id, epoch, isFull: false, answers)
        }
    }

    private mutating func respond(
        _ id: Int32,
        _ epoch: Int32,
        isFull: Bool,
        _ answers: [FetchPartitionResponse]
    ) -> FetchResponse {
        guard let place = place(of: id), sessions[place]?.nextEpoch == epoch,
            sessions[place]?.partitions.count == answers.count
        else {
            // The reader has gone on without waiting for this answer.
            return isFull
                ? FetchResponse(sessionID: 0, partitions: answers)
                : FetchResponse(error: .invalidFetchSessionEpoch, sessionID: id, partitions: [])
        }
        var told: [FetchPartitionResponse] = []
        var returned: [Bool] = []
        var anyRecords = false
        for (index, answer) in answers.enumerated() {
            if sessions[place]?.tells(answer, at: index, isFull: isFull) == true {
                told.append(answer)
            }
            if !answer.records.isEmpty, !anyRecords {
                anyRecords = true
                returned = Array(repeating: false, count: answers.count)
            }
            if !answer.records.isEmpty { returned[index] = true }
        }
        if anyRecords { sessions[place]?.rotate(returned) }
        return FetchResponse(sessionID: id, partitions: told)
    }

    // MARK: Places

    var count: Int {
        sessions.reduce(0) { $0 + ($1 == nil ? 0 : 1) }
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
            partitions: request.partitions,
            now: now
        )
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
            if sessions[place] == nil { return place }
            place += FetchSessionCache.shardCount
        }
        guard let victim = victim(in: shard, for: request, now: now) else { return nil }
        remove(victim)
        evicted = true
        return victim
    }

    /// The longest idle session if it is idle for two minutes; else the least valuable, if it is
    /// not worth more than the newcomer and either two minutes old or less privileged.
    private func victim(in shard: Int, for request: FetchRequest, now: Instant) -> Int? {
        let isFromFollower = request.replica != .none
        var idlest: Int?
        var cheapest: Int?
        for place in stride(from: shard, to: sessions.count, by: FetchSessionCache.shardCount) {
            guard let session = sessions[place] else { continue }
            if let known = idlest.flatMap({ sessions[$0] }) {
                if session.lastUsed < known.lastUsed { idlest = place }
            } else {
                idlest = place
            }
            if let known = cheapest.flatMap({ sessions[$0] }) {
                if session.value < known.value { cheapest = place }
            } else {
                cheapest = place
            }
        }
        if let idlest, let session = sessions[idlest],
            now - session.lastUsed > FetchSessionCache.evictionAge
        {
            return idlest
        }
        guard let cheapest, let session = sessions[cheapest] else { return nil }
        let newcomer = (isFromFollower ? 1 : 0, request.partitions.count)
        guard (session.value.0, session.value.1) <= newcomer else { return nil }
        let isOld = now - session.created > FetchSessionCache.evictionAge
        return isOld || (isFromFollower && !session.isFromFollower) ? cheapest : nil
    }

    private func place(of id: Int32) -> Int? {
        guard id > 0, total > 0 else { return nil }
        let place = Int(id - 1) % total
        guard place < sessions.count, sessions[place]?.id == id else { return nil }
        return place
    }

    private mutating func remove(_ place: Int) {
        sessions[place] = nil
        generations[place] =
            generations[place] >= Int32.max / Int32(total) - 1
            ? 0 : generations[place] + 1
    }

    private mutating func grow(to place: Int) {
        while sessions.count <= place {
            sessions.append(nil)
            generations.append(0)
        }
    }
}

extension FetchSession {
    /// Worth of a session when places are short: followers before consumers, big before small.
    fileprivate var value: (Int, Int) {
        (isFromFollower ? 1 : 0, cachedSize)
    }
}
