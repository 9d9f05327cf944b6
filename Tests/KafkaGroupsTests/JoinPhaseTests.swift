import KafkaGroups
import KafkaProtocol
import SimBase
import Testing

@Suite struct JoinPhaseTests {
    struct Start {
        let name: String
        /// When each client joins, in seconds.
        let joins: [Int64]
        var rebalance: Int64 = 300
        /// When all get their answers.
        let end: Int64
    }

    @Test(arguments: [
        Start(name: "alone", joins: [0], end: 3),
        Start(name: "two at once", joins: [0, 0], end: 6),
        Start(name: "a third in the second window", joins: [0, 0, 4], end: 9),
        Start(name: "none in the second window", joins: [0, 2], end: 6),
        Start(name: "bounded by the rebalance timeout", joins: [0, 1, 4], rebalance: 5, end: 5),
    ])
    func initialDelayRunsInWholeWindows(_ start: Start) {
        var rig = Rig()
        var requests: [Int32] = []
        for (client, second) in start.joins.enumerated() {
            rig.advance(toSeconds: second)
            requests.append(
                rig.join(client: Int32(client), rebalance: start.rebalance).request
            )
        }
        rig.advance(toSeconds: 30)
        for request in requests {
            #expect(rig.answers[request]?.at == .zero + .seconds(start.end), "\(start.name)")
            #expect(rig.joinAnswer(request)?.generation == Generation(1))
        }
        #expect(rig.phases.prefix(2) == [.preparingRebalance, .completingRebalance])
    }

    @Test func firstMemberLeadsAndLearnsOfAll() {
        var rig = Rig()
        let first = rig.join(client: 9)
        let second = rig.join(client: 3)
        rig.advance(toSeconds: 6)
        let leader = rig.joinAnswer(first.request)
        #expect(leader?.leader == first.id)
        #expect(leader?.members.map(\.member) == [first.id, second.id])
        #expect(rig.joinAnswer(second.request)?.leader == first.id)
        #expect(rig.joinAnswer(second.request)?.members.isEmpty == true)
    }

    @Test func joinOfNonEmptyGroupWaitsForMembersOnly() {
        var rig = Rig()
        let old = rig.stableMember()
        let new = rig.join(client: 8)
        #expect(rig.joinAnswer(new.request) == nil)
        let beat = rig.heartbeat(old, 1)
        rig.linger()
        #expect(rig.error(beat) == .rebalanceInProgress)
        let again = rig.send(rig.joinRequest(old, client: 7))
        #expect(rig.joinAnswer(again)?.generation == Generation(2))
        #expect(rig.joinAnswer(new.request)?.generation == Generation(2))
    }

    @Test func pendingMemberBlocksTheJoinButNotItsTimer() {
        var rig = Rig()
        let old = rig.stableMember()
        let pending = rig.newMemberID(client: 8)
        let again = rig.send(rig.joinRequest(old, client: 7))
        rig.advance(by: .seconds(44))
        #expect(rig.joinAnswer(again) == nil)
        // The session that the pending id was given with its JoinGroup.
        rig.advance(by: .seconds(1))
        #expect(rig.joinAnswer(again)?.generation == Generation(2))
        let late = rig.send(rig.joinRequest(pending, client: 8))
        #expect(rig.error(late) == .unknownMemberId)
    }

    @Test func killedDynamicMemberBlocksTheJoinUntilItsSessionLapses() {
        var rig = Rig()
        let killed = rig.stableMember()
        let lastContact = rig.now
        rig.advance(by: .seconds(10))
        let restarted = rig.join(client: 7)
        rig.advance(to: lastContact + .milliseconds(44_999))
        #expect(rig.joinAnswer(restarted.request) == nil)
        rig.advance(to: lastContact + .seconds(45))
        #expect(rig.joinAnswer(restarted.request)?.generation == Generation(2))
        #expect(rig.joinAnswer(restarted.request)?.leader == restarted.id)
        #expect(rig.observations.contains(.memberRemoved(rig.group, killed, .sessionExpired)))
    }

    @Test func longestRebalanceTimeoutEndsTheJoinAndDropsTheAbsent() {
        var rig = Rig()
        let first = rig.join(client: 1, session: 1_000, rebalance: 20)
        let second = rig.join(client: 2, session: 1_000, rebalance: 50)
        rig.advance(toSeconds: 6)
        _ = rig.sync(second.id, 1)
        _ = rig.sync(first.id, 1, assigning: [(first.id, [0]), (second.id, [1])])
        rig.advance(toSeconds: 10)
        let again = rig.send(
            rig.joinRequest(
                second.id,
                client: 2,
                session: 1_000,
                rebalance: 50,
                topics: [rig.bills]
            )
        )
        rig.advance(to: .zero + .milliseconds(59_999))
        #expect(rig.joinAnswer(again) == nil)
        rig.advance(toSeconds: 60)
        let answer = rig.joinAnswer(again)
        #expect(answer?.generation == Generation(2))
        #expect(answer?.leader == second.id)
        #expect(answer?.members.map(\.member) == [second.id])
        #expect(rig.removals == [.didNotRejoin])
    }

    struct Vote {
        let lists: [[Assignor]]
        let winner: Assignor
    }

    @Test(arguments: [
        Vote(
            lists: [[.range, .cooperativeSticky], [.range, .cooperativeSticky]],
            winner: .range
        ),
        Vote(
            lists: [[.range, .roundRobin], [.roundRobin, .range], [.roundRobin, .range]],
            winner: .roundRobin
        ),
        Vote(lists: [[.range, .sticky], [.sticky]], winner: .sticky),
        Vote(
            lists: [[.cooperativeSticky, .range], [.range, .cooperativeSticky]],
            winner: .range
        ),
        Vote(lists: [[.roundRobin, .sticky], [.sticky, .roundRobin]], winner: .sticky),
    ])
    func membersVoteForTheAssignor(_ vote: Vote) {
        var rig = Rig()
        var first: Int32 = 0
        for (client, protocols) in vote.lists.enumerated() {
            let request = rig.join(client: Int32(client), protocols: protocols).request
            if client == 0 { first = request }
        }
        rig.advance(toSeconds: 30)
        #expect(rig.joinAnswer(first)?.assignor == vote.winner)
    }

    @Test func refusesWhoSharesNoAssignor() {
        var rig = Rig()
        _ = rig.stableMember()
        let stranger = rig.send(rig.joinRequest(client: 8, protocols: [.roundRobin]))
        #expect(rig.error(stranger) == .inconsistentGroupProtocol)
    }

    @Test(arguments: [5, 6, 1_800, 1_801])
    func boundsSessionTimeouts(_ seconds: Int64) {
        var rig = Rig()
        let request = rig.send(rig.joinRequest(client: 1, session: seconds))
        let isAllowed = (6...1_800).contains(seconds)
        #expect(rig.error(request) == (isAllowed ? .memberIdRequired : .invalidSessionTimeout))
    }

    @Test func groupHasAMaximumSize() {
        var rig = Rig { $0.groupMaxSize = 1 }
        _ = rig.stableMember()
        let second = rig.send(rig.joinRequest(client: 8))
        #expect(rig.error(second) == .groupMaxSizeReached)
    }

    @Test func unknownMembersJoinNeitherUnknownNorEmptyGroups() {
        var rig = Rig()
        let ghost = MemberID(client: 1, nonce: 5)
        let first = rig.send(rig.joinRequest(ghost, client: 1))
        #expect(rig.error(first) == .unknownMemberId)
        _ = rig.newMemberID(client: 2)
        let second = rig.send(rig.joinRequest(ghost, client: 1))
        #expect(rig.error(second) == .unknownMemberId)
    }

    @Test func lostJoinAnswerIsRepeatedWhileTheGenerationLasts() {
        var rig = Rig()
        let (id, _) = rig.join(client: 1)
        rig.advance(toSeconds: 3)
        let again = rig.send(rig.joinRequest(id, client: 1))
        #expect(rig.joinAnswer(again)?.generation == Generation(1))
        // Other metadata start over.
        let changed = rig.send(rig.joinRequest(id, client: 1, topics: [rig.bills]))
        #expect(rig.joinAnswer(changed)?.generation == Generation(2))
    }

    @Test func stableFollowerGetsTheGenerationAndLeaderForcesARebalance() {
        var rig = Rig()
        let (leader, follower) = rig.stablePair()
        let same = rig.send(rig.joinRequest(follower, client: 2))
        #expect(rig.joinAnswer(same)?.generation == Generation(1))
        let forced = rig.send(rig.joinRequest(leader, client: 1))
        #expect(rig.joinAnswer(forced) == nil)
        #expect(rig.phases.last == .preparingRebalance)
    }

    @Test func newMemberJoinTimesOutAfterFiveMinutes() {
        var rig = Rig()
        let (first, second) = rig.stablePair()
        let new = rig.join(client: 3, session: 45, rebalance: 1_000)
        // The old members stay alive and never rejoin.
        for _ in 0..<30 {
            rig.advance(by: .seconds(10))
            if rig.joinAnswer(new.request) != nil { break }
            _ = rig.heartbeat(first, 1)
            _ = rig.heartbeat(second, 1)
        }
        #expect(rig.error(new.request) == .unknownMemberId)
        #expect(rig.removals == [.sessionExpired])
        #expect(rig.answers[new.request]?.at == rig.now)
    }

    @Test func expiryMayEndAnInitialDelayAndLeavingMayNot() {
        var rig = Rig { $0.groupInitialRebalanceDelay = .seconds(100) }
        let first = rig.join(client: 1)
        _ = rig.newMemberID(client: 2)
        rig.advance(toSeconds: 45)
        #expect(rig.joinAnswer(first.request)?.generation == Generation(1))

        var other = Rig { $0.groupInitialRebalanceDelay = .seconds(100) }
        let waiting = other.join(client: 1)
        let pending = other.newMemberID(client: 2)
        let leave = other.send(.leaveGroup(other.membership(pending, -1)))
        other.linger()
        #expect(other.error(leave) == ErrorCode.none)
        #expect(other.joinAnswer(waiting.request) == nil)
    }

    @Test func groupThatCannotBeStoredNeverWas() {
        var rig = Rig()
        rig.refusal = .notEnoughReplicas
        let first = rig.send(rig.joinRequest(client: 1, instance: 1))
        let second = rig.send(rig.joinRequest(client: 2, instance: 2))
        rig.linger()
        #expect(rig.error(first) == .coordinatorNotAvailable)
        #expect(rig.error(second) == .coordinatorNotAvailable)
        rig.refusal = nil
        rig.expect(rig.commit(1, by: MemberID(client: 1, nonce: 1), 0), answers: .groupIdNotFound)
        rig.advance(toSeconds: 1_000)
        #expect(rig.removals.isEmpty)
        let again = rig.send(rig.joinRequest(client: 1, instance: 1))
        rig.advance(by: .seconds(3))
        #expect(rig.joinAnswer(again)?.generation == Generation(1))
    }

    @Test func joinBehindAStuckWriteFailsAndStillCounts() {
        var rig = Rig()
        let old = rig.stableMember()
        let id = rig.newMemberID(client: 8)
        rig.isReplicating = false
        _ = rig.commit(1, by: old, 1)
        let join = rig.send(rig.joinRequest(id, client: 8))
        rig.advance(by: .seconds(5))
        // Its operation waited for the commit, in vain; the member waits on.
        #expect(rig.error(join) == .coordinatorNotAvailable)
        rig.isReplicating = true
        rig.commitLog()
        let other = rig.send(rig.joinRequest(old, client: 7))
        #expect(rig.joinAnswer(other)?.generation == Generation(2))
        let again = rig.send(rig.joinRequest(id, client: 8))
        #expect(rig.joinAnswer(again)?.generation == Generation(2))
    }
}
