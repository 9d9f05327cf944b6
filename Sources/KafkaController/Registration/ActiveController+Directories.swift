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
}
