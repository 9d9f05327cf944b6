internal import KafkaProtocol
internal import SimBase

/// The bytes of a `.snapshot` file: the last batch of every producer, under a checksum.
/// - Source: org.apache.kafka.storage.internals.log.ProducerStateManager.writeSnapshot.
enum ProducerSnapshot {
    private static let version: Int16 = 1
    private static let headerSize = 6
    private static let noCoordinatorEpoch: Int32 = -1
    private static let noTransaction: Int64 = -1

    /// Writes the last batch of every producer.
    /// - Parameter producers: in ascending order of their ids.
    /// - Returns: the file's content.
    static func encode(_ producers: [ProducerEntry]) -> SharedBytes {
        var writer = ByteWriter(capacity: headerSize + 4 + producers.count * 42)
        writer.int16(version)
        writer.int32(0)
        writer.int32(Int32(producers.count))
        for producer in producers {
            let last = producer.batches.last
            writer.int64(producer.id.rawValue)
            writer.int16(producer.epoch.rawValue)
            writer.int32(producer.lastSequence.rawValue)
            writer.int64(last?.lastOffset.rawValue ?? Offset.none.rawValue)
            writer.int32(last?.offsetDelta ?? 0)
            writer.int64(producer.lastTimestamp)
            writer.int32(noCoordinatorEpoch)
            writer.int64(noTransaction)
        }
        let crc = CRC32C.checksum(writer.bytes, from: headerSize, to: writer.count)
        writer.patch(UInt64(crc), width: 4, at: 2)
        return SharedBytes(writer.bytes)
    }

    /// - Returns: `nil` if the file is torn or does not match its checksum.
    static func decode(_ file: FileContents) -> [ProducerEntry]? {
        let bytes = file.bytes
        var reader = ByteReader(bytes)
        guard reader.int16() == version, let crc = reader.int32(),
            CRC32C.checksum(bytes, from: headerSize, to: bytes.count) == UInt32(bitPattern: crc),
            let count = reader.int32()
        else { return nil }
        var producers: [ProducerEntry] = []
        for _ in 0..<count {
            guard let id = reader.int64(), let epoch = reader.int16(),
                let lastSequence = reader.int32(), let lastOffset = reader.int64(),
                let offsetDelta = reader.int32(), let timestamp = reader.int64(),
                reader.int32() != nil, reader.int64() != nil
            else { return nil }
            let batch = ProducerEntry.Batch(
                lastSequence: Sequence(lastSequence),
                lastOffset: Offset(lastOffset),
                offsetDelta: offsetDelta,
                timestamp: timestamp
            )
            producers.append(
                ProducerEntry(
                    id: ProducerID(id),
                    epoch: ProducerEpoch(epoch),
                    lastTimestamp: timestamp,
                    batch: lastOffset >= 0 ? batch : nil
                )
            )
        }
        return producers
    }
}
