import KafkaProtocol
import SimBase
import Testing

@testable import KafkaClients

/// What a consumer commits, when, and what the application hears of it.
@Suite struct ConsumerCommitTests {
    // MARK: Auto-commit

    /// The timer restarts when the join completes: the first commit comes with the first poll five
    /// seconds later, and holds what earlier polls returned.
    @Test func autoCommitHoldsWhatEarlierPollsReturned() {
        var rig = joined(records: 10) { $0.maxPollRecords = 1 }
        let join = rig.wire.now
        while rig.wire.now < join + .milliseconds(5_100) {
            let before = rig.consumer.position(of: orders0)?.rawValue
            let commits = rig.commits.count
            rig.logEnd[orders0, default: 0] += 1
            _ = rig.poll()
            if rig.commits.count > commits {
                #expect(rig.commits.last?.offsets == [before ?? -1])
            }
            rig.advance(to: rig.wire.now + .milliseconds(1_000))
        }
        #expect(rig.commits.count == 1)
        let first = (rig.commits[0].instant - join).milliseconds
        #expect((5_000...6_000).contains(first))
    }

    @Test func blockedPollWakesForTheCommit() {
        var rig = joined(records: 10)
        _ = rig.poll(.milliseconds(20_000))
        #expect(rig.commits.map { $0.instant.milliseconds / 5_000 } == [1, 2, 3, 4])
    }

    // MARK: Commits

    struct CommitError: CustomTestStringConvertible {
        let error: ErrorCode
        let exception: String
        let rejoins: Bool
        var testDescription: String { error.name }
    }

    @Test(arguments: [
        CommitError(
            error: .unknownMemberId,
            exception: "CommitFailedException",
            rejoins: true
        ),
        CommitError(
            error: .illegalGeneration,
            exception: "CommitFailedException",
            rejoins: true
        ),
        CommitError(
            error: .rebalanceInProgress,
            exception: "RebalanceInProgressException",
            rejoins: true
        ),
        CommitError(
            error: .fencedInstanceId,
            exception: "FencedInstanceIdException",
            rejoins: false
        ),
        CommitError(
            error: .offsetMetadataTooLarge,
            exception: "OffsetMetadataTooLarge",
            rejoins: false
        ),
    ])
    func synchronousCommitFailsByTheErrorsClass(_ row: CommitError) {
        var rig = joined { $0.enableAutoCommit = false }
        rig.commitErrors = [row.error]
        rig.consumer.commit(nil, isSync: true, token: 3, now: rig.wire.now, into: &rig.effects)
        rig.settle()
        let names = rig.events.compactMap { event -> String? in
            if case .commitFailed(3, let exception) = event { exception.name } else { nil }
        }
        #expect(names == [row.exception])
        #expect(rig.consumer.membership.rejoinNeeded == row.rejoins)
    }

    @Test func synchronousCommitRetriesUntilItsTimeIsOver() {
        var rig = joined {
            $0.enableAutoCommit = false
            $0.defaultAPITimeout = .seconds(2)
        }
        rig.commitErrors = [.coordinatorLoadInProgress, .requestTimedOut]
        rig.consumer.commit(nil, isSync: true, token: 3, now: rig.wire.now, into: &rig.effects)
        rig.advance(to: rig.wire.now + .milliseconds(900))
        #expect(rig.events.contains(.committed(3)))
        #expect(rig.commits.count == 3)
        rig.commitErrors = Array(repeating: .coordinatorLoadInProgress, count: 100)
        rig.consumer.commit(nil, isSync: true, token: 4, now: rig.wire.now, into: &rig.effects)
        rig.advance(to: rig.wire.now + .milliseconds(2_100))
        #expect(rig.events.contains(.commitFailed(4, .timeout)))
    }

    @Test func asynchronousCommitIsTriedOnceAndToldInTheNextPoll() {
        var rig = joined { $0.enableAutoCommit = false }
        rig.commitErrors = [.coordinatorLoadInProgress]
        rig.consumer.commit(nil, isSync: false, token: 3, now: rig.wire.now, into: &rig.effects)
        rig.settle()
        #expect(!rig.events.contains(.commitFailed(3, .retriableCommitFailed)))
        _ = rig.poll()
        #expect(rig.events.contains(.commitFailed(3, .retriableCommitFailed)))
        #expect(rig.commits.count == 1)
    }
}
