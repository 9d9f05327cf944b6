import KafkaProtocol
import SimBase

/// Actions that go through Kafka's admin client.
extension DocumentDecoder {
    mutating func adminAction(_ key: String, _ value: Located) -> Action? {
        if key == "delete-topic", case .string = value.node.content {
            return knownTopic(value).map { .deleteTopic($0) }
        }
        guard let shape = Grammar.entry.key(key)?.shape.objectShape,
            let object = object(value, shape)
        else { return nil }
        switch key {
        case "configure": return configure(object)
        case "create-topic": return topic(object, isAction: true).map { .createTopic($0) }
        case "delete-topic": return knownTopic(object["name"]).map { .deleteTopic($0) }
        case "add-partitions": return addPartitions(object)
        case "reassign": return reassign(object)
        case "elect-leaders": return electLeaders(object)
        case "delete-records": return deleteRecords(object)
        default: return nil
        }
    }

    private mutating func configure(_ object: ObjectValue) -> Action? {
        var resource: ConfigResource?
        var scope = PropertyScope.topic
        switch (object["topic"], object["broker"]) {
        case (let topic?, nil): resource = knownTopic(topic).map { .topic($0) }
        case (nil, let broker?):
            resource = brokerResource(broker)
            scope = .broker
        default:
            note(
                .invalidValue,
                object.value,
                found: object["topic"] == nil
                    ? "neither \"topic\" nor \"broker\"" : "both \"topic\" and \"broker\"",
                allowed: "either \"topic\" or \"broker\""
            )
        }
        var properties = PropertyEntries(home: object.value)
        if let set = object["set"] { add(set, to: &properties) }
        var errors: [PropertyError] = []
        if scope == .topic {
            _ = PropertySchema.topicConfig(
                properties.entries,
                over: config.topicDefaults,
                version: version,
                errors: &errors
            )
        } else {
            _ = PropertySchema.serverConfig(
                properties.entries,
                over: config,
                version: version,
                errors: &errors
            )
        }
        note(errors, in: properties)
        var entries = properties.entries
        for item in list(object["unset"], of: "property names") {
            guard let name = text(item) else { continue }
            guard PropertySchema.definition(of: name, in: scope) != nil else {
                note(
                    .unknownProperty,
                    item,
                    allowed: "a \(scope.rawValue) property of Kafka",
                    suggestion: PropertySchema.suggestion(for: name, in: scope)
                )
                continue
            }
            entries.append(ConfigEntry(name: name, value: nil))
        }
        if object["set"] == nil, object["unset"] == nil {
            note(
                .missingKey,
                object.value,
                found: "no change",
                allowed: "\"set\", \"unset\" or both"
            )
        }
        return resource.map { .configure($0, entries) }
    }

    private mutating func brokerResource(_ value: Located) -> ConfigResource? {
        let text = value.node.scalarText ?? ""
        if text == "default" { return .allBrokers }
        let digits = text.hasPrefix("broker-") ? String(text.dropFirst(7)) : text
        guard let number = Int(digits), (1...brokerCount).contains(number) else {
            note(
                .unknownName,
                value,
                allowed: "default, or broker-1 to broker-\(brokerCount)"
            )
            return nil
        }
        return .broker(BrokerID(Int32(number)))
    }

    private mutating func addPartitions(_ object: ObjectValue) -> Action? {
        let topic = knownTopic(object["topic"])
        let count = integer(object["to"], 1...100_000).map { Int32($0) }
        let assignment = assignment(object["assignment"], isAction: true)
        guard let topic, let count else { return nil }
        return .addPartitions(topic, to: count, assignment: assignment)
    }

    private mutating func reassign(_ object: ObjectValue) -> Action? {
        let partition = partitionName(object["partition"])
        let isCancelled = boolean(object["cancel"]) ?? false
        let replicas = object["replicas"].map { brokers($0, isAction: true) }
        guard isCancelled != (replicas != nil) else {
            note(
                .invalidValue,
                object.value,
                found: isCancelled ? "both \"replicas\" and \"cancel\"" : "neither of both",
                allowed: "either \"replicas\": [2, 3, 1] or \"cancel\": true"
            )
            return nil
        }
        return partition.map { .reassign($0, replicas) }
    }

    private mutating func electLeaders(_ object: ObjectValue) -> Action? {
        let type = choice(object["type"], ["preferred", "unclean"])
        let partitions = list(object["partitions"], of: "partitions")
            .compactMap { partitionName($0) }
        return .electLeaders(type == "unclean" ? .unclean : .preferred, partitions)
    }

    private mutating func deleteRecords(_ object: ObjectValue) -> Action? {
        let partition = partitionName(object["partition"])
        let offset = integer(object["before"], -1...Int64.max) ?? -1
        return partition.map { .deleteRecords($0, before: offset < 0 ? nil : Offset(offset)) }
    }

    private mutating func partitionName(_ value: Located?) -> TopicPartition? {
        guard let value, let text = text(value) else { return nil }
        return partition(text, at: value)
    }
}
