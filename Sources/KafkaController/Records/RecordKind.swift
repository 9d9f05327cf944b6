/// The `apiKey` in a metadata record's frame.
/// - Source: org.apache.kafka.common.metadata.MetadataRecordType.
enum RecordKind: UInt64 {
    case registerBroker = 0
    case topic = 2
    case partition = 3
    case config = 4
    case partitionChange = 5
    case removeTopic = 9
    case featureLevel = 12
    case producerIDs = 15
    case brokerRegistrationChange = 17
    case noOp = 20

    /// The version in which this controller writes the record, that of metadata version 4.0.
    var version: UInt64 {
        switch self {
        case .registerBroker: 3
        case .partition, .partitionChange, .brokerRegistrationChange: 2
        case .topic, .config, .removeTopic, .featureLevel, .producerIDs, .noOp: 0
        }
    }

    /// - Source: org.apache.kafka.server.common.serialization.AbstractApiMessageSerde.
    static let frameVersion: UInt64 = 1
}
