public import KafkaProtocol
public import SimBase

/// An application that produces.
public struct ProducerSpec: Equatable, Sendable {
    public var name: String
    public var topic: TopicName
    public var workload: WorkloadSpec
    /// Unless a send says otherwise.
    public var valueSize: ValueSizeSpec
    public var keys: KeySpec
    public var api: SendAPI
    public var onError: ErrorPolicy
    /// Resolved: defaults of the version, what the file says, and Kafka's own silent corrections.
    public var config: ProducerConfig
}

/// When an application hands records to `send()`.
public enum WorkloadSpec: Equatable, Sendable {
    case stream(StreamSpec)
    /// In the file's order. Empty for a producer that only the action `send` drives.
    case sends([SendSpec])
}

/// An even stream of records.
public struct StreamSpec: Equatable, Sendable {
    public var rate: RateSpec
    /// How many records in all; `nil` goes on until the scenario's `duration`.
    public var count: Int64?
    public var start: Instant
}

public enum RateSpec: Equatable, Sendable {
    /// The next record as soon as `send()` has returned (with `api: sync`, has succeeded).
    case asFastAsPossible
    /// `records` in each `period`, evenly: record i is due at `start + i * period / records`.
    case perPeriod(records: Int64, period: Interval)
}

/// One entry of `sends`.
public struct SendSpec: Equatable, Sendable {
    public var trigger: Trigger
    public var count: Int64
    /// Between two records; `nil` for all in the same instant.
    public var every: Interval?
    /// `nil` for the producer's.
    public var valueSize: ValueSizeSpec?
    /// `nil` for the producer's `keys`.
    public var key: KeySpec?
    public var partition: Int32?
    public var timestamp: TimestampSpec?
}

/// The timestamp that the application gives a record.
public enum TimestampSpec: Equatable, Sendable {
    /// Milliseconds since 1970.
    case epochMilliseconds(Int64)
    /// Before (negative) or after the producer's wall clock at the send.
    case relative(Interval)
}

/// How many bytes a value has: at least 16, which carry the record's identity.
public enum ValueSizeSpec: Equatable, Sendable {
    case fixed(Int)
    /// Each size of the closed range is as likely.
    case uniform(Int, Int)
    /// Every `period`-th record (the period-th, the 2·period-th, …) has `size`, all others `otherwise`.
    case every(period: Int64, size: Int, otherwise: Int)

    /// The longest value that can come of it.
    public var most: Int {
        switch self {
        case .fixed(let size): size
        case .uniform(_, let most): most
        case .every(_, let size, let otherwise): max(size, otherwise)
        }
    }
}

/// Which key a record has.
public enum KeySpec: Equatable, Sendable {
    /// No key: the partitioner chooses.
    case none
    /// `key-0` … `key-<cardinality - 1>`, each as likely.
    case uniform(cardinality: Int64)
    /// The same keys; the i-th comes with a weight of 1/i.
    case zipf(cardinality: Int64)
    /// `key-0`, `key-1`, … a new key each record.
    case sequence
    /// These, in turn.
    case list([String])
}

/// How the application calls the producer.
public enum SendAPI: String, Equatable, Sendable, CaseIterable {
    /// `send(record, callback)`.
    case async
    /// `send(record).get()`: the next record waits for this one's result.
    case sync
    /// `send(record)`, the future ignored.
    case fireAndForget = "fire-and-forget"
}

/// What the application does when it is told of an error. Several may be combined.
public struct ErrorPolicy: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Nothing.
    public static let ignore: ErrorPolicy = []
    /// Sends the same record again, from the callback.
    public static let resend = ErrorPolicy(rawValue: 1)
    /// Sends it again from the callback, which then throws.
    public static let resendThenThrow = ErrorPolicy(rawValue: 2)
    /// Sends nothing more.
    public static let stop = ErrorPolicy(rawValue: 4)
    /// Closes the producer when `send()` itself throws.
    public static let closeOnThrow = ErrorPolicy(rawValue: 8)

    /// The names of the policy, with commas between them.
    public var description: String {
        guard self != .ignore else { return "ignore" }
        return ErrorPolicy.names.filter { $0.policy != .ignore && contains($0.policy) }
            .map(\.name).joined(separator: ", ")
    }

    /// The names of scenario files.
    static let names: [(name: String, policy: ErrorPolicy)] = [
        ("ignore", .ignore), ("resend", .resend), ("resend-then-throw", .resendThenThrow),
        ("stop", .stop), ("close-on-throw", .closeOnThrow),
    ]
}
