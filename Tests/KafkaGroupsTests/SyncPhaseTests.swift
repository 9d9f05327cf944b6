import KafkaGroups
import KafkaProtocol
import SimBase
import Testing

@Suite struct SyncPhaseTests {
    @Test func assignmentIsDistributedOnceItIsCommitted() {
        var rig = Rig()
        let (id, _) = rig.join(client: 1)
        rig.advance(toSeconds: 3)
        rig.isReplicating = false
        let sync = rig.sync(id, 1, assigning: [(id, [0, 2])])
        rig.linger()
        #expect(rig.syncAnswer(sync) == nil)
        #expect(rig.phases.last == .completingRebalance)
        rig.commitLog()
        #expect(rig.syncAnswer(sync)?.partitions == [rig.tp(0), rig.tp(2)])
        let share = MemberAssignment(member: id, partitions: [rig.tp(0), rig.tp(2)])
        #expect(
            rig.observations.suffix(2) == [
                .groupStateChanged(rig.group, .stable, Generation(1)),
                .groupStabilized(rig.group, Generation(1), [share]),
            ]
        )
        // A second SyncGroup of a stable group gets the same.
        let again = rig.sync(id, 1)
        #expect(rig.syncAnswer(again)?.partitions == [rig.tp(0), rig.tp(2)])
    }

    @Test func writeThatIsNotCommittedInTimeStartsOver() {
        var rig = Rig()
        let (id, _) = rig.join(client: 1)
        rig.advance(toSeconds: 3)
        rig.isReplicating = false
        let sync = rig.sync(id, 1, assigning: [(id, [0])])
        rig.advance(by: .milliseconds(4_999))
        #expect(rig.syncAnswer(sync) == nil)
        rig.advance(by: .milliseconds(1))
        #expect(rig.error(sync) == .coordinatorNotAvailable)
        #expect(rig.phases.last == .preparingRebalance)
        // What is committed late changes nothing.
        rig.commitLog()
        #expect(rig.phases.last == .preparingRebalance)
    }

    @Test(
        arguments: [
            (ErrorCode.notEnoughReplicas, ErrorCode.coordinatorNotAvailable),
            (.unknownTopicOrPartition, .coordinatorNotAvailable),
            (.notLeaderOrFollower, .notCoordinator),
            (.kafkaStorageError, .notCoordinator),
            (.messageTooLarge, .unknownServerError),
            (.networkException, .coordinatorLoadInProgress),
        ] as [(ErrorCode, ErrorCode)]
    )
    func refusedWriteFailsEverybodyAndStartsOver(_ refusal: ErrorCode, _ answer: ErrorCode) {
        var rig = Rig()
        let first = rig.join(client: 1)
        let second = rig.join(client: 2)
        rig.advance(toSeconds: 6)
        rig.refusal = refusal
        let follower = rig.sync(second.id, 1)
        let leader = rig.sync(first.id, 1, assigning: [(first.id, [0])])
        rig.linger()
        #expect(rig.error(follower) == answer)
        #expect(rig.error(leader) == answer)
        #expect(rig.phases.last == .preparingRebalance)
    }

    @Test func rebalanceInBetweenAnswersParkedSyncs() {
        var rig = Rig()
        let first = rig.join(client: 1)
        let second = rig.join(client: 2)
        rig.advance(toSeconds: 6)
        let parked = rig.sync(second.id, 1)
        _ = rig.send(.leaveGroup(rig.membership(first.id, 1)))
        #expect(rig.error(parked) == .rebalanceInProgress)
        rig.expect(rig.sync(second.id, 1), answers: .rebalanceInProgress)
    }

    @Test func whoDoesNotSyncIsRemoved() {
        var rig = Rig()
        let first = rig.join(client: 1, session: 1_000, rebalance: 20)
        let second = rig.join(client: 2, session: 1_000, rebalance: 30)
        rig.advance(toSeconds: 6)
        let leader = rig.sync(first.id, 1, assigning: [(first.id, [0])])
        rig.linger()
        #expect(rig.syncAnswer(leader)?.partitions == [rig.tp(0)])
        rig.advance(to: .zero + .milliseconds(35_999))
        #expect(rig.removals.isEmpty)
        rig.advance(toSeconds: 36)
        #expect(rig.removals == [.didNotSync])
        #expect(rig.phases.last == .preparingRebalance)
        rig.expect(rig.heartbeat(second.id, 1), answers: .unknownMemberId)
    }

    @Test func lateFollowersGetTheirShare() {
        var rig = Rig()
        let first = rig.join(client: 1)
        let second = rig.join(client: 2)
        rig.advance(toSeconds: 6)
        _ = rig.sync(first.id, 1, assigning: [(second.id, [0])])
        rig.linger()
        let late = rig.sync(second.id, 1)
        #expect(rig.syncAnswer(late)?.partitions == [rig.tp(0)])
        rig.advance(to: rig.now + .seconds(40))
        #expect(rig.removals.isEmpty)
    }

    @Test func unknownGroupsAndEmptyGroupsDoNotSync() {
        var rig = Rig()
        let ghost = MemberID(client: 1, nonce: 1)
        rig.expect(rig.sync(ghost, 1), answers: .unknownMemberId)
        _ = rig.newMemberID(client: 1)
        rig.expect(rig.sync(ghost, 1), answers: .unknownMemberId)
    }

    @Test func assignmentOfAnOldGenerationIsNotDistributed() {
        var rig = Rig()
        let first = rig.join(client: 1)
        let second = rig.join(client: 2)
        rig.advance(toSeconds: 6)
        rig.isReplicating = false
        let old = rig.sync(first.id, 1, assigning: [(first.id, [0])])
        _ = rig.send(.leaveGroup(rig.membership(second.id, 1)))
        #expect(rig.error(old) == .rebalanceInProgress)
        let join = rig.send(rig.joinRequest(first.id, client: 1))
        #expect(rig.joinAnswer(join)?.generation == Generation(2))
        rig.linger()
        rig.commitLog()
        #expect(rig.phases.last == .completingRebalance)
    }
}
