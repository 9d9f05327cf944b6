import KafkaProtocol
import SimBase
import Testing

@testable import KafkaRaft

/// KIP-996.
@Suite struct PreVoteTests {
    private var features: Features {
        var features = Features()
        features.preVote = true
        return features
    }

    private func node(_ state: ElectionState) -> LoneNode {
        LoneNode(state: state, log: LoneNode.batches([1, 1, 3, 3]), features: features)
    }

    @Test func loneVoterDoesNotRaiseItsEpochNorUnseatTheLeader() {
        var cluster = TestCluster(voters: 3)
        cluster.features = features
        cluster.startAll()
        cluster.run { $0.leader?.highWatermark == Offset(1) }
        cluster.run(for: .seconds(1))
        guard let leader = cluster.leader,
            let lone = cluster.voters.first(where: { $0 != leader.id })
        else { return }
        cluster.isolate(lone)
        cluster.run(for: .seconds(60))
        #expect(cluster[lone.rawValue].epoch == leader.epoch)
        cluster.heal()
        cluster.run(for: .seconds(30))
        #expect(cluster.leader?.id == leader.id)
        #expect(cluster.leader?.epoch == leader.epoch)
        #expect(cluster[lone.rawValue].leader == leader.id)
        #expect(cluster.violations == [])
    }

    @Test func killedLeaderIsStillReplaced() {
        for seed in 0..<10 as Range<UInt64> {
            var cluster = TestCluster(voters: 3, seed: seed)
            cluster.features = features
            cluster.startAll()
            cluster.run { $0.leader?.highWatermark == Offset(1) }
            cluster.run(for: .seconds(2))
            guard let leader = cluster.leader else { continue }
            cluster.kill(leader.id)
            #expect(cluster.run(atMost: .seconds(15)) { $0.leader != nil }, "seed \(seed)")
            #expect(cluster.violations == [])
        }
    }

    @Test(arguments: [
        (epoch: Int32(5), last: (Int32(3), Int64(4)), error: ErrorCode.none, granted: true),
        (epoch: 5, last: (5, 1), error: .none, granted: true),
        (epoch: 5, last: (3, 3), error: .none, granted: false),
        (epoch: 4, last: (3, 4), error: .fencedLeaderEpoch, granted: false),
        (epoch: 5, last: (6, 4), error: .invalidRequest, granted: false),
    ])
    func preVotesGoToLogsThatAreNotBehind(
        epoch: Int32,
        last: (Int32, Int64),
        error: ErrorCode,
        granted: Bool
    ) {
        var voter = node(ElectionState(epoch: QuorumEpoch(5)))
        let answer = voter.vote(epoch, by: 2, last: last, isPreVote: true)
        #expect(answer?.error == error)
        #expect(answer?.voteGranted == granted)
    }

    @Test func preVoteBindsNobody() {
        var voter = node(ElectionState(epoch: QuorumEpoch(5)))
        #expect(voter.vote(5, by: 2, last: (3, 4), isPreVote: true)?.voteGranted == true)
        #expect(voter.vote(5, by: 3, last: (3, 4), isPreVote: true)?.voteGranted == true)
        #expect(voter.vote(5, by: 3, last: (3, 4))?.voteGranted == true)
        #expect(voter.vote(5, by: 2, last: (3, 4), isPreVote: true)?.voteGranted == true)
    }

    @Test func followerThatHearsFromItsLeaderGrantsNone() {
        var follower = node(ElectionState(epoch: QuorumEpoch(5), leader: BrokerID(3)))
        #expect(follower.vote(5, by: 2, last: (3, 4), isPreVote: true)?.voteGranted == true)
        let hint = LeaderHint(leader: BrokerID(3), epoch: LeaderEpoch(5))
        let partition = FetchPartitionResponse(partition: .clusterMetadata, currentLeader: hint)
        follower.answer(3, .fetch(FetchResponse(partitions: [partition])))
        #expect(follower.vote(5, by: 2, last: (3, 4), isPreVote: true)?.voteGranted == false)
    }

    @Test func lostPreVoteLeadsBackToTheLeader() {
        var follower = node(ElectionState(epoch: QuorumEpoch(5), leader: BrokerID(3)))
        follower.pass(.milliseconds(2_002))
        let asked = Observation.quorumStateChanged(
            QuorumEpoch(5),
            .prospective,
            leader: BrokerID(3)
        )
        #expect(follower.effects.contains(.observe(asked)))
        let refusal = QuorumResponse(error: .none, epoch: QuorumEpoch(5), leader: BrokerID(3))
        for _ in 0..<2 {
            guard let peer = follower.awaitedPeer else { return }
            follower.answer(peer, .quorum(refusal))
        }
        #expect(follower.node.epoch == QuorumEpoch(5))
        let back = Observation.quorumStateChanged(QuorumEpoch(5), .follower, leader: BrokerID(3))
        #expect(follower.effects.last { $0.isQuorumState } == .observe(back))
    }

    @Test func wonPreVoteRaisesTheEpoch() {
        var voter = node(ElectionState(epoch: QuorumEpoch(5)))
        voter.elect()
        #expect(voter.node.epoch == QuorumEpoch(6))
    }

    @Test func vainVoteKeepsTheVoteOfItsEpoch() {
        var voter = node(ElectionState(epoch: QuorumEpoch(5), voted: BrokerID(2)))
        // Its pre-vote times out without an answer: unattached again, in the same epoch.
        voter.pass(.seconds(5))
        #expect(voter.node.epoch == QuorumEpoch(5))
        #expect(voter.vote(5, by: 3, last: (4, 9))?.voteGranted == false)
        #expect(voter.vote(5, by: 2, last: (4, 9))?.voteGranted == true)
    }
}

extension Effect {
    fileprivate var isQuorumState: Bool {
        if case .observe(.quorumStateChanged) = self { true } else { false }
    }
}
