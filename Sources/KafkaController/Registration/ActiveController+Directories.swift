import KafkaProtocol
import SimBase

extension ActiveController {
    /// Takes the broker out of the ISR of every partition that it keeps in a directory gone offline,
    /// then writes down the directories that are left. The broker stays unfenced.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.handleDirectoriesOffline
    ///   (KIP-858).
    func appendOfflineDirectories(
        _ offline: [DirectoryID],
        of broker: BrokerRegistration,
        to records: inout [MetadataRecord]
    ) {
        let lost = broker.directories.filter(offline.contains)
        guard !lost.isEmpty else { return }
        appendLeaderAndISRUpdates(leaving: broker.id, to: &records) { partition in
            partition.replicas.contains(broker.id)
                && lost.contains(partition.directory(of: broker.id))
        }
        records.append(
            .brokerRegistrationChange(
                BrokerRegistrationChangeRecord(
                    broker: broker.id,
                    brokerEpoch: broker.epoch,
                    logDirs: broker.directories.filter { !lost.contains($0) }
                )
            )
        )
    }

    /// Notes in which directory a broker keeps replicas. A directory that is offline takes the broker
    /// out of their ISRs.
    /// - Returns: The first error, of the broker or of a partition; the other partitions are noted.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.handleAssignReplicasToDirs.
    mutating func assign(
        _ partitions: [TopicPartition],
        of id: BrokerID,
        _ epoch: BrokerEpoch,
        to directory: DirectoryID,
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> ErrorCode {
        guard let broker = image.broker(id), broker.epoch == epoch else { return .staleBrokerEpoch }
        var records: [MetadataRecord] = []
        var first = ErrorCode.none
        for partition in partitions {
            let index = Int(partition.partition)
            guard let topic = image.topic(named: partition.topic),
                topic.partitions.indices.contains(index)
            else {
                if first == .none { first = .unknownTopicOrPartition }
                continue
            }
            guard topic.partitions[index].replicas.contains(id) else {
                if first == .none { first = .notLeaderOrFollower }
                continue
            }
            var builder = changeBuilder(topic, index)
            builder.setDirectory(of: id, to: directory)
            if let change = build(builder, for: topic.partitions[index]) {
                records.append(.partitionChange(change))
            }
        }
        write(records, now: now, writes: &writes)
        guard !broker.hasOnline(directory) else { return first }
        var removals: [MetadataRecord] = []
        appendLeaderAndISRUpdates(leaving: id, to: &removals) {
            $0.replicas.contains(id) && $0.directory(of: id) == directory
        }
        write(removals, now: now, writes: &writes)
        return first
    }
}
