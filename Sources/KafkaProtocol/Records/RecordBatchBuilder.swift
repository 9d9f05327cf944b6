internal import SimBase

/// Writes the records of one batch, as `MemoryRecordsBuilder` does, without compression.
public struct RecordBatchBuilder: Sendable {
    private var writer: ByteWriter
    public private(set) var recordCount: Int32 = 0
    /// The first record's timestamp; -1 while empty.
    public private(set) var baseTimestamp: Int64 = -1
    /// The largest timestamp, in milliseconds since 1970; -1 while empty.
    public private(set) var maxTimestamp: Int64 = -1

    /// - Parameter capacity: bytes to reserve; `batch.size` for a producer.
    public init(capacity: Int) {
        writer = ByteWriter(capacity: min(capacity, 1 << 16))
        writer.zeros(RecordBatch.headerSize - RecordBatch.headSize)
    }

    /// The batch's size so far, header included.
    public var sizeInBytes: Int {
        writer.count + RecordBatch.headSize
    }

    /// Bytes of a record's key, value and headers with their length fields.
    /// - Source: org.apache.kafka.common.record.DefaultRecord.sizeOf.
    public static func payloadSize(keyLength: Int?, valueLength: Int?) -> Int {
        func field(_ length: Int?) -> Int {
            guard let length else { return 1 }
            return VarintLength.of(Int64(length)) + length
        }
        return field(keyLength) + field(valueLength) + 1
    }

    /// The exact size of a record at this place in the batch.
    public func size(keyLength: Int?, valueLength: Int?, timestamp: Int64) -> Int {
        let delta = recordCount == 0 ? 0 : timestamp - baseTimestamp
        let body =
            1 + VarintLength.of(delta) + VarintLength.of(Int64(recordCount))
            + RecordBatchBuilder.payloadSize(keyLength: keyLength, valueLength: valueLength)
        return VarintLength.of(Int64(body)) + body
    }

    /// What a record may at most take in a batch of its own.
    /// - Source: org.apache.kafka.common.record.AbstractRecords.estimateSizeInBytesUpperBound.
    public static func upperBound(keyLength: Int?, valueLength: Int?) -> Int {
        RecordBatch.headerSize + 21 + payloadSize(keyLength: keyLength, valueLength: valueLength)
    }

    /// Adds a record. Its offset delta is its number in the batch.
    public mutating func append(timestamp: Int64, key: [UInt8]?, value: [UInt8]?) {
        if recordCount == 0 { baseTimestamp = timestamp }
        let delta = timestamp - baseTimestamp
        let body =
            1 + VarintLength.of(delta) + VarintLength.of(Int64(recordCount))
            + RecordBatchBuilder.payloadSize(keyLength: key?.count, valueLength: value?.count)
        writer.varint(Int64(body))
        writer.int8(0)
        writer.varint(delta)
        writer.varint(Int64(recordCount))
        field(key)
        field(value)
        writer.varint(0)
        recordCount += 1
        maxTimestamp = max(maxTimestamp, timestamp)
    }

    private mutating func field(_ bytes: [UInt8]?) {
        guard let bytes else {
            writer.varint(-1)
            return
        }
        writer.varint(Int64(bytes.count))
        writer.raw(bytes)
    }

    /// The finished batch body. The builder may not be used again.
    public consuming func finish(
        producerID: ProducerID = .none,
        epoch: ProducerEpoch = .none,
        baseSequence: Sequence = .none,
        isTransactional: Bool = false,
        isControl: Bool = false
    ) -> BatchBody {
        var attributes: Int16 = 0
        if isTransactional { attributes |= 0x10 }
        if isControl { attributes |= 0x20 }
        writer.patch(2, width: 1, at: 0)
        writer.patch(UInt64(UInt16(bitPattern: attributes)), width: 2, at: 5)
        writer.patch(UInt64(UInt32(bitPattern: recordCount - 1)), width: 4, at: 7)
        writer.patch(UInt64(bitPattern: baseTimestamp), width: 8, at: 11)
        writer.patch(UInt64(bitPattern: maxTimestamp), width: 8, at: 19)
        writer.patch(UInt64(bitPattern: producerID.rawValue), width: 8, at: 27)
        writer.patch(UInt64(UInt16(bitPattern: epoch.rawValue)), width: 2, at: 35)
        writer.patch(UInt64(UInt32(bitPattern: baseSequence.rawValue)), width: 4, at: 37)
        writer.patch(UInt64(UInt32(bitPattern: recordCount)), width: 4, at: 41)
        let crc = CRC32C.checksum(writer.bytes, from: 5, to: writer.count)
        writer.patch(UInt64(crc), width: 4, at: 1)
        // A copy of just the bytes written: the batch may live as long as the run, and the builder has
        // room for `batch.size`.
        let bytes = [UInt8](unsafeUninitializedCapacity: writer.count) { buffer, count in
            count = buffer.initialize(fromContentsOf: writer.bytes)
        }
        guard let body = BatchBody(SharedBytes(bytes)) else {
            preconditionFailure("a batch of \(recordCount) records does not parse")
        }
        return body
    }
}
