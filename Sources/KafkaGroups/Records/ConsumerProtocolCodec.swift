import KafkaProtocol

/// Subscriptions and assignments as members write them and the coordinator stores them.
/// - Source: org.apache.kafka.clients.consumer.internals.ConsumerProtocol, version 3.
enum ConsumerProtocolCodec {
    private static let version: Int16 = 3

    static func encode(_ subscription: MemberSubscription, _ names: NameCodec) -> [UInt8] {
        var writer = ByteWriter()
        writer.int16(version)
        writer.int32(Int32(subscription.topics.count))
        for topic in subscription.topics {
            names.write(topic, to: &writer)
        }
        writer.int32(-1)
        write(subscription.owned, names, to: &writer)
        writer.int32(subscription.ownedGeneration.rawValue)
        writer.nullableString(subscription.rack < 0 ? nil : String(subscription.rack))
        return writer.bytes
    }

    static func subscription(_ bytes: [UInt8], _ names: NameCodec) -> MemberSubscription? {
        var reader = ByteReader(bytes)
        guard reader.int16() == version, let count = reader.int32(), count >= 0 else { return nil }
        var topics: [TopicName] = []
        for _ in 0..<count {
            guard let topic = names.topic(&reader) else { return nil }
            topics.append(topic)
        }
        guard reader.int32() == -1,
            let owned = partitions(&reader, names),
            let generation = reader.int32(),
            let rackField = reader.nullableString()
        else { return nil }
        let rack: Int32
        switch rackField {
        case .null: rack = -1
        case .text(let text):
            guard let number = Int32(text) else { return nil }
            rack = number
        }
        return MemberSubscription(
            topics: topics,
            owned: owned,
            ownedGeneration: Generation(generation),
            rack: rack
        )
    }

    /// No bytes at all for a member without partitions: the coordinator's own empty assignment.
    static func encode(_ assignment: [TopicPartition], _ names: NameCodec) -> [UInt8] {
        guard !assignment.isEmpty else { return [] }
        var writer = ByteWriter()
        writer.int16(version)
        write(assignment, names, to: &writer)
        writer.int32(-1)
        return writer.bytes
    }

    static func assignment(_ bytes: [UInt8], _ names: NameCodec) -> [TopicPartition]? {
        guard !bytes.isEmpty else { return [] }
        var reader = ByteReader(bytes)
        guard reader.int16() == version, let result = partitions(&reader, names),
            reader.int32() == -1
        else { return nil }
        return result
    }

    /// Runs of one topic's partitions, so that the order survives.
    private static func write(
        _ partitions: [TopicPartition],
        _ names: NameCodec,
        to writer: inout ByteWriter
    ) {
        var runs: [Range<Int>] = []
        for index in partitions.indices {
            if let last = runs.last, partitions[last.lowerBound].topic == partitions[index].topic {
                runs[runs.count - 1] = last.lowerBound..<index + 1
            } else {
                runs.append(index..<index + 1)
            }
        }
        writer.int32(Int32(runs.count))
        for run in runs {
            names.write(partitions[run.lowerBound].topic, to: &writer)
            writer.int32(Int32(run.count))
            for partition in partitions[run] {
                writer.int32(partition.partition)
            }
        }
    }

    private static func partitions(
        _ reader: inout ByteReader,
        _ names: NameCodec
    ) -> [TopicPartition]? {
        guard let runs = reader.int32(), runs >= 0 else { return nil }
        var result: [TopicPartition] = []
        for _ in 0..<runs {
            guard let topic = names.topic(&reader), let count = reader.int32(), count >= 0 else {
                return nil
            }
            for _ in 0..<count {
                guard let partition = reader.int32() else { return nil }
                result.append(TopicPartition(topic, partition))
            }
        }
        return result
    }
}
