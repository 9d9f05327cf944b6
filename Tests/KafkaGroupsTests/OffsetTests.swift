import KafkaGroups
import KafkaProtocol
import SimBase
import Testing

@Suite struct OffsetTests {
    @Test func commitIsAnsweredWhenTheHighWatermarkHasPassed() {
        var rig = Rig()
        let id = rig.stableMember()
        rig.isReplicating = false
        let commit = rig.commit(17, by: id, 1)
        let fetch = rig.fetch()
        let beat = rig.heartbeat(id, 1)
        rig.linger()
        let late = rig.heartbeat(id, 1)
        // Later requests have seen the commit, so that they wait with it.
        #expect(rig.error(commit) == nil)
        #expect(rig.fetched(fetch) == nil)
        #expect(rig.error(beat) == nil)
        #expect(rig.error(late) == nil)
        #expect(rig.durableCommits.isEmpty)
        rig.commitLog()
        #expect(rig.error(commit) == ErrorCode.none)
        #expect(rig.fetched(fetch) == 17)
        #expect(rig.error(beat) == ErrorCode.none)
        #expect(rig.durableCommits == [17])
    }

    @Test func writesWithinTheLingerShareABatch() {
        var rig = Rig()
        let id = rig.stableMember()
        let before = rig.log.count
        _ = rig.commit(1, 0, by: id, 1)
        rig.advance(by: .milliseconds(4))
        _ = rig.commit(2, 1, by: id, 1)
        rig.advance(by: .milliseconds(1))
        #expect(rig.log.count == before + 1)
        #expect(rig.log.last?.body.recordCount == 2)
        #expect(rig.durableCommits == [1, 2])
    }

    @Test func unansweredCommitMayBecomeDurableLater() {
        var rig = Rig()
        let id = rig.stableMember()
        rig.isReplicating = false
        let commit = rig.commit(17, by: id, 1)
        rig.advance(by: .seconds(5))
        #expect(rig.error(commit) == .coordinatorNotAvailable)
        rig.commitLog()
        #expect(rig.durableCommits == [17])
        let fetch = rig.fetch()
        #expect(rig.fetched(fetch) == 17)
    }

    @Test func fetchThatWaitsTooLongLooksForTheCoordinator() {
        var rig = Rig()
        let id = rig.stableMember()
        rig.isReplicating = false
        _ = rig.commit(17, by: id, 1)
        let fetch = rig.fetch()
        rig.advance(by: .seconds(5))
        #expect(rig.error(fetch) == .notCoordinator)
    }

    @Test func refusedCommitIsTakenBack() {
        var rig = Rig()
        let id = rig.stableMember()
        _ = rig.commit(3, 0, by: id, 1)
        rig.linger()
        rig.refusal = .notEnoughReplicas
        let first = rig.commit(17, 0, by: id, 1)
        let second = rig.commit(18, 1, by: id, 1)
        let third = rig.commit(19, 0, by: id, 1)
        rig.linger()
        for request in [first, second, third] {
            #expect(rig.error(request) == .coordinatorNotAvailable)
        }
        rig.refusal = nil
        let fetches = [rig.fetch(0), rig.fetch(1)]
        #expect(fetches.map { rig.fetched($0) } == [3, -1])
        #expect(rig.durableCommits == [3])
    }

    @Test func lastWriteWinsWhateverTheOffset() {
        var rig = Rig()
        let id = rig.stableMember()
        for offset: Int64 in [10, 4] {
            _ = rig.commit(offset, by: id, 1)
        }
        rig.linger()
        let fetch = rig.fetch()
        #expect(rig.fetched(fetch) == 4)
    }

    @Test func unknownGroupsAndPartitionsHaveNoOffsetAndNoError() {
        var rig = Rig()
        let unknownGroup = rig.fetch()
        #expect(rig.fetched(unknownGroup) == -1)
        #expect(rig.error(unknownGroup) == ErrorCode.none)
        _ = rig.commit(5, 0)
        rig.linger()
        let unknownPartition = rig.fetch(1)
        #expect(rig.fetched(unknownPartition) == -1)
    }

    @Test func commitInEveryPhase() {
        var rig = Rig()
        let ghost = MemberID(client: 1, nonce: 1)
        // Unknown group: only who does not manage membership may commit.
        rig.expect(rig.commit(1, by: ghost, 3), answers: .groupIdNotFound)
        let simple = rig.commit(1)
        rig.linger()
        #expect(rig.error(simple) == ErrorCode.none)
        // EMPTY, as a simple group.
        let empty = rig.commit(2)
        rig.linger()
        #expect(rig.error(empty) == ErrorCode.none)
        let (id, _) = rig.join(client: 1)
        // PREPARING_REBALANCE.
        rig.expect(rig.commit(3), answers: .unknownMemberId)
        let preparing = rig.commit(3, by: id, 0)
        rig.linger()
        #expect(rig.error(preparing) == ErrorCode.none)
        rig.advance(by: .seconds(3))
        // COMPLETING_REBALANCE.
        rig.expect(rig.commit(4, by: id, 1), answers: .rebalanceInProgress)
        rig.expect(rig.commit(4, by: id, 0), answers: .illegalGeneration)
        _ = rig.sync(id, 1, assigning: [(id, [0])])
        rig.linger()
        // STABLE.
        let stable = rig.commit(5, by: id, 1)
        rig.linger()
        #expect(rig.error(stable) == ErrorCode.none)
        // PREPARING_REBALANCE again: the old generation's commit is welcome.
        _ = rig.join(client: 2)
        let old = rig.commit(6, by: id, 1)
        rig.linger()
        #expect(rig.error(old) == ErrorCode.none)
        #expect(rig.durableCommits == [1, 2, 3, 5, 6])
    }

    @Test func largeCommitsAreSplitOverBatchesOrRefused() {
        var rig = Rig { $0.topicDefaults.maxMessageBytes = ByteCount(Int64(400)) }
        for index: Int32 in 0..<8 {
            _ = rig.commit(Int64(index), index)
        }
        rig.linger()
        #expect(rig.log.count > 1)
        #expect(rig.log.allSatisfy { $0.sizeInBytes <= 400 })
        #expect(rig.durableCommits == Array(0..<8))
        let offsets = (0..<20).map {
            CommittedOffset(partition: rig.tp($0), offset: .zero, leaderEpoch: .none)
        }
        let request = OffsetCommitRequest(membership: rig.membership(.none, -1), offsets: offsets)
        let tooLarge = rig.send(.offsetCommit(request))
        #expect(rig.error(tooLarge) == .unknownServerError)
    }
}

@Suite struct OffsetExpiryTests {
    /// Keeps `member` alive, with a heartbeat every 30 s.
    private func keepAlive(_ rig: inout Rig, _ member: MemberID, days: Int64) {
        let end = rig.now + .seconds(days * 86_400)
        while rig.now < end {
            rig.advance(by: .seconds(30))
            _ = rig.heartbeat(member, 1)
        }
    }

    @Test func simpleGroupsExpireSevenDaysAfterTheCommit() {
        var rig = Rig()
        _ = rig.commit(5)
        let week: Int64 = 7 * 86_400
        rig.advance(toSeconds: week - 1)
        let early = rig.fetch()
        #expect(rig.fetched(early) == 5)
        // The check comes every ten minutes from the start of leadership.
        rig.advance(toSeconds: week + 1)
        let late = rig.fetch()
        #expect(rig.fetched(late) == -1)
        // The group went with its last offset.
        rig.expect(rig.commit(1, by: MemberID(client: 1, nonce: 1), 0), answers: .groupIdNotFound)
        let tombstones = rig.log.suffix(1).flatMap { batch in
            var reader = batch.body.records
            var result: [Bool] = []
            while let view = reader.next() { result.append(view.value == nil) }
            return result
        }
        #expect(tombstones == [true, true])
        rig.failOver()
        let after = rig.fetch()
        #expect(rig.fetched(after) == -1)
    }

    @Test func subscribedTopicsNeverExpireAndOthersDo() {
        var rig = Rig { $0.offsetsRetention = .seconds(3_600) }
        let id = rig.stableMember()
        _ = rig.commit(5, by: id, 1)
        _ = rig.commit(6, by: id, 1, topic: rig.bills)
        keepAlive(&rig, id, days: 1)
        let orders = rig.fetch()
        let bills = rig.fetch(topic: rig.bills)
        #expect(rig.fetched(orders) == 5)
        #expect(rig.fetched(bills) == -1)
    }

    @Test func emptyGroupsExpireFromTheTimeTheyBecameEmpty() {
        var rig = Rig { $0.offsetsRetention = .seconds(86_400) }
        let id = rig.stableMember()
        _ = rig.commit(5, by: id, 1)
        keepAlive(&rig, id, days: 2)
        _ = rig.send(.leaveGroup(rig.membership(id, 1)))
        let left = rig.now
        rig.linger()
        // Survives a failover: the time is stored with the group.
        rig.failOver()
        rig.advance(to: left + .seconds(86_399))
        let early = rig.fetch()
        #expect(rig.fetched(early) == 5)
        rig.advance(to: left + .seconds(86_400 + 601))
        let late = rig.fetch()
        #expect(rig.fetched(late) == -1)
    }

    @Test func deletedTopicsTakeTheirOffsetsAlong() {
        var rig = Rig()
        _ = rig.commit(5)
        _ = rig.commit(6, topic: rig.bills)
        rig.deleteTopic(rig.orders)
        rig.linger()
        rig.failOver()
        let orders = rig.fetch()
        let bills = rig.fetch(topic: rig.bills)
        #expect(rig.fetched(orders) == -1)
        #expect(rig.fetched(bills) == 6)
    }
}
