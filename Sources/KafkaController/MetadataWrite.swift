public import KafkaProtocol

/// Records that the active controller has decided on and already applied in memory, to be appended
/// to the metadata log as one atomic batch.
public struct MetadataWrite: Equatable, Sendable {
    /// The offset that the first record will have: the controller knows it, as only it appends.
    public let baseOffset: Offset
    /// Encoded records, in order.
    public let values: [[UInt8]]

    public init(baseOffset: Offset, values: [[UInt8]]) {
        self.baseOffset = baseOffset
        self.values = values
    }
}
