import KafkaProtocol
import SimBase

extension ActiveController {
    /// How many elections one run of a periodic task makes at most.
    private static let electionsMax = 1_000
    /// How soon the next run follows one that was full.
    private static let fullRunDelay = Interval.milliseconds(10)

    /// A builder for a change of the partition, under the topic's present configuration.
    func changeBuilder(
        _ topic: TopicImage,
        _ index: Int,
        election: Election = .online
    ) -> PartitionChangeBuilder {
        var builder = PartitionChangeBuilder(
            topicID: topic.id,
            index: Int32(index),
            partition: topic.partitions[index],
            minISR: effectiveMinISR(of: topic),
            features: features
        )
        builder.election = election
        return builder
    }

    /// Finishes a change of `partition`, where a broker may lead if it is active and keeps its
    /// replica in a directory that is online.
    /// - Parameters:
    ///   - builder: the change.
    ///   - partition: the state before it.
    ///   - excluded: brokers that may not lead, although the image has them as active.
    ///   - returning: a broker that may, although the image has it as fenced.
    /// - Returns: The record; `nil` if nothing changes.
    func build(
        _ builder: consuming PartitionChangeBuilder,
        for partition: PartitionRegistration,
        excluding excluded: [BrokerID] = [],
        returning: BrokerID? = nil
    ) -> PartitionChangeRecord? {
        builder.build(
            defaultDirectory: { image.broker($0)?.defaultDirectory ?? .unassigned },
            isAcceptable: { replica in
                guard !excluded.contains(replica), let broker = image.broker(replica) else {
                    return false
                }
                return (replica == returning || broker.isActive)
                    && broker.hasOnline(partition.directory(of: replica))
            }
        )
    }

    /// Elects leaders and trims ISRs of the partitions that `isAffected` picks, as a broker comes or
    /// goes.
    ///
    /// `leaving` and `uncleanShutdown` leave the ISRs and may not lead; `returning` may, although the
    /// image still has it as fenced.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.generateLeaderAndIsrUpdates.
    func appendLeaderAndISRUpdates(
        leaving: BrokerID? = nil,
        returning: BrokerID? = nil,
        uncleanShutdown: BrokerID? = nil,
        to records: inout [MetadataRecord],
        where isAffected: (PartitionRegistration) -> Bool
    ) {
        let excluded = [leaving, uncleanShutdown].compactMap(\.self)
        for topic in image.topics {
            for (index, partition) in topic.partitions.enumerated() where isAffected(partition) {
                let election: Election = allowsUncleanElection(topic.name) ? .unclean : .online
                var builder = changeBuilder(topic, index, election: election)
                builder.targetISR = partition.isr.filter { !excluded.contains($0) }
                builder.uncleanShutdownReplica = uncleanShutdown
                let change = build(
                    builder,
                    for: partition,
                    excluding: excluded,
                    returning: returning
                )
                if let change { records.append(.partitionChange(change)) }
            }
        }
    }

    // MARK: ElectLeaders

    /// Elects leaders where asked; all partitions if none is named.
    /// - Returns: The first error in the request's order. With all partitions asked for, those that
    ///   need no election are passed over.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.electLeaders.
    mutating func electLeaders(
        _ type: ElectionType,
        _ partitions: [TopicPartition],
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> ErrorCode {
        var records: [MetadataRecord] = []
        var first = ErrorCode.none
        if partitions.isEmpty {
            for topic in image.topics {
                for index in topic.partitions.indices {
                    let error = appendElection(type, topic, index, to: &records)
                    if first == .none, error != .electionNotNeeded { first = error }
                }
            }
        }
        for partition in partitions {
            var error = ErrorCode.unknownTopicOrPartition
            if let topic = image.topic(named: partition.topic),
                topic.partitions.indices.contains(Int(partition.partition))
            {
                error = appendElection(type, topic, Int(partition.partition), to: &records)
            }
            if first == .none { first = error }
        }
        write(records, now: now, writes: &writes)
        return first
    }

    private func appendElection(
        _ type: ElectionType,
        _ topic: TopicImage,
        _ index: Int,
        to records: inout [MetadataRecord]
    ) -> ErrorCode {
        let partition = topic.partitions[index]
        switch type {
        case .preferred where partition.leader == partition.preferredReplica,
            .unclean where partition.hasLeader:
            return .electionNotNeeded
        case .preferred, .unclean: break
        }
        let builder = changeBuilder(
            topic,
            index,
            election: type == .unclean ? .unclean : .preferred
        )
        guard let change = build(builder, for: partition) else {
            return type == .unclean ? .eligibleLeadersNotAvailable : .preferredLeaderNotAvailable
        }
        records.append(.partitionChange(change))
        return .none
    }

    // MARK: Periodic elections

    /// Arms the tasks that a leaderless or unbalanced partition needs, unless they are armed.
    mutating func scheduleElections(now: Instant) {
        if image.offlinePartitionCount > 0, schedule.uncleanElection == .distantFuture {
            schedule.uncleanElection = now + config.uncleanElectionInterval
        }
        if config.autoLeaderRebalance, image.preferredReplicaImbalanceCount > 0,
            schedule.balance == .distantFuture
        {
            schedule.balance = now + config.leaderImbalanceCheckInterval
        }
    }

    /// Tries an unclean election in each leaderless partition whose topic allows it.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager
    ///   .maybeTriggerUncleanLeaderElectionForLeaderlessPartitions.
    mutating func electUncleanLeaders(now: Instant, writes: inout [MetadataWrite]) {
        schedule.uncleanElection = .distantFuture
        let isFull = elect(.unclean, now: now, writes: &writes) { controller, topic, partition in
            !partition.hasLeader && controller.allowsUncleanElection(topic.name)
        }
        if isFull { schedule.uncleanElection = now + ActiveController.fullRunDelay }
        scheduleElections(now: now)
    }

    /// Tries to give each partition to its first replica. KRaft ignores
    /// `leader.imbalance.per.broker.percentage`.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.maybeBalancePartitionLeaders.
    mutating func balanceLeaders(now: Instant, writes: inout [MetadataWrite]) {
        schedule.balance = .distantFuture
        let isFull = elect(.preferred, now: now, writes: &writes) { _, _, partition in
            partition.leader != partition.preferredReplica
        }
        if isFull { schedule.balance = now + ActiveController.fullRunDelay }
        scheduleElections(now: now)
    }

    /// - Returns: Whether the run made as many elections as it may.
    private mutating func elect(
        _ type: ElectionType,
        now: Instant,
        writes: inout [MetadataWrite],
        where isWanted: (ActiveController, TopicImage, PartitionRegistration) -> Bool
    ) -> Bool {
        var records: [MetadataRecord] = []
        search: for topic in image.topics {
            for (index, partition) in topic.partitions.enumerated()
            where isWanted(self, topic, partition) {
                _ = appendElection(type, topic, index, to: &records)
                if records.count == ActiveController.electionsMax { break search }
            }
        }
        write(records, now: now, writes: &writes)
        return records.count == ActiveController.electionsMax
    }
}
