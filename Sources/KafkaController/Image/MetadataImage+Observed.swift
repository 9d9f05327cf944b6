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

    /// Tells observers the state of what `delta` names.
    ///
    /// A new leader of the quorum cannot know which of the records before it another controller has
    /// shown already. States may be shown twice; elections are not, except an unclean one whose
    /// leader has not confirmed its recovery.
    func observeState(of delta: MetadataDelta, into effects: inout [Effect]) {
        for topic in delta.deletedTopics where self.topic(named: topic.name) == nil {
            effects.append(.observe(.topicDeleted(topic.name)))
        }
        for partition in delta.changedPartitions {
            guard let state = self.partition(partition) else { continue }
            let isRecovering = state.leaderRecoveryState == .recovering
            observe(partition, state, election: isRecovering ? .unclean : nil, into: &effects)
        }
    }

    private func observe(
        _ id: TopicID,
        _ index: Int32,
        election: ElectionKind?,
        into effects: inout [Effect]
    ) {
        guard let name = topicName(of: id) else { return }
        let partition = TopicPartition(name, index)
        guard let state = self.partition(partition) else { return }
        observe(partition, state, election: election, into: &effects)
    }

    private func observe(
        _ partition: TopicPartition,
        _ state: PartitionRegistration,
        election: ElectionKind?,
        into effects: inout [Effect]
    ) {
        let change = PartitionChange(
            partition: partition,
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
