import KafkaProtocol
import SimBase
import Testing

@testable import KafkaRaft

@Suite struct VoteTests {
    /// Node 1 is unattached in epoch 5 and holds four records, the last of epoch 3.
    private func voter(_ state: ElectionState = ElectionState(epoch: QuorumEpoch(5))) -> LoneNode {
        LoneNode(state: state, log: LoneNode.batches([1, 1, 3, 3]))
    }

    @Test(arguments: [
        (epoch: Int32(5), last: (Int32(3), Int64(4)), error: ErrorCode.none, granted: true),
        (epoch: 5, last: (3, 9), error: .none, granted: true),
        (epoch: 5, last: (4, 1), error: .none, granted: true),
        (epoch: 5, last: (3, 3), error: .none, granted: false),
        (epoch: 5, last: (2, 99), error: .none, granted: false),
        (epoch: 8, last: (3, 4), error: .none, granted: true),
        (epoch: 4, last: (3, 4), error: .fencedLeaderEpoch, granted: false),
        (epoch: 5, last: (5, 4), error: .invalidRequest, granted: false),
        (epoch: 5, last: (-1, 4), error: .invalidRequest, granted: false),
        (epoch: 5, last: (3, -1), error: .invalidRequest, granted: false),
    ])
    func votesGoToLogsThatAreNotBehind(
        epoch: Int32,
        last: (Int32, Int64),
        error: ErrorCode,
        granted: Bool
    ) {
        var voter = voter()
        let answer = voter.vote(epoch, by: 2, last: last)
        #expect(answer?.error == error)
        #expect(answer?.voteGranted == granted)
        #expect(voter.node.epoch == QuorumEpoch(error == .none ? max(5, epoch) : 5))
    }

    @Test func oneVoteAnEpochThatMayBeAskedForAgain() {
        var voter = voter()
        #expect(voter.vote(6, by: 2, last: (3, 4))?.voteGranted == true)
        #expect(voter.vote(6, by: 3, last: (3, 9))?.voteGranted == false)
        #expect(voter.vote(6, by: 2, last: (3, 4))?.voteGranted == true)
        #expect(voter.vote(7, by: 3, last: (3, 9))?.voteGranted == true)
    }

    @Test func noVoteOnceTheLeaderIsKnown() {
        var voter = voter()
        voter.begin(6, by: 3)
        let answer = voter.vote(6, by: 2, last: (3, 9))
        #expect(answer?.voteGranted == false)
        #expect(answer?.leader == BrokerID(3))
        #expect(voter.vote(7, by: 2, last: (3, 9))?.voteGranted == true)
    }

    @Test func voteIsNotToldBeforeItIsDurable() {
        var voter = voter()
        voter.hasFastDisk = false
        // The epoch is written first, then the vote in it.
        #expect(voter.vote(6, by: 2, last: (3, 4)) == nil)
        voter.completeFlush()
        #expect(voter.replies.isEmpty)
        voter.completeFlush()
        let granted = QuorumResponse(
            error: .none,
            epoch: QuorumEpoch(6),
            leader: .none,
            voteGranted: true
        )
        #expect(voter.replies == [.quorum(granted)])
    }

    @Test func messagesWaitWhileTheThreadIsInTheDisk() {
        var voter = voter()
        voter.hasFastDisk = false
        #expect(voter.vote(6, by: 2, last: (3, 4)) == nil)
        #expect(voter.vote(5, by: 3, last: (3, 4)) == nil)
        voter.completeFlush()
        voter.completeFlush()
        #expect(voter.replies.count == 2)
    }

    /// How a node goes on from what its `quorum-state` says.
    @Test(arguments: [
        (leader: Int32(1), voted: Int32(-1), role: QuorumRole.resigned, grants: false),
        (leader: -1, voted: 1, role: .candidate, grants: false),
        (leader: -1, voted: 2, role: .unattached, grants: true),
        (leader: -1, voted: 3, role: .unattached, grants: false),
        (leader: 3, voted: -1, role: .follower, grants: false),
        (leader: -1, voted: -1, role: .unattached, grants: true),
    ])
    func restartKeepsTheElectionsPromises(
        leader: Int32,
        voted: Int32,
        role: QuorumRole,
        grants: Bool
    ) {
        var node = voter(
            ElectionState(
                epoch: QuorumEpoch(5),
                leader: leader < 0 ? nil : BrokerID(leader),
                voted: voted < 0 ? nil : BrokerID(voted)
            )
        )
        let state = Observation.quorumStateChanged(QuorumEpoch(5), role, leader: BrokerID(leader))
        #expect(node.effects.contains(.observe(state)))
        #expect(node.vote(5, by: 2, last: (4, 9))?.voteGranted == grants)
        #expect(node.node.epoch == QuorumEpoch(5))
    }

    @Test func epochOfTheLogOutranksAnOlderQuorumState() {
        let node = voter(ElectionState(epoch: QuorumEpoch(2), leader: BrokerID(1)))
        #expect(node.node.epoch == QuorumEpoch(3))
        #expect(node.node.leader == nil)
    }

    @Test func formerLeaderDoesNotLeadAgainInItsEpoch() {
        var node = voter(ElectionState(epoch: QuorumEpoch(5), leader: BrokerID(1)))
        node.elect()
        #expect(node.node.epoch == QuorumEpoch(6))
    }

    // MARK: Candidates

    private func rejection(_ epoch: Int32) -> Response {
        .quorum(QuorumResponse(error: .none, epoch: QuorumEpoch(epoch), leader: .none))
    }

    @Test func lostElectionIsFollowedByBackOffAndTheNextEpoch() {
        var node = voter(ElectionState(epoch: QuorumEpoch(5), voted: BrokerID(1)))
        #expect(node.requests.count == 2)
        node.answer(2, rejection(5))
        node.pass(.milliseconds(150))
        #expect(node.node.epoch == QuorumEpoch(5))
        node.answer(3, rejection(5))
        // After the first lost election the wait is 0 or 100 ms.
        node.pass(.milliseconds(100))
        #expect(node.node.epoch == QuorumEpoch(6))
        #expect(node.effects.contains(.observe(.mark(.splitVote))))
    }

    @Test func unansweredElectionIsWaitedOut() {
        var node = voter(ElectionState(epoch: QuorumEpoch(5), voted: BrokerID(1)))
        node.answer(2, rejection(5))
        node.pass(.milliseconds(999))
        #expect(node.node.epoch == QuorumEpoch(5))
        node.pass(.milliseconds(1_101))
        #expect(node.node.epoch == QuorumEpoch(6))
    }

    @Test func higherEpochLeavesACandidatesTimerRunning() {
        var node = voter(ElectionState(epoch: QuorumEpoch(5), voted: BrokerID(1)))
        node.pass(.milliseconds(900))
        #expect(node.vote(7, by: 2, last: (1, 1))?.voteGranted == false)
        node.pass(.milliseconds(1_100))
        #expect(node.node.epoch == QuorumEpoch(8))
    }

    @Test func majorityMakesALeaderThatAnnouncesItself() {
        var node = voter(ElectionState(epoch: QuorumEpoch(5), voted: BrokerID(1)))
        node.elect()
        #expect(node.node.leader == BrokerID(1))
        let begin = BeginQuorumEpochRequest(epoch: QuorumEpoch(5), leader: BrokerID(1))
        #expect(node.requests.count == 2)
        #expect(node.requests.last == .beginQuorumEpoch(begin))
        // The connection to 3 carries one request at a time: first the vote is answered.
        node.answer(3, rejection(5))
        #expect(node.requests == [.beginQuorumEpoch(begin), .beginQuorumEpoch(begin)])
    }

    // MARK: EndQuorumEpoch

    struct Succession: Sendable {
        let preferred: [Int32]
        let delay: Int64
    }

    @Test(arguments: [
        Succession(preferred: [1, 2, 3], delay: 0),
        Succession(preferred: [2, 1], delay: 500),
        Succession(preferred: [2, 1, 4], delay: 250),
        Succession(preferred: [2, 4, 1], delay: 500),
        Succession(preferred: [2, 4], delay: 1_000),
        Succession(preferred: [], delay: 1_000),
    ])
    func successorsStandInTheOrderOfTheirLogs(_ succession: Succession) {
        let (preferred, delay) = (succession.preferred, succession.delay)
        var node = voter()
        node.begin(6, by: 3)
        let end = EndQuorumEpochRequest(
            epoch: QuorumEpoch(6),
            leader: BrokerID(3),
            preferredCandidates: preferred.map { BrokerID($0) }
        )
        _ = node.ask(.endQuorumEpoch(end))
        if delay > 0 {
            node.pass(.milliseconds(delay - 1))
            #expect(node.node.epoch == QuorumEpoch(6))
            node.pass(.milliseconds(1))
        }
        #expect(node.node.epoch == QuorumEpoch(7))
    }
}
