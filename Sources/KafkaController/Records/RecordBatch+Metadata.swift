public import KafkaProtocol
import SimBase

extension RecordBatch {
    /// Calls `body` with each metadata record of the batch and its offset, in order.
    ///
    /// Control batches (a new leader of the quorum, and the like) hold none. A record that cannot be
    /// read is a fault of the program: the metadata log is written by this code only.
    public func forEachMetadataRecord(_ body: (Offset, MetadataRecord) -> Void) {
        guard !self.body.isControl else { return }
        var records = self.body.records
        while let view = records.next() {
            let offset = baseOffset.advanced(by: Int64(view.offsetDelta))
            guard let value = view.value,
                let record = MetadataRecord.decode(self.body.shared.bytes, in: value)
            else {
                preconditionFailure("the metadata record at offset \(offset) cannot be read")
            }
            body(offset, record)
        }
    }
}
