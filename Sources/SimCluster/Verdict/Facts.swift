import Checkers
import KafkaProtocol
import Scenario
import SimBase

/// What ledger and diagnosis need to know of the scenario's participants.
enum Facts {
    static func producers(_ document: ScenarioDocument) -> [ProducerFacts] {
        document.producers.map { producer in
            let config = producer.config
            let acks =
                switch config.acks {
                case .all: "all"
                case .leader: "1"
                case .none: "0"
                }
            let rows = [
                ("acks", acks),
                ("enable.idempotence", String(config.enableIdempotence)),
                ("retries", String(config.retries)),
                ("delivery.timeout.ms", String(config.deliveryTimeout.milliseconds)),
                ("max.in.flight.requests.per.connection", String(config.maxInFlight)),
                ("linger.ms", String(config.linger.milliseconds)),
                ("batch.size", String(config.batchSize)),
                ("buffer.memory", String(config.bufferMemory)),
                ("max.block.ms", String(config.maxBlock.milliseconds)),
                ("max.request.size", String(config.maxRequestSize)),
            ]
            return ProducerFacts(
                name: producer.name,
                acks: config.acks,
                isIdempotent: config.enableIdempotence,
                resends: producer.onError.contains(.resend)
                    || producer.onError.contains(.resendThenThrow),
                settings: rows.map {
                    SettingRow(path: "producers.\(producer.name).config.\($0.0)", value: $0.1)
                } + [
                    SettingRow(
                        path: "producers.\(producer.name).on-error",
                        value: producer.onError.description
                    )
                ]
            )
        }
    }

    static func groups(_ document: ScenarioDocument) -> [GroupFacts] {
        var groups: [GroupFacts] = []
        for consumer in document.consumers
        where !groups.contains(where: { $0.group == consumer.group }) {
            let name = document.names.text(consumer.group)
            var topics: [TopicName] = []
            for other in document.consumers where other.group == consumer.group {
                for topic in other.topics where !topics.contains(topic) { topics.append(topic) }
            }
            let config = consumer.config
            let rows = [
                ("commit", consumer.commit.rawValue),
                ("config.enable.auto.commit", String(config.enableAutoCommit)),
                ("config.auto.commit.interval.ms", String(config.autoCommitInterval.milliseconds)),
                ("config.auto.offset.reset", config.autoOffsetReset.rawValue),
            ]
            groups.append(
                GroupFacts(
                    name: name,
                    group: consumer.group,
                    topics: topics,
                    commit: consumer.commit.rawValue,
                    settings: rows.map {
                        SettingRow(path: "consumers.\(name).\($0.0)", value: $0.1)
                    }
                )
            )
        }
        return groups
    }

    static func topics(_ document: ScenarioDocument) -> [TopicFacts] {
        declaredTopics(document) + createdTopics(document)
    }

    /// Topics that come into being when a client names them: the brokers' defaults shaped them.
    private static func createdTopics(_ document: ScenarioDocument) -> [TopicFacts] {
        guard let broker = document.cluster.brokers.first else { return [] }
        let config = broker.config
        var created: [TopicName] = []
        for producer in document.producers
        where !document.topics.contains(where: { $0.name == producer.topic })
            && !created.contains(producer.topic)
        {
            created.append(producer.topic)
        }
        return created.map { topic in
            TopicFacts(
                topic: topic,
                settings: [
                    SettingRow(
                        path: "cluster.config.default.replication.factor",
                        value: String(config.defaultReplicationFactor)
                    ),
                    SettingRow(
                        path: "cluster.config.min.insync.replicas",
                        value: String(config.topicDefaults.minInSyncReplicas)
                    ),
                ]
            )
        }
    }

    private static func declaredTopics(_ document: ScenarioDocument) -> [TopicFacts] {
        document.topics.map { topic in
            let name = document.names.text(topic.name)
            let config = topic.config
            let rows = [
                (
                    "replication.factor",
                    String(topic.assignment?.first?.count ?? Int(topic.replicationFactor))
                ),
                ("config.min.insync.replicas", String(config.minInSyncReplicas)),
                ("config.unclean.leader.election.enable", String(config.uncleanLeaderElection)),
                ("config.max.message.bytes", String(config.maxMessageBytes.bytes)),
                (
                    "config.flush.messages",
                    config.flushMessages == .max ? "off" : String(config.flushMessages)
                ),
                (
                    "config.retention.ms",
                    config.retention == .forever ? "-1" : String(config.retention.milliseconds)
                ),
                ("config.retention.bytes", config.retentionBytes.map { String($0.bytes) } ?? "-1"),
                ("config.segment.bytes", String(config.segmentBytes.bytes)),
            ]
            return TopicFacts(
                topic: topic.name,
                settings: rows.map { SettingRow(path: "topics.\(name).\($0.0)", value: $0.1) }
            )
        }
    }
}
