import KafkaProtocol
import SimBase
import Testing

@testable import KafkaRaft

/// What a cluster does when nodes cannot reach each other.
@Suite struct PartitionTests {
    private func cluster(_ seed: UInt64 = 1) -> TestCluster {
        var cluster = TestCluster(voters: 3, observers: 1, seed: seed)
        cluster.startAll()
        cluster.run { $0.leader?.highWatermark == Offset(1) }
        cluster.run(for: .seconds(1))
        return cluster
    }

    @Test func isolatedLeaderResignsAndItsTailIsCut() {
        var cluster = cluster()
        guard let old = cluster.leader?.id else { return }
        cluster.isolate(old)
        let start = cluster.now
        cluster.append("lost", at: old)
        cluster.run { !$0[old.rawValue].isLeader }
        // Within the time since the last fetches; they come every half second at least.
        #expect(cluster.now - start <= .milliseconds(3_000))
        #expect(cluster.now - start >= .milliseconds(2_400))
        #expect(cluster.run { $0.leader.map { $0.id != old } ?? false })
        guard let next = cluster.leader?.id else { return }
        cluster.append("kept", at: next)
        cluster.run(for: .seconds(1))
        #expect(cluster.history.count == 3)
        cluster.heal()
        cluster.run(for: .seconds(20))
        let wasCut = cluster.observed(old.rawValue).contains {
            if case .quorumTruncated = $0 { true } else { false }
        }
        #expect(wasCut)
        #expect(cluster.member(old.rawValue).delivered == cluster.history)
        #expect(cluster.violations == [])
    }

    /// Cut off from everything, a voter stands for election again and again: at the heal its
    /// epoch unseats the leader.
    @Test func loneCandidateUnseatsTheLeaderAtTheHeal() {
        var cluster = cluster()
        guard let leader = cluster.leader,
            let lone = cluster.voters.first(where: { $0 != leader.id })
        else { return }
        cluster.isolate(lone)
        cluster.run(for: .seconds(60))
        #expect(cluster.leader?.epoch == leader.epoch)
        let grown = cluster[lone.rawValue].epoch
        #expect(grown.rawValue >= leader.epoch.rawValue + 20)
        cluster.heal()
        cluster.run(for: .seconds(30))
        guard let next = cluster.leader else { return }
        #expect(next.epoch > grown)
        #expect(cluster.member(leader.id.rawValue).outcomes.contains(.lostLeadership(leader.epoch)))
        #expect(cluster.violations == [])
    }

    @Test func duellingCandidatesComeToAnEnd() {
        for seed in 0..<20 as Range<UInt64> {
            var cluster = cluster(seed)
            guard let leader = cluster.leader else { continue }
            cluster.kill(leader.id)
            #expect(cluster.run(atMost: .seconds(15)) { $0.leader != nil }, "seed \(seed)")
            #expect(cluster.violations == [])
        }
    }

    @Test func observerFindsTheNextLeader() {
        var cluster = cluster()
        guard let leader = cluster.leader else { return }
        cluster.kill(leader.id)
        #expect(cluster.run(atMost: .seconds(10)) { $0.leader != nil })
        #expect(cluster.run(atMost: .seconds(1)) { $0[4].leader == $0.leader?.id })
    }

    @Test func slowDiskOfOneFollowerDoesNotHoldUpCommits() {
        var cluster = TestCluster(voters: 3)
        cluster.fsync = .milliseconds(80)
        cluster.startAll()
        cluster.run { $0.leader?.highWatermark == Offset(1) }
        guard let leader = cluster.leader else { return }
        let start = cluster.now
        cluster.append("a", at: leader.id)
        cluster.run { $0.leader?.highWatermark == Offset(2) }
        // Linger, the leader's flush beside the follower's, and the next fetch.
        #expect(cluster.now - start >= .milliseconds(105))
        #expect(cluster.now - start < .milliseconds(200))
        #expect(cluster.violations == [])
    }
}
