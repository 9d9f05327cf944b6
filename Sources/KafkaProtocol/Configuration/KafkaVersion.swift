/// A release line of Kafka, such as `4.0` or `0.10.2`: what `cluster.kafka.version` names.
public struct KafkaVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The line's numbers; lines before 1.0 have three of them, of which the last may be 0.
    public let major: UInt8
    public let minor: UInt8
    public let patch: UInt8

    init(_ major: UInt8, _ minor: UInt8, _ patch: UInt8 = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// What a scenario without `kafka.version` runs.
    public static let latest = KafkaVersion(4, 0)

    /// All release lines that a scenario may name, oldest first.
    public static let lines: [KafkaVersion] =
        [
            KafkaVersion(0, 8), KafkaVersion(0, 8, 1), KafkaVersion(0, 8, 2), KafkaVersion(0, 9),
            KafkaVersion(0, 10, 0), KafkaVersion(0, 10, 1), KafkaVersion(0, 10, 2),
            KafkaVersion(0, 11), KafkaVersion(1, 0), KafkaVersion(1, 1),
        ]
        + (0...8).map { KafkaVersion(2, $0) }
        + (0...9).map { KafkaVersion(3, $0) }
        + [KafkaVersion(4, 0)]

    /// The lines that this build runs: KRaft from the release that made it ready for production.
    public static let supported = lines.filter { $0 >= KafkaVersion(3, 3) }

    public var isSupported: Bool {
        KafkaVersion.supported.contains(self)
    }

    /// The line that `text` names: `4.0`, or a release of it such as `4.0.1`.
    ///
    /// `nil` for what is no release line of Kafka up to ``latest``.
    public init?(_ text: String) {
        var numbers: [UInt8] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt8(part)
            else { return nil }
            numbers.append(number)
        }
        guard (2...4).contains(numbers.count) else { return nil }
        let isOld = numbers[0] == 0
        let distinguishesPatch = isOld && (numbers[1] == 8 || numbers[1] == 10)
        let patch = distinguishesPatch && numbers.count > 2 ? numbers[2] : 0
        let version = KafkaVersion(numbers[0], numbers[1], patch)
        guard numbers.count <= (isOld ? 4 : 3), KafkaVersion.lines.contains(version)
        else { return nil }
        self = version
    }

    public static func < (left: KafkaVersion, right: KafkaVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    public var description: String {
        let hasPatch = major == 0 && (minor == 10 || minor == 8 && patch > 0)
        return hasPatch ? "\(major).\(minor).\(patch)" : "\(major).\(minor)"
    }
}
