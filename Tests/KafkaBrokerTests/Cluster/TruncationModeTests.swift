import KafkaBroker
import KafkaProtocol
import SimBase
import Testing

/// What the releases' algorithms do with a follower that restarts between an acknowledgement and
/// the next high watermark, when its leader then dies.
@Suite struct TruncationModeTests {
    private func survivors(_ truncation: Features.Truncation) throws -> [UInt8] {
        var features = Features()
        features.truncation = truncation
        var config = ServerConfig()
        // Broker 2 must still be in the ISR when it leads.
        config.sessionTimeout = .seconds(18)
        let cluster = MiniCluster(brokers: 2, controllers: 1, config: config, features: features)
        try #require(cluster.boot())
        try #require(cluster.createTopic(assignment: [[1, 2]]) == ErrorCode.none)
        cluster.run(for: .seconds(2))
        try #require(cluster.send([1], to: 1)?.error == ErrorCode.none)
        cluster.run(for: .seconds(6))
        // Acknowledged: broker 2 holds it, but has not heard of the new high watermark.
        try #require(cluster.send([2], to: 1)?.error == ErrorCode.none)
        try #require(cluster.view(2)?.highWatermark == Offset(1))
        try #require(cluster.view(2)?.logEnd == Offset(2))
        cluster.kill(BrokerID(2))
        // The leader dies before it can send anything to the restarted follower.
        cluster.cut = [[BrokerID(1), BrokerID(2)]]
        cluster.start(BrokerID(2))
        cluster.run(for: .seconds(3))
        cluster.kill(BrokerID(1))
        cluster.cut = []
        cluster.run(until: cluster.now + .seconds(90)) { $0.leader == 2 && $0.isRunning }
        cluster.run(for: .seconds(30))
        return cluster.values(2)
    }

    @Test(arguments: [Features.Truncation.onFetch, .epochFenced, .epoch, .epochV0])
    func withEpochsTheAcknowledgedRecordSurvives(_ truncation: Features.Truncation) throws {
        #expect(try survivors(truncation) == [1, 2])
    }

    @Test func truncationToTheHighWatermarkLosesIt() throws {
        #expect(try survivors(.highWatermark) == [1])
    }

    @Test(arguments: [Features.Truncation.onFetch, .epochFenced, .epoch, .epochV0])
    func aReturningLeaderCutsItsTail(_ truncation: Features.Truncation) throws {
        var features = Features()
        features.truncation = truncation
        let cluster = MiniCluster(brokers: 3, controllers: 1, features: features)
        try #require(cluster.boot())
        try #require(cluster.createTopic(assignment: [[1, 2, 3]]) == ErrorCode.none)
        cluster.run(for: .seconds(2))
        _ = cluster.send([1, 2], to: 1)
        cluster.run(for: .seconds(6))
        cluster.cut = [[BrokerID(1), BrokerID(2)], [BrokerID(1), BrokerID(3)]]
        _ = cluster.send([3, 4], acks: .leader, to: 1)
        cluster.kill(BrokerID(1))
        cluster.cut = []
        cluster.run(until: cluster.now + .seconds(15)) { $0.leader == 2 }
        _ = cluster.send([5], to: 2)
        cluster.start(BrokerID(1))
        cluster.run(until: cluster.now + .seconds(30)) { $0.isr.count == 3 }
        cluster.run(for: .seconds(1))
        for id in Int32(1)...3 { #expect(cluster.values(id) == [1, 2, 5]) }
    }
}
