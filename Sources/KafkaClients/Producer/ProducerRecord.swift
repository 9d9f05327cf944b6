public import KafkaProtocol

/// What an application hands to `send()`.
public struct ProducerRecord: Equatable, Sendable {
    public let topic: TopicName
    /// `nil` leaves the choice to the partitioner.
    public let partition: Int32?
    /// Milliseconds since 1970; `nil` is the wall clock at `send()`.
    public internal(set) var timestamp: Int64?
    /// Chooses the partition if none is named, unless `partitioner.ignore.keys` is set; `nil`
    /// leaves the choice to the sticky partitioner.
    public let key: [UInt8]?
    public let value: [UInt8]
    /// The application's number for the record; comes back with its completion.
    public let token: Int32

    public init(
        topic: TopicName,
        partition: Int32? = nil,
        timestamp: Int64? = nil,
        key: [UInt8]? = nil,
        value: [UInt8],
        token: Int32
    ) {
        self.topic = topic
        self.partition = partition
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.token = token
    }
}
