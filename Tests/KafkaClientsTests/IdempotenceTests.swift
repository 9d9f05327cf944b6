import KafkaProtocol
import SimBase
import Testing

@testable import KafkaClients

private func rig(_ records: Int, _ configure: (inout ProducerConfig) -> Void = { _ in })
    -> ProducerRig
{
    var rig = ProducerRig {
        $0.linger = .zero
        $0.batchSize = 1
        configure(&$0)
    }
    rig.send(records)
    rig.settle()
    return rig
}

extension ProducerRig {
    fileprivate var sequences: [Int32] {
        produced.map { $0.request.partitions[0].batch.body.baseSequence.rawValue }
    }

    fileprivate var epochs: [Int16] {
        produced.map { $0.request.partitions[0].batch.body.producerEpoch.rawValue }
    }

    fileprivate var bumps: Int64 { producer.statistics.epochBumps }
}

@Suite struct IdempotenceTests {
    @Test func sequencesCountRecords() {
        let rig = rig(3)
        #expect(rig.sequences == [0, 1, 2])
        #expect(rig.epochs == [0, 0, 0])
    }

    @Test func producerIDIsAskedForAgainAfterRawRetryBackoff() {
        var rig = ProducerRig(warm: false) { $0.client.retryBackoff = .seconds(10) }
        rig.wire.producerIDErrors = [.coordinatorLoadInProgress]
        rig.producer.prepare(orders, now: .zero, into: &rig.effects)
        rig.settle()
        rig.send(1)
        rig.advance(to: at(9_999))
        #expect(rig.produced.isEmpty)
        rig.advance(to: at(10_100))
        #expect(rig.produced.count == 1)
    }

    /// An earlier batch failed, so the later ones find a gap: they are retried without a bump.
    @Test func outOfOrderBehindAGapIsRetriedWithoutBump() {
        var rig = rig(2)
        rig.answer(.notEnoughReplicas)
        rig.answer(.outOfOrderSequenceNumber)
        rig.advance(to: at(300))
        #expect(rig.sequences == [0])
        rig.answer()
        rig.advance(to: at(600))
        #expect(rig.sequences == [1])
        #expect(rig.bumps == 0)
    }

    /// Exactly the next sequence is refused: the broker's log lost what was before.
    @Test func outOfOrderAtTheNextSequenceBumpsTheEpoch() {
        var rig = rig(1)
        rig.answer()
        rig.send(1)
        rig.settle()
        #expect(rig.sequences == [1])
        rig.answer(.outOfOrderSequenceNumber)
        rig.advance(to: at(300))
        #expect(rig.bumps == 1)
        #expect(rig.sequences == [0])
        #expect(rig.epochs == [1])
        #expect(
            rig.wire.observations.contains(.producerEpochBumped(ProducerEpoch(1)))
        )
    }

    @Test func unknownProducerWithLogStartBumpsTheEpoch() {
        var rig = rig(1)
        rig.answer(.unknownProducerId, logStart: 5)
        rig.advance(to: at(300))
        #expect(rig.bumps == 1)
        #expect(rig.epochs == [1])
        var unknown = IdempotenceTests.oneRecord()
        unknown.answer(.unknownProducerId, logStart: -1)
        unknown.advance(to: at(300))
        #expect(unknown.bumps == 0)
        #expect(unknown.epochs == [0])
    }

    private static func oneRecord() -> ProducerRig { rig(1) }

    @Test func nonRetriableFailureRewritesTheBatchesBehind() {
        var rig = rig(3)
        rig.answer(.invalidRecord)
        #expect(rig.failures.map(\.name) == ["InvalidRecordException"])
        #expect(rig.bumps == 1)
        rig.answer(.outOfOrderSequenceNumber)
        rig.answer(.outOfOrderSequenceNumber)
        rig.advance(to: at(300))
        #expect(rig.sequences == [0])
        #expect(rig.epochs == [1])
        rig.answer()
        rig.advance(to: at(600))
        #expect(rig.sequences == [1])
        #expect(rig.bumps == 1)
    }

    @Test func invalidProducerEpochIsAPlainFailure() {
        var rig = rig(1)
        rig.answer(.invalidProducerEpoch)
        #expect(rig.failures.map(\.name) == ["InvalidProducerEpochException"])
    }

    /// Retries used up: nobody knows whether the sequence was taken, nothing is adjusted.
    @Test func exhaustedRetriesLeaveTheSequenceAlone() {
        var rig = rig(1) { $0.retries = 1 }
        rig.answer(.notEnoughReplicas)
        rig.advance(to: at(300))
        rig.answer(.notEnoughReplicas)
        #expect(rig.failures.count == 1)
        #expect(rig.bumps == 0)
        rig.send(1)
        rig.settle()
        #expect(rig.sequences == [1])
    }

    @Test func expiryInFirstTransmissionIsNotUnresolved() {
        var rig = rig(1) {
            $0.deliveryTimeout = .milliseconds(1_000)
            $0.client.requestTimeout = .milliseconds(5_000)
        }
        rig.advance(to: at(1_000))
        #expect(rig.failures.map(\.name) == ["TimeoutException"])
        rig.send(1)
        rig.settle()
        #expect(rig.sequences == [0, 1])
        #expect(rig.bumps == 0)
    }

    @Test func expiryInRetryStopsNewBatchesUntilTheEpochIsBumped() {
        var rig = rig(2) {
            $0.deliveryTimeout = .milliseconds(1_000)
            $0.client.requestTimeout = .milliseconds(900)
        }
        rig.wire.refused = [broker1]
        rig.disconnect()
        rig.advance(to: at(1_000))
        #expect(rig.failures.map(\.token) == [0, 1])
        rig.wire.refused = []
        rig.send(1)
        while rig.produced.isEmpty { rig.advance(to: rig.wire.now + .milliseconds(10)) }
        #expect(rig.bumps == 1)
        #expect(rig.sequences == [0])
        #expect(rig.epochs == [1])
    }

    @Test func successOfAnExpiredBatchMovesTheSequenceOn() {
        var rig = rig(1) {
            $0.deliveryTimeout = .milliseconds(1_000)
            $0.client.requestTimeout = .milliseconds(5_000)
        }
        rig.advance(to: at(1_000))
        rig.answer()
        rig.send(1)
        rig.settle()
        rig.answer(.outOfOrderSequenceNumber)
        rig.advance(to: rig.wire.now + .milliseconds(300))
        // Sequence 0 counts as acknowledged: 1 was exactly the next.
        #expect(rig.bumps == 1)
    }
}
