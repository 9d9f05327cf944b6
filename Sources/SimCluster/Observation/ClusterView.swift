import KafkaProtocol

/// The partitions as the active controller has last committed them.
struct ClusterView {
    /// `changes[topic][partition]`.
    private var changes: [[PartitionChange?]] = []
    private(set) var activeController = BrokerID.none

    func partition(_ partition: TopicPartition) -> PartitionChange? {
        let topic = Int(partition.topic.rawValue)
        guard topic < changes.count, Int(partition.partition) < changes[topic].count else {
            return nil
        }
        return changes[topic][Int(partition.partition)]
    }

    /// The known partitions of a topic, in order.
    func partitions(of topic: TopicName) -> [PartitionChange] {
        guard Int(topic.rawValue) < changes.count else { return [] }
        return changes[Int(topic.rawValue)].compactMap { $0 }
    }

    mutating func note(_ change: PartitionChange) {
        let topic = Int(change.partition.topic.rawValue)
        while changes.count <= topic { changes.append([]) }
        while changes[topic].count <= Int(change.partition.partition) { changes[topic].append(nil) }
        changes[topic][Int(change.partition.partition)] = change
    }

    mutating func deleted(_ topic: TopicName) {
        guard Int(topic.rawValue) < changes.count else { return }
        changes[Int(topic.rawValue)] = []
    }

    mutating func activated(_ controller: BrokerID) {
        activeController = controller
    }
}
