import KafkaProtocol

extension MetadataRecord {
    /// Reads a record from the value of a metadata log record.
    /// - Returns: `nil` if the bytes are not a record of a kind and version known here.
    public static func decode(_ value: [UInt8]) -> MetadataRecord? {
        decode(ByteReader(value))
    }

    /// Reads a record from the half-open `range` of `bytes`.
    public static func decode(_ bytes: [UInt8], in range: Range<Int>) -> MetadataRecord? {
        decode(ByteReader(bytes, from: range.lowerBound, to: range.upperBound))
    }

    private static func decode(_ start: ByteReader) -> MetadataRecord? {
        var reader = start
        guard reader.unsignedVarint() == RecordKind.frameVersion,
            let kind = reader.unsignedVarint().flatMap(RecordKind.init(rawValue:)),
            reader.unsignedVarint() == kind.version
        else { return nil }
        switch kind {
        case .registerBroker:
            return RegisterBrokerRecord(&reader).map(MetadataRecord.registerBroker)
        case .topic:
            guard let name = reader.denseNumber(), let id = reader.uuid() else { return nil }
            return .topic(TopicRecord(name: TopicName(name), id: TopicID(id)))
        case .partition: return PartitionRecord(&reader).map(MetadataRecord.partition)
        case .config: return ConfigRecord(&reader).map(MetadataRecord.config)
        case .partitionChange:
            return PartitionChangeRecord(&reader).map(MetadataRecord.partitionChange)
        case .removeTopic: return reader.uuid().map { .removeTopic(TopicID($0)) }
        case .featureLevel:
            guard let name = reader.compactString(), let level = reader.int16() else { return nil }
            return .featureLevel(name: name, level: level)
        case .producerIDs:
            guard let broker = reader.int32(), let epoch = reader.int64(),
                let next = reader.int64()
            else { return nil }
            return .producerIDs(
                ProducerIDsRecord(
                    broker: BrokerID(broker),
                    brokerEpoch: BrokerEpoch(epoch),
                    nextProducerID: ProducerID(next)
                )
            )
        case .brokerRegistrationChange:
            return BrokerRegistrationChangeRecord(&reader)
                .map(MetadataRecord.brokerRegistrationChange)
        case .noOp: return .noOp
        }
    }
}

extension RegisterBrokerRecord {
    fileprivate init?(_ reader: inout ByteReader) {
        guard let broker = reader.int32(), reader.int8() != nil,
            let incarnation = reader.uuid(),
            let epoch = reader.int64(),
            reader.skipListeners(), reader.skipFeatures(),
            let rack = reader.nullableString(),
            let isFenced = reader.int8(),
            let inControlledShutdown = reader.int8()
        else { return nil }
        var logDirs: [DirectoryID] = []
        let isComplete = reader.tags { tag, reader in
            if tag == 0, let read = reader.directories() { logDirs = read }
        }
        guard isComplete else { return nil }
        self.init(
            broker: BrokerID(broker),
            incarnation: IncarnationID(incarnation),
            epoch: BrokerEpoch(epoch),
            rack: rack.text.flatMap { Int32($0) } ?? -1,
            isFenced: isFenced != 0,
            inControlledShutdown: inControlledShutdown != 0,
            logDirs: logDirs
        )
    }
}

extension PartitionRecord {
    fileprivate init?(_ reader: inout ByteReader) {
        guard let partition = reader.int32(), let topicID = reader.uuid(),
            let replicas = reader.brokers(), let isr = reader.brokers(),
            let removing = reader.brokers(), let adding = reader.brokers(),
            let leader = reader.int32(), let leaderEpoch = reader.int32(),
            let partitionEpoch = reader.int32(), let directories = reader.directories()
        else { return nil }
        var registration = PartitionRegistration(
            replicas: replicas,
            directories: directories,
            isr: isr,
            leader: BrokerID(leader),
            leaderEpoch: LeaderEpoch(leaderEpoch),
            partitionEpoch: PartitionEpoch(partitionEpoch)
        )
        registration.removing = removing
        registration.adding = adding
        let isComplete = reader.tags { tag, reader in
            switch tag {
            case 0:
                registration.leaderRecoveryState =
                    reader.int8().flatMap(LeaderRecoveryState.init(rawValue:)) ?? .recovered
            case 1: registration.elr = reader.brokers() ?? []
            case 2: registration.lastKnownElr = reader.brokers() ?? []
            default: break
            }
        }
        guard isComplete else { return nil }
        self.init(topicID: TopicID(topicID), partition: partition, registration: registration)
    }
}

extension PartitionChangeRecord {
    fileprivate init?(_ reader: inout ByteReader) {
        guard let partition = reader.int32(), let topicID = reader.uuid() else { return nil }
        self.init(topicID: TopicID(topicID), partition: partition)
        var record = self
        let isComplete = reader.tags { tag, reader in
            switch tag {
            case 0: record.isr = reader.brokers()
            case 1: record.leader = reader.int32().map { BrokerID($0) }
            case 2: record.replicas = reader.brokers()
            case 3: record.removing = reader.brokers()
            case 4: record.adding = reader.brokers()
            case 5:
                record.leaderRecoveryState =
                    reader.int8().flatMap(LeaderRecoveryState.init(rawValue:))
            case 6: record.elr = reader.brokers()
            case 7: record.lastKnownElr = reader.brokers()
            case 8: record.directories = reader.directories()
            default: break
            }
        }
        guard isComplete else { return nil }
        self = record
    }
}

extension ConfigRecord {
    fileprivate init?(_ reader: inout ByteReader) {
        guard let type = reader.int8(), let owner = reader.compactString(),
            let name = reader.compactString(), let value = reader.nullableString()
        else { return nil }
        let resource: ConfigResource
        switch (type, Int32(owner)) {
        case (ConfigRecord.topicType, let number?): resource = .topic(TopicName(number))
        case (ConfigRecord.brokerType, let number?): resource = .broker(BrokerID(number))
        case (ConfigRecord.brokerType, nil) where owner.isEmpty: resource = .allBrokers
        default: return nil
        }
        self.init(resource: resource, name: name, value: value.text)
    }
}

extension BrokerRegistrationChangeRecord {
    fileprivate init?(_ reader: inout ByteReader) {
        guard let broker = reader.int32(), let epoch = reader.int64() else { return nil }
        var fencing = Fencing.unchanged
        var entersControlledShutdown = false
        var logDirs: [DirectoryID]?
        let isComplete = reader.tags { tag, reader in
            switch tag {
            case 0: fencing = reader.int8().flatMap(Fencing.init(rawValue:)) ?? .unchanged
            case 1: entersControlledShutdown = reader.int8() == 1
            case 2: logDirs = reader.directories()
            default: break
            }
        }
        guard isComplete else { return nil }
        self.init(
            broker: BrokerID(broker),
            brokerEpoch: BrokerEpoch(epoch),
            fencing: fencing,
            entersControlledShutdown: entersControlledShutdown,
            logDirs: logDirs
        )
    }
}

extension ByteReader {
    fileprivate struct NullableString {
        let text: String?
    }

    /// A string that may be null on the wire; `nil` only where the bytes end early.
    fileprivate mutating func nullableString() -> NullableString? {
        guard let length = unsignedVarint() else { return nil }
        guard length > 0 else { return NullableString(text: nil) }
        guard length <= UInt64(remaining) + 1, let text = raw(Int(length) - 1) else { return nil }
        return NullableString(text: String(decoding: text, as: UTF8.self))
    }

    fileprivate mutating func compactString() -> String? {
        nullableString()?.text
    }

    /// A name written as the digits of its dense number.
    fileprivate mutating func denseNumber() -> Int32? {
        compactString().flatMap { Int32($0) }
    }

    fileprivate mutating func uuid() -> UInt64? {
        guard int64() != nil else { return nil }
        return uint64()
    }

    /// The length of an array whose elements take at least `size` bytes.
    private mutating func arrayCount(elementSize size: Int) -> Int? {
        guard let length = unsignedVarint(), length > 0,
            length - 1 <= UInt64(remaining / size)
        else { return nil }
        return Int(length) - 1
    }

    fileprivate mutating func brokers() -> [BrokerID]? {
        guard let count = arrayCount(elementSize: 4) else { return nil }
        var ids: [BrokerID] = []
        ids.reserveCapacity(count)
        for _ in 0..<count {
            guard let id = int32() else { return nil }
            ids.append(BrokerID(id))
        }
        return ids
    }

    fileprivate mutating func directories() -> [DirectoryID]? {
        guard let count = arrayCount(elementSize: 16) else { return nil }
        var ids: [DirectoryID] = []
        ids.reserveCapacity(count)
        for _ in 0..<count {
            guard let id = uuid() else { return nil }
            ids.append(DirectoryID(id))
        }
        return ids
    }

    fileprivate mutating func skipListeners() -> Bool {
        guard let count = arrayCount(elementSize: 7) else { return false }
        for _ in 0..<count {
            guard compactString() != nil, compactString() != nil, int16() != nil, int16() != nil,
                unsignedVarint() == 0
            else { return false }
        }
        return true
    }

    fileprivate mutating func skipFeatures() -> Bool {
        guard let count = arrayCount(elementSize: 6) else { return false }
        for _ in 0..<count {
            guard compactString() != nil, int16() != nil, int16() != nil, unsignedVarint() == 0
            else { return false }
        }
        return true
    }

    /// Calls `body` with each tagged field; tags that it does not know are passed over.
    /// - Returns: Whether all fields were there in full.
    fileprivate mutating func tags(_ body: (UInt64, inout ByteReader) -> Void) -> Bool {
        guard let count = unsignedVarint() else { return false }
        for _ in 0..<min(count, UInt64(remaining)) {
            guard let tag = unsignedVarint(), let size = unsignedVarint(),
                size <= UInt64(remaining)
            else { return false }
            var field = ByteReader(bytes, from: position, to: position + Int(size))
            body(tag, &field)
            skip(Int(size))
        }
        return true
    }
}
