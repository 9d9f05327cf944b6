import KafkaProtocol

extension MetadataImage {
    /// The records that build this image anew: what a metadata snapshot holds.
    ///
    /// Topics come with their partitions as they are now; configurations and brokers follow.
    /// - Source: org.apache.kafka.image.MetadataImage.write.
    public func snapshotRecords() -> [MetadataRecord] {
        var records: [MetadataRecord] = featureLevels.map {
            .featureLevel(name: $0.name, level: $0.level)
        }
        records += brokers.map { .registerBroker($0.record) }
        for topic in topics {
            records.append(.topic(TopicRecord(name: topic.name, id: topic.id)))
            for (index, partition) in topic.partitions.enumerated() {
                records.append(
                    .partition(
                        PartitionRecord(
                            topicID: topic.id,
                            partition: Int32(index),
                            registration: partition
                        )
                    )
                )
            }
        }
        for configuration in configurations {
            records += configuration.entries.map {
                .config(
                    ConfigRecord(
                        resource: configuration.resource,
                        name: $0.name,
                        value: $0.value
                    )
                )
            }
        }
        if nextProducerID.rawValue > 0 {
            records.append(
                .producerIDs(
                    ProducerIDsRecord(
                        broker: .none,
                        brokerEpoch: .none,
                        nextProducerID: nextProducerID
                    )
                )
            )
        }
        return records
    }
}
