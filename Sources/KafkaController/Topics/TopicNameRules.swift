import KafkaProtocol

/// What a topic may be called.
/// - Source: org.apache.kafka.common.internals.Topic.
enum TopicNameRules {
    static let lengthMax = 249

    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.count <= lengthMax
            && name.utf8.allSatisfy(isLegal)
    }

    /// Whether two names would be the same metric: `.` and `_` look alike there.
    static func collide(_ left: String, _ right: String) -> Bool {
        left.utf8.lazy.map(unified).elementsEqual(right.utf8.lazy.map(unified))
    }

    private static func isLegal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func unified(_ byte: UInt8) -> UInt8 {
        byte == UInt8(ascii: ".") ? UInt8(ascii: "_") : byte
    }
}
