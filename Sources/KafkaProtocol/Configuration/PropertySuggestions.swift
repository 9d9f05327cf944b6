extension PropertySchema {
    /// The known name of the scope that is nearest to a misspelt one; `nil` if none is near.
    public static func suggestion(for name: String, in scope: PropertyScope) -> String? {
        NearestName.find(name, among: definitions(of: scope).map(\.name))
    }

    static func unknown(_ name: String, in scope: PropertyScope) -> PropertyError {
        let home = PropertyScope.allCases.first {
            $0 != scope && definition(of: name, in: $0) != nil
        }
        return .unknown(
            name: name,
            scope: scope,
            nearest: home == nil
                ? suggestion(for: name, in: scope) : counterpart(of: name, in: scope),
            home: home
        )
    }

    /// What a topic's property is called in the brokers' configuration, and the other way round.
    /// - Source: org.apache.kafka.server.config.ServerTopicConfigSynonyms.
    static func counterpart(of name: String, in scope: PropertyScope) -> String? {
        switch scope {
        case .topic: synonyms.first { $0.brokers.contains(name) }?.topic
        case .broker: synonyms.first { $0.topic == name }?.brokers.first
        case .producer, .consumer: nil
        }
    }

    /// Properties that both have under different names; of several, Kafka prefers the first.
    private static let synonyms: [(topic: String, brokers: [String])] = [
        ("segment.bytes", ["log.segment.bytes"]),
        ("segment.ms", ["log.roll.ms", "log.roll.hours"]),
        ("segment.jitter.ms", ["log.roll.jitter.ms", "log.roll.jitter.hours"]),
        ("segment.index.bytes", ["log.index.size.max.bytes"]),
        ("index.interval.bytes", ["log.index.interval.bytes"]),
        ("flush.messages", ["log.flush.interval.messages"]),
        ("flush.ms", ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"]),
        ("retention.bytes", ["log.retention.bytes"]),
        ("retention.ms", ["log.retention.ms", "log.retention.minutes", "log.retention.hours"]),
        ("max.message.bytes", ["message.max.bytes"]),
        ("delete.retention.ms", ["log.cleaner.delete.retention.ms"]),
        ("min.compaction.lag.ms", ["log.cleaner.min.compaction.lag.ms"]),
        ("max.compaction.lag.ms", ["log.cleaner.max.compaction.lag.ms"]),
        ("file.delete.delay.ms", ["log.segment.delete.delay.ms"]),
        ("min.cleanable.dirty.ratio", ["log.cleaner.min.cleanable.ratio"]),
        ("cleanup.policy", ["log.cleanup.policy"]),
        ("preallocate", ["log.preallocate"]),
        ("message.timestamp.type", ["log.message.timestamp.type"]),
        ("message.timestamp.before.max.ms", ["log.message.timestamp.before.max.ms"]),
        ("message.timestamp.after.max.ms", ["log.message.timestamp.after.max.ms"]),
    ]
}

/// Finds what a user may have meant by a name that does not exist.
public enum NearestName {
    /// The candidate with the fewest edits (insertions, deletions, replacements and swaps of
    /// neighbours), at most a third of the name; of equals, the first.
    public static func find(_ name: String, among candidates: [String]) -> String? {
        let wanted = Array(name.lowercased().utf8)
        var nearest: String?
        var least = max(1, min(wanted.count / 3, 4)) + 1
        for candidate in candidates {
            let letters = Array(candidate.lowercased().utf8)
            guard abs(letters.count - wanted.count) < least else { continue }
            let distance = distance(wanted, letters)
            if distance < least {
                least = distance
                nearest = candidate
            }
        }
        return nearest
    }

    /// The optimal string alignment distance.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                var cost = min(current[column], last[column + 1]) + 1
                cost = min(cost, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
