internal import KafkaProtocol
internal import SimBase

/// Writes a batch anew with some of its records, as compaction does.
///
/// Base and last offset, producer, epoch and sequences stay, so that neither offsets nor the
/// detection of repetitions change.
/// - Source: KIP-534; org.apache.kafka.common.record.MemoryRecords.filterTo.
enum BatchRewriter {
    /// Bit of the attributes: the base timestamp is the instant from which tombstones may go.
    static let deleteHorizonFlag: Int16 = 0x40
    private static let coveredStart = 5

    /// A record and where it begins in its batch's body.
    struct Place {
        let record: RecordView
        let start: Int
    }

    /// All records of an uncompressed batch with their places.
    static func places(in body: BatchBody) -> [Place] {
        var places: [Place] = []
        places.reserveCapacity(Int(body.recordCount))
        var start = RecordBatch.headerSize - RecordBatch.headSize
        var records = body.records
        while let record = records.next() {
            places.append(Place(record: record, start: start))
            start += record.size
        }
        return places
    }

    /// - Parameters:
    ///   - body: the batch.
    ///   - records: what is kept of it, in order.
    ///   - deleteHorizon: milliseconds since 1970 from which its tombstones may go, to be written
    ///     into the batch; `nil` leaves what it says.
    /// - Returns: the new body, which has a checksum of its own.
    static func rewrite(
        _ body: BatchBody,
        keeping records: [Place],
        deleteHorizon: Int64?
    ) -> BatchBody {
        var attributes = body.attributes
        var baseTimestamp: Int64
        if let deleteHorizon {
            attributes |= deleteHorizonFlag
            baseTimestamp = deleteHorizon
        } else if body.deleteHorizon != nil {
            baseTimestamp = body.baseTimestamp
        } else {
            baseTimestamp =
                records.first.map { body.baseTimestamp + $0.record.timestampDelta } ?? -1
        }
        if records.isEmpty {
            attributes &= ~deleteHorizonFlag
            baseTimestamp = -1
        }
        var writer = ByteWriter(capacity: body.count)
        writer.int8(2)
        writer.int32(0)
        writer.int16(attributes)
        writer.int32(body.lastOffsetDelta)
        writer.int64(baseTimestamp)
        writer.int64(maxTimestamp(body, records))
        writer.int64(body.producerID.rawValue)
        writer.int16(body.producerEpoch.rawValue)
        writer.int32(body.baseSequence.rawValue)
        writer.int32(Int32(records.count))
        for record in records {
            write(record, of: body, baseTimestamp: baseTimestamp, to: &writer)
        }
        let crc = CRC32C.checksum(writer.bytes, from: coveredStart, to: writer.count)
        writer.patch(UInt64(crc), width: 4, at: 1)
        guard let rewritten = BatchBody(SharedBytes(writer.bytes)) else {
            preconditionFailure("a rewritten batch of \(records.count) records does not parse")
        }
        return rewritten
    }

    private static func maxTimestamp(_ body: BatchBody, _ records: [Place]) -> Int64 {
        guard body.timestampType == .createTime, !records.isEmpty else { return body.maxTimestamp }
        return records.reduce(-1) { max($0, body.baseTimestamp + $1.record.timestampDelta) }
    }

    /// Writes a record with its timestamp as a delta to another base. Everything from its offset
    /// delta on stays byte for byte.
    private static func write(
        _ place: Place,
        of body: BatchBody,
        baseTimestamp: Int64,
        to writer: inout ByteWriter
    ) {
        let bytes = body.shared.bytes
        let attributes = skipVarint(bytes, at: place.start)
        let unchanged = skipVarint(bytes, at: attributes + 1)..<place.start + place.record.size
        let delta = body.baseTimestamp + place.record.timestampDelta - baseTimestamp
        writer.varint(Int64(1 + VarintLength.of(delta) + unchanged.count))
        writer.int8(Int8(bitPattern: bytes[attributes]))
        writer.varint(delta)
        writer.raw(bytes[unchanged])
    }

    private static func skipVarint(_ bytes: [UInt8], at start: Int) -> Int {
        var position = start
        while bytes[position] >= 0x80 { position += 1 }
        return position + 1
    }
}

extension BatchBody {
    /// From when on the batch's tombstones may go, in milliseconds since 1970; `nil` while it has
    /// not been cleaned once.
    var deleteHorizon: Int64? {
        attributes & BatchRewriter.deleteHorizonFlag != 0 ? baseTimestamp : nil
    }
}
