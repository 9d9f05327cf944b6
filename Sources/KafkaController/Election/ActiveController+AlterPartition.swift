import KafkaProtocol
import SimBase

extension ActiveController {
    /// Changes ISRs as partition leaders ask.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.alterPartition (KIP-497).
    mutating func alterPartition(
        _ request: AlterPartitionRequest,
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> AlterPartitionResponse {
        let error = checkEpoch(of: request.broker, request.brokerEpoch)
        guard error == .none else { return AlterPartitionResponse(error: error) }
        var records: [MetadataRecord] = []
        let answers = request.partitions.map { item in
            alter(item, leader: request.broker, records: &records)
        }
        write(records, now: now, writes: &writes)
        return AlterPartitionResponse(error: .none, partitions: answers)
    }

    private func alter(
        _ item: AlterPartitionItem,
        leader: BrokerID,
        records: inout [MetadataRecord]
    ) -> AlterPartitionAnswer {
        guard let topic = image.topic(id: item.topicID) else {
            return AlterPartitionAnswer(partition: item.partition, error: .unknownTopicId)
        }
        let index = Int(item.partition.partition)
        guard topic.partitions.indices.contains(index) else {
            return AlterPartitionAnswer(partition: item.partition, error: .unknownTopicOrPartition)
        }
        var partition = topic.partitions[index]
        let error = validate(item, sender: leader, partition)
        guard error == .none else {
            return AlterPartitionAnswer(partition: item.partition, error: error)
        }
        let election: Election = allowsUncleanElection(topic.name) ? .unclean : .online
        var builder = changeBuilder(topic, index, election: election)
        builder.targetISR = item.newISR.map(\.broker)
        builder.targetRecoveryState = item.recoveryState
        if let change = build(builder, for: partition) {
            records.append(.partitionChange(change))
            partition.apply(change)
            // A reassignment that is complete now may take the leader away. The record is written,
            // and the sender learns that it has to wait for the metadata.
            if let elected = change.leader, elected != leader {
                return AlterPartitionAnswer(partition: item.partition, error: .newLeaderElected)
            }
        }
        return AlterPartitionAnswer(
            partition: item.partition,
            error: .none,
            leader: partition.leader,
            leaderEpoch: partition.leaderEpoch,
            isr: partition.isr,
            recoveryState: partition.leaderRecoveryState,
            partitionEpoch: partition.partitionEpoch
        )
    }

    /// The first rule that the request breaks. The order of the rules is part of the protocol.
    private func validate(
        _ item: AlterPartitionItem,
        sender: BrokerID,
        _ partition: PartitionRegistration
    ) -> ErrorCode {
        // From the future: the sender follows a controller that this one has not caught up with.
        if item.leaderEpoch > partition.leaderEpoch
            || item.partitionEpoch > partition.partitionEpoch
        {
            return .notController
        }
        if item.leaderEpoch < partition.leaderEpoch { return .fencedLeaderEpoch }
        if sender != partition.leader { return .invalidRequest }
        if item.partitionEpoch < partition.partitionEpoch { return .invalidUpdateVersion }
        let isr = item.newISR.map(\.broker)
        let isWellFormed =
            Set(isr).count == isr.count && isr.allSatisfy(partition.replicas.contains)
            && isr.contains(partition.leader)
        if !isWellFormed { return .invalidRequest }
        if item.recoveryState == .recovering,
            isr.count > 1 || partition.leaderRecoveryState == .recovered
        {
            return .invalidRequest
        }
        return item.newISR.allSatisfy(isEligibleForISR) ? .none : .ineligibleReplica
    }

    /// - Source: KIP-841 (fenced and leaving brokers), KIP-903 (broker epochs).
    private func isEligibleForISR(_ member: IsrMember) -> Bool {
        guard let broker = image.broker(member.broker), broker.isActive else { return false }
        return !features.brokerEpochInISR || member.epoch == .none || member.epoch == broker.epoch
    }
}

extension AlterPartitionAnswer {
    /// Whether the sender acted on metadata older than the controller's.
    var isStale: Bool {
        error == .fencedLeaderEpoch || error == .invalidUpdateVersion
    }
}
