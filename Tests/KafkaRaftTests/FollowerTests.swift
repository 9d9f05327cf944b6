import KafkaProtocol
import SimBase
import Testing

@testable import KafkaRaft

@Suite struct FollowerTests {
    private func follower(_ id: Int32 = 1, log: [Int32] = []) -> LoneNode {
        var node = LoneNode(
            id,
            state: ElectionState(epoch: QuorumEpoch(5), leader: BrokerID(3)),
            log: LoneNode.batches(log)
        )
        node.pass(.zero)
        return node
    }

    private func response(
        error: ErrorCode = .none,
        leader: Int32 = 3,
        epoch: Int32 = 5,
        highWatermark: Int64 = -1,
        diverging: EpochEnd? = nil,
        records: [RecordBatch] = []
    ) -> Response {
        .fetch(
            FetchResponse(
                partitions: [
                    FetchPartitionResponse(
                        partition: .clusterMetadata,
                        error: error,
                        highWatermark: Offset(highWatermark),
                        divergingEpoch: diverging,
                        currentLeader: LeaderHint(
                            leader: BrokerID(leader),
                            epoch: LeaderEpoch(epoch)
                        ),
                        records: records
                    )
                ]
            )
        )
    }

    private func fetch(_ request: Request?) -> FetchPartition? {
        guard case .fetch(let fetch)? = request else { return nil }
        return fetch.partitions[0]
    }

    @Test func fetchSaysWhereTheLogEnds() {
        let node = follower(log: [1, 4])
        #expect(node.requests.count == 1)
        let partition = fetch(node.requests.first)
        #expect(partition?.fetchOffset == Offset(2))
        #expect(partition?.lastFetchedEpoch == LeaderEpoch(4))
        #expect(partition?.currentLeaderEpoch == LeaderEpoch(5))
    }

    @Test func voterFlushesBeforeItFetchesAgain() {
        var node = follower()
        node.hasFastDisk = false
        node.answer(3, response(records: LoneNode.batches([4, 5])))
        #expect(node.requests.isEmpty)
        node.completeFlush()
        #expect(fetch(node.requests.first)?.fetchOffset == Offset(2))
    }

    @Test func observerDoesNotFlush() {
        var node = follower(9)
        node.hasFastDisk = false
        node.answer(3, response(records: LoneNode.batches([4, 5])))
        #expect(fetch(node.requests.first)?.fetchOffset == Offset(2))
    }

    @Test func highWatermarkIsTheLeadersUpToTheOwnEnd() {
        var node = follower()
        node.answer(3, response(highWatermark: 9, records: LoneNode.batches([4, 5])))
        #expect(node.node.highWatermark == Offset(2))
        #expect(node.outcomes.last == .committed(LoneNode.batches([4, 5])))
        node.answer(3, response(highWatermark: 1))
        #expect(node.node.highWatermark == Offset(2))
    }

    @Test func divergingLogIsCutToTheCommonEpoch() {
        var node = follower(log: [1, 1, 2, 4])
        let end = EpochEnd(epoch: LeaderEpoch(3), endOffset: Offset(7))
        node.answer(3, response(diverging: end))
        #expect(node.node.logEndOffset == Offset(3))
        #expect(node.effects.contains(.observe(.quorumTruncated(to: Offset(3)))))
        #expect(fetch(node.requests.first)?.lastFetchedEpoch == LeaderEpoch(2))
    }

    @Test func committedRecordsAreNeverCut() {
        var node = follower(log: [1, 1, 2, 4])
        node.answer(3, response(highWatermark: 3))
        let end = EpochEnd(epoch: LeaderEpoch(1), endOffset: Offset(2))
        node.answer(3, response(diverging: end))
        #expect(node.effects.contains(.exit(.fatalFault)))
        #expect(node.node.logEndOffset == Offset(4))
    }

    @Test func twoLeadersInAnEpochAreFatal() {
        var node = follower()
        node.begin(5, by: 2)
        #expect(node.effects.contains(.exit(.fatalFault)))
    }

    @Test func onlySuccessfulFetchesHoldBackAnElection() {
        var node = follower()
        node.pass(.milliseconds(1_500))
        node.answer(3, response())
        node.pass(.milliseconds(1_999))
        #expect(node.node.epoch == QuorumEpoch(5))
        node.begin(5, by: 3)
        node.pass(.milliseconds(1))
        #expect(node.node.epoch == QuorumEpoch(6))
    }

    @Test func closedConnectionDoesNotStartAnElection() {
        var node = follower()
        node.feed(.disconnected(ChannelID(.quorum, 3)))
        node.pass(.milliseconds(1_999))
        #expect(node.node.epoch == QuorumEpoch(5))
    }

    @Test func observerAsksAnyVoterAtOnceWhenTheLeaderIsGone() {
        var node = follower(9)
        node.feed(.disconnected(ChannelID(.quorum, 3)))
        node.pass(.milliseconds(1))
        #expect(node.requests.count == 1)
        // Its answer names the new leader.
        let peer: Int32 = node.asked == 1 ? 1 : 2
        node.answer(peer, response(error: .fencedLeaderEpoch, leader: 2, epoch: 6))
        #expect(node.node.leader == BrokerID(2))
        #expect(node.node.epoch == QuorumEpoch(6))
    }

    @Test func observerAsksAnotherVoterWhenTheLeaderIsSilent() {
        var node = follower(9)
        #expect(node.asked == 3)
        node.pass(.milliseconds(2_050))
        #expect(node.requests.count >= 1)
        #expect(node.node.epoch == QuorumEpoch(5))
    }

    @Test func unflushedLogIsMadeDurableAtStart() {
        let node = follower(log: [1, 1])
        let flush = node.effects.firstIndex { if case .flush = $0 { true } else { false } }
        let send = node.effects.firstIndex { if case .connect = $0 { true } else { false } }
        #expect((flush ?? .max) < (send ?? 0))
    }
}
