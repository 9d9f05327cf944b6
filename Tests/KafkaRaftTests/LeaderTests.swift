import KafkaProtocol
import SimBase
import Testing

@testable import KafkaRaft

@Suite struct LeaderTests {
    /// Node 1 leads epoch 5; its log is four records of epochs 1, 1, 3, 3 and the LeaderChange.
    private func leader(_ features: Features = Features()) -> LoneNode {
        var node = LoneNode(
            state: ElectionState(epoch: QuorumEpoch(5), voted: BrokerID(1)),
            log: LoneNode.batches([1, 1, 3, 3]),
            features: features
        )
        node.elect()
        return node
    }

    private func append(_ node: inout LoneNode, _ text: String) -> Offset? {
        defer { node.pass(.milliseconds(25)) }
        return node.append(text)
    }

    @Test(arguments: [
        (epoch: Int32(4), offset: Int64(5), last: Int32(5), error: ErrorCode.fencedLeaderEpoch),
        (epoch: 6, offset: 5, last: 5, error: .unknownLeaderEpoch),
        (epoch: 5, offset: -1, last: 5, error: .invalidRequest),
        (epoch: 5, offset: 5, last: -1, error: .invalidRequest),
        (epoch: -1, offset: 5, last: 5, error: .invalidRequest),
    ])
    func fetchesMustKnowTheEpoch(epoch: Int32, offset: Int64, last: Int32, error: ErrorCode) {
        var node = leader()
        let response = node.fetch(2, epoch, at: offset, last: last)
        #expect(response?.error == error)
        #expect(
            response?.currentLeader == LeaderHint(leader: BrokerID(1), epoch: LeaderEpoch(5))
        )
    }

    @Test func followerSendsFetchersToTheLeader() {
        var node = LoneNode()
        node.begin(5, by: 3)
        let response = node.fetch(2, 5, at: 0, last: 0)
        #expect(response?.error == .notLeaderOrFollower)
        #expect(
            response?.currentLeader == LeaderHint(leader: BrokerID(3), epoch: LeaderEpoch(5))
        )
    }

    @Test func divergingFetcherLearnsWhereItsEpochEnds() {
        var node = leader()
        let end = node.fetch(2, 5, at: 7, last: 2)?.divergingEpoch
        #expect(end == EpochEnd(epoch: LeaderEpoch(1), endOffset: Offset(2)))
    }

    @Test func nothingIsCommittedBeforeARecordOfTheOwnEpoch() {
        var node = leader()
        // A majority holds everything of earlier epochs.
        #expect(node.fetch(2, 5, at: 4, last: 3)?.highWatermark == Offset.none)
        #expect(node.node.highWatermark == .zero)
        #expect(node.outcomes.allSatisfy { $0 == .leaderChanged })
        let before = node.outcomes.count
        // The LeaderChange commits it all, and only then the listener leads.
        _ = node.ask(LoneNode.fetch(2, 5, at: 5, last: 5))
        #expect(node.node.highWatermark == Offset(5))
        guard case .committed(let batches)? = node.outcomes.dropFirst(before).first else {
            Issue.record("\(node.outcomes)")
            return
        }
        #expect(batches.map(\.baseOffset.rawValue) == [0, 1, 2, 3, 4])
        #expect(batches.last?.body.isControl == true)
        #expect(node.outcomes.last == .becameLeader(QuorumEpoch(5)))
    }

    @Test func appendsShareABatchWithinTheLingerTime() {
        var node = leader()
        let first = node.append("a")
        node.pass(.milliseconds(24))
        let second = node.append("b")
        #expect([first, second] == [Offset(5), Offset(6)])
        #expect(node.node.logEndOffset == Offset(5))
        node.pass(.milliseconds(1))
        #expect(node.node.logEndOffset == Offset(7))
        #expect(node.node.batches(from: Offset(5), below: Offset(7)).count == 1)
    }

    @Test func onlyTheLeaderAppends() {
        var node = LoneNode()
        node.begin(5, by: 3)
        let offset = append(&node, "a")
        #expect(offset == nil)
    }

    @Test func waitingFetchGetsRecordsBeforeTheLeadersOwnFlush() {
        var node = leader()
        #expect(node.ask(LoneNode.fetch(2, 5, at: 5, last: 5)) == nil)
        node.hasFastDisk = false
        _ = append(&node, "a")
        guard case .fetch(let response)? = node.replies.last else { return }
        #expect(response.partitions[0].records.map(\.baseOffset) == [Offset(5)])
        // The next fetch is not looked at before the flush is over.
        _ = node.ask(LoneNode.fetch(2, 5, at: 6, last: 5))
        #expect(node.node.highWatermark == Offset(5))
        node.completeFlush()
        #expect(node.node.highWatermark == Offset(6))
    }

    @Test(arguments: [false, true])
    func commitDoesNotWakeAFetchBefore4Point1(wakes: Bool) {
        var features = Features()
        features.metadataCommitWakesFetch = wakes
        var node = leader(features)
        #expect(node.ask(LoneNode.fetch(2, 5, at: 5, last: 5)) == nil)
        _ = append(&node, "a")
        #expect(node.ask(LoneNode.fetch(9, 5, at: 6, last: 5)) == nil)
        let before = node.replies.count
        #expect(node.ask(LoneNode.fetch(2, 5, at: 6, last: 5)) == nil)
        #expect(node.node.highWatermark == Offset(6))
        #expect(node.replies.count == (wakes ? before + 1 : before))
        node.pass(.milliseconds(500))
        // Before, the observer gets what was true when it asked.
        guard case .fetch(let response) = node.replies[before] else { return }
        #expect(response.partitions[0].highWatermark == Offset(wakes ? 6 : 5))
    }

    @Test func resignsWithoutAMajorityForOneAndAHalfFetchTimeouts() {
        var node = leader()
        _ = node.ask(LoneNode.fetch(2, 5, at: 5, last: 5))
        node.pass(.milliseconds(2_999))
        #expect(node.node.isLeader)
        node.pass(.milliseconds(1))
        #expect(!node.node.isLeader)
        #expect(node.node.epoch == QuorumEpoch(5))
        #expect(node.outcomes.last == .lostLeadership(QuorumEpoch(5)))
        // Resigned: no vote for anybody in this epoch.
        #expect(node.vote(5, by: 2, last: (4, 99))?.voteGranted == false)
    }

    @Test func fetchesOfAMajorityKeepTheLeader() {
        var node = leader()
        for _ in 0..<10 {
            _ = node.ask(LoneNode.fetch(3, 5, at: 5, last: 5))
            node.pass(.milliseconds(1_000))
        }
        #expect(node.node.isLeader)
    }

    @Test func observersDoNotKeepTheLeader() {
        var node = leader()
        for _ in 0..<4 {
            _ = node.ask(LoneNode.fetch(9, 5, at: 5, last: 5))
            node.pass(.milliseconds(1_000))
        }
        #expect(!node.node.isLeader)
    }

    @Test func highestLogSucceedsAnOrderlyShutdown() {
        var cluster = TestCluster(voters: 3)
        cluster.startAll()
        cluster.run { $0.leader?.highWatermark == Offset(1) }
        cluster.run(for: .seconds(1))
        guard let old = cluster.leader else { return }
        cluster.shutDown(old.id)
        let start = cluster.now
        #expect(cluster.run { $0.leader.map { $0.id != old.id } ?? false })
        #expect(cluster.now - start < .milliseconds(100))
        #expect(cluster.run(atMost: .seconds(1)) { $0[old.id.rawValue].hasShutDown })
    }
}
