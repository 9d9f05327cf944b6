import KafkaProtocol
import SimBase
import Testing

@testable import KafkaRaft

/// Random kills, power losses and partitions, under load.
@Suite struct SafetyTests {
    @Test(arguments: 0..<20)
    func noFaultBreaksSafetyOrStopsTheQuorumForGood(family: UInt64) {
        for seed in (family * 10)..<(family * 10 + 10) {
            var cluster = TestCluster(
                voters: seed % 3 == 0 ? 5 : 3,
                observers: seed % 4 == 0 ? 1 : 0,
                seed: seed
            )
            cluster.latency = .microseconds(Int64(2_000 + seed % 7 * 900))
            cluster.fsync = .milliseconds(Int64(1 + seed % 5 * 4))
            cluster.features.preVote = seed % 4 == 1
            cluster.features.metadataCommitWakesFetch = seed % 2 == 1
            cluster.startAll()
            for step in 0..<24 { disturb(&cluster, step) }
            recover(&cluster, seed)
        }
    }

    private func disturb(_ cluster: inout TestCluster, _ step: Int) {
        let ids = cluster.members.map(\.id)
        let victim = ids[cluster.random.next(below: ids.count)]
        switch cluster.random.next(below: 9) {
        case 0: cluster.kill(victim)
        case 1: cluster.crash(victim)
        case 2: cluster.restart(victim)
        case 3:
            cluster.crash(victim)
            cluster.start(victim)
        case 4: cluster.isolate(victim)
        case 5: cluster.cut(victim, ids[cluster.random.next(below: ids.count)])
        case 6: cluster.heal()
        case 7:
            if let leader = cluster.leader {
                cluster.snapshot("state", at: leader.id.rawValue, end: leader.highWatermark)
            }
        default: for id in ids { cluster.start(id) }
        }
        for _ in 0..<3 {
            for member in cluster.members where member.node?.isLeader == true {
                cluster.append("record \(step)", at: member.id)
            }
            cluster.run(for: .milliseconds(cluster.random.next(from: 1, through: 700)))
        }
    }

    private func recover(_ cluster: inout TestCluster, _ seed: UInt64) {
        cluster.heal()
        for member in cluster.members {
            #expect(!member.hasFailed, "seed \(seed): node \(member.id) gave up")
            cluster.start(member.id)
        }
        cluster.run(for: .seconds(4))
        for _ in 0..<80 where !cluster.isSettled { cluster.run(for: .milliseconds(500)) }
        let offset = cluster.leader.flatMap { cluster.append("last", at: $0.id) }
        #expect(offset != nil, "seed \(seed): no leader")
        cluster.run(for: .seconds(2))
        #expect(cluster.violations == [], "seed \(seed)")
        for member in cluster.members {
            let end = member.delivered.last?.nextOffset
            #expect(end == cluster.history.last?.nextOffset, "seed \(seed): node \(member.id)")
        }
    }
}

extension TestCluster {
    /// All nodes run and follow one leader, which has committed its log.
    fileprivate var isSettled: Bool {
        guard let leader, leader.highWatermark == leader.logEndOffset else { return false }
        return members.allSatisfy {
            $0.node?.leader == leader.id && $0.node?.logEndOffset == leader.logEndOffset
        }
    }
}
