internal import KafkaProtocol

/// The log ends of all replicas, by dense topic, partition and broker numbers.
struct ReplicaTable: Sendable {
    /// `ends[topic][partition][broker]`; -1 where nothing was ever stored.
    private var ends: [[[Int64]]] = []

    func end(of partition: TopicPartition, on broker: BrokerID) -> Offset? {
        let topic = Int(partition.topic.rawValue)
        let number = Int(partition.partition)
        let node = Int(broker.rawValue)
        guard topic < ends.count, number < ends[topic].count, node < ends[topic][number].count,
            ends[topic][number][node] >= 0
        else { return nil }
        return Offset(ends[topic][number][node])
    }

    mutating func setEnd(of partition: TopicPartition, on broker: BrokerID, to end: Offset) {
        let topic = Int(partition.topic.rawValue)
        let number = Int(partition.partition)
        let node = Int(broker.rawValue)
        while ends.count <= topic { ends.append([]) }
        while ends[topic].count <= number { ends[topic].append([]) }
        while ends[topic][number].count <= node { ends[topic][number].append(-1) }
        ends[topic][number][node] = end.rawValue
    }

    /// The partitions that a broker has stored anything of.
    func partitions(on broker: BrokerID) -> [TopicPartition] {
        var found: [TopicPartition] = []
        for topic in ends.indices {
            for number in ends[topic].indices {
                let partition = TopicPartition(TopicName(Int32(topic)), Int32(number))
                if end(of: partition, on: broker) != nil { found.append(partition) }
            }
        }
        return found
    }

    mutating func raiseEnd(of partition: TopicPartition, on broker: BrokerID, to end: Offset) {
        guard let known = self.end(of: partition, on: broker), known < end else { return }
        setEnd(of: partition, on: broker, to: end)
    }

    mutating func forget(_ topic: TopicName) {
        guard Int(topic.rawValue) < ends.count else { return }
        ends[Int(topic.rawValue)] = []
    }
}
