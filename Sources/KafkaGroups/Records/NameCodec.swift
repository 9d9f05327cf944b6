import KafkaProtocol

/// Turns the run's dense numbers into the names that stand in records, and back.
struct NameCodec: Sendable {
    /// Each name as it stands in a record: a length as int16, then UTF-8.
    private let topicBytes: [[UInt8]]
    private let groupBytes: [[UInt8]]
    private let topicNumbers: [String: TopicName]
    private let groupNumbers: [String: GroupName]

    init(_ names: NameTable) {
        func field(_ name: String) -> [UInt8] {
            var writer = ByteWriter(capacity: name.utf8.count + 2)
            writer.string(name)
            return writer.bytes
        }
        topicBytes = names.topics.map(field)
        groupBytes = names.groups.map(field)
        topicNumbers = Dictionary(
            names.topics.enumerated().map { ($1, TopicName(Int32($0))) },
            uniquingKeysWith: { first, _ in first }
        )
        groupNumbers = Dictionary(
            names.groups.enumerated().map { ($1, GroupName(Int32($0))) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// An empty group id is no group's.
    func isValid(_ group: GroupName) -> Bool {
        groupBytes[Int(group.rawValue)].count > 2
    }

    func write(_ topic: TopicName, to writer: inout ByteWriter) {
        writer.raw(topicBytes[Int(topic.rawValue)])
    }

    func write(_ group: GroupName, to writer: inout ByteWriter) {
        writer.raw(groupBytes[Int(group.rawValue)])
    }

    func topic(_ reader: inout ByteReader) -> TopicName? {
        reader.string().flatMap { topicNumbers[$0] }
    }

    func group(_ reader: inout ByteReader) -> GroupName? {
        reader.string().flatMap { groupNumbers[$0] }
    }
}

extension MemberID {
    /// `client-nonce`, as Kafka's `clientId-UUID`.
    var text: String {
        let digits = String(nonce, radix: 16)
        return "\(client)-" + String(repeating: "0", count: 8 - digits.count) + digits
    }

    init?(text: String) {
        guard let dash = text.lastIndex(of: "-"),
            let client = Int32(text[..<dash]),
            let nonce = UInt32(text[text.index(after: dash)...], radix: 16)
        else { return nil }
        self.init(client: client, nonce: nonce)
    }
}

extension ByteWriter {
    /// A length as int16, then UTF-8; -1 for null.
    mutating func nullableString(_ text: String?) {
        guard let text else {
            int16(-1)
            return
        }
        string(text)
    }

    /// A length as int32, then the bytes.
    mutating func sizedBytes(_ bytes: [UInt8]) {
        int32(Int32(bytes.count))
        raw(bytes)
    }
}

/// A field that may be null, once it has been read.
enum NullableField: Equatable {
    case null
    case text(String)
}

extension ByteReader {
    /// Reads what ``ByteWriter/nullableString(_:)`` writes; `nil` where the bytes make no sense.
    mutating func nullableString() -> NullableField? {
        guard let length = int16() else { return nil }
        guard length >= 0 else { return .null }
        return raw(Int(length)).map { .text(String(decoding: $0, as: UTF8.self)) }
    }

    mutating func sizedBytes() -> [UInt8]? {
        guard let length = int32(), length >= 0 else { return nil }
        return raw(Int(length)).map(Array.init)
    }
}
