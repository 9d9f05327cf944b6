import KafkaGroups
import KafkaProtocol
import SimBase
import Testing

@Suite struct StaticMemberTests {
    /// A static leader (instance 1) and a static follower (instance 2), stable in generation 1.
    private func staticPair(_ rig: inout Rig) -> (leader: MemberID, follower: MemberID) {
        let first = rig.send(rig.joinRequest(client: 1, instance: 1))
        let second = rig.send(rig.joinRequest(client: 2, instance: 2))
        rig.advance(toSeconds: 6)
        let leader = rig.joinAnswer(first)?.member ?? .none
        let follower = rig.joinAnswer(second)?.member ?? .none
        #expect(rig.joinAnswer(first)?.members.map(\.instance) == [1, 2])
        _ = rig.sync(follower, 1, instance: 2)
        _ = rig.sync(leader, 1, instance: 1, assigning: [(leader, [0]), (follower, [1])])
        rig.linger()
        return (leader, follower)
    }

    @Test func restartedFollowerKeepsItsPartitionsWithoutRebalance() {
        var rig = Rig()
        let (_, old) = staticPair(&rig)
        let join = rig.send(rig.joinRequest(client: 2, instance: 2))
        // The new id is stored before it is told.
        #expect(rig.joinAnswer(join) == nil)
        rig.linger()
        let answer = rig.joinAnswer(join)
        #expect(answer?.error == ErrorCode.none)
        #expect(answer?.generation == Generation(1))
        #expect(answer?.skipAssignment == false)
        let new = answer?.member ?? .none
        #expect(new != old)
        let sync = rig.sync(new, 1, instance: 2)
        #expect(rig.syncAnswer(sync)?.partitions == [rig.tp(1)])
        rig.expect(rig.heartbeat(old, 1, instance: 2), answers: .fencedInstanceId)
        #expect(rig.phases.last == .stable)
        #expect(rig.removals == [.replaced])
    }

    @Test func restartedLeaderSkipsTheAssignment() {
        var rig = Rig()
        let (_, follower) = staticPair(&rig)
        let join = rig.send(rig.joinRequest(client: 1, instance: 1))
        rig.linger()
        let answer = rig.joinAnswer(join)
        #expect(answer?.skipAssignment == true)
        #expect(answer?.leader == answer?.member)
        #expect(answer?.members.map(\.member) == [follower, answer?.member ?? .none])
    }

    @Test func replacementThatCannotBeStoredIsTakenBack() {
        var rig = Rig()
        let (_, old) = staticPair(&rig)
        rig.refusal = .notEnoughReplicas
        let join = rig.send(rig.joinRequest(client: 2, instance: 2))
        rig.linger()
        #expect(rig.error(join) == .coordinatorNotAvailable)
        rig.expect(rig.heartbeat(old, 1, instance: 2), answers: .none)
    }

    @Test func restartWithAnotherAssignorRebalances() {
        var rig = Rig()
        let first = rig.send(rig.joinRequest(client: 1, instance: 1, protocols: [.range, .sticky]))
        rig.advance(toSeconds: 3)
        let id = rig.joinAnswer(first)?.member ?? .none
        _ = rig.sync(id, 1, instance: 1, assigning: [(id, [0])])
        rig.linger()
        let join = rig.send(rig.joinRequest(client: 1, instance: 1, protocols: [.sticky, .range]))
        #expect(rig.joinAnswer(join)?.generation == Generation(2))
        #expect(rig.joinAnswer(join)?.assignor == .sticky)
    }

    @Test func replacementFencesTheParkedRequestAndRestartsACompletingJoin() {
        var rig = Rig()
        let first = rig.send(rig.joinRequest(client: 1, instance: 1))
        let second = rig.send(rig.joinRequest(client: 2, instance: 2))
        rig.advance(toSeconds: 6)
        let leader = rig.joinAnswer(first)?.member ?? .none
        let follower = rig.joinAnswer(second)?.member ?? .none
        let parked = rig.sync(follower, 1, instance: 2)
        let join = rig.send(rig.joinRequest(client: 2, instance: 2))
        #expect(rig.error(parked) == .fencedInstanceId)
        #expect(rig.phases.last == .preparingRebalance)
        _ = rig.send(rig.joinRequest(leader, client: 1, instance: 1))
        #expect(rig.joinAnswer(join)?.generation == Generation(2))
    }

    @Test func absentStaticMembersStayUntilTheirSessionsEnd() {
        var rig = Rig()
        let (leader, follower) = staticPair(&rig)
        let again = rig.send(rig.joinRequest(leader, client: 1, instance: 1, rebalance: 20))
        _ = follower
        rig.advance(by: .seconds(44))
        #expect(rig.joinAnswer(again) == nil)
        rig.advance(by: .seconds(1))
        #expect(rig.joinAnswer(again)?.generation == Generation(2))
        #expect(rig.removals == [.sessionExpired])
    }

    @Test func joinTimeoutKeepsAbsentStaticMembers() {
        var rig = Rig()
        let first = rig.send(
            rig.joinRequest(client: 1, instance: 1, session: 1_000, rebalance: 20)
        )
        let second = rig.send(
            rig.joinRequest(client: 2, instance: 2, session: 1_000, rebalance: 20)
        )
        rig.advance(toSeconds: 6)
        let leader = rig.joinAnswer(first)?.member ?? .none
        let follower = rig.joinAnswer(second)?.member ?? .none
        _ = rig.sync(follower, 1, instance: 2)
        _ = rig.sync(leader, 1, instance: 1, assigning: [(leader, [0]), (follower, [1])])
        rig.linger()
        let again = rig.send(
            rig.joinRequest(leader, client: 1, instance: 1, session: 1_000, rebalance: 20)
        )
        rig.advance(by: .seconds(20))
        let answer = rig.joinAnswer(again)
        #expect(answer?.generation == Generation(2))
        #expect(answer?.members.map(\.member) == [leader, follower])
        #expect(rig.removals.isEmpty)
    }

    @Test func administratorRemovesByInstance() {
        var rig = Rig()
        _ = staticPair(&rig)
        let unknown = rig.send(.leaveGroup(rig.membership(.none, -1, instance: 5)))
        #expect(rig.error(unknown) == .unknownMemberId)
        let leave = rig.send(.leaveGroup(rig.membership(.none, -1, instance: 2)))
        #expect(rig.error(leave) == ErrorCode.none)
        #expect(rig.removals == [.left])
    }

    @Test func leaderReplacedJustBeforeARebalanceIsAnsweredWithIt() {
        var rig = Rig()
        let (_, follower) = staticPair(&rig)
        let join = rig.send(rig.joinRequest(client: 1, instance: 1))
        // Before its record is committed, the follower asks for a rebalance.
        let other = rig.send(
            rig.joinRequest(follower, client: 2, instance: 2, topics: [rig.bills])
        )
        #expect(rig.joinAnswer(join)?.generation == Generation(2))
        #expect(rig.joinAnswer(other)?.generation == Generation(2))
        rig.linger()
        #expect(rig.joinAnswer(join)?.skipAssignment == false)
    }

    @Test func leaderReplacedWhileMembersGatherStaysParked() {
        var rig = Rig()
        let first = rig.send(rig.joinRequest(client: 1, instance: 1))
        _ = rig.send(rig.joinRequest(client: 2, instance: 2))
        _ = rig.send(rig.joinRequest(client: 3, instance: 3))
        rig.advance(toSeconds: 6)
        let answer = rig.joinAnswer(first)
        let ids = answer?.members.map(\.member) ?? []
        _ = rig.sync(ids[0], 1, instance: 1)
        rig.linger()
        let join = rig.send(rig.joinRequest(client: 1, instance: 1))
        _ = rig.send(rig.joinRequest(ids[1], client: 2, instance: 2, topics: [rig.bills]))
        rig.linger()
        // The members cannot be listed now: the end of the join answers.
        #expect(rig.joinAnswer(join) == nil)
        _ = rig.send(rig.joinRequest(ids[2], client: 3, instance: 3))
        #expect(rig.joinAnswer(join)?.generation == Generation(2))
    }

    @Test func replacementTakenBackFencesTheNewIncarnation() {
        var rig = Rig()
        let (_, old) = staticPair(&rig)
        rig.isReplicating = false
        let join = rig.send(rig.joinRequest(client: 2, instance: 2))
        // The leader's JoinGroup completes the next join before the new id is known to be stored.
        let leader = rig.joinAnswer(1)?.member ?? .none
        _ = rig.send(rig.joinRequest(leader, client: 1, instance: 1))
        let new = rig.joinAnswer(join)?.member ?? .none
        #expect(rig.joinAnswer(join)?.generation == Generation(2))
        let sync = rig.sync(new, 2, instance: 2)
        rig.advance(by: .seconds(5))
        #expect(rig.error(sync) == .fencedInstanceId)
        rig.expect(rig.heartbeat(new, 2, instance: 2), answers: .fencedInstanceId)
        let beat = rig.heartbeat(old, 2, instance: 2)
        rig.commitLog()
        #expect(rig.error(beat) == ErrorCode.none)
    }
}
