import KafkaProtocol
import SimBase

/// Reads a topic's dynamic configuration.
/// - Source: org.apache.kafka.storage.internals.log.LogConfig.
enum TopicOverrides {
    /// The defaults with a topic's own entries over them. Entries that cannot be read or that this
    /// build does not know change nothing: the controller has validated them.
    static func config(_ entries: [ConfigEntry], over defaults: TopicConfig) -> TopicConfig {
        var config = defaults
        for entry in entries {
            if let value = entry.value { apply(entry.name, value, to: &config) }
        }
        return config
    }

    private static func apply(_ name: String, _ value: String, to config: inout TopicConfig) {
        switch name {
        case "cleanup.policy":
            let policies = value.split(separator: ",").map { trimmed($0) }
            config.deletes = policies.contains("delete")
            config.compacts = policies.contains("compact")
        case "message.timestamp.type":
            config.timestampType = value == "LogAppendTime" ? .logAppendTime : .createTime
        case "unclean.leader.election.enable": config.uncleanLeaderElection = value == "true"
        case "min.cleanable.dirty.ratio":
            if let parts = partsPerMillion(value) {
                config.minCleanableDirtyRatioPartsPerMillion = parts
            }
        default:
            if let number = Int64(value) { apply(name, number, to: &config) }
        }
    }

    private static func apply(_ name: String, _ number: Int64, to config: inout TopicConfig) {
        switch name {
        case "segment.bytes": config.segmentBytes = ByteCount(number)
        case "segment.ms": config.segmentAge = .milliseconds(number)
        case "segment.index.bytes": config.segmentIndexBytes = ByteCount(number)
        case "index.interval.bytes": config.indexIntervalBytes = ByteCount(number)
        case "flush.messages": config.flushMessages = number
        case "flush.ms": config.flushInterval = .milliseconds(number)
        case "retention.ms": config.retention = number < 0 ? .forever : .milliseconds(number)
        case "retention.bytes": config.retentionBytes = number < 0 ? nil : ByteCount(number)
        case "file.delete.delay.ms": config.fileDeleteDelay = .milliseconds(number)
        case "delete.retention.ms": config.deleteRetention = .milliseconds(number)
        case "min.compaction.lag.ms": config.minCompactionLag = .milliseconds(number)
        case "max.message.bytes": config.maxMessageBytes = ByteCount(number)
        case "message.timestamp.before.max.ms": config.timestampBeforeMax = .milliseconds(number)
        case "message.timestamp.after.max.ms": config.timestampAfterMax = .milliseconds(number)
        case "min.insync.replicas": config.minInSyncReplicas = Int32(clamping: number)
        default: break
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    /// A decimal number from 0 to 1 in parts per million.
    private static func partsPerMillion(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Int64(parts[0].isEmpty ? "0" : parts[0]) else { return nil }
        var digits = parts.count > 1 ? String(parts[1].prefix(6)) : ""
        while digits.count < 6 { digits += "0" }
        guard let fraction = Int64(digits) else { return nil }
        return whole * 1_000_000 + fraction
    }
}
