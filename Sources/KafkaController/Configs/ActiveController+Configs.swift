import KafkaProtocol
import SimBase

extension ActiveController {
    /// Sets or deletes dynamic configurations; all entries or none.
    /// - Source: org.apache.kafka.controller.ConfigurationControlManager.incrementalAlterConfigs.
    mutating func alterConfigs(
        of resource: ConfigResource,
        _ entries: [ConfigEntry],
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> ErrorCode {
        let version = features.version
        switch resource {
        case .topic(let name):
            guard image.topic(named: name) != nil else { return .unknownTopicOrPartition }
            guard entries.allSatisfy({ DynamicConfigs.isValidForTopic($0, version: version) })
            else {
                return .invalidConfig
            }
        case .broker(let id):
            guard image.broker(id) != nil else { return .brokerIdNotRegistered }
            guard entries.allSatisfy({ DynamicConfigs.isValidForBroker($0, version: version) })
            else {
                return .invalidConfig
            }
        case .allBrokers:
            guard entries.allSatisfy({ DynamicConfigs.isValidForBroker($0, version: version) })
            else {
                return .invalidConfig
            }
        }
        guard !breaksELR(entries, of: resource) else { return .invalidConfig }
        var records: [MetadataRecord] = entries.compactMap { entry in
            guard image.config(entry.name, of: resource) != entry.value else { return nil }
            return .config(
                ConfigRecord(resource: resource, name: entry.name, value: entry.value)
            )
        }
        if entries.contains(where: { $0.name == ActiveController.minISR }) {
            clearELR(of: resource, into: &records)
        }
        write(records, now: now, writes: &writes)
        return .none
    }

    private static let minISR = "min.insync.replicas"

    /// With eligible leader replicas all brokers have the same `min.insync.replicas`, and have one.
    /// - Source: org.apache.kafka.controller.ConfigurationControlManager (KAFKA-16540).
    private func breaksELR(_ entries: [ConfigEntry], of resource: ConfigResource) -> Bool {
        guard features.eligibleLeaderReplicas else { return false }
        return entries.contains { entry in
            guard entry.name == ActiveController.minISR else { return false }
            switch resource {
            case .broker: return true
            case .allBrokers: return entry.value == nil
            case .topic: return false
            }
        }
    }

    /// Another `min.insync.replicas` makes eligible what was not, or the reverse: nobody is then.
    /// - Source: ClearElrRecord (KAFKA-16540).
    private func clearELR(of resource: ConfigResource, into records: inout [MetadataRecord]) {
        guard features.eligibleLeaderReplicas else { return }
        for topic in image.topics {
            if case .topic(let name) = resource, name != topic.name { continue }
            for (index, partition) in topic.partitions.enumerated()
            where !partition.elr.isEmpty || !partition.lastKnownElr.isEmpty {
                var change = PartitionChangeRecord(topicID: topic.id, partition: Int32(index))
                change.elr = []
                change.lastKnownElr = []
                records.append(.partitionChange(change))
            }
        }
    }

    /// `min.insync.replicas` of the topic, at most its replication factor, which is that of the first
    /// partition.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.getTopicEffectiveMinIsr.
    func effectiveMinISR(of topic: TopicImage) -> Int {
        let configured = Int(topicConfig(of: topic.name).minInSyncReplicas)
        return min(configured, topic.partitions.first?.replicas.count ?? configured)
    }

    func allowsUncleanElection(_ topic: TopicName) -> Bool {
        features.uncleanElectionByConfig && topicConfig(of: topic).uncleanLeaderElection
    }

    /// What the controller itself reads of the topic's configuration; the rest are defaults.
    ///
    /// The most specific dynamic value counts: the topic's, this controller's, the brokers' default.
    private func topicConfig(of topic: TopicName) -> TopicConfig {
        var result = config.topicDefaults
        guard !image.configurations.isEmpty else { return result }
        for name in DynamicConfigs.ownTopicProperties {
            let value =
                image.config(name, of: .topic(topic)) ?? image.config(name, of: .broker(id))
                ?? image.config(name, of: .allBrokers)
            guard let value else { continue }
            do {
                try PropertySchema.apply(name, value, to: &result)
            } catch {
                preconditionFailure("\(name)=\(value) is in the metadata log: \(error.message)")
            }
        }
        return result
    }
}
