import KafkaProtocol
import SimBase

extension DocumentDecoder {
    mutating func cluster(_ value: Located?) -> ClusterSpec {
        let home = value ?? Located(node: root, path: "cluster")
        let empty = SourceNode(position: root.position, content: .map([]))
        let source = value ?? Located(node: empty, path: "cluster")
        guard let object = object(source, Grammar.cluster) else { return standIn() }
        resolveVersion(object)
        brokerCount = int(object["brokers"], 1...100) ?? 3
        isCombined = boolean(object["combined"]) ?? false
        controllerCount = controllers(object)
        resolveFeatures(object)

        var properties = properties(of: object)
        if value == nil { properties = PropertyEntries(home: home) }
        var errors: [PropertyError] = []
        let defaults = ServerConfig(version: version)
        config = PropertySchema.serverConfig(
            properties.entries,
            over: defaults,
            version: version,
            errors: &errors
        )
        note(errors, in: properties)
        let racks = racks(object["racks"])
        let overrides = overrides(object["overrides"])
        let servers = serverNames.enumerated().map { index, name in
            server(
                name,
                index: index,
                racks: racks,
                properties: properties,
                override: overrides.first { $0.name == name }?.value
            )
        }
        partitionCounts[Int(TopicName.clusterMetadata.rawValue)] = 1
        partitionCounts[Int(TopicName.consumerOffsets.rawValue)] = config.offsetsTopicPartitions
        return ClusterSpec(
            version: version,
            features: features,
            brokers: Array(servers[..<brokerCount]),
            controllers: Array(servers[brokerCount...]),
            racks: racks,
            config: config
        )
    }

    /// What stands for a cluster that is no object.
    private func standIn() -> ClusterSpec {
        ClusterSpec(
            version: version,
            features: features,
            brokers: [],
            controllers: [],
            racks: [],
            config: config
        )
    }

    private var serverNames: [String] {
        (1...brokerCount).map { "broker-\($0)" }
            + (isCombined || controllerCount < 1
                ? [] : (1...controllerCount).map { "controller-\($0)" })
    }

    private mutating func resolveVersion(_ object: ObjectValue) {
        let supported = KafkaVersion.supported.map(\.description).joined(separator: ", ")
        let mode = choice(object["mode"], ["kraft", "zookeeper"]) ?? "kraft"
        if mode == "zookeeper", let value = object["mode"] {
            note(
                .unsupported,
                value,
                found: "mode zookeeper, which is not supported by this build",
                allowed: "kraft"
            )
        } else if let value = object["zookeepers"] {
            note(.invalidValue, value, allowed: "\"zookeepers\" only with \"mode\": \"zookeeper\"")
        }
        guard let value = object["kafka.version"], let text = value.node.scalarText else { return }
        guard let version = KafkaVersion(text) else {
            note(.invalidValue, value, allowed: "a release line of Kafka: \(supported)")
            return
        }
        guard version.isSupported else {
            note(
                .unsupported,
                value,
                found: "level \(version), which is not supported by this build",
                allowed: supported
            )
            return
        }
        self.version = version
    }

    private mutating func controllers(_ object: ObjectValue) -> Int {
        let count = int(object["controllers"], 1...100)
        if isCombined, let value = object["controllers"] {
            note(
                .invalidValue,
                value,
                allowed: "no \"controllers\" with \"combined\": true",
                remedy: "the brokers are the controllers"
            )
        }
        return isCombined ? 0 : count ?? 3
    }

    private mutating func resolveFeatures(_ object: ObjectValue) {
        features = Features(version: version)
        guard let value = object["features"] else { return }
        guard case .map(let entries) = value.node.content else {
            note(.wrongType, value, allowed: "an object of feature flags")
            return
        }
        let names = FeatureFlag.all.map(\.name)
        for entry in entries {
            let place = Located(node: entry.value, path: "\(value.path).\(entry.key)")
            guard let flag = FeatureFlag.named(entry.key) else {
                note(
                    ScenarioProblem(
                        kind: .unknownKey,
                        position: entry.keyPosition,
                        path: place.path,
                        found: "\"\(entry.key)\"",
                        allowed: names.joined(separator: ", "),
                        suggestion: NearestName.find(entry.key, among: names)
                    )
                )
                continue
            }
            let text = entry.value.scalarText ?? ""
            guard flag.values.contains(text) else {
                note(
                    .invalidValue,
                    place,
                    allowed: "one of: \(flag.values.joined(separator: ", "))",
                    suggestion: NearestName.find(text, among: flag.values)
                )
                continue
            }
            let isEarly = flag.name == "eligible.leader.replicas.version" && version < .latest
            let supported = flag.supported.filter { !isEarly || $0 != "1" }
            guard supported.contains(text) else {
                note(
                    .unsupported,
                    place,
                    found: "\(flag.name)=\(text), not supported by this build at level \(version)",
                    allowed: supported.joined(separator: ", ")
                        + (isEarly ? "; 1 from \(KafkaVersion.latest) on" : "")
                )
                continue
            }
            flag.apply(text, to: &features)
        }
    }

    private mutating func racks(_ value: Located?) -> [String] {
        let racks = list(value, of: "rack names").compactMap { name($0) }
        if let value, racks.isEmpty, value.items?.isEmpty == true {
            note(.invalidValue, value, allowed: "at least one rack name")
        }
        return racks
    }

    private mutating func overrides(_ value: Located?) -> [(name: String, value: Located)] {
        guard let value else { return [] }
        guard case .map(let entries) = value.node.content else {
            note(.wrongType, value, allowed: "an object of node names to properties")
            return []
        }
        let known = serverNames
        var overrides: [(name: String, value: Located)] = []
        for entry in entries {
            let path = "\(value.path).\(entry.key)"
            guard known.contains(entry.key) else {
                note(
                    ScenarioProblem(
                        kind: .unknownName,
                        position: entry.keyPosition,
                        path: path,
                        found: "\"\(entry.key)\"",
                        allowed: known.joined(separator: ", "),
                        suggestion: NearestName.find(entry.key, among: known)
                    )
                )
                continue
            }
            overrides.append((entry.key, Located(node: entry.value, path: path)))
        }
        return overrides
    }

    private mutating func server(
        _ name: String,
        index: Int,
        racks: [String],
        properties: PropertyEntries,
        override: Located?
    ) -> ServerSpec {
        var config = self.config
        if let override {
            var own = PropertyEntries(home: override)
            for (entry, place) in zip(properties.entries, properties.places) {
                own.set(entry.name, entry.value ?? "", at: place)
            }
            add(override, to: &own)
            var errors: [PropertyError] = []
            config = PropertySchema.serverConfig(
                own.entries,
                over: ServerConfig(version: version),
                version: version,
                errors: &errors
            )
            note(errors, in: own)
        }
        let hasRack = index < brokerCount && !racks.isEmpty
        return ServerSpec(
            id: BrokerID(Int32(index + 1)),
            name: name,
            rack: hasRack ? Int32(index % racks.count) : -1,
            config: config
        )
    }
}
