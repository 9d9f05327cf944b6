import KafkaProtocol
import SimBase

extension DocumentDecoder {
    mutating func producers(_ value: Located?) -> [ProducerSpec] {
        let items = list(value, of: "producers")
        for item in items {
            if let text = item.node["name"]?.scalarText { producerNames.append(text) }
        }
        var producers: [ProducerSpec] = []
        for item in items {
            guard let object = object(item, Grammar.producer) else { continue }
            guard let producer = producer(object) else { continue }
            if let place = object["name"], producers.contains(where: { $0.name == producer.name }) {
                note(.duplicateName, place, allowed: "each producer's name once")
                continue
            }
            producers.append(producer)
        }
        return producers
    }

    private mutating func producer(_ object: ObjectValue) -> ProducerSpec? {
        let name = name(object["name"])
        let topic = object["topic"].flatMap { clientTopic($0, createsTopics: true) }
        if let topic, topic.isInternal, let place = object["topic"] {
            note(.invalidValue, place, allowed: "a topic that is not internal to Kafka")
        }
        let properties = properties(of: object)
        var errors: [PropertyError] = []
        let config = PropertySchema.producerConfig(
            properties.entries,
            version: version,
            features: features,
            errors: &errors
        )
        note(errors, in: properties)
        let valueSize = valueSize(object["value-size"]) ?? .fixed(100)
        let keys = keys(object["keys"]) ?? .none
        let api = choice(object["api"], of: SendAPI.self) ?? .async
        let onError = errorPolicy(object["on-error"]) ?? .ignore
        let workload = workload(object, topic: topic)
        if let place = object["transactional"], place.node.content != .boolean(false) {
            note(
                .unsupported,
                place,
                found: "a transactional producer, which is not supported by this build",
                allowed: "no \"transactional\""
            )
        }
        guard let name, let topic else { return nil }
        return ProducerSpec(
            name: name,
            topic: topic,
            workload: workload,
            valueSize: valueSize,
            keys: keys,
            api: api,
            onError: onError,
            config: config
        )
    }

    private mutating func workload(_ object: ObjectValue, topic: TopicName?) -> WorkloadSpec {
        if let sends = object["sends"] {
            for key in ["rate", "count", "start"] {
                guard let place = object[key] else { continue }
                note(.invalidValue, place, allowed: "either \"rate\" or \"sends\", not both")
            }
            return .sends(list(sends, of: "sends").compactMap { send($0, topic: topic) })
        }
        let start = instant(object["start"]) ?? .zero
        let count = integer(object["count"], 0...Int64(Int32.max))
        guard let rate = object["rate"] else {
            note(
                .missingKey,
                object.value,
                found: "neither \"rate\" nor \"sends\"",
                allowed:
                    "\"rate\": \"1000/s\", \"rate\": \"as-fast-as-possible\" or \"sends\": […]",
                remedy: "write \"sends\": [] for a producer that only the timeline drives"
            )
            return .sends([])
        }
        return .stream(
            StreamSpec(rate: self.rate(rate) ?? .asFastAsPossible, count: count, start: start)
        )
    }

    private mutating func rate(_ value: Located) -> RateSpec? {
        guard case .string(let text) = value.node.content else {
            note(.wrongType, value, allowed: "\"1000/s\" or \"as-fast-as-possible\"")
            return nil
        }
        if text == "as-fast-as-possible" { return .asFastAsPossible }
        guard let rate = Quantity.rate(text) else {
            note(
                .invalidValue,
                value,
                allowed: "records in a time such as \"1000/s\", or \"as-fast-as-possible\"",
                suggestion: NearestName.find(text, among: ["as-fast-as-possible"])
            )
            return nil
        }
        return rate
    }

    private mutating func send(_ value: Located, topic: TopicName?) -> SendSpec? {
        guard let object = object(value, Grammar.send) else { return nil }
        let trigger = trigger(object)
        let number = integer(object["partition"], 0...Int64(Int32.max)).map { Int32($0) }
        if let number, let topic, let place = object["partition"] {
            _ = partition(number, of: topic, at: place)
        }
        let spec = SendSpec(
            trigger: trigger ?? .at(.zero),
            count: integer(object["count"], 1...Int64(Int32.max)) ?? 1,
            every: interval(object["every"]),
            valueSize: valueSize(object["value-size"]),
            key: key(object.raw("key")),
            partition: number,
            timestamp: timestamp(object["timestamp"])
        )
        return trigger == nil ? nil : spec
    }

    /// `key` of one send: null is "no key", absent is the producer's.
    mutating func key(_ value: Located?) -> KeySpec? {
        guard let value else { return nil }
        if value.node.isNull { return KeySpec.none }
        return text(value).map { .list([$0]) }
    }

    mutating func timestamp(_ value: Located?) -> TimestampSpec? {
        guard let value else { return nil }
        if case .number = value.node.content {
            return integer(value, 0...Int64.max).map { .epochMilliseconds($0) }
        }
        return interval(value, isSigned: true).map { .relative($0) }
    }

    mutating func valueSize(_ value: Located?) -> ValueSizeSpec? {
        guard let value else { return nil }
        guard case .map = value.node.content else { return bytes(value).map { .fixed($0) } }
        guard case .oneOf(let shapes) = Grammar.valueSize, case .object(let shape) = shapes[1],
            let object = object(value, shape)
        else { return nil }
        if let bounds = object["uniform"] {
            let ends = list(bounds, of: "two sizes").compactMap { bytes($0) }
            guard ends.count == 2, ends[0] <= ends[1], object.entries.count == 1 else {
                note(.invalidValue, value, allowed: "{\"uniform\": [least, greatest]}")
                return nil
            }
            return .uniform(ends[0], ends[1])
        }
        let period = integer(object["every"], 1...Int64(Int32.max))
        let size = object["size"].flatMap { bytes($0) }
        let otherwise = object["otherwise"].flatMap { bytes($0) }
        guard let period, let size, let otherwise else {
            let isComplete = ["every", "size", "otherwise"].allSatisfy { object[$0] != nil }
            if !isComplete {
                note(
                    .invalidValue,
                    value,
                    allowed: "{\"uniform\": […]} or {\"every\": n, \"size\": b, \"otherwise\": b}"
                )
            }
            return nil
        }
        return .every(period: period, size: size, otherwise: otherwise)
    }

    private mutating func bytes(_ value: Located) -> Int? {
        size(value, atLeast: Int64(RecordID.size), what: "bytes that hold the record's identity")
            .map { Int($0) }
    }

    private mutating func keys(_ value: Located?) -> KeySpec? {
        guard let value else { return nil }
        switch value.node.content {
        case .string: return choice(value, ["sequence"]).map { _ in .sequence }
        case .list:
            let texts = list(value, of: "keys").compactMap { text($0) }
            guard !texts.isEmpty else {
                note(.invalidValue, value, allowed: "at least one key")
                return nil
            }
            return .list(texts)
        case .map(let entries):
            guard case .oneOf(let shapes) = Grammar.keys, case .object(let shape)? = shapes.last,
                let object = object(value, shape)
            else { return nil }
            guard entries.count == 1 else {
                note(.invalidValue, value, allowed: "either \"uniform\" or \"zipf\"")
                return nil
            }
            if let uniform = object["uniform"] {
                return integer(uniform, 1...Int64(Int32.max)).map { .uniform(cardinality: $0) }
            }
            return integer(object["zipf"], 1...1_000_000).map { .zipf(cardinality: $0) }
        default:
            note(
                .wrongType,
                value,
                allowed: "null, \"sequence\", {\"uniform\": n}, {\"zipf\": n} or a list of keys"
            )
            return nil
        }
    }

    private mutating func errorPolicy(_ value: Located?) -> ErrorPolicy? {
        guard let value else { return nil }
        let names = ErrorPolicy.names.map(\.name)
        var policy: ErrorPolicy = []
        for item in value.items ?? [value] {
            guard let name = choice(item, names) else { return nil }
            for known in ErrorPolicy.names where known.name == name {
                policy.formUnion(known.policy)
            }
        }
        if policy.contains([.resend, .resendThenThrow]) {
            note(.invalidValue, value, allowed: "either \"resend\" or \"resend-then-throw\"")
        }
        return policy
    }

    // MARK: Consumers

    mutating func consumers(_ value: Located?) -> [ConsumerSpec] {
        list(value, of: "consumers").compactMap { item in
            guard let object = object(item, Grammar.consumer) else { return nil }
            return consumer(object)
        }
    }

    private mutating func consumer(_ object: ObjectValue) -> ConsumerSpec? {
        let groupText = name(object["group"])
        let count = int(object["members"], 1...1_000) ?? 1
        let properties = properties(of: object)
        var errors: [PropertyError] = []
        var config = PropertySchema.consumerConfig(
            properties.entries,
            version: version,
            errors: &errors
        )
        note(errors, in: properties)
        if let place = properties.place(of: "group.id"), let groupText,
            properties.value(of: "group.id") != groupText
        {
            note(.conflict, place, allowed: "the entry's \"group\", \(groupText)")
        }
        let commit = commit(object["commit"], properties, &config)
        let createsTopics = config.allowAutoCreateTopics
        let subscribed = list(object["topics"], of: "topics")
            .compactMap { clientTopic($0, createsTopics: createsTopics) }
        if let place = object["topics"], place.items?.isEmpty == true {
            note(.invalidValue, place, allowed: "at least one topic")
        }
        let start = instant(object["start"]) ?? .zero
        let processing = processing(object["processing"])
        let failure = failure(object["fail"])
        guard let groupText else { return nil }
        let group = names.group(groupText)
        while memberCounts.count < names.groups.count { memberCounts.append(0) }
        let first = memberCounts[Int(group.rawValue)] + 1
        memberCounts[Int(group.rawValue)] += count
        if let id = properties.value(of: "group.instance.id") {
            config.instance = instance(id, of: groupText)
        }
        return ConsumerSpec(
            group: group,
            members: first..<first + count,
            topics: subscribed,
            start: start,
            processing: processing,
            commit: commit,
            failure: failure,
            config: config
        )
    }

    /// The dense number of a group's static member; the further members of its entry follow. Two
    /// entries with the same id are the same member, and fence each other.
    private mutating func instance(_ id: String, of group: String) -> Int32 {
        let name = "\(group)\n\(id)"
        let known = instanceIDs.firstIndex(of: name)
        if known == nil { instanceIDs.append(name) }
        return Int32(known ?? instanceIDs.count - 1) * 1_000
    }

    /// The strategy, and what it means for `enable.auto.commit`.
    ///
    /// An application that commits itself, or never, has switched auto-commit off; who sets it to
    /// true beside such a strategy gets both, as in Kafka.
    private mutating func commit(
        _ value: Located?,
        _ properties: PropertyEntries,
        _ config: inout ConsumerConfig
    ) -> CommitStrategy {
        let strategy = choice(value, of: CommitStrategy.self)
        let isExplicit = properties.value(of: "enable.auto.commit") != nil
        guard let strategy else { return config.enableAutoCommit ? .auto : .none }
        if strategy != .auto, !isExplicit {
            config.enableAutoCommit = false
        } else if strategy == .auto, !config.enableAutoCommit, let value {
            note(
                .conflict,
                value,
                found: "\"commit\": \"auto\", enable.auto.commit=false",
                allowed: "auto with enable.auto.commit=true, or another strategy"
            )
        }
        return strategy
    }

    private mutating func processing(_ value: Located?) -> ProcessingSpec {
        var spec = ProcessingSpec()
        guard let value, case .object(let shape)? = Grammar.consumer.key("processing")?.shape,
            let object = object(value, shape)
        else { return spec }
        spec.time = interval(object["time"]) ?? .zero
        let workers = int(object["workers"], 1...10_000)
        switch choice(object["mode"], ["inline", "workers"]) {
        case "workers": spec.mode = .workers(workers ?? 1)
        default:
            if let place = object["workers"] {
                note(.invalidValue, place, allowed: "\"workers\" only with \"mode\": \"workers\"")
            }
        }
        return spec
    }

    private mutating func failure(_ value: Located?) -> ProcessingFailure? {
        guard let value, case .object(let shape)? = Grammar.consumer.key("fail")?.shape,
            let object = object(value, shape)
        else { return nil }
        let every = integer(object["every"], 1...Int64(Int32.max))
        let reaction = choice(object["action"], of: ProcessingFailure.Reaction.self)
        guard let every, let reaction else { return nil }
        return ProcessingFailure(every: every, reaction: reaction)
    }
}
