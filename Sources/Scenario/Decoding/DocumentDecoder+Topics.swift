import KafkaProtocol
import SimBase

extension DocumentDecoder {
    mutating func topics(_ value: Located?) -> [TopicSpec] {
        var topics: [TopicSpec] = []
        for item in list(value, of: "topics") {
            guard let object = object(item, Grammar.topic) else { continue }
            guard let topic = topic(object, isAction: false) else { continue }
            if let place = object["name"], topics.contains(where: { $0.name == topic.name }) {
                note(.duplicateName, place, allowed: "each topic once")
                continue
            }
            topics.append(topic)
        }
        return topics
    }

    /// A topic of the list or of the action `create-topic`.
    ///
    /// What a broker would refuse at run time is an error for a declared topic; the action may try it.
    mutating func topic(_ object: ObjectValue, isAction: Bool) -> TopicSpec? {
        let name = topicName(object["name"])
        let assignment = assignment(object["assignment"], isAction: isAction)
        var partitions = integer(object["partitions"], 1...100_000).map { Int32($0) }
        var factor = integer(object["replication.factor"], 1...Int64(Int16.max)).map { Int16($0) }
        if let assignment {
            agree(object, "partitions", partitions.map { Int($0) }, assignment.count)
            agree(object, "replication.factor", factor.map { Int($0) }, assignment[0].count)
            partitions = Int32(assignment.count)
            factor = Int16(assignment[0].count)
        }
        let resolved = factor ?? config.defaultReplicationFactor
        if !isAction, Int(resolved) > brokerCount {
            note(
                .invalidValue,
                object["replication.factor"] ?? object.value,
                found: factor == nil ? "default.replication.factor=\(resolved)" : nil,
                allowed: "at most the number of brokers, \(brokerCount)",
                remedy: "add brokers or lower the replication factor"
            )
        }
        let properties = properties(of: object)
        var errors: [PropertyError] = []
        let config = PropertySchema.topicConfig(
            properties.entries,
            over: config.topicDefaults,
            version: version,
            errors: &errors
        )
        note(errors, in: properties)
        guard let name else { return nil }
        let count = partitions ?? self.config.defaultPartitions
        let known = partitionCounts[Int(name.rawValue)] ?? 0
        partitionCounts[Int(name.rawValue)] = max(known, count)
        return TopicSpec(
            name: name,
            partitions: count,
            replicationFactor: resolved,
            assignment: assignment,
            entries: properties.entries,
            config: config
        )
    }

    private mutating func agree(_ object: ObjectValue, _ key: String, _ said: Int?, _ given: Int) {
        guard let said, said != given, let value = object[key] else { return }
        note(.invalidValue, value, allowed: "\(given), as \"assignment\" has it")
    }

    mutating func assignment(_ value: Located?, isAction: Bool) -> [[BrokerID]]? {
        guard let value else { return nil }
        let lists = list(value, of: "lists of broker ids").map { brokers($0, isAction: isAction) }
        let isEven = lists.allSatisfy { $0.count == lists.first?.count }
        guard let first = lists.first, !first.isEmpty, isEven else {
            note(
                .invalidValue,
                value,
                allowed: "a list of broker ids for each partition, all of one length"
            )
            return nil
        }
        return lists
    }

    /// Ids of brokers, each once.
    mutating func brokers(_ value: Located, isAction: Bool) -> [BrokerID] {
        var ids: [BrokerID] = []
        for item in list(value, of: "broker ids") {
            let most = isAction ? Int32.max : Int32(brokerCount)
            guard let number = integer(item, 1...Int64(most)) else { continue }
            let id = BrokerID(Int32(number))
            if ids.contains(id) {
                note(.invalidValue, item, allowed: "each broker once")
            } else {
                ids.append(id)
            }
        }
        return ids
    }

    /// A topic's name as Kafka allows it, entered into the table.
    /// - Source: org.apache.kafka.common.internals.Topic.validate.
    mutating func topicName(_ value: Located?) -> TopicName? {
        guard let value, let text = text(value) else { return nil }
        let isLegal = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                || (0x61...0x7a).contains(byte) || byte == 0x2e || byte == 0x5f || byte == 0x2d
        }
        guard isLegal, (1...249).contains(text.utf8.count), text != ".", text != ".." else {
            note(
                .invalidValue,
                value,
                allowed: "1 to 249 letters, digits, \".\", \"_\" and \"-\""
            )
            return nil
        }
        return enter(topic: text)
    }

    mutating func enter(topic text: String) -> TopicName {
        let name = names.topic(text)
        while partitionCounts.count < names.topics.count { partitionCounts.append(nil) }
        return name
    }

    /// A topic that a client names: declared, created by the timeline, or auto-created.
    mutating func clientTopic(_ value: Located, createsTopics: Bool) -> TopicName? {
        guard let topic = topicName(value) else { return nil }
        let index = Int(topic.rawValue)
        guard partitionCounts[index] == nil else { return topic }
        guard config.autoCreateTopics, createsTopics else {
            note(
                .unknownName,
                value,
                allowed: "a topic that exists: auto.create.topics.enable is off",
                remedy: "declare it in \"topics\"",
                suggestion: NearestName.find(
                    names.text(topic),
                    among: knownTopics.filter { $0 != names.text(topic) }
                )
            )
            return topic
        }
        partitionCounts[index] = config.defaultPartitions
        return topic
    }

    /// Topics that exist at some time of the run.
    var knownTopics: [String] {
        names.topics.enumerated().compactMap { partitionCounts[$0] == nil ? nil : $1 }
    }

    /// A topic that exists at some time of the run.
    mutating func knownTopic(_ value: Located?) -> TopicName? {
        guard let value, let text = text(value) else { return nil }
        return knownTopic(text, at: value)
    }

    mutating func knownTopic(_ text: String, at value: Located) -> TopicName? {
        guard knownTopics.contains(text) else {
            note(
                .unknownName,
                value,
                found: "topic \"\(text)\"",
                allowed: topicList,
                suggestion: NearestName.find(text, among: knownTopics)
            )
            return nil
        }
        return names.topic(text)
    }

    private var topicList: String {
        let topics = knownTopics.filter { !$0.hasPrefix("__") }
        return topics.isEmpty ? "no topic is declared" : topics.joined(separator: ", ")
    }

    /// `orders-0`, a partition that exists at some time of the run.
    mutating func partition(_ text: String, at value: Located) -> TopicPartition? {
        guard let dash = text.lastIndex(of: "-"),
            let number = Int32(text[text.index(after: dash)...]),
            number >= 0
        else {
            note(
                .invalidValue,
                value,
                found: "\"\(text)\"",
                allowed: "a partition such as \"orders-0\""
            )
            return nil
        }
        guard let topic = knownTopic(String(text[..<dash]), at: value) else { return nil }
        return partition(number, of: topic, at: value)
    }

    mutating func partition(
        _ number: Int32,
        of topic: TopicName,
        at value: Located
    ) -> TopicPartition? {
        let count = partitionCounts[Int(topic.rawValue)] ?? 0
        guard number < count else {
            note(
                .unknownName,
                value,
                found: "partition \(number) of the topic \"\(names.text(topic))\"",
                allowed: count == 1 ? "partition 0" : "partitions 0 to \(count - 1)"
            )
            return nil
        }
        return TopicPartition(topic, number)
    }
}
