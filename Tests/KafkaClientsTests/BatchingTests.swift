import KafkaProtocol
import SimBase
import Testing

@testable import KafkaClients

@Suite struct BatchingTests {
    struct Linger: CustomTestStringConvertible {
        let gap: Interval
        let key: Int?
        let perBatch: Int
        let acknowledged: Int
        var testDescription: String { "\(gap.nanoseconds) ns apart, key \(key ?? -1)" }
    }

    /// A batch leaves when the next one is opened; the last open one waits for linger.ms = 60 s.
    @Test(arguments: [
        Linger(gap: .zero, key: nil, perBatch: 148, acknowledged: 888),
        Linger(gap: .milliseconds(1), key: nil, perBatch: 148, acknowledged: 888),
        Linger(gap: .milliseconds(2), key: nil, perBatch: 147, acknowledged: 882),
        Linger(gap: .milliseconds(4), key: nil, perBatch: 147, acknowledged: 882),
        Linger(gap: .microseconds(4_900), key: nil, perBatch: 147, acknowledged: 882),
        Linger(gap: .zero, key: 8, perBatch: 138, acknowledged: 966),
    ])
    func tailOfALingeringProducerIsNeverSent(_ row: Linger) {
        for acks in [Acks.all, .leader, .none] {
            var rig = ProducerRig {
                $0.linger = .seconds(60)
                $0.acks = acks
                $0.enableIdempotence = acks == .all
            }
            rig.acknowledges = true
            let key = row.key.map { [UInt8](repeating: 1, count: $0) }
            rig.send(1_000, every: row.gap, key: key)
            rig.advance(to: at(5_000))
            #expect(rig.acknowledged.count == row.acknowledged)
            #expect(rig.producer.bufferedRecords == 1_000 - row.acknowledged)
        }
    }

    @Test func batchOf148RecordsHasItsExactSize() {
        var rig = ProducerRig { $0.linger = .seconds(60) }
        rig.send(149)
        rig.settle()
        let batch = rig.produced[0].request.partitions[0].batch
        #expect(batch.body.recordCount == 148)
        #expect(batch.sizeInBytes == 61 + 64 * 109 + 84 * 110)
        #expect(batch.body.isIntact)
    }

    /// 16 records of 1000 bytes fill a batch of 16384; four batches fill 65536 bytes of memory.
    @Test func exhaustedBufferFailsSendsAtOnceWithoutBlocking() {
        var rig = ProducerRig {
            $0.batchSize = 16_384
            $0.bufferMemory = 65_536
            $0.maxBlock = .zero
        }
        let outcomes = (0..<100).map { _ in rig.send(bytes: 1_000) }
        #expect(outcomes.filter { $0 == .accepted }.count == 64)
        #expect(outcomes.filter { $0 == .failed(.bufferExhausted) }.count == 36)
        #expect(ClientException.bufferExhausted.name == "BufferExhaustedException")
    }

    @Test func blockedSendGoesOnWhenMemoryIsFreed() {
        var rig = ProducerRig {
            $0.bufferMemory = 65_536
            $0.linger = .seconds(1)
        }
        for _ in 0..<64 { #expect(rig.send(bytes: 1_000) == .accepted) }
        #expect(rig.send(bytes: 1_000) == .blocked)
        rig.advance(to: at(10))
        #expect(rig.completions.isEmpty)
        // With a thread waiting for memory nothing lingers: all batches are on their way.
        #expect(rig.produced.count == 4)
        rig.answer()
        let unblocked = rig.completions.last
        #expect(unblocked?.outcome == .unblocked(.accepted))
        #expect(rig.producer.statistics.blocked == .milliseconds(10))
    }

    @Test func blockedSendFailsAfterMaxBlock() {
        var rig = ProducerRig {
            $0.bufferMemory = 16_384
            $0.maxBlock = .seconds(2)
        }
        rig.send(16, bytes: 1_000)
        #expect(rig.send(bytes: 1_000) == .blocked)
        rig.advance(to: at(1_999))
        #expect(rig.completions.isEmpty)
        rig.advance(to: at(2_000))
        #expect(rig.completions.map(\.outcome) == [.unblocked(.failed(.bufferExhausted))])
    }

    @Test func synchronousFailuresNameTheirException() {
        var rig = ProducerRig { $0.bufferMemory = 2_000_000 }
        #expect(rig.send(bytes: 1_048_576) == .failed(.recordTooLarge))
        var small = ProducerRig {
            $0.batchSize = 40_000
            $0.bufferMemory = 32_768
        }
        #expect(small.send(bytes: 10) == .threw(.illegalArgument))
        #expect(small.send(bytes: 32_768) == .failed(.recordTooLarge))
    }

    @Test func sendWaitsForMetadataAndTimesOut() {
        var rig = ProducerRig(warm: false) { $0.maxBlock = .milliseconds(500) }
        rig.wire.topicError = .unknownTopicOrPartition
        #expect(rig.send() == .blocked)
        rig.advance(to: at(499))
        #expect(rig.completions.isEmpty)
        rig.advance(to: at(500))
        #expect(rig.completions.map(\.outcome) == [.unblocked(.failed(.timeout))])
        rig.wire.topicError = .none
        #expect(rig.send() == .blocked)
        rig.advance(to: at(999))
        #expect(rig.completions.last?.outcome == .unblocked(.accepted))
    }

    @Test func invalidTopicIsRefusedWithTheCallback() {
        var rig = ProducerRig(warm: false)
        rig.wire.topicError = .invalidTopicException
        #expect(rig.send() == .blocked)
        rig.settle()
        let exception = ClientException.broker(.invalidTopicException)
        #expect(rig.completions.map(\.outcome) == [.unblocked(.failed(exception))])
        #expect(exception.name == "InvalidTopicException")
    }

    @Test func requestsHoldOneBatchAPartitionAndFiveAreInFlight() {
        var rig = ProducerRig(partitions: 2) {
            $0.linger = .zero
            $0.batchSize = 200
        }
        for _ in 0..<20 { _ = rig.send(partition: 0) }
        for _ in 0..<20 { _ = rig.send(partition: 1) }
        rig.settle()
        #expect(rig.produced.count == 5)
        for item in rig.produced {
            #expect(item.request.partitions.map(\.partition.partition).sorted() == [0, 1])
        }
    }

    @Test func lingerCountsFromTheFirstRecordAndOneReadyPartitionTakesAllOfTheNode() {
        var rig = ProducerRig(partitions: 2) { $0.linger = .milliseconds(5) }
        _ = rig.send(partition: 0)
        rig.advance(to: at(4))
        _ = rig.send(partition: 1)
        #expect(rig.produced.isEmpty)
        rig.advance(to: at(5))
        #expect(rig.produced.count == 1)
        #expect(rig.produced[0].request.partitions.count == 2)
    }
}
