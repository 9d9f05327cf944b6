public import KafkaProtocol
import SimBase

/// What changed between two publishes of the metadata, for the broker that acts on it.
///
/// All lists are sorted and free of duplicates. A partition is named once, however many records
/// changed it: a broker applies the final state only.
/// - Source: org.apache.kafka.image.MetadataDelta.
public struct MetadataDelta: Equatable, Sendable {
    public struct DeletedTopic: Equatable, Sendable {
        public let name: TopicName
        public let id: TopicID
        /// How many partitions it had.
        public let partitionCount: Int32
    }

    /// Created or changed; those of topics deleted since are left out.
    public private(set) var changedPartitions: [TopicPartition] = []
    public private(set) var createdTopics: [TopicName] = []
    /// In the order of deletion. A topic of the same name may have been created since.
    public private(set) var deletedTopics: [DeletedTopic] = []
    public private(set) var changedBrokers: [BrokerID] = []
    public private(set) var changedConfigs: [ConfigResource] = []

    /// Topics created in this delta that no image holds yet.
    private var newNames: [TopicRecord] = []

    public init() {}

    public var isEmpty: Bool {
        changedPartitions.isEmpty && createdTopics.isEmpty && deletedTopics.isEmpty
            && changedBrokers.isEmpty && changedConfigs.isEmpty
    }

    /// Forgets everything; keeps its memory.
    public mutating func removeAll() {
        changedPartitions.clear()
        createdTopics.clear()
        deletedTopics.clear()
        changedBrokers.clear()
        changedConfigs.clear()
        newNames.clear()
    }

    /// Notes everything in `image` as changed, and every topic that only `old` has as deleted: a
    /// snapshot was loaded.
    public mutating func noteAll(of image: MetadataImage, replacing old: MetadataImage) {
        for topic in old.topics where image.topic(named: topic.name)?.id != topic.id {
            noteDeletion(of: topic)
        }
        for topic in image.topics {
            if old.topic(named: topic.name)?.id != topic.id {
                MetadataDelta.insert(topic.name, into: &createdTopics)
            }
            for index in topic.partitions.indices {
                let partition = TopicPartition(topic.name, Int32(index))
                MetadataDelta.insert(partition, into: &changedPartitions)
            }
        }
        for broker in image.brokers { MetadataDelta.insert(broker.id, into: &changedBrokers) }
        for configuration in old.configurations + image.configurations {
            noteConfig(configuration.resource)
        }
    }

    /// Notes what `record` is about to change in `image`, which must not have applied it yet.
    public mutating func note(_ record: MetadataRecord, in image: MetadataImage) {
        switch record {
        case .registerBroker(let record):
            MetadataDelta.insert(record.broker, into: &changedBrokers)
        case .brokerRegistrationChange(let record):
            MetadataDelta.insert(record.broker, into: &changedBrokers)
        case .topic(let record):
            MetadataDelta.insert(record.name, into: &createdTopics)
            newNames.append(record)
        case .partition(let record): noteChange(record.topicID, record.partition, in: image)
        case .partitionChange(let record): noteChange(record.topicID, record.partition, in: image)
        case .removeTopic(let id):
            if let topic = image.topic(id: id) { noteDeletion(of: topic) }
        case .config(let record): noteConfig(record.resource)
        case .featureLevel, .producerIDs, .noOp: break
        }
    }

    private mutating func noteChange(_ id: TopicID, _ partition: Int32, in image: MetadataImage) {
        guard let name = image.topicName(of: id) ?? newNames.first(where: { $0.id == id })?.name
        else { return }
        MetadataDelta.insert(TopicPartition(name, partition), into: &changedPartitions)
    }

    private mutating func noteDeletion(of topic: TopicImage) {
        changedPartitions.removeAll { $0.topic == topic.name }
        createdTopics.removeAll { $0 == topic.name }
        newNames.removeAll { $0.id == topic.id }
        changedConfigs.removeAll { $0 == .topic(topic.name) }
        deletedTopics.append(
            DeletedTopic(
                name: topic.name,
                id: topic.id,
                partitionCount: Int32(topic.partitions.count)
            )
        )
    }

    private mutating func noteConfig(_ resource: ConfigResource) {
        guard !changedConfigs.contains(resource) else { return }
        let place = changedConfigs.firstIndex { resource < $0 } ?? changedConfigs.count
        changedConfigs.insert(resource, at: place)
    }

    /// Inserts into a sorted list unless it is there; at the end at once, as records usually come.
    private static func insert<Item: Comparable>(_ item: Item, into items: inout [Item]) {
        guard let last = items.last, !(last < item) else {
            items.append(item)
            return
        }
        var low = 0
        var high = items.count
        while low < high {
            let middle = (low + high) / 2
            if items[middle] < item { low = middle + 1 } else { high = middle }
        }
        if items[low] != item { items.insert(item, at: low) }
    }
}
