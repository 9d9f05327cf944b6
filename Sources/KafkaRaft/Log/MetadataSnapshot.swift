internal import KafkaProtocol
internal import SimBase

/// A snapshot of the metadata: the records that rebuild the state as of an offset, as real batches
/// between a header and a footer. Its batches carry the epoch of the last record it covers.
/// - Source: KIP-630; org.apache.kafka.snapshot.RecordsSnapshotWriter.
struct MetadataSnapshot: Sendable {
    /// The offset after the last record covered, and that record's epoch.
    let id: EpochEnd
    let batches: [RecordBatch]
    /// The newest timestamp (milliseconds since 1970) of the records covered.
    let lastContainedTimestamp: Int64

    var sizeInBytes: Int64 {
        batches.reduce(0) { $0 + Int64($1.sizeInBytes) }
    }

    /// The batches without header and footer: what a listener loads.
    var dataBatches: [RecordBatch] {
        batches.filter { !$0.body.isControl }
    }

    static func file(endingAt offset: Offset) -> FileID {
        FileID(.metadataSnapshot, base: offset.rawValue)
    }

    /// - Parameters:
    ///   - values: the records, in the order in which they are to be replayed.
    ///   - id: what the snapshot covers.
    ///   - lastContainedTimestamp: of the newest record covered, milliseconds since 1970.
    ///   - wallClock: when it is written, milliseconds since 1970.
    init(_ values: [[UInt8]], id: EpochEnd, lastContainedTimestamp: Int64, wallClock: Int64) {
        var bodies = [
            ControlRecord.snapshotHeader(
                lastContainedTimestamp: lastContainedTimestamp,
                timestamp: wallClock
            )
        ]
        var accumulator = BatchAccumulator(from: .zero)
        accumulator.append(values, timestamp: wallClock)
        bodies += accumulator.drain().map(\.body)
        bodies.append(ControlRecord.snapshotFooter(timestamp: wallClock))
        var next = Offset.zero
        batches = bodies.map { body in
            let batch = RecordBatch(
                baseOffset: next,
                partitionLeaderEpoch: id.epoch,
                body: body
            )
            next = batch.nextOffset
            return batch
        }
        self.id = id
        self.lastContainedTimestamp = lastContainedTimestamp
    }

    /// A snapshot as it came from a leader or a disk; `nil` if it is not whole.
    init?(endingAt offset: Offset, _ batches: [RecordBatch]) {
        guard let header = batches.first, let footer = batches.last,
            ControlRecord.kind(of: header.body) == .snapshotHeader,
            ControlRecord.kind(of: footer.body) == .snapshotFooter
        else { return nil }
        var records = header.body.records
        guard let value = records.next()?.value else { return nil }
        var reader = ByteReader(
            header.body.shared.bytes,
            from: value.lowerBound,
            to: value.upperBound
        )
        _ = reader.int16()
        id = EpochEnd(epoch: header.partitionLeaderEpoch, endOffset: offset)
        self.batches = batches
        lastContainedTimestamp = reader.int64() ?? -1
    }

    /// The file's content.
    var bytes: SharedBytes {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(sizeInBytes))
        for batch in batches { batch.chunk.append(to: &bytes) }
        return SharedBytes(bytes)
    }
}
