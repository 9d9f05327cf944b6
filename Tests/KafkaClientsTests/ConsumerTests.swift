import KafkaProtocol
import SimBase
import Testing

@testable import KafkaClients

@Suite struct ConsumerTests {
    @Test func joinsRestoresAndReads() {
        var rig = ConsumerRig()
        rig.joinErrors = [.memberIdRequired]
        rig.logEnd[orders0] = 10
        rig.committed[orders0] = CommittedOffset(
            partition: orders0,
            offset: Offset(4),
            leaderEpoch: .none
        )
        #expect(rig.pollUntilRecords() == [4, 5, 6, 7, 8, 9])
        #expect(rig.joins.map(\.member.nonce) == [0, 8])
        #expect(rig.events.first == .assigned([orders0]))
        #expect(rig.consumer.position(of: orders0) == Offset(10))
    }

    @Test func positionMovesBeforeTheApplicationSeesTheRecords() {
        var rig = joined(records: 10) { $0.maxPollRecords = 4 }
        #expect(rig.consumer.position(of: orders0) == Offset(4))
        #expect(rig.poll() == [4, 5, 6, 7])
        #expect(rig.consumer.position(of: orders0) == Offset(8))
        // Slices of one response: nothing was fetched twice.
        #expect(rig.fetches.count == 1)
    }

    struct Reset: CustomTestStringConvertible {
        let policy: OffsetReset
        let position: Int64?
        let thrown: [String]
        var testDescription: String { policy.rawValue }
    }

    @Test(arguments: [
        Reset(policy: .earliest, position: 3, thrown: []),
        Reset(policy: .latest, position: 20, thrown: []),
        Reset(policy: .none, position: nil, thrown: ["NoOffsetForPartitionException"]),
    ])
    func withoutCommittedOffsetThePolicyDecides(_ reset: Reset) {
        var rig = ConsumerRig { $0.autoOffsetReset = reset.policy }
        rig.logStart[orders0] = 3
        rig.logEnd[orders0] = 20
        rig.consumer.beginPoll(timeout: .milliseconds(500), now: .zero, into: &rig.effects)
        rig.settle()
        if reset.policy == .earliest {
            #expect(rig.consumer.position(of: orders0) == Offset(20))
            #expect(rig.fetches.first?.partitions.first?.fetchOffset == Offset(3))
        } else {
            #expect(rig.consumer.position(of: orders0)?.rawValue == reset.position)
        }
        #expect(rig.thrown == reset.thrown)
    }

    @Test(arguments: [
        Reset(policy: .earliest, position: 50, thrown: []),
        Reset(policy: .latest, position: 60, thrown: []),
        Reset(policy: .none, position: nil, thrown: ["OffsetOutOfRangeException"]),
    ])
    func outOfRangeResetsByPolicy(_ reset: Reset) {
        var rig = ConsumerRig { $0.autoOffsetReset = reset.policy }
        rig.committed[orders0] = CommittedOffset(
            partition: orders0,
            offset: Offset(10),
            leaderEpoch: .none
        )
        rig.logStart[orders0] = 50
        rig.logEnd[orders0] = 60
        rig.fetchErrors = [.offsetOutOfRange]
        rig.consumer.beginPoll(timeout: .milliseconds(500), now: .zero, into: &rig.effects)
        rig.settle()
        #expect(rig.thrown == reset.thrown)
        if reset.policy == .earliest {
            #expect(rig.fetches.last?.partitions.first?.fetchOffset == Offset(50))
        } else if reset.policy == .latest {
            #expect(rig.consumer.position(of: orders0) == Offset(60))
        }
    }

    @Test func fetchSessionsAreIncremental() {
        var rig = joined(records: 5)
        rig.logEnd[orders0] = 8
        _ = rig.poll(.milliseconds(100))
        rig.settle()
        #expect(rig.fetches.map(\.sessionEpoch) == [0, 1])
        #expect(rig.fetches.map(\.sessionID) == [0, 5])
    }

    // MARK: KIP-320

    struct Truncation: CustomTestStringConvertible {
        let end: EpochEnd
        let policy: OffsetReset
        let position: Int64
        let thrown: [String]
        var testDescription: String { "\(end.endOffset) \(policy)" }
    }

    @Test(arguments: [
        Truncation(
            end: EpochEnd(epoch: LeaderEpoch(0), endOffset: Offset(7)),
            policy: .latest,
            position: 7,
            thrown: []
        ),
        Truncation(
            end: EpochEnd(epoch: LeaderEpoch(0), endOffset: Offset(12)),
            policy: .latest,
            position: 10,
            thrown: []
        ),
        Truncation(
            end: EpochEnd(epoch: LeaderEpoch(0), endOffset: Offset(7)),
            policy: .none,
            position: 10,
            thrown: ["LogTruncationException"]
        ),
    ])
    func leaderChangeValidatesThePosition(_ row: Truncation) {
        var rig = ConsumerRig { $0.autoOffsetReset = row.policy }
        rig.committed[orders0] = CommittedOffset(
            partition: orders0,
            offset: Offset(0),
            leaderEpoch: .none
        )
        rig.logEnd[orders0] = 10
        _ = rig.pollUntilRecords()
        rig.wire.leaderEpochs = [1]
        rig.epochEnd = row.end
        rig.logEnd[orders0] = 5
        rig.consumer.network.brokers.metadata.requestUpdate()
        // Metadata and lookups wait behind the parked fetch, up to fetch.max.wait.ms.
        _ = rig.poll(.milliseconds(1_500))
        _ = rig.poll(.milliseconds(1_500))
        #expect(rig.consumer.position(of: orders0) == Offset(row.position))
        #expect(Array(rig.thrown.prefix(1)) == row.thrown)
    }

    /// Metadata of an epoch older than one that is known (from a committed offset or a batch) names
    /// nobody, and nothing is fetched until newer metadata comes: Metadata.partitionMetadataIfCurrent.
    @Test func metadataOlderThanAKnownEpochIsNotBelieved() {
        var rig = joined()
        #expect(rig.consumer.currentLeader(of: orders0).leader == broker1)
        rig.consumer.network.brokers.metadata.noteEpoch(LeaderEpoch(2), of: orders0)
        let old = CurrentLeader(leader: nil, epoch: LeaderEpoch(2))
        #expect(rig.consumer.currentLeader(of: orders0) == old)
        rig.wire.leaderEpochs = [2]
        rig.consumer.network.brokers.metadata.requestUpdate()
        _ = rig.poll(.milliseconds(1_500))
        let new = CurrentLeader(leader: broker1, epoch: LeaderEpoch(2))
        #expect(rig.consumer.currentLeader(of: orders0) == new)
    }

    // MARK: Liveness

    @Test func heartbeatsComeEveryThreeSecondsFromTheJoin() {
        var rig = joined()
        let start = rig.wire.now
        rig.advance(to: start + .seconds(10))
        #expect(rig.heartbeats.count == 3)
        #expect((rig.heartbeats[1] - rig.heartbeats[0]) == .seconds(3))
    }

    @Test func stuckApplicationLeavesAndLosesItsPartitions() {
        var rig = joined { $0.maxPollInterval = .seconds(10) }
        rig.advance(to: rig.wire.now + .seconds(9))
        #expect(rig.lefts == 0)
        rig.advance(to: rig.wire.now + .seconds(2))
        #expect(rig.lefts == 1)
        rig.consumer.commit(nil, isSync: true, token: 5, now: rig.wire.now, into: &rig.effects)
        rig.settle()
        #expect(rig.events.contains(.commitFailed(5, .commitFailed)))
        rig.events.removeAll()
        _ = rig.poll()
        #expect(rig.events.first == .lost([orders0]))
        #expect(rig.events.contains(.assigned([orders0])))
    }

    @Test func staticMemberDoesNotLeave() {
        var rig = joined {
            $0.maxPollInterval = .seconds(10)
            $0.instance = 1
        }
        rig.advance(to: rig.wire.now + .seconds(20))
        #expect(rig.lefts == 0)
        #expect(rig.heartbeats.count < 5)
    }

    // MARK: Rebalance

    @Test func eagerRebalanceCommitsRevokesAndDropsBuffersWithPositions() {
        var rig = joined(records: 10) { $0.maxPollRecords = 4 }
        rig.events.removeAll()
        rig.heartbeatErrors = [.rebalanceInProgress]
        rig.advance(to: rig.wire.now + .milliseconds(3_100))
        rig.events.removeAll()
        #expect(rig.pollUntilRecords() == [4, 5, 6, 7])
        #expect(rig.commits.map(\.offsets) == [[4]])
        #expect(rig.events.first == .revoked([orders0]))
        // Fetched again from the committed offset: the buffer was dropped.
        #expect(rig.fetches.count == 2)
        #expect(rig.generation == 2)
    }

    @Test func eagerSurvivorWithoutCommitReadsAgain() {
        var rig = joined(records: 10) {
            $0.maxPollRecords = 4
            $0.enableAutoCommit = false
        }
        rig.heartbeatErrors = [.rebalanceInProgress]
        rig.advance(to: rig.wire.now + .milliseconds(3_100))
        rig.events.removeAll()
        #expect(rig.pollUntilRecords() == [0, 1, 2, 3])
    }

    @Test func commitInTheListenerIsWaitedFor() {
        var rig = joined(records: 10) { $0.enableAutoCommit = false }
        rig.heartbeatErrors = [.rebalanceInProgress]
        rig.advance(to: rig.wire.now + .milliseconds(3_100))
        rig.events.removeAll()
        rig.consumer.beginPoll(timeout: .seconds(1), now: rig.wire.now, into: &rig.effects)
        var told: [ConsumerEvent] = []
        rig.consumer.takeAppEvents(into: &told)
        #expect(told == [.revoked([orders0])])
        rig.consumer.commit(nil, isSync: true, token: 1, now: rig.wire.now, into: &rig.effects)
        rig.settle()
        #expect(rig.committed[orders0]?.offset == Offset(10))
        #expect(rig.joins.count == 2)
    }

    @Test func cooperativeMemberKeepsReadingAndRejoinsAfterGivingUp() {
        var rig = joined(partitions: 2, records: 10) { $0.assignors = [.cooperativeSticky] }
        while let more = rig.poll(), !more.isEmpty {}
        rig.events.removeAll()
        rig.heartbeatErrors = [.rebalanceInProgress]
        rig.assignment = [orders0]
        rig.advance(to: rig.wire.now + .milliseconds(3_100))
        rig.events.removeAll()
        _ = rig.poll()
        let orders1 = TopicPartition(orders, 1)
        #expect(rig.events.contains(.revoked([orders1])))
        #expect(rig.joins.count == 3)
        #expect(rig.joins[1].subscription.owned == [orders0, orders1])
        #expect(rig.joins[2].subscription.owned == [orders0])
        // The kept partition keeps its position: nothing is read again.
        #expect(rig.consumer.position(of: orders0) == Offset(10))
    }

    /// A timer that is due while the rejoin waits for its own commit wakes nobody.
    @Test func autoCommitThatIsDueDuringARejoinDoesNotSpin() {
        var rig = joined(partitions: 2, records: 10) { $0.assignors = [.cooperativeSticky] }
        while let more = rig.poll(), !more.isEmpty {}
        rig.heartbeatErrors = [.rebalanceInProgress]
        rig.commitErrors = [.coordinatorLoadInProgress]
        rig.advance(to: rig.wire.now + .seconds(6))
        rig.consumer.beginPoll(timeout: .seconds(1), now: rig.wire.now, into: &rig.effects)
        rig.settle()
        let begin = rig.wire.now
        rig.advance(to: begin + .seconds(1))
        #expect(rig.joins.count == 2)
        #expect(!rig.consumer.isPolling)
    }

    @Test func resetPositionsAreToldToTheDiagnosis() {
        var rig = joined(records: 10) { $0.autoOffsetReset = .latest }
        _ = rig.poll()
        let resets = rig.consumer.takeResets()
        #expect(
            resets.map { "\($0.partition.partition) \($0.offset) \($0.policy)" } == ["0 10 latest"]
        )
        #expect(rig.consumer.takeResets().isEmpty)
    }

    @Test func cooperativeListenerCommitsWhatItGivesUp() {
        var rig = joined(partitions: 2, records: 10) {
            $0.assignors = [.cooperativeSticky]
            $0.enableAutoCommit = false
        }
        while let more = rig.poll(), !more.isEmpty {}
        rig.heartbeatErrors = [.rebalanceInProgress]
        rig.assignment = [orders0]
        rig.advance(to: rig.wire.now + .milliseconds(3_100))
        rig.events.removeAll()
        rig.consumer.beginPoll(timeout: .seconds(1), now: rig.wire.now, into: &rig.effects)
        let orders1 = TopicPartition(orders, 1)
        rig.settle(until: .revoked([orders1]))
        rig.consumer.commit(nil, isSync: true, token: 1, now: rig.wire.now, into: &rig.effects)
        rig.settle()
        #expect(rig.committed[orders1]?.offset == Offset(10))
        #expect(rig.consumer.assignment == [orders0])
    }

    @Test func unknownMemberStartsAnewWithoutItsID() {
        var rig = joined()
        rig.heartbeatErrors = [.unknownMemberId]
        rig.advance(to: rig.wire.now + .milliseconds(3_100))
        rig.events.removeAll()
        _ = rig.poll()
        #expect(rig.events.first == .lost([orders0]))
        #expect(rig.joins.last?.member == MemberID.none)
        var kept = joined()
        kept.heartbeatErrors = [.illegalGeneration]
        kept.advance(to: kept.wire.now + .milliseconds(3_100))
        _ = kept.poll()
        #expect(kept.joins.last?.member == MemberID(client: 4, nonce: 7))
    }

    @Test func fencedInstanceThrows() {
        var rig = joined { $0.instance = 1 }
        rig.heartbeatErrors = [.fencedInstanceId]
        rig.advance(to: rig.wire.now + .milliseconds(3_100))
        #expect(rig.poll() == nil)
        #expect(rig.thrown == ["FencedInstanceIdException"])
    }

    @Test func closeCommitsAndLeaves() {
        var rig = joined(records: 10)
        rig.events.removeAll()
        rig.consumer.close(timeout: .seconds(30), now: rig.wire.now, into: &rig.effects)
        rig.settle()
        #expect(rig.commits.map(\.offsets) == [[10]])
        #expect(rig.lefts == 1)
        #expect(rig.events == [.revoked([orders0]), .closed])
        #expect(rig.consumer.isClosed)
    }

    @Test func withoutGroupAllPartitionsAreRead() {
        var rig = ConsumerRig(partitions: 2, group: nil)
        rig.logEnd[orders0] = 3
        #expect(rig.pollUntilRecords() == [0, 1, 2])
        #expect(rig.consumer.assignment.count == 2)
        #expect(rig.joins.isEmpty)
    }

    @Test func leaderAssignsToAll() {
        var rig = ConsumerRig()
        rig.holdsJoins = true
        rig.consumer.beginPoll(timeout: .seconds(1), now: .zero, into: &rig.effects)
        rig.settle()
        let sent = rig.wire.requests.removeFirst()
        let me = MemberID(client: 4, nonce: 7)
        let other = MemberID(client: 9, nonce: 1)
        rig.wire.leaders = [broker1]
        rig.consumer.handle(
            .responseReceived(
                sent.channel,
                sent.correlation,
                .joinGroup(
                    JoinGroupResponse(
                        error: .none,
                        generation: Generation(1),
                        assignor: .range,
                        leader: me,
                        member: me,
                        members: [me, other].map {
                            GroupMember(
                                member: $0,
                                instance: -1,
                                subscription: MemberSubscription(topics: [orders])
                            )
                        }
                    )
                )
            ),
            now: .zero,
            into: &rig.effects
        )
        let syncs = rig.effects.compactMap { effect -> [MemberAssignment]? in
            if case .send(_, _, .syncGroup(let sync)) = effect { sync.assignments } else { nil }
        }
        #expect(
            syncs == [
                [
                    MemberAssignment(member: me, partitions: [orders0]),
                    MemberAssignment(member: other, partitions: []),
                ]
            ]
        )
    }

    @Test(arguments: [
        ErrorCode.notLeaderOrFollower, .replicaNotAvailable, .kafkaStorageError,
        .fencedLeaderEpoch, .offsetNotAvailable, .unknownTopicOrPartition, .unknownTopicId,
        .unknownLeaderEpoch, .unknownServerError,
    ])
    func passingFetchErrorsAreRetriedSilently(_ error: ErrorCode) {
        var rig = ConsumerRig()
        rig.logEnd[orders0] = 5
        rig.fetchErrors = [error]
        #expect(rig.pollUntilRecords() == [0, 1, 2, 3, 4])
        #expect(rig.thrown.isEmpty)
    }

    @Test func lostSessionIsOpenedAnew() {
        var rig = joined(records: 5)
        rig.consumer.sessions[0].failed()
        rig.logEnd[orders0] = 8
        #expect(rig.pollUntilRecords() == [5, 6, 7])
        rig.logEnd[orders0] = 9
        #expect(rig.pollUntilRecords() == [8])
        #expect(rig.fetches.last?.sessionEpoch ?? 0 > 0)
    }

    @Test func movedCoordinatorIsLookedUpAgain() {
        var rig = joined()
        rig.heartbeatErrors = [.notCoordinator]
        rig.advance(to: rig.wire.now + .milliseconds(3_050))
        rig.advance(to: rig.wire.now + .milliseconds(3_000))
        #expect(rig.heartbeats.count >= 2)
        #expect(rig.joins.count == 1)
    }

    @Test func joinIsRetriedAfterABackoff() {
        var rig = ConsumerRig()
        rig.joinErrors = [.coordinatorLoadInProgress, .unknownMemberId, .rebalanceInProgress]
        rig.logEnd[orders0] = 2
        #expect(rig.pollUntilRecords() == [0, 1])
        #expect(rig.joins.count == 4)
        #expect(rig.wire.now >= at(100))
    }

    @Test func fatalJoinErrorsThrow() {
        var rig = ConsumerRig()
        rig.joinErrors = [.inconsistentGroupProtocol]
        _ = rig.poll()
        #expect(rig.thrown == ["InconsistentGroupProtocolException"])
    }

    @Test func closedConsumerThrows() {
        var rig = joined()
        rig.consumer.close(timeout: .zero, now: rig.wire.now, into: &rig.effects)
        rig.settle()
        _ = rig.poll()
        #expect(rig.thrown == ["IllegalStateException"])
    }
}
