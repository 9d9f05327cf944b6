import KafkaProtocol
import SimBase
import Testing

@testable import KafkaClients

@Suite struct PartitionerTests {
    private func metadata(partitions: Int) -> ClusterMetadata {
        var wire = Wire()
        wire.leaders = Array(repeating: broker1, count: partitions)
        wire.leaderEpochs = Array(repeating: 0, count: partitions)
        var metadata = ClusterMetadata(
            bootstrap: [broker1],
            settings: ClusterMetadata.Settings(
                refreshBackoff: ExponentialBackoff(
                    initial: .milliseconds(100),
                    max: .seconds(1)
                ),
                maxAge: .seconds(300)
            )
        )
        metadata.add(orders, now: .zero)
        let pending = metadata.nextRequest(now: .zero)
        metadata.update(wire.answer(pending.request), of: pending, now: .zero)
        return metadata
    }

    @Test(arguments: [
        ("", 1), ("a", 4), ("21", 0), ("abc", 7), ("foobar", 6), ("a-little-bit-long-string", 2),
        ("a-little-bit-longer-string", 9), ("key-1", 0),
    ])
    func keysGoToTheirPartition(key: String, partition: Int32) {
        var rig = ProducerRig(partitions: 10) { $0.linger = .zero }
        _ = rig.send(key: Array(key.utf8))
        rig.settle()
        #expect(rig.produced[0].request.partitions[0].partition.partition == partition)
    }

    struct Step: CustomTestStringConvertible {
        let bytes: [Int]
        let isFull: Bool
        let switches: [Bool]
        var testDescription: String { "\(bytes), full: \(isFull)" }
    }

    @Test(arguments: [
        Step(bytes: [999, 1], isFull: true, switches: [false, true]),
        Step(bytes: [999, 1, 999, 1], isFull: false, switches: [false, false, false, true]),
        Step(bytes: [1_999, 0, 1], isFull: false, switches: [false, false, true]),
        Step(bytes: [2_000], isFull: false, switches: [true]),
    ])
    func stickyPartitionSwitchesByBytes(_ step: Step) {
        let metadata = metadata(partitions: 3)
        var random = Random(seed: 3)
        var partitioner = BuiltInPartitioner(stickyBatchSize: 1_000)
        _ = partitioner.current(topic: orders, metadata: metadata, &random)
        let switches = step.bytes.map {
            partitioner.appended(
                $0,
                enableSwitch: step.isFull,
                topic: orders,
                metadata: metadata,
                &random
            )
        }
        #expect(switches == step.switches)
    }

    /// Two batches of 148 records are 32554 bytes; a third, open one disables the switch until
    /// 2 * 16384 bytes are produced, two records later.
    @Test func unkeyedRecordsStayWhileTheLastBatchIsOpen() {
        var rig = ProducerRig(partitions: 3) { $0.linger = .seconds(60) }
        rig.send(297)
        #expect(rig.producer.accumulator.topics[0].partitioner.producedBytes == 2 * 16_277 + 170)
        rig.send(1)
        #expect(rig.producer.accumulator.topics[0].partitioner.producedBytes == 0)
        let used = rig.producer.accumulator.topics[0].partitions.filter(\.isScheduled)
        #expect(used.map(\.batches.count) == [3])
    }

    @Test func longQueuesAreDrawnLess() {
        var partitioner = BuiltInPartitioner(stickyBatchSize: 1)
        partitioner.updateLoad(queueSizes: [0, 3, 1], partitions: [0, 1, 2], all: 3)
        #expect(partitioner.cumulativeWeights == [4, 5, 8])
        partitioner.updateLoad(queueSizes: [2, 2, 2], partitions: [0, 1, 2], all: 3)
        #expect(partitioner.cumulativeWeights.isEmpty)
        // Equal queues, but one partition excluded: weights all the same.
        partitioner.updateLoad(queueSizes: [2, 2], partitions: [0, 2], all: 3)
        #expect(partitioner.cumulativeWeights == [1, 2])
        let metadata = metadata(partitions: 3)
        var random = Random(seed: 9)
        var drawn: [Int32: Int] = [:]
        for _ in 0..<1_000 {
            var fresh = partitioner
            drawn[fresh.current(topic: orders, metadata: metadata, &random), default: 0] += 1
        }
        #expect(drawn[1] == nil)
        #expect((400...600).contains(drawn[0] ?? 0))
    }
}
