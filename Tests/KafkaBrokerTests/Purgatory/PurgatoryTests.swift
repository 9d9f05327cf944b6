import KafkaProtocol
import SimBase
import Testing

@testable import KafkaBroker

@Suite struct PurgatoryTests {
    private func second(_ seconds: Int64) -> Instant {
        Instant.zero + .seconds(seconds)
    }

    private func park(
        _ purgatory: inout Purgatory<DelayedProduce>,
        _ connection: Int32,
        slots: [Int32],
        second: Int64
    ) {
        purgatory.park(deadline: self.second(second)) { operation in
            operation.handle = RequestHandle(
                connection: connection,
                generation: 0,
                correlation: CorrelationID(0)
            )
            operation.watchedSlots = slots
        }
    }

    @Test func expiresInTheOrderOfDeadlinesThenOfArrival() {
        var purgatory = Purgatory<DelayedProduce>()
        park(&purgatory, 1, slots: [0], second: 30)
        park(&purgatory, 2, slots: [0], second: 10)
        park(&purgatory, 3, slots: [1], second: 30)
        park(&purgatory, 4, slots: [1], second: 20)
        #expect(purgatory.nextDeadline() == second(10))
        #expect(purgatory.popExpired(now: second(9)) == nil)
        var order: [Int32] = []
        while let place = purgatory.popExpired(now: second(30)) {
            order.append(purgatory.operations[place].handle.connection)
            purgatory.remove(place)
        }
        #expect(order == [2, 4, 1, 3])
        #expect(purgatory.count == 0)
        #expect(purgatory.nextDeadline() == .distantFuture)
    }

    @Test func aFinishedOperationLeavesAllWatchListsAndItsDeadline() {
        var purgatory = Purgatory<DelayedProduce>()
        park(&purgatory, 1, slots: [0, 2], second: 5)
        park(&purgatory, 2, slots: [2], second: 8)
        purgatory.remove(purgatory.watcher(of: 0, at: 0))
        #expect(purgatory.watcherCount(of: 0) == 0)
        #expect(purgatory.watcherCount(of: 2) == 1)
        #expect(purgatory.nextDeadline() == second(8))
        // The place is used again; the old deadline does not expire the new operation.
        park(&purgatory, 3, slots: [0], second: 9)
        #expect(purgatory.popExpired(now: second(7)) == nil)
        #expect(purgatory.operations[purgatory.watcher(of: 0, at: 0)].handle.connection == 3)
    }
}
