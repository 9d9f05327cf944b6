public import KafkaProtocol

/// A topic in the image.
public struct TopicImage: Equatable, Sendable {
    public let name: TopicName
    public let id: TopicID
    /// By partition number, without holes.
    public internal(set) var partitions: [PartitionRegistration]
}

/// The cluster as the metadata log describes it up to one offset.
///
/// Brokers and standby controllers apply committed records; the active controller keeps a second
/// image, ahead of it by what is not committed yet. All tables are sorted arrays, so that walking
/// them is the same in every process.
/// - Source: org.apache.kafka.image.MetadataImage.
public struct MetadataImage: Equatable, Sendable {
    /// In id order.
    public internal(set) var brokers: [BrokerRegistration] = []
    /// In the order of the names' numbers.
    public internal(set) var topics: [TopicImage] = []
    /// Levels of the cluster's features, by name.
    public internal(set) var featureLevels: [FeatureLevel] = []
    /// The first producer id that no block handed out covers.
    public internal(set) var nextProducerID = ProducerID(0)
    /// The offset of the last record applied; -1 before the first.
    public internal(set) var lastOffset = Offset.none
    /// How many partitions have no leader (the metric `OfflinePartitionsCount`).
    public internal(set) var offlinePartitionCount = 0
    /// How many partitions have another leader than their first replica, or none (the metric
    /// `PreferredReplicaImbalanceCount`).
    public internal(set) var preferredReplicaImbalanceCount = 0

    var configurations: [ResourceConfiguration] = []
    /// Where each topic stands in `topics`, by its name's number; -1 if it does not exist.
    var topicSlots: [Int32] = []
    /// Looked up by key only.
    var topicNames: [TopicID: TopicName] = [:]

    public struct FeatureLevel: Equatable, Sendable {
        public let name: String
        public let level: Int16
    }

    struct ResourceConfiguration: Equatable, Sendable {
        let resource: ConfigResource
        /// Sorted by name.
        var entries: [ConfigEntry]
    }

    public init() {}

    // MARK: Brokers

    public func broker(_ id: BrokerID) -> BrokerRegistration? {
        brokerSlot(id).map { brokers[$0] }
    }

    /// Whether the broker is registered, unfenced and not in a controlled shutdown.
    public func isActive(_ id: BrokerID) -> Bool {
        guard let slot = brokerSlot(id) else { return false }
        return brokers[slot].isActive
    }

    /// Whether the broker is registered and not fenced.
    public func isUnfenced(_ id: BrokerID) -> Bool {
        guard let slot = brokerSlot(id) else { return false }
        return !brokers[slot].isFenced
    }

    func brokerSlot(_ id: BrokerID) -> Int? {
        let slot = brokerInsertionPoint(id)
        return slot < brokers.count && brokers[slot].id == id ? slot : nil
    }

    func brokerInsertionPoint(_ id: BrokerID) -> Int {
        // Ids are usually 1...n: the broker stands in the place before its number.
        let guess = Int(id.rawValue) - 1
        if brokers.indices.contains(guess), brokers[guess].id == id { return guess }
        var low = 0
        var high = brokers.count
        while low < high {
            let middle = (low + high) / 2
            if brokers[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Topics

    public func topic(named name: TopicName) -> TopicImage? {
        topicSlot(name).map { topics[$0] }
    }

    public func topic(id: TopicID) -> TopicImage? {
        topicNames[id].flatMap { topic(named: $0) }
    }

    /// The name of the topic with this id, while it exists.
    public func topicName(of id: TopicID) -> TopicName? {
        topicNames[id]
    }

    public func partition(_ partition: TopicPartition) -> PartitionRegistration? {
        guard let slot = topicSlot(partition.topic),
            topics[slot].partitions.indices.contains(Int(partition.partition))
        else { return nil }
        return topics[slot].partitions[Int(partition.partition)]
    }

    func topicSlot(_ name: TopicName) -> Int? {
        let index = Int(name.rawValue)
        guard topicSlots.indices.contains(index), topicSlots[index] >= 0 else { return nil }
        return Int(topicSlots[index])
    }

    // MARK: Configuration

    /// The dynamic configuration of a resource, sorted by name; empty if it has none.
    public func configs(of resource: ConfigResource) -> [ConfigEntry] {
        configurations.first { $0.resource == resource }?.entries ?? []
    }

    /// The dynamic value of one property.
    public func config(_ name: String, of resource: ConfigResource) -> String? {
        guard !configurations.isEmpty,
            let slot = configurations.firstIndex(where: { $0.resource == resource })
        else { return nil }
        return configurations[slot].entries.first { $0.name == name }?.value
    }
}
