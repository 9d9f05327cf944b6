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

    @Test func twoWorkersTakeHalfTheTime() {
        var pool = WorkerPool(count: 2, time: .milliseconds(10))
        #expect(pool.isEmpty && pool.nextDone == .distantFuture)
        pool.add(records(5), at: at(0))
        #expect(pool.nextDone == at(10))
        #expect(pool.finish(at: at(9)).isEmpty)
        #expect(pool.finish(at: at(10)).map(\.record.offset.rawValue) == [0, 1])
        #expect(pool.finish(at: at(30)).map(\.done) == [at(20), at(20), at(30)])
        #expect(pool.isEmpty)
    }

    @Test func aBusyWorkerFinishesFirst() {
        var pool = WorkerPool(count: 1, time: .milliseconds(10))
        pool.add(records(1), at: at(0))
        pool.add(records(1), at: at(4))
        #expect(pool.finish(at: at(100)).map(\.done) == [at(10), at(20)])
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
