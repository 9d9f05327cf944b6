import KafkaGroups
import KafkaProtocol
import SimBase
import Testing

@Suite struct FailoverTests {
    @Test func membersGenerationAndAssignmentSurvive() {
        var rig = Rig()
        let (first, second) = rig.stablePair()
        _ = rig.commit(9, 1, by: second, 1)
        rig.linger()
        rig.failOver()
        rig.expect(rig.heartbeat(first, 1), answers: .none)
        rig.expect(rig.heartbeat(second, 1), answers: .none)
        let sync = rig.sync(second, 1)
        #expect(rig.syncAnswer(sync)?.partitions == [rig.tp(1)])
        let fetch = rig.fetch(1)
        #expect(rig.fetched(fetch) == 9)
        // The leader is the same, and its JoinGroup starts the next generation.
        let join = rig.send(rig.joinRequest(first, client: 1))
        _ = rig.send(rig.joinRequest(second, client: 2))
        #expect(rig.joinAnswer(join)?.generation == Generation(2))
        #expect(rig.joinAnswer(join)?.leader == first)
    }

    @Test func sessionsStartAnewAtLoad() {
        var rig = Rig()
        _ = rig.stableMember()
        rig.advance(by: .seconds(40))
        rig.failOver()
        let loaded = rig.now
        rig.advance(to: loaded + .milliseconds(44_999))
        #expect(rig.removals.isEmpty)
        rig.advance(to: loaded + .seconds(45))
        #expect(rig.removals == [.sessionExpired])
    }

    @Test func rebalanceUnderWayIsForgotten() {
        var rig = Rig()
        let id = rig.stableMember()
        let new = rig.join(client: 8)
        _ = rig.send(rig.joinRequest(id, client: 7))
        #expect(rig.joinAnswer(new.request)?.generation == Generation(2))
        rig.failOver()
        rig.expect(rig.heartbeat(id, 2), answers: .illegalGeneration)
        rig.expect(rig.heartbeat(new.id, 2), answers: .unknownMemberId)
        rig.expect(rig.heartbeat(id, 1), answers: .none)
    }

    @Test func staticMembersSurviveWithTheirLatestID() {
        var rig = Rig()
        let first = rig.send(rig.joinRequest(client: 1, instance: 1))
        rig.advance(toSeconds: 3)
        let old = rig.joinAnswer(first)?.member ?? .none
        _ = rig.sync(old, 1, instance: 1, assigning: [(old, [0])])
        rig.linger()
        let join = rig.send(rig.joinRequest(client: 1, instance: 1))
        rig.linger()
        let new = rig.joinAnswer(join)?.member ?? .none
        rig.failOver()
        rig.expect(rig.heartbeat(old, 1, instance: 1), answers: .fencedInstanceId)
        rig.expect(rig.heartbeat(new, 1, instance: 1), answers: .none)
    }

    @Test func requestsWhileLoading() {
        var rig = Rig()
        let id = rig.stableMember()
        rig.resign()
        rig.expect(rig.heartbeat(id, 1), answers: .notCoordinator)
        rig.beginLoading()
        rig.expect(rig.heartbeat(id, 1), answers: .none)
        rig.expect(rig.commit(1, by: id, 1), answers: .coordinatorLoadInProgress)
        rig.expect(rig.fetch(), answers: .coordinatorLoadInProgress)
        rig.expect(rig.sync(id, 1), answers: .coordinatorLoadInProgress)
        rig.expect(
            rig.send(rig.joinRequest(id, client: 7)),
            answers: .coordinatorLoadInProgress
        )
        rig.expect(
            rig.send(.leaveGroup(rig.membership(id, 1))),
            answers: .coordinatorLoadInProgress
        )
    }

    @Test func resigningAnswersWhoWaits() {
        var rig = Rig()
        let joining = rig.join(client: 1)
        rig.resign()
        #expect(rig.error(joining.request) == .notCoordinator)
        #expect(rig.observations.last == .mark(.coordinatorMoved))

        var other = Rig()
        let first = other.join(client: 1)
        let second = other.join(client: 2)
        other.advance(toSeconds: 6)
        let follower = other.sync(second.id, 1)
        other.isReplicating = false
        let leader = other.sync(first.id, 1, assigning: [(first.id, [0])])
        let beat = other.heartbeat(second.id, 1)
        other.linger()
        other.resign()
        for request in [follower, leader, beat] {
            #expect(other.error(request) == .notCoordinator)
        }
        // Its deadlines mean nothing any more.
        other.advance(by: .seconds(1_000))
        #expect(other.removals.isEmpty)
    }

    @Test func unacknowledgedTailIsLostOrFoundWithTheLog() {
        for isKept in [false, true] {
            var rig = Rig()
            let id = rig.stableMember()
            _ = rig.commit(5, by: id, 1)
            rig.linger()
            rig.isReplicating = false
            let pending = rig.commit(6, by: id, 1)
            rig.linger()
            #expect(rig.error(pending) == nil)
            rig.failOver(keeping: isKept ? rig.end : rig.highWatermark)
            let fetch = rig.fetch()
            if isKept {
                // Visible once the new leader's high watermark is there.
                #expect(rig.fetched(fetch) == nil)
                #expect(rig.durableCommits == [5])
                rig.commitLog()
                #expect(rig.fetched(fetch) == 6)
                #expect(rig.durableCommits == [5, 6])
            } else {
                #expect(rig.fetched(fetch) == 5)
            }
        }
    }

    @Test func aHigherEpochOfTheSameLeaderChangesNothing() {
        var rig = Rig()
        let id = rig.stableMember()
        rig.beginLoading()
        rig.expect(rig.heartbeat(id, 1), answers: .none)
    }

    @Test func loadedGroupAboveTheLimitRebalances() {
        var rig = Rig()
        let (first, _) = rig.stablePair()
        rig.config.groupMaxSize = 1
        rig.failOver()
        rig.expect(rig.heartbeat(first, 1), answers: .rebalanceInProgress)
    }
}
