internal import KafkaProtocol
internal import SimBase

/// The file that ties a partition's directory to a topic's id.
/// - Source: KIP-516; org.apache.kafka.storage.internals.checkpoint.PartitionMetadataFile.
enum PartitionMetadataFile {
    private static let prefix = "version: 0\ntopic_id: "

    static func text(_ id: TopicID) -> SharedBytes {
        SharedBytes(Array("\(prefix)\(String(id.rawValue, radix: 16))\n".utf8))
    }

    static func parse(_ file: FileContents?) -> TopicID? {
        guard let file else { return nil }
        let text = String(decoding: file.bytes, as: UTF8.self)
        guard text.hasPrefix(prefix), text.hasSuffix("\n") else { return nil }
        return UInt64(text.dropFirst(prefix.count).dropLast(), radix: 16).map { TopicID($0) }
    }
}
