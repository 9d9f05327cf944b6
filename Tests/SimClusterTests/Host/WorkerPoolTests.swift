import KafkaClients
import KafkaProtocol
import SimBase
import Testing

@testable import SimCluster

@Suite struct WorkerPoolTests {
    private func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    private func records(_ count: Int) -> [FetchedRecord] {
        var builder = RecordBatchBuilder(capacity: 64)
        builder.append(timestamp: 0, key: nil, value: [UInt8](repeating: 1, count: 20))
        let body = builder.finish()
        return (0..<count).map { offset in
            FetchedRecord(
                partition: TopicPartition(TopicName(3), 0),
                offset: Offset(Int64(offset)),
                leaderEpoch: LeaderEpoch(0),
                timestamp: 0,
                body: body,
                key: nil,
                value: nil
            )
        }
    }

    /// The milliseconds at which what is done by then was done.
    private func finish(_ pool: inout WorkerPool, at milliseconds: Int64) -> [Int64] {
        var done: [Int64] = []
        while let item = pool.finishNext(at: at(milliseconds)) {
            done.append(item.done.milliseconds)
        }
        return done
    }

    @Test func twoWorkersTakeHalfTheTime() {
        var pool = WorkerPool(count: 2, time: .milliseconds(10))
        #expect(pool.isEmpty && pool.nextDone == .distantFuture)
        pool.add(records(5), at: at(0))
        #expect(pool.nextDone == at(10))
        #expect(finish(&pool, at: 9) == [])
        #expect(finish(&pool, at: 10) == [10, 10])
        #expect(finish(&pool, at: 30) == [20, 20, 30])
        #expect(pool.isEmpty)
    }

    @Test func aBusyWorkerFinishesFirst() {
        var pool = WorkerPool(count: 1, time: .milliseconds(10))
        pool.add(records(1), at: at(0))
        pool.add(records(1), at: at(4))
        #expect(finish(&pool, at: 100) == [10, 20])
    }

    @Test func timeStoodStillIsAddedToAllInHand() {
        var pool = WorkerPool(count: 1, time: .milliseconds(10))
        pool.add(records(2), at: at(0))
        pool.delay(by: .milliseconds(100))
        pool.add(records(1), at: at(101))
        #expect(pool.lastDone == at(130))
        #expect(finish(&pool, at: 120) == [110, 120])
    }

    @Test func whatADeadMemberHadInHandIsGone() {
        var pool = WorkerPool(count: 1, time: .milliseconds(10))
        pool.add(records(3), at: at(0))
        pool.clear()
        #expect(pool.isEmpty)
        pool.add(records(1), at: at(5))
        #expect(pool.nextDone == at(15))
    }
}
