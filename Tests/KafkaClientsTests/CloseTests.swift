import KafkaProtocol
import SimBase
import Testing

@testable import KafkaClients

@Suite struct CloseTests {
    @Test func flushSendsWithoutLingerAndReturnsWhenAnswered() {
        var rig = ProducerRig { $0.linger = .seconds(60) }
        rig.send(10)
        rig.producer.flush(token: 77, now: rig.wire.now, into: &rig.effects)
        rig.settle()
        #expect(rig.produced.count == 1)
        #expect(rig.completions.isEmpty)
        rig.answer()
        #expect(rig.acknowledged.count == 10)
        #expect(rig.completions.last == .init(token: 77, outcome: .flushed))
    }

    @Test func closeSendsWhatIsBufferedAndRefusesMore() {
        var rig = ProducerRig { $0.linger = .seconds(60) }
        rig.send(10)
        rig.producer.close(timeout: .forever, now: rig.wire.now, into: &rig.effects)
        let late = rig.send()
        #expect(late == .threw(.illegalState))
        rig.settle()
        #expect(!rig.producer.isClosed)
        rig.answer()
        #expect(rig.acknowledged.count == 10)
        #expect(rig.producer.isClosed)
        #expect(rig.completions.last?.outcome == .closed)
    }

    @Test func closeWithTimeoutFailsWhatIsLeft() {
        var rig = ProducerRig { $0.linger = .seconds(60) }
        rig.send(10)
        rig.producer.close(timeout: .seconds(1), now: rig.wire.now, into: &rig.effects)
        rig.advance(to: at(999))
        #expect(rig.completions.isEmpty)
        rig.advance(to: at(1_000))
        #expect(rig.failures.count == 10)
        #expect(rig.failures.allSatisfy { $0.name == "KafkaException" })
        #expect(rig.producer.isClosed)
    }

    @Test func closeFromACallbackAbortsAtOnce() {
        var rig = ProducerRig { $0.linger = .seconds(60) }
        rig.send(10)
        rig.producer.close(
            timeout: .forever,
            isIOThread: true,
            now: rig.wire.now,
            into: &rig.effects
        )
        rig.settle()
        #expect(rig.produced.isEmpty)
        #expect(rig.failures.count == 10)
        #expect(rig.producer.isClosed)
    }

    @Test func closeWithoutTimeSendsNothingMore() {
        var rig = ProducerRig { $0.linger = .seconds(60) }
        rig.send(10)
        rig.producer.close(timeout: .zero, now: rig.wire.now, into: &rig.effects)
        rig.settle()
        #expect(rig.produced.isEmpty)
        #expect(rig.failures.count == 10)
        #expect(rig.producer.isClosed)
    }

    @Test func closeEndsTheWaitForMemory() {
        var rig = ProducerRig { $0.bufferMemory = 20_000 }
        rig.send(1)
        let outcome = rig.send(bytes: 16_280)
        #expect(outcome == .blocked)
        rig.producer.close(timeout: .forever, now: rig.wire.now, into: &rig.effects)
        rig.settle()
        #expect(rig.completions.first?.outcome == .unblocked(.threw(.producerClosed)))
    }
}
