import KafkaProtocol
import SimBase
import Testing

@testable import KafkaBroker

@Suite struct FollowerStateTests {
    private func second(_ seconds: Int64) -> Instant {
        Instant.zero + .seconds(seconds)
    }

    private func fetch(
        _ state: inout FollowerState,
        at offset: Int64,
        leaderEnd: Int64,
        second: Int64
    ) {
        state.recordFetch(
            at: Offset(offset),
            logStart: .zero,
            leaderEnd: Offset(leaderEnd),
            brokerEpoch: BrokerEpoch(7),
            now: self.second(second)
        )
    }

    @Test func fetchAtTheEndIsCaughtUpNow() {
        var state = FollowerState(id: BrokerID(2))
        fetch(&state, at: 10, leaderEnd: 10, second: 5)
        #expect(state.lastCaughtUpTime == second(5))
        #expect(state.logEndOffset == Offset(10))
        #expect(state.brokerEpoch == BrokerEpoch(7))
    }

    @Test func reachingTheEndOfThePreviousFetchCountsFromThen() {
        var state = FollowerState(id: BrokerID(2))
        fetch(&state, at: 4, leaderEnd: 10, second: 5)
        #expect(state.lastCaughtUpTime == .distantPast)
        fetch(&state, at: 10, leaderEnd: 20, second: 9)
        #expect(state.lastCaughtUpTime == second(5))
        fetch(&state, at: 15, leaderEnd: 30, second: 12)
        #expect(state.lastCaughtUpTime == second(5))
    }

    @Test func followerAtTheEndNeverTimesOut() {
        var state = FollowerState(id: BrokerID(2))
        fetch(&state, at: 10, leaderEnd: 10, second: 0)
        let late = second(1_000)
        #expect(state.isCaughtUp(leaderEnd: Offset(10), lagMax: .seconds(30), now: late))
        #expect(!state.isCaughtUp(leaderEnd: Offset(11), lagMax: .seconds(30), now: late))
        #expect(state.isCaughtUp(leaderEnd: Offset(11), lagMax: .seconds(30), now: second(30)))
    }

    @Test func newLeaderForgetsTheLogEndAndAnOldOneKeepsIt() {
        var state = FollowerState(id: BrokerID(2))
        fetch(&state, at: 10, leaderEnd: 12, second: 0)
        var kept = state
        kept.beginEpoch(leaderEnd: Offset(12), isNewLeader: false, isInSync: true, now: second(3))
        #expect(kept.logEndOffset == Offset(10))
        #expect(kept.lastFetchLeaderLogEndOffset == Offset(12))
        #expect(kept.lastCaughtUpTime == second(3))
        #expect(kept.brokerEpoch == BrokerEpoch(7))
        state.beginEpoch(leaderEnd: Offset(12), isNewLeader: true, isInSync: false, now: second(3))
        #expect(state == FollowerState(id: BrokerID(2)))
    }
}
