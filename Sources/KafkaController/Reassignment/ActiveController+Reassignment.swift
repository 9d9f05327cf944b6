import KafkaProtocol
import SimBase

extension ActiveController {
    /// Starts moving a partition to other replicas. Its leader, ISR and leader epoch stay.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.changePartitionReassignment
    ///   (KIP-455).
    mutating func reassign(
        _ partition: TopicPartition,
        to target: [BrokerID],
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> ErrorCode {
        let index = Int(partition.partition)
        guard let topic = image.topic(named: partition.topic),
            topic.partitions.indices.contains(index)
        else { return .unknownTopicOrPartition }
        guard isValidAssignment(target, replicationFactor: nil) else {
            return .invalidReplicaAssignment
        }
        let state = topic.partitions[index]
        let plan = ReassignmentPlan(from: state.replicas, to: target)
        var builder = changeBuilder(topic, index)
        builder.targetReplicas = plan.replicas
        // As in Kafka, an empty new set does not replace what an earlier reassignment left.
        if !plan.removing.isEmpty { builder.targetRemoving = plan.removing }
        if !plan.adding.isEmpty { builder.targetAdding = plan.adding }
        if let change = build(builder, for: state) {
            write([.partitionChange(change)], now: now, writes: &writes)
        }
        return .none
    }

    /// Goes back to the replicas from before a reassignment.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.cancelPartitionReassignment.
    mutating func cancelReassignment(
        of partition: TopicPartition,
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> ErrorCode {
        let index = Int(partition.partition)
        guard let topic = image.topic(named: partition.topic),
            topic.partitions.indices.contains(index)
        else { return .unknownTopicOrPartition }
        let state = topic.partitions[index]
        guard state.isReassigning else { return .noReassignmentInProgress }
        let isUncleanAllowed = allowsUncleanElection(topic.name)
        guard let revert = ReassignmentRevert(state), !revert.isUnclean || isUncleanAllowed else {
            return .invalidReplicaAssignment
        }
        var builder = changeBuilder(topic, index, election: isUncleanAllowed ? .unclean : .online)
        builder.targetISR = revert.isr
        builder.targetReplicas = revert.replicas
        builder.targetRemoving = []
        builder.targetAdding = []
        if let change = build(builder, for: state) {
            write([.partitionChange(change)], now: now, writes: &writes)
        }
        return .none
    }
}
