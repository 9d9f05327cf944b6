import KafkaBroker
import KafkaProtocol
import SimBase
import Testing

@Suite struct FailoverTests {
    /// Three brokers and one controller; `t-0` on 1, 2, 3, led by 1, three records committed.
    private func cluster(
        configs: [(String, String)] = [],
        features: Features = Features()
    ) throws -> MiniCluster {
        let cluster = MiniCluster(brokers: 3, controllers: 1, features: features)
        try #require(cluster.boot())
        let error = cluster.createTopic(assignment: [[1, 2, 3]], configs: configs)
        try #require(error == ErrorCode.none)
        cluster.run(for: .seconds(2))
        try #require(cluster.leader == 1)
        try #require(cluster.send([1, 2, 3], to: 1)?.error == ErrorCode.none)
        cluster.run(for: .seconds(1))
        return cluster
    }

    @Test func anotherReplicaLeadsAfterAKillAndTheTailOfTheOldLeaderIsCut() throws {
        let cluster = try cluster()
        // The high watermark is checkpointed; then broker 1 is cut off from its followers, and takes a record that nobody else gets.
        cluster.run(for: .seconds(5))
        cluster.cut = [[BrokerID(1), BrokerID(2)], [BrokerID(1), BrokerID(3)]]
        #expect(cluster.send([4], acks: .leader, to: 1)?.error == ErrorCode.none)
        #expect(cluster.values(1) == [1, 2, 3, 4])
        cluster.kill(BrokerID(1))
        cluster.cut = []
        let isElected = cluster.run(until: cluster.now + .seconds(15)) { $0.leader == 2 }
        #expect(isElected)
        #expect(cluster.isr == [2, 3])
        #expect(cluster.send([5], to: 2)?.error == ErrorCode.none)
        cluster.start(BrokerID(1))
        let isBack = cluster.run(until: cluster.now + .seconds(30)) { $0.isr == [2, 3, 1] }
        #expect(isBack)
        cluster.run(for: .seconds(1))
        for id in Int32(1)...3 { #expect(cluster.values(id) == [1, 2, 3, 5]) }
        let wasCut = cluster.observed.contains {
            $0.observation
                == .truncated(
                    MiniCluster.topic,
                    from: Offset(4),
                    to: Offset(3),
                    highWatermark: Offset(3)
                ) && $0.node == BrokerID(1)
        }
        #expect(wasCut)
    }

    @Test func acksAllWaitsForADeadFollowerUntilItIsFenced() throws {
        let cluster = try cluster()
        cluster.kill(BrokerID(3))
        let before = cluster.now
        #expect(cluster.send([4], to: 1)?.error == ErrorCode.none)
        let waited = cluster.now - before
        #expect(waited > .seconds(6) && waited < .seconds(10))
        #expect(cluster.isr == [1, 2])
    }

    @Test func tooSmallAnISRRefusesAcksAllAndFreezesTheHighWatermark() throws {
        let cluster = try cluster(configs: [("min.insync.replicas", "2")])
        cluster.kill(BrokerID(2))
        cluster.kill(BrokerID(3))
        cluster.run(for: .seconds(12))
        #expect(cluster.isr == [1])
        #expect(cluster.send([4], to: 1)?.error == .notEnoughReplicas)
        #expect(cluster.send([5], acks: .leader, to: 1)?.error == ErrorCode.none)
        #expect(cluster.view(1)?.highWatermark == Offset(3))
        #expect(cluster.view(1)?.logEnd == Offset(4))
    }

    @Test func withoutTheGateTheHighWatermarkMovesBelowMinISR() throws {
        var features = Features()
        features.minISRGatesHighWatermark = false
        let cluster = try cluster(configs: [("min.insync.replicas", "2")], features: features)
        cluster.kill(BrokerID(2))
        cluster.kill(BrokerID(3))
        cluster.run(for: .seconds(12))
        #expect(cluster.send([5], acks: .leader, to: 1)?.error == ErrorCode.none)
        #expect(cluster.view(1)?.highWatermark == Offset(4))
    }

    /// A consumer whose position is ahead of the high watermark, as after an unclean election, is
    /// not parked: its fetch is answered at once, with nothing (DelayedFetch.tryComplete, case of
    /// an end offset before the fetch offset).
    @Test func aConsumerAheadOfTheHighWatermarkDoesNotWait() throws {
        let cluster = try cluster()
        cluster.cut = [[BrokerID(1), BrokerID(2)], [BrokerID(1), BrokerID(3)]]
        #expect(cluster.send([4, 5], acks: .leader, to: 1)?.error == ErrorCode.none)
        #expect(cluster.view(1)?.highWatermark == Offset(3))
        func waited(at offset: Int64) -> Interval {
            let start = cluster.now
            let request = FetchRequest(
                replica: .none,
                maxWait: .milliseconds(500),
                minBytes: 1,
                maxBytes: 1_000_000,
                partitions: [
                    FetchPartition(
                        partition: MiniCluster.topic,
                        topicID: .none,
                        currentLeaderEpoch: .none,
                        fetchOffset: Offset(offset),
                        maxBytes: 1_000_000
                    )
                ]
            )
            guard case .fetch(let answer)? = cluster.ask(.fetch(request), of: 1) else {
                return .forever
            }
            #expect(answer.partitions.map(\.records.count) == [0])
            return cluster.now - start
        }
        #expect(waited(at: 3) == .milliseconds(500))
        #expect(waited(at: 4) == .zero)
    }

    @Test func aSlowFollowerLeavesTheISRByTheLagRule() throws {
        let cluster = try cluster()
        // Broker 3 is cut from the leader only: it stays unfenced.
        cluster.cut = [[BrokerID(1), BrokerID(3)]]
        let before = cluster.now
        let number = cluster.request(MiniCluster.produce([4]), of: 1)
        let isShrunk = cluster.run(until: before + .seconds(60)) { $0.isr == [1, 2] }
        #expect(isShrunk)
        let waited = cluster.now - before
        #expect(waited >= .seconds(30) && waited <= .seconds(46))
        guard case .produce(let response)? = cluster.answers[number] else {
            Issue.record("the produce was not answered")
            return
        }
        #expect(response.partitions[0].error == .requestTimedOut)
        cluster.cut = []
        let isBack = cluster.run(until: cluster.now + .seconds(60)) { $0.isr == [1, 2, 3] }
        #expect(isBack)
        cluster.run(for: .seconds(1))
        #expect(cluster.values(3) == [1, 2, 3, 4])
    }

    @Test func anOrderlyRestartHandsOverAndLoadsWithoutRecovery() throws {
        let cluster = try cluster()
        let before = cluster.now
        cluster.stop(BrokerID(1))
        let hasExited = cluster.run(until: before + .seconds(10)) {
            $0.nodes[BrokerID(1)]?.exits == [.stopped]
        }
        #expect(hasExited)
        #expect(cluster.now - before < .seconds(3))
        let marker = FileID(.cleanShutdown)
        #expect(cluster.nodes[BrokerID(1)]?.files[marker] != nil)
        cluster.run(for: .seconds(1))
        #expect(cluster.leader == 2)
        #expect(cluster.send([4], to: 2)?.error == ErrorCode.none)
        cluster.start(BrokerID(1))
        let isBack = cluster.run(until: cluster.now + .seconds(10)) { $0.isr == [2, 3, 1] }
        #expect(isBack)
        let recovered = cluster.observed.last {
            if case .recovered = $0.observation { $0.node == BrokerID(1) } else { false }
        }
        #expect(
            recovered?.observation
                == .recovered(
                    MiniCluster.topic,
                    logStart: .zero,
                    logEnd: Offset(3),
                    wasClean: true
                )
        )
        #expect(cluster.nodes[BrokerID(1)]?.files[marker] == nil)
    }

    @Test func aWholeClusterKilledComesBackWithEverything() throws {
        let cluster = try cluster()
        for id in cluster.order { cluster.kill(id) }
        cluster.run(for: .seconds(1))
        cluster.startAll()
        let isUp = cluster.run(until: cluster.now + .seconds(60)) {
            $0.isRunning && $0.isr.count == 3
        }
        #expect(isUp)
        #expect(cluster.send([4], to: cluster.leader ?? 1)?.error == ErrorCode.none)
        cluster.run(for: .seconds(1))
        for id in Int32(1)...3 { #expect(cluster.values(id) == [1, 2, 3, 4]) }
    }
}
