import KafkaBroker
import KafkaProtocol
import SimBase
import Testing

/// Random kills, restarts, cuts and stops, with a producer that waits for all replicas. A kill keeps
/// the page cache, so nothing that was acknowledged may ever be lost.
@Suite struct RandomFaultTests {
    @Test(arguments: 1...8)
    func nothingAcknowledgedIsLost(seed: Int) throws {
        var random = Seed(UInt64(seed)).stream("faults")
        let controllers = seed % 2
        let cluster = MiniCluster(brokers: 3, controllers: controllers)
        cluster.isRecording = false
        try #require(cluster.boot())
        let configs = [("min.insync.replicas", "2")]
        try #require(
            cluster.createTopic(assignment: [[1, 2, 3]], configs: configs) == ErrorCode.none
        )
        cluster.run(for: .seconds(2))
        var acknowledged: [UInt8] = []
        var number: UInt8 = 0
        for _ in 0..<12 {
            fault(cluster, &random)
            for _ in 0..<3 {
                cluster.run(for: .milliseconds(Int64(random.next(below: 3_000))))
                guard number < 250, let leader = cluster.leader, leader > 0,
                    cluster.server(leader) != nil
                else { continue }
                number += 1
                let request = MiniCluster.produce([number], timeout: .seconds(5))
                let answer = cluster.ask(request, of: leader, within: .seconds(6))
                if case .produce(let response)? = answer, response.partitions[0].error == .none {
                    acknowledged.append(number)
                }
            }
        }
        let isWhole = heal(cluster)
        #expect(isWhole, "seed \(seed): the cluster does not heal")
        cluster.run(for: .seconds(2))
        let values = cluster.values(1)
        #expect(values == cluster.values(2))
        #expect(values == cluster.values(3))
        for value in acknowledged { #expect(values.contains(value), "seed \(seed)") }
    }

    private func fault(_ cluster: MiniCluster, _ random: inout Random) {
        let id = cluster.order[random.next(below: cluster.order.count)]
        let other = cluster.order[random.next(below: cluster.order.count)]
        let isUp = cluster.nodes[id]?.server != nil
        switch random.next(below: 5) {
        case 0 where isUp: cluster.kill(id)
        case 1 where isUp: cluster.stop(id)
        case 2 where id != other: cluster.cut.insert([id, other].sorted())
        case 3: cluster.cut = []
        default:
            if !isUp { cluster.start(id) }
        }
    }

    /// Ends all faults and starts what is down, also what is still on its way down: an orderly
    /// shutdown without a controller takes up to five minutes.
    private func heal(_ cluster: MiniCluster) -> Bool {
        cluster.cut = []
        for _ in 0..<45 {
            for id in cluster.order where cluster.nodes[id]?.server == nil { cluster.start(id) }
            let isWhole = cluster.run(until: cluster.now + .seconds(10)) {
                $0.isRunning && $0.isr.count == 3
            }
            if isWhole { return true }
        }
        return false
    }
}
