import KafkaProtocol

extension MetadataImage {
    /// Applies a committed record and tells observers what it means.
    mutating func applyObserved(
        _ record: MetadataRecord,
        at offset: Offset,
        into effects: inout [Effect]
    ) {
        switch record {
        case .registerBroker(let record):
            apply(.registerBroker(record), at: offset)
            effects.append(.observe(.brokerRegistered(record.broker, record.epoch)))
        case .brokerRegistrationChange(let change):
            apply(record, at: offset)
            switch change.fencing {
            case .fence: effects.append(.observe(.brokerFenced(change.broker)))
            case .unfence: effects.append(.observe(.brokerUnfenced(change.broker)))
            case .unchanged: break
            }
        case .partition(let created):
            apply(record, at: offset)
            observe(created.topicID, created.partition, election: .initial, into: &effects)
        case .partitionChange(let change):
            let election = topic(id: change.topicID).flatMap { topic in
                ElectionKind(before: topic.partitions[Int(change.partition)], change: change)
            }
            apply(record, at: offset)
            observe(change.topicID, change.partition, election: election, into: &effects)
        case .removeTopic(let id):
            let name = topicName(of: id)
            apply(record, at: offset)
            if let name { effects.append(.observe(.topicDeleted(name))) }
        case .topic, .config, .featureLevel, .producerIDs, .noOp: apply(record, at: offset)
        }
    }

    private func observe(
        _ id: TopicID,
        _ index: Int32,
        election: ElectionKind?,
        into effects: inout [Effect]
    ) {
        guard let name = topicName(of: id),
            let state = partition(TopicPartition(name, index))
        else { return }
        let change = PartitionChange(
            partition: TopicPartition(name, index),
            leader: state.leader,
            leaderEpoch: state.leaderEpoch,
            partitionEpoch: state.partitionEpoch,
            isr: state.isr,
            replicas: state.replicas,
            eligibleLeaders: state.elr,
            election: election
        )
        effects.append(.observe(.partitionChanged(change)))
    }
}
