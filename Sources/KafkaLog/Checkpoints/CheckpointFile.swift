public import KafkaProtocol
public import SimBase

/// The text files in which Kafka checkpoints offsets: version, count, then one line an entry.
/// - Source: org.apache.kafka.server.common.CheckpointFile.
public enum CheckpointFile {
    private static let version: Int64 = 0

    /// The text of a directory's checkpoint: `topic partition offset` lines, the topic as its
    /// dense number.
    public static func text(_ entries: [(TopicPartition, Offset)]) -> SharedBytes {
        encode(
            entries.map { partition, offset in
                [Int64(partition.topic.rawValue), Int64(partition.partition), offset.rawValue]
            }
        )
    }

    /// The entries of a directory's checkpoint; `nil` if the file is corrupt.
    public static func parse(_ file: FileContents) -> [(TopicPartition, Offset)]? {
        decode(file, columns: 3)?.map { line in
            let topic = TopicName(Int32(truncatingIfNeeded: line[0]))
            let partition = TopicPartition(topic, Int32(truncatingIfNeeded: line[1]))
            return (partition, Offset(line[2]))
        }
    }

    /// The text of a log's leader epoch checkpoint: `epoch startOffset` lines.
    static func text(_ epochs: LeaderEpochCache) -> SharedBytes {
        encode(epochs.entries.map { [Int64($0.epoch.rawValue), $0.startOffset.rawValue] })
    }

    /// A log's leader epochs; none if the file is missing or corrupt.
    static func epochs(_ file: FileContents?) -> LeaderEpochCache {
        guard let file, let lines = decode(file, columns: 2) else { return LeaderEpochCache() }
        var cache = LeaderEpochCache()
        for line in lines {
            let epoch = LeaderEpoch(Int32(truncatingIfNeeded: line[0]))
            _ = cache.assign(epoch, startOffset: Offset(line[1]))
        }
        return cache
    }

    // MARK: Format

    static func encode(_ lines: [[Int64]]) -> SharedBytes {
        var text = "\(version)\n\(lines.count)\n"
        for line in lines {
            for (column, number) in line.enumerated() {
                if column > 0 { text += " " }
                text += String(number)
            }
            text += "\n"
        }
        return SharedBytes(Array(text.utf8))
    }

    static func decode(_ file: FileContents, columns: Int) -> [[Int64]]? {
        let lines = String(decoding: file.bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, lines.last == "", Int64(lines[0]) == version,
            let count = Int(lines[1]), count == lines.count - 3
        else { return nil }
        var rows: [[Int64]] = []
        rows.reserveCapacity(count)
        for line in lines[2..<2 + count] {
            let numbers = line.split(separator: " ").compactMap { Int64($0) }
            guard numbers.count == columns else { return nil }
            rows.append(numbers)
        }
        return rows
    }
}

/// What the files of a log directory say about one of its logs.
public struct LogCheckpoints: Equatable, Sendable {
    /// Everything below is on the platter (exclusive). 0 if the file is missing or corrupt.
    public var recoveryPoint: Offset
    /// `nil` if the checkpoint does not mention the log: then its first segment decides.
    public var logStartOffset: Offset?

    public init(recoveryPoint: Offset = .zero, logStartOffset: Offset? = nil) {
        self.recoveryPoint = recoveryPoint
        self.logStartOffset = logStartOffset
    }
}
