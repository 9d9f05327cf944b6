import KafkaProtocol
import SimBase
import Testing

@testable import SimCluster

@Suite struct LeaderTrackerTests {
    private let partition = TopicPartition(TopicName(3), 0)
    private let one = BrokerID(1)
    private let two = BrokerID(2)

    private func at(_ seconds: Int64) -> Instant { .zero + .seconds(seconds) }

    private func led(_ broker: BrokerID) -> LeaderTracker {
        var tracker = LeaderTracker()
        tracker.watch(partition)
        tracker.claimed(partition, by: broker, LeaderEpoch(0))
        tracker.update(at: .zero) { _ in true }
        return tracker
    }

    @Test func countsFromTheDeathToTheNextLeadersStart() {
        var tracker = led(one)
        tracker.forget(one)
        tracker.update(at: at(2)) { _ in true }
        tracker.claimed(partition, by: two, LeaderEpoch(1))
        tracker.update(at: at(9)) { _ in true }
        #expect(tracker.longest(at: at(20)) == .seconds(7))
    }

    @Test func aLeaderThatNobodyReachesIsNone() {
        var tracker = led(one)
        tracker.update(at: at(3)) { $0 != one }
        #expect(tracker.longest(at: at(4)) == .seconds(1))
        tracker.update(at: at(5)) { _ in true }
        #expect(tracker.longest(at: at(50)) == .seconds(2))
    }

    @Test func anOldLeaderThatIsReachableStillCounts() {
        var tracker = led(one)
        tracker.claimed(partition, by: two, LeaderEpoch(1))
        tracker.resigned(partition, two)
        tracker.update(at: at(3)) { _ in true }
        #expect(tracker.longest(at: at(9)) == .zero)
    }

    @Test func bootingDoesNotCount() {
        var tracker = LeaderTracker()
        tracker.watch(partition)
        tracker.update(at: at(-20)) { _ in true }
        tracker.claimed(partition, by: one, LeaderEpoch(0))
        tracker.update(at: at(-1)) { _ in true }
        #expect(tracker.longest(at: at(9)) == .zero)
    }

    @Test func theTimeBeforeTheFirstLeaderIsNoOutage() {
        var tracker = LeaderTracker()
        tracker.watch(partition)
        tracker.update(at: at(3)) { _ in true }
        tracker.claimed(partition, by: one, LeaderEpoch(0))
        tracker.update(at: at(4)) { _ in true }
        #expect(tracker.longest(at: at(9)) == .zero)
    }

    @Test func aDeletedTopicIsWatchedNoMore() {
        var tracker = led(one)
        tracker.forget(one)
        tracker.update(at: at(1)) { _ in true }
        tracker.unwatch(partition.topic)
        #expect(tracker.longest(at: at(9)) == .zero)
    }
}
