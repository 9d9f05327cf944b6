import KafkaProtocol
import SimBase
import Testing

@testable import KafkaBroker

@Suite struct ProducerIDBlocksTests {
    @Test func aClientBeforeTheFirstBlockHasToComeAgain() {
        var blocks = ProducerIDBlocks()
        #expect(blocks.shouldRequest(now: .zero) == false)
        #expect(blocks.claim() == nil)
        #expect(blocks.shouldRequest(now: .zero) == true)
        #expect(blocks.shouldRequest(now: .zero) == false)
        blocks.received(.none, first: ProducerID(3_000), count: 1_000, now: .zero)
        #expect(blocks.claim() == ProducerID(3_000))
        #expect(blocks.shouldRequest(now: .zero) == false)
    }

    @Test func theNextBlockIsAskedForAtNineTenths() {
        var blocks = ProducerIDBlocks()
        _ = blocks.claim()
        _ = blocks.shouldRequest(now: .zero)
        blocks.received(.none, first: ProducerID(0), count: 1_000, now: .zero)
        for expected in Int64(0)..<900 { #expect(blocks.claim() == ProducerID(expected)) }
        #expect(blocks.shouldRequest(now: .zero) == false)
        _ = blocks.claim()
        #expect(blocks.shouldRequest(now: .zero) == true)
        blocks.received(.none, first: ProducerID(5_000), count: 1_000, now: .zero)
        for expected in Int64(901)..<1_000 { #expect(blocks.claim() == ProducerID(expected)) }
        #expect(blocks.claim() == ProducerID(5_000))
    }

    @Test func aRefusedBlockIsAskedForAgainAfterFiftyMilliseconds() {
        var blocks = ProducerIDBlocks()
        _ = blocks.claim()
        _ = blocks.shouldRequest(now: .zero)
        blocks.received(.staleBrokerEpoch, first: .none, count: 0, now: .zero)
        #expect(blocks.shouldRequest(now: .zero + .milliseconds(49)) == false)
        #expect(blocks.retryAt == .zero + .milliseconds(50))
        #expect(blocks.shouldRequest(now: .zero + .milliseconds(50)) == true)
    }
}
