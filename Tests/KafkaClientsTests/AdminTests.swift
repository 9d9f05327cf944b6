import KafkaProtocol
import SimBase
import Testing

@testable import KafkaClients

@Suite struct AdminTests {
    private struct Rig {
        var wire = Wire()
        var admin: AdminClient
        var effects: [Effect] = []
        var completions: [AdminClient.Completion] = []
        var errors: [ErrorCode] = []

        init() {
            admin = AdminClient(
                bootstrap: [broker1],
                config: ClientConfig(),
                random: Random(seed: 1),
                now: .zero,
                into: &effects
            )
        }

        mutating func advance(to instant: Instant) {
            while true {
                wire.absorb(&effects)
                admin.takeCompletions(into: &completions)
                while !wire.requests.isEmpty {
                    let sent = wire.requests.removeFirst()
                    let error = errors.isEmpty ? ErrorCode.none : errors.removeFirst()
                    wire.events.append(
                        .responseReceived(
                            sent.channel,
                            sent.correlation,
                            Response.failure(error, of: sent.request)
                        )
                    )
                }
                if !wire.events.isEmpty {
                    admin.handle(wire.events.removeFirst(), now: wire.now, into: &effects)
                } else if let due = wire.timers[.client], due <= instant {
                    wire.timers[.client] = nil
                    wire.now = max(due, wire.now)
                    admin.handle(.timerFired(.client), now: wire.now, into: &effects)
                } else if effects.isEmpty {
                    wire.now = instant
                    return
                }
            }
        }
    }

    @Test(arguments: [
        ([ErrorCode.none], ErrorCode.none),
        ([.topicAlreadyExists], .topicAlreadyExists),
        ([.notController, .notController], .none),
    ])
    func operationsEndWithTheirError(errors: [ErrorCode], end: ErrorCode) {
        var rig = Rig()
        rig.errors = errors
        rig.admin.submit(
            .admin(.deleteTopic(orders)),
            token: 1,
            now: .zero,
            into: &rig.effects
        )
        rig.advance(to: at(5_000))
        #expect(rig.completions.map(\.token) == [1])
        #expect(rig.completions.map(\.errorName) == [end.name])
    }

    /// Retriable or not, what became of a partition's election is the operation's result.
    @Test(arguments: [
        ErrorCode.electionNotNeeded, .preferredLeaderNotAvailable, .eligibleLeadersNotAvailable,
    ])
    func anElectionThatTakesNoPlaceIsNotTriedAgain(outcome: ErrorCode) {
        var rig = Rig()
        rig.errors = [outcome]
        rig.admin.submit(
            .admin(.electLeaders(.preferred, [orders0])),
            token: 1,
            now: .zero,
            into: &rig.effects
        )
        rig.advance(to: at(5_000))
        #expect(rig.completions.map(\.error) == [outcome])
    }

    /// An operation that is tried again and again does not hold up the next one.
    @Test func operationsGoOnSideBySide() {
        var rig = Rig()
        rig.errors = [.notController]
        rig.admin.submit(.admin(.deleteTopic(orders)), token: 1, now: .zero, into: &rig.effects)
        rig.advance(to: at(10))
        rig.admin.submit(.admin(.deleteTopic(orders)), token: 2, now: at(10), into: &rig.effects)
        rig.advance(to: at(5_000))
        #expect(rig.completions.map(\.token) == [2, 1])
    }

    @Test func operationTimesOut() {
        var rig = Rig()
        rig.wire.refused = [broker1]
        rig.admin.submit(.admin(.deleteTopic(orders)), token: 1, now: .zero, into: &rig.effects)
        rig.advance(to: at(59_000))
        #expect(rig.completions.isEmpty)
        rig.advance(to: at(61_000))
        #expect(rig.completions.map(\.error) == [.requestTimedOut])
    }

    @Test func recordsAreDeletedAtTheLeader() {
        var rig = Rig()
        rig.wire.brokers = [broker1, broker2]
        rig.wire.leaders = [broker2]
        let request = DeleteRecordsRequest(
            timeout: .seconds(30),
            partition: orders0,
            before: Offset(5)
        )
        rig.admin.submit(.deleteRecords(request), token: 2, now: .zero, into: &rig.effects)
        rig.advance(to: at(5_000))
        #expect(rig.completions.map(\.error) == [.none])
    }
}
