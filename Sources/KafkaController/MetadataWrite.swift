public import KafkaProtocol

/// Records that the active controller has decided on and already applied in memory, to be appended
/// to the metadata log as one atomic batch.
///
/// The owner appends writes in order, at once. If the quorum's node leads no more and refuses one, the
/// controller is to be resigned: it has decided on what will never be.
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
