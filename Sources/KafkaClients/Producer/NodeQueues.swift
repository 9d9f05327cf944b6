import KafkaProtocol
import SimBase

/// Which partitions each node leads, and where its last drain stood.
struct NodeQueues: Sendable {
    struct Place: Sendable {
        let topic: Int32
        let partition: Int32
    }

    struct Node: Sendable {
        let id: BrokerID
        var places: [Place] = []
        /// The place visited last: the next drain starts there again.
        var drainIndex = 0
        /// When the node was last found with data, and last drained: for `partitioner.availability.timeout.ms`.
        var readyAt: Int64 = 0
        var drainedAt: Int64 = 0
        var hasLatency = false
    }

    private(set) var nodes: [Node] = []
    private var changes: Int32 = -1

    func index(of id: BrokerID) -> Int? {
        nodes.firstIndex { $0.id == id }
    }

    /// Rebuilds the lists if the metadata changed.
    mutating func refresh(
        from metadata: borrowing ClusterMetadata,
        accumulator: inout RecordAccumulator
    ) {
        guard metadata.changes != changes else { return }
        changes = metadata.changes
        for index in nodes.indices { nodes[index].places.clear() }
        for topic in metadata.knownTopics {
            let slot = accumulator.slot(of: topic)
            let count = metadata.partitionCount(of: topic) ?? 0
            for partition in 0..<count {
                guard let leader = metadata.leader(of: TopicPartition(topic, partition)) else {
                    continue
                }
                accumulator.reserve(partition: partition, topic: slot)
                let index = index(of: leader) ?? add(leader)
                nodes[index].places.append(Place(topic: Int32(slot), partition: partition))
            }
        }
    }

    private mutating func add(_ id: BrokerID) -> Int {
        nodes.append(Node(id: id))
        return nodes.count - 1
    }

    mutating func visit(_ place: Int, of node: Int) {
        nodes[node].drainIndex = place
    }

    /// Notes whether a node with data could be drained.
    mutating func noteReady(_ node: Int, canDrain: Bool, milliseconds: Int64) {
        if !nodes[node].hasLatency {
            nodes[node].hasLatency = true
            nodes[node].drainedAt = milliseconds
        }
        if canDrain { nodes[node].drainedAt = milliseconds }
        nodes[node].readyAt = milliseconds
    }
}
