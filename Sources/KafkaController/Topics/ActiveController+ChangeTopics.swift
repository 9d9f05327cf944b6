import KafkaProtocol
import SimBase

extension ActiveController {
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.deleteTopics.
    mutating func deleteTopic(
        _ name: TopicName,
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> ErrorCode {
        guard let topic = image.topic(named: name) else { return .unknownTopicOrPartition }
        write([.removeTopic(topic.id)], now: now, writes: &writes)
        return .none
    }

    /// Adds partitions until the topic has `count`. Their placer is a fresh one: it does not continue
    /// the stripes of the partitions that exist.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.createPartitions.
    mutating func createPartitions(
        _ name: TopicName,
        _ count: Int32,
        _ assignment: [[BrokerID]]?,
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> ErrorCode {
        guard let topic = image.topic(named: name) else { return .unknownTopicOrPartition }
        let existing = topic.partitions.count
        guard Int(count) > existing else { return .invalidPartitions }
        let additional = Int(count) - existing
        let factor = topic.partitions[0].replicas.count
        var partitions: [PartitionRegistration] = []
        if let assignment {
            guard assignment.count == additional else { return .invalidReplicaAssignment }
            for replicas in assignment {
                guard isValidAssignment(replicas, replicationFactor: factor),
                    let partition = newPartition(replicas)
                else { return .invalidReplicaAssignment }
                partitions.append(partition)
            }
        } else {
            let error = place(additional, replicationFactor: factor, into: &partitions)
            guard error == .none else { return error }
        }
        var records: [MetadataRecord] = []
        append(partitions, of: topic.id, from: existing, to: &records)
        write(records, now: now, writes: &writes)
        return .none
    }
}
