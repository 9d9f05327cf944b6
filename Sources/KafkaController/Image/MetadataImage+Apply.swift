public import KafkaProtocol

extension MetadataImage {
    /// Applies the record that stands at `offset`.
    /// - Precondition: Records come in the order of their offsets, without a hole, from the log's
    ///   start or a snapshot: a record that names a broker or topic unknown here is a fault.
    public mutating func apply(_ record: MetadataRecord, at offset: Offset) {
        lastOffset = max(lastOffset, offset)
        switch record {
        case .registerBroker(let record): register(BrokerRegistration(record, at: offset))
        case .topic(let record): insert(record)
        case .partition(let record): insert(record)
        case .config(let record): set(record)
        case .partitionChange(let record): change(record)
        case .removeTopic(let id): removeTopic(id)
        case .featureLevel(let name, let level): setFeature(FeatureLevel(name: name, level: level))
        case .producerIDs(let record): nextProducerID = record.nextProducerID
        case .brokerRegistrationChange(let record): changeRegistration(record)
        case .noOp: break
        }
    }

    /// Applies a record and notes in `delta` what it changed.
    public mutating func apply(
        _ record: MetadataRecord,
        at offset: Offset,
        noting delta: inout MetadataDelta
    ) {
        delta.note(record, in: self)
        apply(record, at: offset)
    }

    private mutating func register(_ registration: BrokerRegistration) {
        let slot = brokerInsertionPoint(registration.id)
        if slot < brokers.count, brokers[slot].id == registration.id {
            brokers[slot] = registration
        } else {
            brokers.insert(registration, at: slot)
        }
    }

    private mutating func changeRegistration(_ record: BrokerRegistrationChangeRecord) {
        guard let slot = brokerSlot(record.broker), brokers[slot].epoch == record.brokerEpoch else {
            preconditionFailure(
                "a change of broker \(record.broker), epoch \(record.brokerEpoch), not registered so"
            )
        }
        brokers[slot].apply(record)
    }

    private mutating func insert(_ record: TopicRecord) {
        let slot = topics.firstIndex { $0.name > record.name } ?? topics.count
        topics.insert(TopicImage(name: record.name, id: record.id, partitions: []), at: slot)
        topicNames[record.id] = record.name
        indexTopics()
    }

    private mutating func insert(_ record: PartitionRecord) {
        guard let slot = topicNames[record.topicID].flatMap({ topicSlot($0) }),
            topics[slot].partitions.count == Int(record.partition)
        else {
            preconditionFailure(
                "partition \(record.partition) of topic id \(record.topicID) out of order"
            )
        }
        topics[slot].partitions.append(record.registration)
        count(record.registration, by: 1)
    }

    private mutating func change(_ record: PartitionChangeRecord) {
        guard let slot = topicNames[record.topicID].flatMap({ topicSlot($0) }),
            topics[slot].partitions.indices.contains(Int(record.partition))
        else {
            preconditionFailure(
                "a change of partition \(record.partition) of topic id \(record.topicID), unknown"
            )
        }
        let index = Int(record.partition)
        count(topics[slot].partitions[index], by: -1)
        topics[slot].partitions[index].apply(record)
        count(topics[slot].partitions[index], by: 1)
    }

    private mutating func removeTopic(_ id: TopicID) {
        guard let name = topicNames.removeValue(forKey: id), let slot = topicSlot(name) else {
            preconditionFailure("the removal of topic id \(id), unknown")
        }
        for partition in topics[slot].partitions { count(partition, by: -1) }
        topics.remove(at: slot)
        configurations.removeAll { $0.resource == .topic(name) }
        indexTopics()
    }

    private mutating func count(_ partition: PartitionRegistration, by step: Int) {
        if !partition.hasLeader { offlinePartitionCount += step }
        if partition.leader != partition.preferredReplica { preferredReplicaImbalanceCount += step }
    }

    private mutating func indexTopics() {
        let size = topics.last.map { Int($0.name.rawValue) + 1 } ?? 0
        topicSlots = Array(repeating: -1, count: size)
        for (slot, topic) in topics.enumerated() {
            topicSlots[Int(topic.name.rawValue)] = Int32(slot)
        }
    }

    private mutating func set(_ record: ConfigRecord) {
        var slot =
            configurations.firstIndex { !($0.resource < record.resource) }
            ?? configurations.count
        if slot == configurations.count || configurations[slot].resource != record.resource {
            guard record.value != nil else { return }
            let empty = ResourceConfiguration(resource: record.resource, entries: [])
            configurations.insert(empty, at: slot)
            slot = configurations.firstIndex { $0.resource == record.resource } ?? slot
        }
        configurations[slot].entries.removeAll { $0.name == record.name }
        if let value = record.value {
            let entry = ConfigEntry(name: record.name, value: value)
            let place =
                configurations[slot].entries.firstIndex { $0.name > record.name }
                ?? configurations[slot].entries.count
            configurations[slot].entries.insert(entry, at: place)
        } else if configurations[slot].entries.isEmpty {
            configurations.remove(at: slot)
        }
    }

    private mutating func setFeature(_ level: FeatureLevel) {
        featureLevels.removeAll { $0.name == level.name }
        let place = featureLevels.firstIndex { $0.name > level.name } ?? featureLevels.count
        featureLevels.insert(level, at: place)
    }
}

extension ConfigResource {
    /// The order of configurations in the image and in snapshots: topics, brokers, the default.
    static func < (left: ConfigResource, right: ConfigResource) -> Bool {
        left.sortKey < right.sortKey
    }

    private var sortKey: (Int, Int32) {
        switch self {
        case .topic(let name): (0, name.rawValue)
        case .broker(let id): (1, id.rawValue)
        case .allBrokers: (2, 0)
        }
    }
}
