import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@testable import KafkaBroker

@Suite struct FetchSessionTests {
    private var cache = FetchSessionCache(slots: 16, random: Random(seed: 1))
    private var wasEvicted = false

    private func item(_ partition: Int32, at offset: Int64 = 0) -> FetchPartition {
        FetchPartition(
            partition: TopicPartition(TopicName(3), partition),
            topicID: TopicID(1),
            currentLeaderEpoch: .none,
            fetchOffset: Offset(offset),
            maxBytes: 1_000
        )
    }

    private func request(
        id: Int32 = 0,
        epoch: Int32 = 0,
        _ partitions: [FetchPartition],
        forgotten: [Int32] = [],
        replica: Int32 = -1
    ) -> FetchRequest {
        FetchRequest(
            replica: BrokerID(replica),
            maxWait: .zero,
            minBytes: 1,
            maxBytes: 1_000,
            sessionID: id,
            sessionEpoch: epoch,
            partitions: partitions,
            forgotten: forgotten.map { TopicPartition(TopicName(3), $0) }
        )
    }

    private func answer(
        _ partition: Int32,
        highWatermark: Int64 = 0,
        error: ErrorCode = .none,
        records: [RecordBatch] = []
    ) -> FetchPartitionResponse {
        FetchPartitionResponse(
            partition: TopicPartition(TopicName(3), partition),
            error: error,
            highWatermark: Offset(highWatermark),
            logStartOffset: .zero,
            records: records
        )
    }

    private mutating func resolve(_ request: FetchRequest, now: Instant = .zero)
        -> FetchSessionCache.Resolution
    {
        cache.resolve(request, now: now, evicted: &wasEvicted)
    }

    private mutating func open(_ partitions: [Int32]) -> Int32 {
        guard case .read(let context) = resolve(request(partitions.map { item($0) })),
            let place = cache.place(of: context)
        else { return 0 }
        let answers = partitions.map { answer($0) }
        let places = partitions.indices.map { Int32($0) }
        return cache.respond(place, answers, at: places, isFull: true).sessionID
    }

    private mutating func told(
        _ id: Int32,
        epoch: Int32,
        _ answers: [FetchPartitionResponse]
    ) -> [Int32] {
        guard let place = advance(request(id: id, epoch: epoch, [])) else { return [] }
        let places = answers.indices.map { Int32($0) }
        let response = cache.respond(place, answers, at: places, isFull: false)
        return response.partitions.map(\.partition.partition)
    }

    /// The place of the session after a fetch.
    private mutating func advance(_ request: FetchRequest) -> Int? {
        guard case .read(let context) = resolve(request) else { return nil }
        return cache.place(of: context)
    }

    @Test mutating func incrementalAnswersHoldOnlyWhatIsNew() {
        let id = open([0, 1, 2])
        #expect(id > 0)
        #expect(told(id, epoch: 1, [answer(0), answer(1), answer(2)]) == [])
        #expect(told(id, epoch: 2, [answer(0), answer(1, highWatermark: 4), answer(2)]) == [1])
        let error = answer(2, error: .notLeaderOrFollower)
        #expect(told(id, epoch: 3, [answer(0), answer(1, highWatermark: 4), error]) == [2])
        // An error makes the session forget what it told.
        #expect(told(id, epoch: 4, [answer(0), answer(1, highWatermark: 4), answer(2)]) == [2])
    }

    @Test mutating func unknownSessionsAndWrongEpochsAreRefused() {
        let id = open([0])
        #expect(resolve(request(id: id + 99, epoch: 1, [])) == .refused(.fetchSessionIdNotFound))
        #expect(resolve(request(id: id, epoch: 2, [])) == .refused(.invalidFetchSessionEpoch))
    }

    @Test mutating func partitionsJoinChangeAndLeave() throws {
        let id = open([0, 1])
        let update = request(id: id, epoch: 1, [item(1, at: 5), item(2)], forgotten: [0])
        let place = try #require(advance(update))
        #expect(cache[place].partitions == [item(1, at: 5), item(2)])
    }

    @Test mutating func partitionsWithRecordsGoToTheEnd() throws {
        let id = open([0, 1, 2])
        let records = [MiniCluster.batch([1])]
        #expect(told(id, epoch: 1, [answer(0, records: records), answer(1), answer(2)]) == [0])
        let place = try #require(advance(request(id: id, epoch: 2, [])))
        #expect(cache[place].partitions.map(\.partition.partition) == [1, 2, 0])
    }

    /// FullFetchContext keeps the request's order.
    @Test mutating func theFirstFetchOfASessionTurnsNothing() throws {
        guard case .read(let context) = resolve(request([item(0), item(1)])),
            let place = cache.place(of: context)
        else {
            Issue.record("no session")
            return
        }
        let full = [answer(0, records: [MiniCluster.batch([1])]), answer(1)]
        _ = cache.respond(place, full, at: [0, 1], isFull: true)
        #expect(cache[place].partitions.map(\.partition.partition) == [0, 1])
    }

    @Test mutating func anotherTopicOfTheNameIsToldAnew() throws {
        let id = open([0])
        var renewed = item(0)
        renewed = FetchPartition(
            partition: renewed.partition,
            topicID: TopicID(2),
            currentLeaderEpoch: .none,
            fetchOffset: .zero,
            maxBytes: 1_000
        )
        let place = try #require(advance(request(id: id, epoch: 1, [renewed])))
        let response = cache.respond(place, [answer(0)], at: [0], isFull: false)
        #expect(response.partitions.count == 1)
    }

    @Test mutating func theNextLifeOfABrokerGivesOtherNumbers() {
        let id = open([0])
        cache = FetchSessionCache(slots: 16, random: Random(seed: 2))
        #expect(open([0]) != id)
        #expect(resolve(request(id: id, epoch: 1, [])) == .refused(.fetchSessionIdNotFound))
    }

    @Test mutating func anAnswerOutlivedByItsSessionHasNoPlace() {
        let id = open([0])
        guard case .read(let old) = resolve(request(id: id, epoch: 1, [])) else {
            Issue.record("the session was refused")
            return
        }
        #expect(cache.place(of: old) != nil)
        _ = resolve(request(id: id, epoch: 2, []))
        #expect(cache.place(of: old) == nil)
    }

    @Test mutating func anEmptiedSessionEnds() {
        let id = open([0])
        let emptied = resolve(request(id: id, epoch: 1, [], forgotten: [0]))
        #expect(emptied == .read(.sessionless))
        #expect(resolve(request(id: id, epoch: 2, [])) == .refused(.fetchSessionIdNotFound))
    }

    @Test mutating func aFullCacheEvictsConsumersForFollowersAndTheIdleAfterTwoMinutes() {
        for partition in Int32(0)..<16 { #expect(open([partition]) > 0) }
        #expect(open([99]) == 0)
        let follower = request([item(1)], replica: 2)
        guard case .read(.full(_, _)) = resolve(follower) else {
            Issue.record("a follower found no place")
            return
        }
        #expect(wasEvicted)
        let late = Instant.zero + .seconds(121)
        guard case .read(.full(_, _)) = resolve(request([item(1)]), now: late) else {
            Issue.record("an idle session kept its place")
            return
        }
    }

    /// Sessions that have lived for two minutes and are in use give way to larger ones only.
    @Test mutating func oldSessionsGiveWayToLargerOnesOnly() {
        let ids = (Int32(0)..<16).map { open([$0]) }
        for (second, epoch) in [(Int64(100), Int32(1)), (130, 2)] {
            for id in ids {
                let now = Instant.zero + .seconds(second)
                #expect(resolve(request(id: id, epoch: epoch, []), now: now) != .read(.sessionless))
            }
        }
        let now = Instant.zero + .seconds(131)
        #expect(resolve(request([item(20)]), now: now) == .read(.sessionless))
        #expect(!wasEvicted)
        guard case .read(.full(_, _)) = resolve(request([item(20), item(21)]), now: now) else {
            Issue.record("a larger session found no place")
            return
        }
        #expect(wasEvicted)
    }

    // MARK: What is looked at

    private var replicas: ReplicaTable {
        var table = ReplicaTable()
        var effects: [Effect] = []
        var handles = FileHandleAllocator()
        for number in Int32(0)..<3 {
            let id = TopicPartition(TopicName(3), number)
            let log = UnifiedLog.empty(
                of: id,
                topicID: TopicID(1),
                handles: &handles,
                into: &effects
            )
            _ = table.insert(Partition(id, topicID: TopicID(1), broker: BrokerID(1), log: log))
        }
        return table
    }

    @Test mutating func settledPartitionsAreLookedAtAgainWhenTheyChangeOrAreAskedForAnew() throws {
        var table = replicas
        let id = open([0, 1, 2])
        let place = try #require(advance(request(id: id, epoch: 1, [])))
        cache.locate(place, in: table)
        for position in 0..<3 { cache[place].settle(position, at: table.changes[position]) }
        #expect(cache[place].nextToLook(from: 0, table.changes) == nil)
        table[changing: 1].revertIsr()
        #expect(cache[place].nextToLook(from: 0, table.changes) == 1)
        #expect(cache[place].nextToLook(from: 2, table.changes) == nil)
        _ = advance(request(id: id, epoch: 2, [item(0, at: 1)]))
        #expect(cache[place].nextToLook(from: 0, table.changes) == 0)
        cache[place].unsettle()
        #expect(cache[place].nextToLook(from: 2, table.changes) == 2)
    }

    @Test mutating func aForgottenPartitionThatComesBackIsWatchedOnce() throws {
        let table = replicas
        let id = open([0, 1])
        let place = try #require(advance(request(id: id, epoch: 1, [])))
        cache.locate(place, in: table)
        _ = advance(request(id: id, epoch: 2, [], forgotten: [0]))
        _ = advance(request(id: id, epoch: 3, [item(0)]))
        cache.locate(place, in: table)
        cache.park(place, 5)
        var operations: [Int32] = []
        cache.appendParked(of: 0, to: &operations)
        #expect(operations == [5])
    }

    @Test mutating func aParkedFetchThatLosesItsSessionIsHandedOver() throws {
        let table = replicas
        let id = open([0, 1])
        let place = try #require(advance(request(id: id, epoch: 1, [])))
        cache.locate(place, in: table)
        cache.park(place, 5)
        // The reader has come over another connection, and waits there.
        cache.park(place, 6)
        let left = cache.takeOrphans()
        #expect(left.map(\.operation) == [5])
        #expect(left.first?.lostSession == nil)
        // It gives the session up.
        _ = resolve(request(id: id, epoch: 0, [item(2)]))
        let orphans = cache.takeOrphans()
        #expect(orphans.map(\.operation) == [6])
        #expect(orphans.first?.partitions == [item(0), item(1)])
        #expect(orphans.first?.slots == [0, 1])
        // The broker still answers from it.
        #expect(orphans.first?.lostSession?.id == id)
        var operations: [Int32] = []
        cache.appendParked(of: 0, to: &operations)
        #expect(operations == [])
        #expect(cache.takeOrphans().isEmpty)
    }
}
