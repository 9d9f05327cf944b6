import KafkaProtocol
import SimBase
import Testing

@testable import KafkaClients

/// One record a batch, sent at once: the first token of a batch is its name.
private func singles(
    _ count: Int,
    isIdempotent: Bool,
    _ configure: (inout ProducerConfig) -> Void = { _ in }
) -> ProducerRig {
    var rig = ProducerRig {
        $0.linger = .zero
        $0.batchSize = 1
        $0.enableIdempotence = isIdempotent
        configure(&$0)
    }
    rig.send(count)
    rig.settle()
    return rig
}

extension ProducerRig {
    /// The value sizes of the batches on the wire, oldest request first, as names of the records.
    var wireOrder: [Int] {
        produced.flatMap { $0.request.partitions.map(\.batch.body.shared.count) }
    }
}

@Suite struct RetryTests {
    /// Five one-record batches that differ in size, so that they can be told apart on the wire.
    private func five(isIdempotent: Bool) -> ProducerRig {
        var rig = ProducerRig {
            $0.linger = .zero
            $0.batchSize = 1
            $0.enableIdempotence = isIdempotent
        }
        for size in 101...105 { _ = rig.send(bytes: size) }
        rig.settle()
        #expect(rig.wireOrder == (101...105).map { 45 + 9 + $0 })
        return rig
    }

    @Test func disconnectReversesTheOrderWithoutIdempotence() {
        var rig = five(isIdempotent: false)
        let before = rig.wireOrder
        rig.disconnect()
        rig.advance(to: at(2_000))
        #expect(rig.wireOrder == Array(before.reversed()))
    }

    @Test func disconnectKeepsTheOrderWithIdempotenceAndSendsOneAtATime() {
        var rig = five(isIdempotent: true)
        let before = rig.wireOrder
        #expect(before.count == 5)
        rig.disconnect()
        rig.advance(to: at(2_000))
        var order: [Int] = []
        while !rig.wireOrder.isEmpty {
            // Each retried batch goes alone, after the answer to the one before.
            #expect(rig.wireOrder.count == 1)
            order += rig.wireOrder
            rig.answer()
        }
        #expect(order == before)
        #expect(rig.acknowledged == [0, 1, 2, 3, 4])
        #expect(rig.producer.statistics.retries == 5)
    }

    @Test func batchesBehindRetriedOnesPipelineAgain() {
        var rig = five(isIdempotent: true)
        rig.disconnect()
        rig.send(3)
        rig.advance(to: at(2_000))
        for _ in 0..<4 {
            #expect(rig.produced.count == 1)
            rig.answer()
        }
        // The last retried batch is on the wire: those never sent follow at once.
        #expect(rig.produced.count == 4)
    }

    @Test func classicSwapWithoutIdempotence() {
        var rig = singles(2, isIdempotent: false)
        #expect(rig.produced.count == 2)
        rig.answer(.notEnoughReplicas)
        rig.answer()
        rig.advance(to: at(500))
        rig.answer()
        #expect(rig.acknowledged == [1, 0])
        #expect(
            rig.wire.observations
                == [.producerRetried(orders0, .notEnoughReplicas, records: 1)]
        )
    }

    @Test func oneInFlightKeepsTheOrderWithoutIdempotence() {
        var rig = singles(3, isIdempotent: false) { $0.maxInFlight = 1 }
        #expect(rig.produced.count == 1)
        rig.answer(.notEnoughReplicas)
        #expect(rig.produced.isEmpty)
        rig.advance(to: at(500))
        for _ in 0..<3 {
            #expect(rig.produced.count == 1)
            rig.answer()
        }
        #expect(rig.acknowledged == [0, 1, 2])
    }

    @Test func retriesAreTransmissionsLessOne() {
        var rig = singles(1, isIdempotent: false) { $0.retries = 3 }
        var transmissions = 0
        while !rig.produced.isEmpty {
            transmissions += 1
            rig.answer(.notEnoughReplicas)
            rig.advance(to: rig.wire.now + .seconds(2))
        }
        #expect(transmissions == 4)
        #expect(rig.failures.map(\.name) == ["NotEnoughReplicasException"])
    }

    @Test func backoffDoublesWithJitter() {
        var rig = singles(1, isIdempotent: false)
        for (attempt, expected) in [100, 200, 400, 800, 1_000, 1_000].enumerated() {
            let start = rig.wire.now
            rig.answer(.notEnoughReplicas)
            while rig.produced.isEmpty { rig.advance(to: rig.wire.now + .milliseconds(1)) }
            let waited = (rig.wire.now - start).milliseconds
            let low = Int64(expected) * 8 / 10
            #expect(
                (low...min(1_000, Int64(expected) * 12 / 10 + 1)).contains(waited),
                "attempt \(attempt)"
            )
        }
    }

    @Test func backoffIsConstantBeforeKip580() {
        var features = Features()
        features.exponentialRetryBackoff = false
        var rig = ProducerRig(features: features) {
            $0.linger = .zero
            $0.enableIdempotence = false
        }
        rig.send(1)
        rig.settle()
        for _ in 0..<4 {
            rig.answer(.notEnoughReplicas)
            rig.advance(to: rig.wire.now + .milliseconds(99))
            #expect(rig.produced.isEmpty)
            rig.advance(to: rig.wire.now + .milliseconds(1))
            #expect(rig.produced.count == 1)
        }
    }

    @Test func newLeaderEpochSkipsTheBackoff() {
        var rig = singles(1, isIdempotent: false)
        rig.wire.brokers = [broker1, broker2]
        rig.answer(
            .notLeaderOrFollower,
            hint: LeaderHint(leader: broker2, epoch: LeaderEpoch(1))
        )
        // No time has passed: the hint is a newer epoch.
        #expect(rig.produced.first?.sent.channel.index == 2)
    }

    @Test func deliveryTimeoutFailsTheBatchInFlightAndDropsTheLateAnswer() {
        var rig = singles(1, isIdempotent: true) {
            $0.deliveryTimeout = .seconds(2)
            $0.client.requestTimeout = .milliseconds(1_950)
        }
        rig.disconnect()
        rig.advance(to: at(1_500))
        #expect(rig.produced.count == 1)
        rig.advance(to: at(2_000))
        #expect(rig.failures.map(\.name) == ["TimeoutException"])
        let last = rig.completions.last?.outcome
        #expect(last == .failed(.timeout, lastError: .networkException, orders0))
        rig.answer()
        #expect(rig.acknowledged.isEmpty)
        #expect(rig.completions.count == 1)
    }

    @Test func requestTimeoutFailsAllInFlightAMillisecondLate() {
        var rig = singles(3, isIdempotent: true)
        rig.advance(to: at(30_000))
        #expect(rig.producer.statistics.retries == 0)
        rig.advance(to: at(30_001))
        let errors = rig.wire.observations.map { observation -> ErrorCode? in
            if case .producerRetried(_, let error, _) = observation { error } else { nil }
        }
        #expect(errors == [.requestTimedOut, .requestTimedOut, .requestTimedOut])
    }

    @Test func acksZeroCompletesWhenWritten() {
        var rig = ProducerRig {
            $0.acks = .none
            $0.enableIdempotence = false
            $0.linger = .zero
            $0.batchSize = 1
        }
        rig.send(20)
        rig.settle()
        // max.in.flight does not bind: a written request is complete.
        #expect(rig.produced.count == 20)
        #expect(rig.completions.count == 20)
        #expect(rig.completions[0].outcome == .acknowledged(orders0, .none))
    }

    @Test func piecesOfASplitBatchKeepOrderSequencesAndCreation() {
        var config = ProducerConfig()
        config.batchSize = 400
        var accumulator = RecordAccumulator(config: config, features: Features())
        let topic = accumulator.slot(of: orders)
        accumulator.reserve(partition: 0, topic: topic)
        let big = accumulator.makeBatch(
            topic: topic,
            partition: 0,
            capacity: 16_384,
            pooledBytes: 16_384,
            created: at(7)
        )
        for token in 0..<10 {
            _ = accumulator.batches[Int(big)].append(
                timestamp: 1_000,
                key: nil,
                value: [UInt8](repeating: 1, count: 100),
                token: Int32(token),
                now: at(7)
            )
        }
        accumulator.batches[Int(big)].setProducerState(
            id: ProducerID(7),
            epoch: ProducerEpoch(0),
            sequence: Sequence(40)
        )
        let pieces = accumulator.split(big, isIdempotent: true)
        let batches = pieces.map { accumulator.batches[Int($0)] }
        // 61 + 3 * 109 = 388 fits into 400.
        #expect(batches.map(\.recordCount) == [3, 3, 3, 1])
        #expect(batches.map(\.baseSequence.rawValue) == [40, 43, 46, 49])
        #expect(batches.flatMap(\.tokens) == Array(0..<10))
        #expect(batches.allSatisfy { $0.created == at(7) && $0.attempts == 0 })
        #expect(batches.allSatisfy { $0.isFull && $0.pooledBytes == 0 })
        #expect(Array(accumulator.topics[topic].partitions[0].batches) == pieces)
    }

    @Test func splitPiecesAreTriedAtOnceAndKeepOrder() {
        var rig = ProducerRig { $0.batchSize = 16_384 }
        rig.send(100)
        rig.advance(to: at(5))
        let original = rig.produced[0].request.partitions[0].batch.body
        #expect(original.recordCount == 100)
        rig.producer.flush(token: 9, now: rig.wire.now, into: &rig.effects)
        rig.answer(.messageTooLarge)
        // A split batch counts as complete for flush().
        #expect(rig.completions.map(\.outcome) == [.flushed])
        // All records fit batch.size again: the same batch is rebuilt.
        #expect(rig.produced[0].request.partitions[0].batch.body.recordCount == 100)
        #expect(rig.wire.observations == [.batchSplit(orders0)])
        #expect(rig.producer.statistics.retries == 0)
        rig.answer()
        #expect(rig.acknowledged == (0..<100).map { $0 })
        #expect(rig.producer.availableMemory == 33_554_432)
    }

    @Test func singleTooLargeRecordFails() {
        var rig = singles(1, isIdempotent: false)
        rig.answer(.messageTooLarge)
        #expect(rig.failures.map(\.name) == ["RecordTooLargeException"])
    }

    @Test func invalidRecordFailsTheRestOfItsBatchAsPartOfIt() {
        var rig = ProducerRig()
        rig.send(3)
        rig.advance(to: at(5))
        rig.answer(.invalidTimestamp, recordErrors: [1])
        #expect(
            rig.failures.map(\.name)
                == ["KafkaException", "InvalidTimestampException", "KafkaException"]
        )
    }

    @Test func unkeyedRecordsOfAFailedBatchResendAfterItAndFreeTheMemoryLast() {
        var rig = ProducerRig {
            $0.bufferMemory = 16_384
            $0.linger = .zero
            $0.retries = 0
            $0.enableIdempotence = false
            $0.maxBlock = .seconds(1)
        }
        rig.send(1)
        rig.settle()
        let sent = rig.wire.requests.removeFirst()
        let failure = Response.failure(.unknownServerError, of: sent.request)
        rig.producer.handle(
            .responseReceived(sent.channel, sent.correlation, failure),
            now: rig.wire.now,
            into: &rig.effects
        )
        var callbacks: [KafkaProducer.Completion] = []
        rig.producer.takeCompletions(into: &callbacks)
        #expect(callbacks.count == 1)
        // The callback sends again: its batch still holds the memory, and only this thread frees it.
        #expect(rig.send(isIOThread: true) == .blocked)
        #expect(rig.producer.isIOThreadBlocked)
        rig.advance(to: at(999))
        #expect(rig.completions.isEmpty)
        rig.advance(to: at(1_000))
        #expect(rig.completions.map(\.outcome) == [.unblocked(.failed(.bufferExhausted))])
        rig.settle()
        #expect(rig.producer.availableMemory == 16_384)
    }

    /// In one turn batches that expire in their queue are told before older ones in flight.
    @Test func queuedBatchesExpireBeforeOlderOnesInFlight() {
        var rig = singles(8, isIdempotent: false) {
            $0.deliveryTimeout = .seconds(10)
            $0.client.requestTimeout = .seconds(20)
        }
        #expect(rig.produced.count == 5)
        rig.advance(to: at(9_999))
        #expect(rig.failures.isEmpty)
        rig.advance(to: at(10_000))
        #expect(rig.failures.map(\.token) == [5, 6, 7, 0, 1, 2, 3, 4])
    }

    /// Without KIP-91 a queued batch lives for request.timeout.ms behind its linger.
    @Test func queuedBatchesExpireByRequestTimeoutBeforeKip91() {
        var features = Features()
        features.deliveryTimeout = false
        var rig = ProducerRig(features: features) {
            $0.linger = .milliseconds(100)
            $0.enableIdempotence = false
        }
        rig.wire.refused = [broker1]
        rig.disconnect()
        rig.send(1)
        rig.advance(to: at(30_099))
        #expect(rig.failures.isEmpty)
        rig.advance(to: at(30_101))
        #expect(rig.failures.map(\.name) == ["TimeoutException"])
    }

    /// A request takes up to max.request.size; the next begins where the last one stopped.
    @Test func drainGoesRoundTheNodesPartitions() {
        var rig = ProducerRig(partitions: 3) {
            $0.linger = .zero
            $0.batchSize = 1
            $0.maxRequestSize = 400
            $0.maxInFlight = 1
            $0.enableIdempotence = false
        }
        for partition in 0..<3 { _ = rig.send(partition: Int32(partition)) }
        rig.settle()
        var order: [[Int32]] = []
        while !rig.produced.isEmpty {
            order.append(rig.produced[0].request.partitions.map(\.partition.partition))
            rig.answer()
        }
        #expect(order == [[0, 1], [2]])
    }

    /// Each callback that sends without metadata stops the I/O thread for max.block.ms in turn.
    @Test func blockedCallbacksFollowOneAnother() {
        var rig = ProducerRig(warm: false) { $0.maxBlock = .seconds(3) }
        rig.settle()
        #expect(rig.send(isIOThread: true) == .blocked)
        #expect(rig.send(isIOThread: true) == .blocked)
        rig.advance(to: at(3_000))
        #expect(rig.completions.map(\.token) == [0])
        rig.advance(to: at(5_999))
        #expect(rig.completions.count == 1)
        // The metadata that the first wait asked for is still unknown to the second.
        rig.advance(to: at(6_000))
        #expect(rig.completions.map(\.token) == [0, 1])
    }

    @Test func sendOnTheIOThreadCannotGetMetadata() {
        var rig = ProducerRig(warm: false) { $0.maxBlock = .seconds(3) }
        rig.settle()
        #expect(rig.send(isIOThread: true) == .blocked)
        rig.advance(to: at(2_999))
        #expect(rig.completions.isEmpty)
        rig.advance(to: at(3_000))
        #expect(rig.completions.map(\.outcome) == [.unblocked(.failed(.timeout))])
        // The request goes out only now.
        #expect(rig.wire.sentMetadata.last == at(3_000))
    }

    @Test func leaderUnknownKeepsTheBatchUntilMetadataTellsOne() {
        var rig = ProducerRig { $0.linger = .zero }
        rig.wire.brokers = [broker1, broker2]
        rig.wire.leaders = [.none]
        rig.wire.leaderEpochs = [1]
        rig.send(1)
        rig.settle()
        rig.answer(.notLeaderOrFollower)
        rig.advance(to: at(1_000))
        #expect(rig.produced.isEmpty)
        rig.wire.leaders = [broker2]
        rig.wire.leaderEpochs = [2]
        rig.advance(to: at(3_000))
        #expect(rig.produced.first?.sent.channel.index == 2)
    }
}
