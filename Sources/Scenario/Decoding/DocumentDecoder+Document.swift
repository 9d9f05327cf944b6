import KafkaProtocol
import SimBase

extension DocumentDecoder {
    /// The whole document; `nil` when there is no root object. See `problems` for whether it counts.
    mutating func document() -> ScenarioDocument? {
        let value = Located(node: root, path: "")
        guard let object = object(value, Grammar.document) else { return nil }
        let position = root.position
        let fileName = position.file.split(separator: "/").last.map(String.init) ?? ""
        let stem = fileName.split(separator: ".").first.map(String.init) ?? "scenario"

        let name = name(object["name"]) ?? stem
        let description = text(object["description"]) ?? ""
        let seed = seed(object["seed"]) ?? 1
        duration = interval(object["duration"])
        if let duration, duration == .zero, let value = object["duration"] {
            note(.invalidValue, value, allowed: "a duration above 0s")
        }
        let cluster = cluster(object["cluster"])
        let network = network(object["network"])
        let disk = disk(object["disk"])
        let costs = costs(object["costs"])
        let topics = topics(object["topics"])
        collectTimelineNames(object["timeline"])
        let producers = producers(object["producers"])
        let consumers = consumers(object["consumers"])
        refuseProcessors(object["processors"])
        let timeline = timeline(object["timeline"])
        let settle = settle(object["settle"])
        let expectations = expectations(object["expect"])
        return ScenarioDocument(
            name: name,
            description: description,
            seed: seed,
            duration: duration ?? .seconds(1),
            settle: settle,
            cluster: cluster,
            network: network,
            disk: disk,
            costs: costs,
            topics: topics,
            producers: producers,
            consumers: consumers,
            timeline: timeline,
            expectations: expectations,
            names: names,
            settings: SettingsList.settings(of: root),
            variant: []
        )
    }

    private mutating func seed(_ value: Located?) -> UInt64? {
        guard let value else { return nil }
        guard case .number(let text) = value.node.content, let seed = UInt64(text) else {
            note(.invalidValue, value, allowed: "an integer from 0 to \(UInt64.max)")
            return nil
        }
        return seed
    }

    private mutating func settle(_ value: Located?) -> SettleSpec {
        var settle = SettleSpec()
        guard let value else { return settle }
        guard case .map = value.node.content else {
            settle.limit = interval(value) ?? settle.limit
            return settle
        }
        guard let object = object(value, Grammar.settle) else { return settle }
        settle.limit = interval(object["for"]) ?? settle.limit
        settle.restarts = boolean(object["restart"]) ?? settle.restarts
        if let down = object["keep-down"] {
            settle.keepsDown = selectors(down)
        }
        return settle
    }

    private mutating func network(_ value: Located?) -> NetworkSpec {
        var network = NetworkSpec()
        guard let value, let object = object(value, Grammar.network) else { return network }
        network.latency = latency(object["latency"]) ?? network.latency
        network.loopback = latency(object["loopback"]) ?? network.loopback
        network.bandwidthBitsPerSecond =
            bandwidth(object["bandwidth"]) ?? network.bandwidthBitsPerSecond
        return network
    }

    mutating func latency(_ value: Located?) -> LatencySpec? {
        guard let value else { return nil }
        guard case .map(let entries) = value.node.content else {
            return interval(value).map { .fixed($0) }
        }
        let shape = ObjectShape(keys: [
            .required("uniform", .list(.duration()), "the shortest and the longest latency")
        ])
        guard let object = object(value, shape), !entries.isEmpty,
            let bounds = object["uniform"]
        else { return nil }
        let ends = list(bounds, of: "two durations").compactMap { interval($0) }
        guard ends.count == 2, ends[0] <= ends[1] else {
            note(.invalidValue, bounds, allowed: "two durations, the shorter one first")
            return nil
        }
        return .uniform(ends[0], ends[1])
    }

    mutating func bandwidth(_ value: Located?) -> Int64? {
        guard let value, let text = text(value) else { return nil }
        guard let bits = Quantity.bandwidth(text) else {
            note(
                .invalidValue,
                value,
                allowed: "a bandwidth such as \"10Mbps\" (bps, kbps, Mbps, Gbps)"
            )
            return nil
        }
        return bits
    }

    private mutating func disk(_ value: Located?) -> DiskSpec {
        var disk = DiskSpec()
        guard let value, let object = object(value, Grammar.disk) else { return disk }
        disk.append = interval(object["append"]) ?? disk.append
        disk.fsync = interval(object["fsync"]) ?? disk.fsync
        disk.throughputBytesPerSecond =
            size(object["throughput"], atLeast: 1, what: "bytes a second")
            ?? disk.throughputBytesPerSecond
        return disk
    }

    private mutating func costs(_ value: Located?) -> CostSpec {
        var costs = CostSpec()
        guard let value, let object = object(value, Grammar.costs) else { return costs }
        costs.request = interval(object["request"]) ?? costs.request
        costs.partition = interval(object["partition"]) ?? costs.partition
        if let bytes = size(object["throughput"], atLeast: 1, what: "bytes a second") {
            costs.picosecondsPerByte = 1_000_000_000_000 / bytes
        }
        return costs
    }

    private mutating func refuseProcessors(_ value: Located?) {
        for item in list(value, of: "processors") {
            note(
                .unsupported,
                item,
                found: "a consume-transform-produce application",
                allowed: "not supported by this build",
                remedy: "use a producer and a consumer"
            )
        }
    }
}

/// The leaves of a document as text.
enum SettingsList {
    static func settings(of root: SourceNode) -> [Setting] {
        var settings: [Setting] = []
        guard case .map(let entries) = root.content else { return [] }
        for entry in entries where entry.key != "matrix" && entry.key != "$schema" {
            collect(entry.value, entry.key, into: &settings)
        }
        return settings
    }

    private static func collect(_ node: SourceNode, _ path: String, into settings: inout [Setting])
    {
        switch node.content {
        case .map(let entries):
            for entry in entries { collect(entry.value, "\(path).\(entry.key)", into: &settings) }
        case .list(let items):
            if items.allSatisfy({ $0.scalarText != nil }) {
                let texts = items.compactMap(\.scalarText)
                settings.append(Setting(path: path, text: "[\(texts.joined(separator: ", "))]"))
                return
            }
            let labels = items.map(\.label)
            for (index, item) in items.enumerated() {
                let isUnique = labels.filter { $0 != nil && $0 == labels[index] }.count == 1
                let segment = isUnique ? labels[index] ?? String(index) : String(index)
                collect(item, "\(path).\(segment)", into: &settings)
            }
        default:
            settings.append(Setting(path: path, text: node.scalarText ?? ""))
        }
    }
}

extension SourceNode {
    /// What paths call an element of a list: its name or its group.
    var label: String? {
        switch (self["name"]?.content, self["group"]?.content) {
        case (.string(let name), _): name
        case (_, .string(let group)): group
        default: nil
        }
    }
}
