public import SimBase

/// What a batch holds of its records' timestamps.
public enum TimestampType: Int8, Sendable {
    /// Each record's own, as its producer set it.
    case createTime = 0
    /// The leader's clock when the batch was appended, for all records alike.
    case logAppendTime = 1
}

/// A record batch of format v2, as real bytes.
///
/// The first sixteen bytes (base offset, length, leader epoch) belong to each replica's copy and
/// are values here; everything from the magic byte on is immutable and shared by all copies.
/// - Source: org.apache.kafka.common.record.DefaultRecordBatch (KIP-98).
public struct RecordBatch: Equatable, Sendable {
    /// Header bytes before the first record.
    public static let headerSize = 61
    /// `baseOffset` and `batchLength`: what stands before the bytes that `batchLength` counts.
    public static let logOverhead = 12
    /// Bytes 0..<16, which are not part of `body`.
    public static let headSize = 16

    public var baseOffset: Offset
    /// The epoch of the leader that appended the batch; ``LeaderEpoch/none`` before that.
    public var partitionLeaderEpoch: LeaderEpoch
    public let body: BatchBody

    public init(baseOffset: Offset, partitionLeaderEpoch: LeaderEpoch, body: BatchBody) {
        self.baseOffset = baseOffset
        self.partitionLeaderEpoch = partitionLeaderEpoch
        self.body = body
    }

    public static func == (left: RecordBatch, right: RecordBatch) -> Bool {
        left.baseOffset == right.baseOffset
            && left.partitionLeaderEpoch == right.partitionLeaderEpoch
            && (left.body === right.body || left.body.shared == right.body.shared)
    }

    /// The offset of the batch's last record.
    @inlinable
    public var lastOffset: Offset {
        baseOffset.advanced(by: Int64(body.lastOffsetDelta))
    }

    /// The offset after the batch.
    @inlinable
    public var nextOffset: Offset {
        baseOffset.advanced(by: Int64(body.lastOffsetDelta) + 1)
    }

    /// The whole batch's size in a file or a message, header included.
    @inlinable
    public var sizeInBytes: Int {
        RecordBatch.headSize + body.count
    }

    /// The batch as one write to a log file.
    public var chunk: FileChunk {
        FileChunk(
            headHigh: UInt64(bitPattern: baseOffset.rawValue),
            headLow: UInt64(UInt32(sizeInBytes - RecordBatch.logOverhead)) << 32
                | UInt64(UInt32(bitPattern: partitionLeaderEpoch.rawValue)),
            body: body.shared
        )
    }
}

/// The shared, immutable part of a batch: bytes from the magic byte on, and its header, parsed once.
public final class BatchBody: Sendable {
    /// The bytes from the magic byte on.
    public let shared: SharedBytes
    /// CRC-32C as stored; ``isIntact`` says whether the bytes still agree with it.
    public let crc: UInt32
    /// Bits that the properties below take apart: codec, timestamp type, transactional, control.
    public let attributes: Int16
    /// The offset of the last record less the base offset. Compaction keeps it.
    public let lastOffsetDelta: Int32
    /// Milliseconds since 1970; what the records' timestamp deltas are added to.
    public let baseTimestamp: Int64
    /// Milliseconds since 1970: the largest timestamp, or the leader's stamp with log append time.
    public let maxTimestamp: Int64
    /// ``ProducerID/none`` without idempotence.
    public let producerID: ProducerID
    public let producerEpoch: ProducerEpoch
    /// The sequence of the first record; ``Sequence/none`` without idempotence.
    public let baseSequence: Sequence
    /// How many records there are: fewer than offsets once the log was compacted.
    public let recordCount: Int32

    /// Where in `shared` the header's fields stand: file position less sixteen.
    private static let recordsStart = RecordBatch.headerSize - RecordBatch.headSize
    /// The CRC covers everything from the attributes on (file position 21).
    private static let coveredStart = 5

    /// Parses the part of a batch that follows its first sixteen bytes.
    /// - Returns: `nil` if the bytes are too few for a header or not of magic 2.
    public init?(_ shared: SharedBytes) {
        guard shared.count >= BatchBody.recordsStart else { return nil }
        var reader = ByteReader(shared.bytes)
        guard reader.int8() == 2,
            let crc = reader.int32(),
            let attributes = reader.int16(),
            let lastOffsetDelta = reader.int32(),
            let baseTimestamp = reader.int64(),
            let maxTimestamp = reader.int64(),
            let producerID = reader.int64(),
            let producerEpoch = reader.int16(),
            let baseSequence = reader.int32(),
            let recordCount = reader.int32()
        else { return nil }
        self.shared = shared
        self.crc = UInt32(bitPattern: crc)
        self.attributes = attributes
        self.lastOffsetDelta = lastOffsetDelta
        self.baseTimestamp = baseTimestamp
        self.maxTimestamp = maxTimestamp
        self.producerID = ProducerID(producerID)
        self.producerEpoch = ProducerEpoch(producerEpoch)
        self.baseSequence = Sequence(baseSequence)
        self.recordCount = recordCount
    }

    /// Bytes of the body: those of the batch less sixteen.
    @inlinable
    public var count: Int {
        shared.count
    }

    /// Bits 0-2: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    @inlinable
    public var compressionCodec: Int16 {
        attributes & 0x07
    }

    @inlinable
    public var timestampType: TimestampType {
        attributes & 0x08 == 0 ? .createTime : .logAppendTime
    }

    @inlinable
    public var isTransactional: Bool {
        attributes & 0x10 != 0
    }

    /// A batch of transaction markers or Raft control records, which no application sees.
    @inlinable
    public var isControl: Bool {
        attributes & 0x20 != 0
    }

    /// Whether an idempotent producer wrote the batch.
    @inlinable
    public var hasProducer: Bool {
        producerID.rawValue >= 0
    }

    /// The sequence of the last record; ``Sequence/none`` without idempotence.
    @inlinable
    public var lastSequence: Sequence {
        hasProducer ? baseSequence.advanced(by: lastOffsetDelta) : .none
    }

    /// Whether the stored CRC matches the bytes.
    public var isIntact: Bool {
        CRC32C.checksum(shared.bytes, from: BatchBody.coveredStart, to: shared.count) == crc
    }

    /// A reader at the first record.
    public var records: RecordReader {
        RecordReader(
            ByteReader(shared.bytes, from: BatchBody.recordsStart, to: shared.count),
            count: recordCount
        )
    }

    /// The same records under another producer id, epoch and first sequence (an epoch bump).
    public func stamped(
        producerID: ProducerID,
        epoch: ProducerEpoch,
        baseSequence: Sequence
    ) -> BatchBody {
        rewritten { writer, reader in
            writer.raw(reader.bytes[5..<27])
            writer.int64(producerID.rawValue)
            writer.int16(epoch.rawValue)
            writer.int32(baseSequence.rawValue)
            writer.raw(reader.bytes[41...])
        }
    }

    /// The same records, stamped with the broker's clock (`message.timestamp.type=LogAppendTime`).
    public func stampedAtAppend(timestamp: Int64) -> BatchBody {
        rewritten { writer, reader in
            writer.int16(attributes | 0x08)
            writer.raw(reader.bytes[7..<19])
            writer.int64(timestamp)
            writer.raw(reader.bytes[27...])
        }
    }

    private func rewritten(_ covered: (inout ByteWriter, ByteReader) -> Void) -> BatchBody {
        var writer = ByteWriter(capacity: count)
        writer.int8(2)
        writer.int32(0)
        covered(&writer, ByteReader(shared.bytes))
        let crc = CRC32C.checksum(writer.bytes, from: BatchBody.coveredStart, to: writer.count)
        writer.patch(UInt64(crc), width: 4, at: 1)
        guard let body = BatchBody(SharedBytes(writer.bytes)) else {
            preconditionFailure("a rewritten batch of \(count) bytes no longer parses")
        }
        return body
    }
}

/// One record inside a batch, as ranges of the batch's bytes.
public struct RecordView: Equatable, Sendable {
    /// The record's offset less the batch's base offset.
    public let offsetDelta: Int32
    /// Milliseconds to add to the batch's base timestamp.
    public let timestampDelta: Int64
    /// `nil` for a null key. A range of ``BatchBody/shared``.
    public let key: Range<Int>?
    /// `nil` for a null value (a tombstone).
    public let value: Range<Int>?
    /// Bytes of the record with its length field.
    public let size: Int
}

/// Walks the records of an uncompressed batch.
public struct RecordReader: Sendable {
    private var reader: ByteReader
    private var left: Int32

    init(_ reader: ByteReader, count: Int32) {
        self.reader = reader
        left = count
    }

    /// The next record; `nil` at the end or where the bytes make no sense.
    public mutating func next() -> RecordView? {
        guard left > 0 else { return nil }
        let start = reader.position
        guard let length = reader.varint(), length >= 0, reader.remaining >= Int(length),
            reader.int8() != nil,
            let timestampDelta = reader.varint(),
            let offsetDelta = reader.varint(),
            let key = field(),
            let value = field(),
            let headers = reader.varint(), headers >= 0
        else { return nil }
        for _ in 0..<headers {
            guard field() != nil, field() != nil else { return nil }
        }
        left -= 1
        return RecordView(
            offsetDelta: Int32(truncatingIfNeeded: offsetDelta),
            timestampDelta: timestampDelta,
            key: key.range,
            value: value.range,
            size: reader.position - start
        )
    }

    private struct Field {
        let range: Range<Int>?
    }

    private mutating func field() -> Field? {
        guard let length = reader.varint() else { return nil }
        guard length >= 0 else { return Field(range: nil) }
        guard reader.remaining >= Int(length) else { return nil }
        let start = reader.position
        reader.skip(Int(length))
        return Field(range: start..<start + Int(length))
    }
}
