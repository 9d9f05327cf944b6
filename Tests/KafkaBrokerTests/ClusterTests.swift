import KafkaBroker
import KafkaProtocol
import SimBase
import Testing

@Suite struct ClusterTests {
    @Test(arguments: [0, 1, 3])
    func bootsToRunning(controllers: Int) {
        let cluster = MiniCluster(brokers: 3, controllers: controllers)
        #expect(cluster.boot(within: .seconds(20)))
    }

    @Test(arguments: [0, 1])
    func replicatesWithAcksAll(controllers: Int) throws {
        let cluster = MiniCluster(brokers: 3, controllers: controllers)
        try #require(cluster.boot())
        #expect(cluster.createTopic() == ErrorCode.none)
        cluster.run(for: .seconds(2))
        let leader = try #require(cluster.leader)
        let answer = cluster.send([1, 2, 3], to: leader)
        #expect(answer?.error == ErrorCode.none)
        #expect(answer?.baseOffset == .zero)
        cluster.run(for: .seconds(1))
        for id in Int32(1)...3 {
            #expect(cluster.view(id)?.logEnd == Offset(3))
            #expect(cluster.view(id)?.highWatermark == Offset(3))
        }
    }
}
