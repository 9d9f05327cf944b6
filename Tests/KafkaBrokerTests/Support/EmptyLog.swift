import KafkaLog
import KafkaProtocol
import SimBase

extension UnifiedLog {
    /// The log of a replica that nothing was written to.
    static func empty(
        of partition: TopicPartition,
        topicID: TopicID = TopicID(9),
        config: TopicConfig = TopicConfig(),
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> UnifiedLog {
        UnifiedLog(
            creating: partition,
            topicID: topicID,
            logDir: 0,
            config: config,
            now: .zero,
            handles: &handles,
            into: &effects
        )
    }
}
