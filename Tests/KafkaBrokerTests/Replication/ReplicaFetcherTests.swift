import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@testable import KafkaBroker

/// What a fetcher thread names in the next fetch of a session, and what it leaves out.
@Suite struct ReplicaFetcherTests {
    private var table = ReplicaTable()
    private var effects: [Effect] = []
    private var handles = FileHandleAllocator()
    private var fetcher = ReplicaFetcher(
        leader: BrokerID(1),
        thread: 0,
        id: BrokerID(2),
        config: ServerConfig(),
        features: Features(),
        random: Random(seed: 1)
    )
    private let slot: Int

    init() {
        let id = TopicPartition(TopicName(3), 0)
        let log = UnifiedLog.empty(of: id, handles: &handles, into: &effects)
        slot = table.insert(Partition(id, topicID: TopicID(9), broker: BrokerID(2), log: log))
        fetcher.add(
            FollowedPartition(
                partition: id,
                topicID: TopicID(9),
                slot: slot,
                leaderEpoch: LeaderEpoch(0),
                state: .fetching,
                fetchOffset: .zero
            )
        )
        // Told in a full fetch, found unchanged in the next of the session.
        _ = prepare()
        fetcher.session = ReplicaFetcher.Session(id: 5, epoch: 1)
        _ = prepare()
    }

    private mutating func prepare(now: Instant = .zero) -> Bool {
        fetcher.prepareFetch(replicas: &table, brokerEpoch: BrokerEpoch(1), now: now)
    }

    private var followed: FollowedPartition {
        fetcher.partitions[0]
    }

    @Test func aPartitionThatStandsAsItStoodIsSettled() {
        #expect(followed.told?.fetchOffset == .zero)
        #expect(followed.requestedOffset == .zero)
        #expect(followed.settled == table.changes[slot])
    }

    @Test mutating func aLogStartThatMovedIsTold() {
        table[changing: slot].log.truncateFully(
            startingAt: Offset(7),
            now: .zero,
            handles: &handles,
            into: &effects
        )
        #expect(prepare())
        #expect(followed.told?.logStartOffset == Offset(7))
    }

    @Test mutating func aFetchOffsetThatMovedIsTold() {
        fetcher.partitions[0].fetchOffset = Offset(4)
        #expect(prepare())
        #expect(followed.told?.fetchOffset == Offset(4))
        #expect(followed.requestedOffset == Offset(4))
    }

    @Test mutating func aPartitionLeftAloneLeavesTheSessionAndComesBack() {
        let now = Instant.zero + .seconds(1)
        fetcher.delay(0, now: now)
        #expect(prepare(now: now))
        #expect(followed.told == nil)
        #expect(followed.requestedOffset == .none)
        #expect(prepare(now: followed.delayedUntil))
        #expect(followed.told?.fetchOffset == .zero)
    }

    @Test mutating func aNewSessionIsToldEverything() {
        fetcher.partitions[0].told = nil
        fetcher.session = ReplicaFetcher.Session()
        #expect(prepare())
        #expect(followed.told?.fetchOffset == .zero)
    }
}
