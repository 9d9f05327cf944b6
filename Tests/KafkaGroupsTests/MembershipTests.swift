import KafkaGroups
import KafkaProtocol
import SimBase
import Testing

@Suite struct MembershipTests {
    @Test func sessionEndsAfterTheTimeout() {
        var rig = Rig()
        let id = rig.stableMember()
        let start = rig.now
        rig.advance(by: .seconds(40))
        rig.expect(rig.heartbeat(id, 1), answers: .none)
        rig.advance(to: start + .milliseconds(84_999))
        #expect(rig.removals.isEmpty)
        rig.advance(to: start + .seconds(85))
        #expect(rig.removals == [.sessionExpired])
        #expect(rig.phases.suffix(2) == [.preparingRebalance, .empty])
        rig.expect(rig.heartbeat(id, 1), answers: .unknownMemberId)
    }

    @Test func commitRenewsTheSessionAndFetchDoesNot() {
        var rig = Rig()
        let id = rig.stableMember()
        let start = rig.now
        rig.advance(by: .seconds(40))
        _ = rig.commit(5, by: id, 1)
        rig.advance(to: start + .seconds(80))
        _ = rig.fetch()
        #expect(rig.removals.isEmpty)
        rig.advance(to: start + .seconds(85))
        #expect(rig.removals == [.sessionExpired])
    }

    @Test func parkedMembersDoNotExpire() {
        var rig = Rig()
        let (first, second) = rig.stablePair()
        let again = rig.send(rig.joinRequest(first, client: 1))
        for _ in 0..<10 {
            rig.advance(by: .seconds(20))
            _ = rig.heartbeat(second, 1)
        }
        #expect(rig.removals.isEmpty)
        #expect(rig.joinAnswer(again) == nil)
        _ = rig.send(rig.joinRequest(second, client: 2))
        #expect(rig.joinAnswer(again)?.generation == Generation(2))
    }

    @Test func leavingStartsARebalanceAndMovesTheLeadership() {
        var rig = Rig()
        let (first, second) = rig.stablePair()
        let leave = rig.send(.leaveGroup(rig.membership(first, 1)))
        #expect(rig.error(leave) == ErrorCode.none)
        #expect(rig.removals == [.left])
        let again = rig.send(rig.joinRequest(second, client: 2))
        #expect(rig.joinAnswer(again)?.leader == second)
    }

    @Test func lastMemberLeavingEmptiesTheGroup() {
        var rig = Rig()
        let id = rig.stableMember()
        let leave = rig.send(.leaveGroup(rig.membership(id, 1)))
        // The answer waits for the record of the empty group.
        #expect(rig.error(leave) == nil)
        rig.linger()
        #expect(rig.error(leave) == ErrorCode.none)
        #expect(rig.observations.contains(.groupStateChanged(rig.group, .empty, Generation(2))))
        rig.expect(rig.send(.leaveGroup(rig.membership(id, 1))), answers: .unknownMemberId)
    }

    struct Bad {
        let name: String
        let error: ErrorCode
        let ask: @Sendable (inout Rig, MemberID) -> Int32
    }

    @Test(arguments: [
        Bad(name: "heartbeat of a stranger", error: .unknownMemberId) { rig, _ in
            rig.heartbeat(MemberID(client: 9, nonce: 9), 1)
        },
        Bad(name: "heartbeat of an old generation", error: .illegalGeneration) { rig, id in
            rig.heartbeat(id, 0)
        },
        Bad(name: "heartbeat with an unknown instance", error: .unknownMemberId) { rig, id in
            rig.heartbeat(id, 1, instance: 4)
        },
        Bad(name: "sync of a stranger", error: .unknownMemberId) { rig, _ in
            rig.sync(MemberID(client: 9, nonce: 9), 1)
        },
        Bad(name: "sync of an old generation", error: .illegalGeneration) { rig, id in
            rig.sync(id, 0)
        },
        Bad(name: "sync with another assignor", error: .inconsistentGroupProtocol) { rig, id in
            rig.sync(id, 1, assignor: .sticky)
        },
        Bad(name: "commit of an old generation", error: .illegalGeneration) { rig, id in
            rig.commit(1, by: id, 0)
        },
        Bad(name: "commit of a stranger", error: .unknownMemberId) { rig, _ in
            rig.commit(1, by: MemberID(client: 9, nonce: 9), 1)
        },
        Bad(name: "commit without membership", error: .unknownMemberId) { rig, _ in
            rig.commit(1)
        },
    ])
    func refusesWhoDoesNotBelong(_ bad: Bad) {
        var rig = Rig()
        let id = rig.stableMember()
        let request = bad.ask(&rig, id)
        #expect(rig.error(request) == bad.error, "\(bad.name)")
    }

    @Test func heartbeatInEveryPhase() {
        var rig = Rig()
        rig.expect(rig.heartbeat(MemberID(client: 1, nonce: 1), 1), answers: .unknownMemberId)
        let (id, _) = rig.join(client: 1)
        rig.advance(toSeconds: 2)
        rig.expect(rig.heartbeat(id, 0), answers: .rebalanceInProgress)
        rig.advance(toSeconds: 3)
        rig.expect(rig.heartbeat(id, 1), answers: .none)
    }
}
