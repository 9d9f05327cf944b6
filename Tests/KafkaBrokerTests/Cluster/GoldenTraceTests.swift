import KafkaBroker
import KafkaProtocol
import SimBase
import Testing

/// The protocol, line by line. A difference is either a mistake or a change of the model.
@Suite struct GoldenTraceTests {
    private func cluster() throws -> MiniCluster {
        let cluster = MiniCluster(brokers: 2, controllers: 1)
        try #require(cluster.boot())
        try #require(cluster.createTopic(assignment: [[1, 2]]) == ErrorCode.none)
        cluster.run(for: .seconds(2))
        try #require(cluster.send([1], to: 1)?.error == ErrorCode.none)
        cluster.run(for: .seconds(2))
        return cluster
    }

    /// The follower's parked fetch brings the batch; its next one is the acknowledgement. The
    /// follower hears of the new high watermark when that fetch is answered, half a second later.
    @Test func oneProduce() throws {
        let cluster = try cluster()
        cluster.trace.begin(at: cluster.now)
        _ = cluster.send([2, 3], to: 1)
        cluster.run(for: .milliseconds(600))
        #expect(
            cluster.trace.text == """
                +0 1 gets produce acks=-1
                +0 1 appends 1...2 as leader
                +0 1 answers fetch NONE hw=1 batches=1
                +100 2 appends 1...2 as follower
                +200 1 gets fetch from=2 session=8 at=3 epoch=0 last=0
                +200 1 advances hw=3 epoch=0
                +200 1 answers NONE base=1
                +500200 1 answers fetch NONE hw=3 batches=0
                +500300 2 sets hw=3
                +500400 1 gets fetch from=2 session=9 unchanged
                """
        )
    }

    /// Broker 1 is killed, fenced after its session, and comes back as a follower: it catches up
    /// while fenced, and asks to join when it is not any more.
    @Test func oneLeaderChange() throws {
        let cluster = try cluster()
        cluster.kill(BrokerID(1))
        cluster.trace.begin(at: cluster.now)
        cluster.run(until: cluster.now + .seconds(15)) { $0.leader == 2 }
        _ = cluster.send([4], to: 2)
        cluster.start(BrokerID(1))
        cluster.run(until: cluster.now + .seconds(30)) { $0.isr.count == 2 }
        cluster.run(for: .milliseconds(600))
        #expect(
            cluster.trace.text == """
                +8998500 3 commits leader=2 epoch=1 isr=[2]
                +8998500 3 fences 1
                +8998600 2 leads epoch=1 from=1
                +8998600 2 gets produce acks=-1
                +8998600 2 appends 1...1 as leader
                +8999600 2 advances hw=2 epoch=1
                +8999600 2 answers NONE base=1
                +9002200 1 sets hw=0
                +9003200 1 follows 2 epoch=1
                +9003500 2 gets fetch from=1 session=0 at=1 epoch=1 last=0
                +9003500 2 answers fetch NONE hw=2 batches=1
                +9003600 1 appends 1...1 as follower
                +9003600 1 sets hw=2
                +9004700 2 gets fetch from=1 session=1 at=2 epoch=1 last=1
                +9050500 3 unfences 1
                +9504700 2 answers fetch nothing new
                +9504900 2 gets fetch from=1 session=2 unchanged
                +9504900 2 proposes a larger ISR
                +9505400 3 gets alter isr=[[2, 1]]
                +9530400 3 commits leader=2 epoch=1 isr=[2, 1]
                +10004900 2 answers fetch nothing new
                +10005100 2 gets fetch from=1 session=3 unchanged
                """
        )
    }
}
