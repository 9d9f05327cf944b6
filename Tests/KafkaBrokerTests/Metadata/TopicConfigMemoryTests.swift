import KafkaController
import KafkaProtocol
import SimBase
import Testing

@testable import KafkaBroker

@Suite struct TopicConfigMemoryTests {
    private func entry(_ value: String) -> [ConfigEntry] {
        [ConfigEntry(name: "max.message.bytes", value: value)]
    }

    @Test func remembersNothingThatHasChanged() {
        var memory = TopicConfigMemory()
        var defaults = TopicConfig()
        let first = memory.config(entry("2000"), over: defaults, version: .latest)
        #expect(first.maxMessageBytes == ByteCount(2_000))
        let again = memory.config(entry("2000"), over: defaults, version: .latest)
        #expect(again == first)
        let other = memory.config(entry("3000"), over: defaults, version: .latest)
        #expect(other.maxMessageBytes == ByteCount(3_000))
        defaults.minInSyncReplicas = 2
        let changed = memory.config(entry("3000"), over: defaults, version: .latest)
        #expect(changed.minInSyncReplicas == 2)
        let none = memory.config([], over: TopicConfig(), version: .latest)
        #expect(none == TopicConfig())
    }
}
