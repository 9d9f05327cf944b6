import KafkaProtocol

/// What the controller itself reads of dynamic configurations, and which it accepts.
enum DynamicConfigs {
    static let minISR = "min.insync.replicas"
    static let uncleanElection = "unclean.leader.election.enable"

    static func isValidForTopic(_ entry: ConfigEntry) -> Bool {
        guard let value = entry.value else { return true }
        return switch entry.name {
        case minISR: Int32(value).map { $0 >= 1 } ?? false
        case uncleanElection: boolean(value) != nil
        default: topicProperties.contains(entry.name)
        }
    }

    static func isValidForBroker(_ entry: ConfigEntry) -> Bool {
        guard let value = entry.value else { return true }
        return switch entry.name {
        case minISR: Int32(value).map { $0 >= 1 } ?? false
        case uncleanElection: boolean(value) != nil
        default: !entry.name.isEmpty
        }
    }

    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// - Source: org.apache.kafka.common.config.TopicConfig.
    private static let topicProperties: Set<String> = [
        "cleanup.policy", "compression.type", "delete.retention.ms", "file.delete.delay.ms",
        "flush.messages", "flush.ms", "index.interval.bytes", "max.compaction.lag.ms",
        "max.message.bytes", "message.timestamp.after.max.ms", "message.timestamp.before.max.ms",
        "message.timestamp.type", "min.cleanable.dirty.ratio", "min.compaction.lag.ms",
        "preallocate", "retention.bytes", "retention.ms", "segment.bytes", "segment.index.bytes",
        "segment.jitter.ms", "segment.ms",
    ]
}
