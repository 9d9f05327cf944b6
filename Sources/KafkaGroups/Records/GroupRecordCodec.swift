import KafkaProtocol
import SimBase

/// Writes and reads the keys and values of `__consumer_offsets`.
///
/// Offsets have key version 1 and value version 3 (1 with an expiry), groups key version 2 and
/// value version 3: what `group.version` 0 and 1 write at 4.0.
/// - Source: GroupCoordinatorRecordHelpers, GroupCoordinatorRecordSerde.
struct GroupRecordCodec: Sendable {
    private static let protocolType = "consumer"

    private let names: NameCodec

    init(_ names: NameCodec) {
        self.names = names
    }

    func key(of record: GroupRecord) -> [UInt8] {
        var writer = ByteWriter()
        switch record {
        case .offsetCommit(let group, let partition, _):
            writer.int16(1)
            names.write(group, to: &writer)
            names.write(partition.topic, to: &writer)
            writer.int32(partition.partition)
        case .groupMetadata(let group, _):
            writer.int16(2)
            names.write(group, to: &writer)
        }
        return writer.bytes
    }

    /// `nil` for a tombstone.
    func value(of record: GroupRecord) -> [UInt8]? {
        switch record {
        case .offsetCommit(_, _, let value): value.map(bytes)
        case .groupMetadata(_, let value): value.map(bytes)
        }
    }

    /// - Returns: `nil` for keys of other versions, which other coordinators write.
    func record(key: ArraySlice<UInt8>, value: ArraySlice<UInt8>?) -> GroupRecord? {
        var reader = ByteReader(Array(key))
        switch reader.int16() {
        case 0, 1:
            guard let group = names.group(&reader), let topic = names.topic(&reader),
                let partition = reader.int32()
            else { return nil }
            let place = TopicPartition(topic, partition)
            guard let value else { return .offsetCommit(group, place, nil) }
            return offsetValue(value).map { .offsetCommit(group, place, $0) }
        case 2:
            guard let group = names.group(&reader) else { return nil }
            guard let value else { return .groupMetadata(group, nil) }
            return groupValue(value).map { .groupMetadata(group, $0) }
        default: return nil
        }
    }

    // MARK: Offsets

    private func bytes(_ value: OffsetCommitValue) -> [UInt8] {
        var writer = ByteWriter()
        writer.int16(value.expireTimestamp == nil ? 3 : 1)
        writer.int64(value.offset.rawValue)
        if value.expireTimestamp == nil { writer.int32(value.leaderEpoch.rawValue) }
        writer.string("")
        writer.int64(value.commitTimestamp)
        if let expireTimestamp = value.expireTimestamp { writer.int64(expireTimestamp) }
        return writer.bytes
    }

    private func offsetValue(_ bytes: ArraySlice<UInt8>) -> OffsetCommitValue? {
        var reader = ByteReader(Array(bytes))
        guard let version = reader.int16(), (0...3).contains(version),
            let offset = reader.int64()
        else { return nil }
        let epoch: Int32? = version == 3 ? reader.int32() : -1
        guard let epoch, reader.string() != nil, let timestamp = reader.int64() else { return nil }
        let expiry = version == 1 ? reader.int64() : nil
        return OffsetCommitValue(
            offset: Offset(offset),
            leaderEpoch: LeaderEpoch(epoch),
            commitTimestamp: timestamp,
            expireTimestamp: expiry == -1 ? nil : expiry
        )
    }

    // MARK: Groups

    private func bytes(_ value: GroupMetadataValue) -> [UInt8] {
        var writer = ByteWriter(capacity: 128)
        writer.int16(3)
        writer.string(value.hasProtocolType ? GroupRecordCodec.protocolType : "")
        writer.int32(value.generation.rawValue)
        writer.nullableString(value.assignor?.name)
        writer.nullableString(value.leader?.text)
        writer.int64(value.stateTimestamp ?? -1)
        writer.int32(Int32(value.members.count))
        for member in value.members {
            writer.string(member.id.text)
            writer.nullableString(member.instance.map { String($0) })
            writer.string(String(member.client))
            writer.string("/")
            writer.int32(Int32(clamping: member.rebalanceTimeout.milliseconds))
            writer.int32(Int32(clamping: member.sessionTimeout.milliseconds))
            writer.sizedBytes(ConsumerProtocolCodec.encode(member.subscription, names))
            writer.sizedBytes(ConsumerProtocolCodec.encode(member.assignment, names))
        }
        return writer.bytes
    }

    private func groupValue(_ bytes: ArraySlice<UInt8>) -> GroupMetadataValue? {
        var reader = ByteReader(Array(bytes))
        guard reader.int16() == 3,
            let type = reader.string(),
            let generation = reader.int32(),
            let assignor = reader.nullableString(),
            let leader = reader.nullableString(),
            let timestamp = reader.int64(),
            let count = reader.int32(), count >= 0
        else { return nil }
        var members: [StoredMember] = []
        for _ in 0..<count {
            guard let member = member(&reader) else { return nil }
            members.append(member)
        }
        return GroupMetadataValue(
            hasProtocolType: !type.isEmpty,
            generation: Generation(generation),
            assignor: Assignor.allCases.first { assignor == .text($0.name) },
            leader: leader.text.flatMap(MemberID.init(text:)),
            stateTimestamp: timestamp == -1 ? nil : timestamp,
            members: members
        )
    }

    private func member(_ reader: inout ByteReader) -> StoredMember? {
        guard let text = reader.string(), let id = MemberID(text: text),
            let instance = reader.nullableString(),
            let clientText = reader.string(), let client = Int32(clientText),
            reader.string() != nil,
            let rebalanceTimeout = reader.int32(),
            let sessionTimeout = reader.int32(),
            let subscriptionBytes = reader.sizedBytes(),
            let subscription = ConsumerProtocolCodec.subscription(subscriptionBytes, names),
            let assignmentBytes = reader.sizedBytes(),
            let assignment = ConsumerProtocolCodec.assignment(assignmentBytes, names)
        else { return nil }
        return StoredMember(
            id: id,
            instance: instance.text.flatMap { Int32($0) },
            client: client,
            rebalanceTimeout: .milliseconds(
                Int64(rebalanceTimeout == -1 ? sessionTimeout : rebalanceTimeout)
            ),
            sessionTimeout: .milliseconds(Int64(sessionTimeout)),
            subscription: subscription,
            assignment: assignment
        )
    }
}

extension NullableField {
    fileprivate var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
