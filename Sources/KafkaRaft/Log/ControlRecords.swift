internal import KafkaProtocol
internal import SimBase

/// The records that Raft itself writes: the start of a leader's epoch, and a snapshot's two ends.
/// - Source: org.apache.kafka.common.record.ControlRecordType, ControlRecordUtils.
enum ControlRecord {
    enum Kind: Int16 {
        case leaderChange = 2
        case snapshotHeader = 3
        case snapshotFooter = 4
    }

    /// - Source: LeaderChangeMessage, version 0.
    static func leaderChange(
        leader: BrokerID,
        voters: [BrokerID],
        granting: [BrokerID],
        timestamp: Int64
    ) -> BatchBody {
        var value = ByteWriter()
        value.int16(0)
        value.int32(leader.rawValue)
        for list in [voters, granting] {
            value.unsignedVarint(UInt64(list.count + 1))
            for id in list {
                value.int32(id.rawValue)
                value.unsignedVarint(0)
            }
        }
        value.unsignedVarint(0)
        return batch(.leaderChange, value, timestamp: timestamp)
    }

    /// - Source: SnapshotHeaderRecord, version 0.
    static func snapshotHeader(lastContainedTimestamp: Int64, timestamp: Int64) -> BatchBody {
        var value = ByteWriter()
        value.int16(0)
        value.int64(lastContainedTimestamp)
        value.unsignedVarint(0)
        return batch(.snapshotHeader, value, timestamp: timestamp)
    }

    /// - Source: SnapshotFooterRecord, version 0.
    static func snapshotFooter(timestamp: Int64) -> BatchBody {
        var value = ByteWriter()
        value.int16(0)
        value.unsignedVarint(0)
        return batch(.snapshotFooter, value, timestamp: timestamp)
    }

    /// The type of a control batch's record; `nil` for other batches.
    static func kind(of body: BatchBody) -> Kind? {
        var records = body.records
        guard body.isControl, let key = records.next()?.key else { return nil }
        var reader = ByteReader(body.shared.bytes, from: key.lowerBound, to: key.upperBound)
        _ = reader.int16()
        return reader.int16().flatMap(Kind.init)
    }

    private static func batch(_ kind: Kind, _ value: ByteWriter, timestamp: Int64) -> BatchBody {
        var key = ByteWriter(capacity: 4)
        key.int16(0)
        key.int16(kind.rawValue)
        var builder = RecordBatchBuilder(capacity: 256)
        builder.append(timestamp: timestamp, key: key.bytes, value: value.bytes)
        return builder.finish(isControl: true)
    }
}
