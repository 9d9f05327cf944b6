import KafkaController
import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@testable import KafkaBroker

/// What the table knows of changes, and of fetches that change nothing.
@Suite struct ReplicaTableTests {
    private var table = ReplicaTable()
    private var effects: [Effect] = []
    private var handles = FileHandleAllocator()
    private let slot: Int

    init() {
        let id = TopicPartition(TopicName(3), 0)
        let log = UnifiedLog.empty(of: id, handles: &handles, into: &effects)
        slot = table.insert(
            Partition(id, topicID: TopicID(9), broker: BrokerID(1), log: log)
        )
        let state = PartitionRegistration(
            replicas: [BrokerID(1), BrokerID(2), BrokerID(3)],
            directories: [],
            isr: [BrokerID(1), BrokerID(2), BrokerID(3)],
            leader: BrokerID(1),
            leaderEpoch: LeaderEpoch(0),
            partitionEpoch: PartitionEpoch(0)
        )
        _ = table[changing: slot].makeLeader(state, now: .zero, into: &effects)
    }

    private func second(_ second: Int64) -> Instant {
        Instant.zero + .seconds(second)
    }

    private var follower: FollowerState {
        table.partitions[slot].replicas.followers[0]
    }

    @Test mutating func countsChangesAndNotLooks() {
        let before = table.changes[slot]
        _ = table.look(at: slot) { $0.log.logEndOffset }
        #expect(table.changes[slot] == before)
        table[changing: slot].revertIsr()
        #expect(table.changes[slot] == before + 1)
    }

    @Test mutating func theLayoutChangesWithEveryReplicaThatComesOrGoes() {
        let before = table.layout
        table.remove(slot)
        #expect(table.layout > before)
    }

    @Test mutating func aSessionsFetchesStandForTheFollowersUntilSomethingChanges() {
        table.deferTimes(of: 0, on: slot, to: 2)
        table.noteFetch(by: 2, at: second(7))
        table.noteFetch(by: 1, at: second(9))
        #expect(follower.lastFetchTime < second(7))
        table[changing: slot].revertIsr()
        #expect(follower.lastFetchTime == second(7))
        #expect(follower.lastCaughtUpTime == second(7))
        // The session goes on, but not for this partition.
        table.noteFetch(by: 2, at: second(20))
        table[changing: slot].revertIsr()
        #expect(follower.lastFetchTime == second(7))
    }

    @Test mutating func oneFollowersNewSessionLeavesTheOthersAlone() {
        table.deferTimes(of: 0, on: slot, to: 0)
        table.deferTimes(of: 1, on: slot, to: 1)
        table.noteFetch(by: 0, at: second(5))
        table.noteFetch(by: 1, at: second(5))
        // Broker 2 begins anew; broker 3's session goes on and skips the partition.
        table.recallFetch(by: BrokerID(2), of: slot)
        #expect(follower.lastFetchTime == second(5))
        table.noteFetch(by: 0, at: second(60))
        table.noteFetch(by: 1, at: second(60))
        table[changing: slot].revertIsr()
        #expect(follower.lastFetchTime == second(5))
        #expect(table.partitions[slot].replicas.followers[1].lastFetchTime == second(60))
    }

    /// Flip it (leave out `recallFetches` in the subscript) and a follower that has nothing to copy
    /// falls out of the ISR.
    @Test mutating func anIdleFollowerStaysInSync() {
        for place in 0...1 { table.deferTimes(of: place, on: slot, to: 0) }
        table.noteFetch(by: 0, at: second(100))
        let proposal = table[changing: slot].proposeShrink(
            brokers: BrokerTable(),
            brokerEpoch: .none,
            config: ServerConfig(),
            now: second(110),
            into: &effects
        )
        #expect(proposal == nil)
    }
}
