import KafkaProtocol
import SimBase
import Testing

@testable import KafkaRaft

@Suite struct ElectionTests {
    @Test func singleVoterLeadsAtOnce() {
        var cluster = TestCluster(voters: 1)
        cluster.startAll()
        cluster.run(for: .milliseconds(20))
        #expect(cluster[1].isLeader)
        #expect(cluster[1].epoch == QuorumEpoch(1))
        #expect(cluster[1].highWatermark == Offset(1))
        #expect(cluster.member(1).outcomes.last == .becameLeader(QuorumEpoch(1)))
    }

    @Test func threeVotersElectOneLeaderWithinTwoElectionTimeouts() {
        var cluster = TestCluster(voters: 3, observers: 2)
        cluster.startAll()
        #expect(cluster.run(atMost: .seconds(4)) { $0.leader?.highWatermark == Offset(1) })
        cluster.run(for: .seconds(1))
        let leader = cluster.leader?.id
        for id in Int32(1)...5 { #expect(cluster[id].leader == leader) }
        #expect(cluster.violations == [])
    }

    @Test func recordsReachEveryListenerInOrder() {
        var cluster = TestCluster(voters: 3, observers: 1)
        cluster.startAll()
        cluster.run { $0.leader?.highWatermark == Offset(1) }
        guard let leader = cluster.leader?.id else { return }
        for text in ["a", "b", "c"] {
            #expect(cluster.append(text, at: leader) != nil)
            cluster.run(for: .milliseconds(40))
        }
        cluster.run(for: .seconds(2))
        for id in Int32(1)...4 {
            #expect(cluster[id].highWatermark == Offset(4))
            #expect(cluster.member(id).delivered == cluster.history)
        }
        #expect(cluster.violations == [])
    }

    @Test func killedLeaderIsReplacedWhenFetchTimersLapse() {
        var cluster = TestCluster(voters: 3)
        cluster.startAll()
        cluster.run { $0.leader?.highWatermark == Offset(1) }
        cluster.run(for: .seconds(5))
        guard let old = cluster.leader else { return }
        cluster.kill(old.id)
        let killed = cluster.now
        #expect(cluster.run { $0.leader != nil })
        let wait = cluster.now - killed
        #expect(wait >= .milliseconds(1_400) && wait < .seconds(6))
        #expect(cluster.run { $0.leader?.highWatermark == $0.leader?.logEndOffset })
        #expect(cluster.violations == [])
    }
}
