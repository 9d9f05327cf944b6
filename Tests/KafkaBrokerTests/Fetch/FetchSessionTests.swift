import KafkaProtocol
import SimBase
import Testing

@testable import KafkaBroker

@Suite struct FetchSessionTests {
    private var cache = FetchSessionCache(slots: 16)
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
        guard case .read(let context, let items) = resolve(request(partitions.map { item($0) }))
        else { return 0 }
        return cache.respond(context, items.map { answer($0.partition.partition) }).sessionID
    }

    private mutating func told(
        _ id: Int32,
        epoch: Int32,
        _ answers: [FetchPartitionResponse]
    ) -> [Int32] {
        guard case .read(let context, _) = resolve(request(id: id, epoch: epoch, [])) else {
            return []
        }
        return cache.respond(context, answers).partitions.map(\.partition.partition)
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

    @Test mutating func partitionsJoinChangeAndLeave() {
        let id = open([0, 1])
        let update = request(id: id, epoch: 1, [item(1, at: 5), item(2)], forgotten: [0])
        guard case .read(_, let partitions) = resolve(update) else {
            Issue.record("the session was refused")
            return
        }
        #expect(partitions == [item(1, at: 5), item(2)])
    }

    @Test mutating func partitionsWithRecordsGoToTheEnd() {
        let id = open([0, 1, 2])
        let records = [MiniCluster.batch([1])]
        #expect(told(id, epoch: 1, [answer(0, records: records), answer(1), answer(2)]) == [0])
        guard case .read(_, let partitions) = resolve(request(id: id, epoch: 2, [])) else {
            Issue.record("the session was refused")
            return
        }
        #expect(partitions.map(\.partition.partition) == [1, 2, 0])
    }

    @Test mutating func anAnswerOutlivedByItsSessionSaysSo() {
        let id = open([0])
        guard case .read(let old, _) = resolve(request(id: id, epoch: 1, [])) else { return }
        _ = resolve(request(id: id, epoch: 2, []))
        #expect(cache.respond(old, [answer(0)]).error == .invalidFetchSessionEpoch)
    }

    @Test mutating func anEmptiedSessionEnds() {
        let id = open([0])
        let emptied = resolve(request(id: id, epoch: 1, [], forgotten: [0]))
        #expect(emptied == .read(.sessionless, []))
        #expect(resolve(request(id: id, epoch: 2, [])) == .refused(.fetchSessionIdNotFound))
    }

    @Test mutating func aFullCacheEvictsConsumersForFollowersAndTheIdleAfterTwoMinutes() {
        for partition in Int32(0)..<16 { #expect(open([partition]) > 0) }
        #expect(open([99]) == 0)
        let follower = request([item(1)], replica: 2)
        guard case .read(.full(_, _), _) = resolve(follower) else {
            Issue.record("a follower found no place")
            return
        }
        #expect(wasEvicted)
        let late = Instant.zero + .seconds(121)
        guard case .read(.full(_, _), _) = resolve(request([item(1)]), now: late) else {
            Issue.record("an idle session kept its place")
            return
        }
    }
}
