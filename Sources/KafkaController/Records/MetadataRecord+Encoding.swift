import KafkaProtocol

extension MetadataRecord {
    private var kind: RecordKind {
        switch self {
        case .registerBroker: .registerBroker
        case .topic: .topic
        case .partition: .partition
        case .config: .config
        case .partitionChange: .partitionChange
        case .removeTopic: .removeTopic
        case .featureLevel: .featureLevel
        case .producerIDs: .producerIDs
        case .brokerRegistrationChange: .brokerRegistrationChange
        case .noOp: .noOp
        }
    }

    /// The record's value in the metadata log: Kafka's frame and flexible field encoding.
    ///
    /// Names that are dense numbers here are written as their decimal digits.
    /// - Source: KIP-631; the record schemas of `metadata/src/main/resources/common/metadata`.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 96)
        writer.unsignedVarint(RecordKind.frameVersion)
        writer.unsignedVarint(kind.rawValue)
        writer.unsignedVarint(kind.version)
        var tags = TaggedFields()
        switch self {
        case .registerBroker(let record): record.write(to: &writer, tags: &tags)
        case .topic(let record):
            writer.compactString(record.name.description)
            writer.uuid(record.id.rawValue)
        case .partition(let record): record.write(to: &writer, tags: &tags)
        case .config(let record): record.write(to: &writer)
        case .partitionChange(let record): record.write(to: &writer, tags: &tags)
        case .removeTopic(let id): writer.uuid(id.rawValue)
        case .featureLevel(let name, let level):
            writer.compactString(name)
            writer.int16(level)
        case .producerIDs(let record):
            writer.int32(record.broker.rawValue)
            writer.int64(record.brokerEpoch.rawValue)
            writer.int64(record.nextProducerID.rawValue)
        case .brokerRegistrationChange(let record): record.write(to: &writer, tags: &tags)
        case .noOp: break
        }
        tags.write(to: &writer)
        return writer.bytes
    }
}

extension RegisterBrokerRecord {
    fileprivate func write(to writer: inout ByteWriter, tags: inout TaggedFields) {
        writer.int32(broker.rawValue)
        writer.int8(0)  // IsMigratingZkBroker
        writer.uuid(incarnation.rawValue)
        writer.int64(epoch.rawValue)
        // One listener and one feature, as every broker of a simulated cluster has.
        writer.unsignedVarint(2)
        writer.compactString("PLAINTEXT")
        writer.compactString("broker-\(broker)")
        writer.int16(9_092)
        writer.int16(0)
        writer.unsignedVarint(0)
        writer.unsignedVarint(2)
        writer.compactString("metadata.version")
        writer.int16(1)
        writer.int16(22)
        writer.unsignedVarint(0)
        writer.compactString(rack < 0 ? nil : String(rack))
        writer.int8(isFenced ? 1 : 0)
        writer.int8(inControlledShutdown ? 1 : 0)
        if !logDirs.isEmpty { tags.add(0) { $0.directories(logDirs) } }
    }
}

extension PartitionRecord {
    fileprivate func write(to writer: inout ByteWriter, tags: inout TaggedFields) {
        writer.int32(partition)
        writer.uuid(topicID.rawValue)
        writer.brokers(registration.replicas)
        writer.brokers(registration.isr)
        writer.brokers(registration.removing)
        writer.brokers(registration.adding)
        writer.int32(registration.leader.rawValue)
        writer.int32(registration.leaderEpoch.rawValue)
        writer.int32(registration.partitionEpoch.rawValue)
        writer.directories(registration.directories)
        if registration.leaderRecoveryState != .recovered {
            tags.add(0) { $0.int8(registration.leaderRecoveryState.rawValue) }
        }
        if !registration.elr.isEmpty { tags.add(1) { $0.brokers(registration.elr) } }
        if !registration.lastKnownElr.isEmpty {
            tags.add(2) { $0.brokers(registration.lastKnownElr) }
        }
    }
}

extension PartitionChangeRecord {
    fileprivate func write(to writer: inout ByteWriter, tags: inout TaggedFields) {
        writer.int32(partition)
        writer.uuid(topicID.rawValue)
        if let isr { tags.add(0) { $0.brokers(isr) } }
        if let leader { tags.add(1) { $0.int32(leader.rawValue) } }
        if let replicas { tags.add(2) { $0.brokers(replicas) } }
        if let removing { tags.add(3) { $0.brokers(removing) } }
        if let adding { tags.add(4) { $0.brokers(adding) } }
        if let leaderRecoveryState { tags.add(5) { $0.int8(leaderRecoveryState.rawValue) } }
        if let elr { tags.add(6) { $0.brokers(elr) } }
        if let lastKnownElr { tags.add(7) { $0.brokers(lastKnownElr) } }
        if let directories { tags.add(8) { $0.directories(directories) } }
    }
}

extension ConfigRecord {
    fileprivate func write(to writer: inout ByteWriter) {
        switch resource {
        case .topic(let name):
            writer.int8(ConfigRecord.topicType)
            writer.compactString(name.description)
        case .broker(let id):
            writer.int8(ConfigRecord.brokerType)
            writer.compactString(id.description)
        case .allBrokers:
            writer.int8(ConfigRecord.brokerType)
            writer.compactString("")
        }
        writer.compactString(name)
        writer.compactString(value)
    }

    /// - Source: org.apache.kafka.common.config.ConfigResource.Type.
    static let topicType: Int8 = 2
    static let brokerType: Int8 = 4
}

extension BrokerRegistrationChangeRecord {
    fileprivate func write(to writer: inout ByteWriter, tags: inout TaggedFields) {
        writer.int32(broker.rawValue)
        writer.int64(brokerEpoch.rawValue)
        if fencing != .unchanged { tags.add(0) { $0.int8(fencing.rawValue) } }
        if entersControlledShutdown { tags.add(1) { $0.int8(1) } }
        if let logDirs { tags.add(2) { $0.directories(logDirs) } }
    }
}

/// The optional fields that close a flexible message, in the order of their tags.
/// - Source: KIP-482.
private struct TaggedFields {
    private var count: UInt64 = 0
    private var body = ByteWriter(capacity: 0)

    mutating func add(_ tag: UInt64, _ write: (inout ByteWriter) -> Void) {
        var field = ByteWriter(capacity: 32)
        write(&field)
        body.unsignedVarint(tag)
        body.unsignedVarint(UInt64(field.count))
        body.raw(field.bytes)
        count += 1
    }

    func write(to writer: inout ByteWriter) {
        writer.unsignedVarint(count)
        writer.raw(body.bytes)
    }
}

extension ByteWriter {
    fileprivate mutating func compactString(_ text: String?) {
        guard let text else {
            unsignedVarint(0)
            return
        }
        let utf8 = Array(text.utf8)
        unsignedVarint(UInt64(utf8.count) + 1)
        raw(utf8)
    }

    /// A 128-bit id whose upper half is zero.
    fileprivate mutating func uuid(_ value: UInt64) {
        int64(0)
        uint64(value)
    }

    fileprivate mutating func brokers(_ ids: [BrokerID]) {
        unsignedVarint(UInt64(ids.count) + 1)
        for id in ids { int32(id.rawValue) }
    }

    fileprivate mutating func directories(_ ids: [DirectoryID]) {
        unsignedVarint(UInt64(ids.count) + 1)
        for id in ids { uuid(id.rawValue) }
    }
}
