internal import KafkaProtocol
internal import SimBase

/// Reads a segment file batch by batch, as recovery does.
///
/// Where a write to the file is a whole batch, its bytes are shared, not copied; torn, zeroed and
/// rewritten parts are read as plain bytes.
/// - Source: org.apache.kafka.common.record.FileLogInputStream.
struct SegmentReader {
    enum Step {
        case batch(RecordBatch)
        /// Nothing more, or the beginning of a batch that is not there in full.
        case end
        /// Bytes that cannot be a batch.
        case corrupt
    }

    /// `batchLength` may not be smaller: the header of the oldest format.
    private static let minimumLength = 14
    /// Fewer bytes than these do not hold offset, length and magic.
    private static let minimumHeader = 17

    private let contents: FileContents
    private var chunk = 0
    /// The bytes from the first chunk on that is not a whole batch.
    private var plain: ByteReader?

    init(_ contents: FileContents) {
        self.contents = contents
    }

    mutating func next() -> Step {
        if plain == nil {
            guard chunk < contents.chunks.count else { return .end }
            if let batch = SegmentReader.whole(contents.chunks[chunk]) {
                chunk += 1
                return .batch(batch)
            }
            plain = ByteReader(FileContents(Array(contents.chunks[chunk...])).bytes)
        }
        return nextPlain()
    }

    private static func whole(_ chunk: FileChunk) -> RecordBatch? {
        guard chunk.headCount == RecordBatch.headSize, chunk.bodyStart == 0,
            chunk.bodyEnd == chunk.body.count,
            Int(chunk.headLow >> 32) == chunk.count - RecordBatch.logOverhead,
            let body = BatchBody(chunk.body)
        else { return nil }
        return RecordBatch(
            baseOffset: Offset(Int64(bitPattern: chunk.headHigh)),
            partitionLeaderEpoch: LeaderEpoch(Int32(truncatingIfNeeded: chunk.headLow)),
            body: body
        )
    }

    private mutating func nextPlain() -> Step {
        guard var reader = plain, reader.remaining >= SegmentReader.minimumHeader,
            let offset = reader.int64(), let length = reader.int32()
        else { return .end }
        guard length >= SegmentReader.minimumLength else { return .corrupt }
        guard reader.remaining >= Int(length), let epoch = reader.int32() else { return .end }
        let bodyLength = Int(length) + RecordBatch.logOverhead - RecordBatch.headSize
        guard let bytes = reader.raw(bodyLength), let body = BatchBody(SharedBytes(Array(bytes)))
        else { return .corrupt }
        plain = reader
        return .batch(
            RecordBatch(
                baseOffset: Offset(offset),
                partitionLeaderEpoch: LeaderEpoch(epoch),
                body: body
            )
        )
    }
}
