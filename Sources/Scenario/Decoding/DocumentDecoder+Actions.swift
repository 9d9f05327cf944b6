import KafkaProtocol
import SimBase

/// The action of an entry, by its key.
extension DocumentDecoder {
    mutating func action(_ key: String, _ value: Located) -> Action? {
        guard !value.node.isNull || key == "check" else {
            note(.wrongType, value, allowed: "what \"\(key)\" is for")
            return nil
        }
        switch key {
        case "kill", "crash", "fsync", "stop", "start", "pause", "isolate":
            return nodeAction(key, value)
        case "partition": return partitionFault(value)
        case "heal": return heal(value)
        case "link": return link(value)
        case "respond": return respond(value)
        case "disk": return diskFault(value)
        case "clock": return clock(value)
        case "send": return send(value)
        case "check":
            let expectations = expectations(value)
            return .check(expectations)
        default: return adminAction(key, value)
        }
    }

    /// The keys of an action that is an object.
    private mutating func fields(_ key: String, _ value: Located) -> ObjectValue? {
        guard let shape = Grammar.entry.key(key)?.shape.objectShape else { return nil }
        return object(value, shape)
    }

    private mutating func nodeAction(_ key: String, _ value: Located) -> Action? {
        var options: ObjectValue?
        var target: NodeSelector?
        if case .map = value.node.content {
            options = fields(key, value)
            target = selector(options?["target"])
        } else {
            target = selector(value)
        }
        let keep = choice(options?["keep"], of: CrashKeep.self) ?? .random
        let timeout = interval(options?["timeout"])
        var start = StartOptions()
        start.wipes = boolean(options?["wipe"]) ?? false
        start.resendsUnresolved = boolean(options?["resend-unresolved"]) ?? false
        guard let target else { return nil }
        if key == "fsync" { refuseClients(target, at: options?["target"] ?? value) }
        switch key {
        case "kill": return .kill(target)
        case "crash": return .crash(target, keeps: keep)
        case "fsync": return .fsync(target)
        case "stop": return .stop(target, timeout: timeout)
        case "start": return .start(target, start)
        case "pause": return .pause(target)
        default: return .isolate(target)
        }
    }

    /// Only servers have disks, and only they answer requests.
    private mutating func refuseClients(_ selector: NodeSelector?, at value: Located?) {
        guard let selector, let value, selector.namesClients else { return }
        note(.invalidValue, value, allowed: "brokers and controllers: clients have no part in this")
    }

    // MARK: Network

    private mutating func partitionFault(_ value: Located) -> Action? {
        guard let object = fields("partition", value) else { return nil }
        let sides = list(object["between"], of: "sides").map { (place: $0, nodes: selectors($0)) }
        let direction = choice(object["direction"], of: PartitionFault.Direction.self) ?? .both
        guard sides.count >= 2, direction == .both || sides.count == 2 else {
            if let place = object["between"], place.items != nil {
                note(
                    .invalidValue,
                    place,
                    allowed: direction == .both ? "at least two sides" : "exactly two sides"
                )
            }
            return nil
        }
        return .partition(
            PartitionFault(sides: sides.map { .list($0.nodes) }, direction: direction)
        )
    }

    private mutating func heal(_ value: Located) -> Action? {
        if value.node.content == .boolean(true) { return .heal(nil) }
        guard let text = text(value) else { return nil }
        if text == "all" { return .heal(nil) }
        let name = text.hasPrefix("$") ? String(text.dropFirst()) : text
        let faults = labels.filter { ["partition", "isolate", "link"].contains($0.action) }
        guard faults.contains(where: { $0.name == name }) else {
            note(
                .unknownName,
                value,
                allowed: (["all"] + faults.map(\.name)).joined(separator: ", "),
                remedy: "give the fault a name with \"as\"",
                suggestion: NearestName.find(name, among: ["all"] + faults.map(\.name))
            )
            return nil
        }
        return .heal(name)
    }

    private mutating func link(_ value: Located) -> Action? {
        guard let object = fields("link", value) else { return nil }
        let from = selector(object["from"])
        let to = selector(object["to"])
        let latency = latency(object["latency"])
        let bandwidth = bandwidth(object["bandwidth"])
        let loss = loss(object["loss"])
        let apis = list(object["apis"], of: "requests").compactMap { api($0) }
        let effects = ["latency", "loss", "bandwidth"]
        if effects.allSatisfy({ object[$0] == nil }) {
            note(
                .missingKey,
                value,
                found: "no effect",
                allowed: "at least one of: \(effects.joined(separator: ", "))"
            )
        }
        if let place = object["apis"], object["loss"] != nil || object["bandwidth"] != nil {
            note(.invalidValue, place, allowed: "\"apis\" with \"latency\" only")
        }
        guard let from, let to else { return nil }
        return .link(
            LinkFault(
                from: from,
                to: to,
                latency: latency,
                lossPartsPerMillion: loss ?? 0,
                bandwidthBitsPerSecond: bandwidth,
                apis: apis
            )
        )
    }

    private mutating func loss(_ value: Located?) -> Int64? {
        guard let value else { return nil }
        guard case .number(let text) = value.node.content,
            let parts = FixedPoint.parse(text, places: 6), (0...1_000_000).contains(parts)
        else {
            note(.invalidValue, value, allowed: "a number from 0 to 1, of at most six places")
            return nil
        }
        return parts
    }

    private mutating func api(_ value: Located) -> ApiKey? {
        guard let name = choice(value, ApiKey.allCases.map(\.name)) else { return nil }
        return ApiKey.allCases.first { $0.name == name }
    }

    private mutating func respond(_ value: Located) -> Action? {
        guard let object = fields("respond", value) else { return nil }
        let from = selector(object["from"])
        refuseClients(from, at: object["from"])
        let api = object["api"].flatMap { self.api($0) }
        let error = choice(object["error"], ErrorCode.allCases.map(\.name))
        let reset = choice(object["reset"], ["after-execution"])
        let times = int(object["times"], 1...1_000_000) ?? 1
        switch (object["error"], object["reset"]) {
        case (nil, nil), (.some, .some):
            note(
                .invalidValue,
                value,
                found: object["error"] == nil
                    ? "neither \"error\" nor \"reset\"" : "both \"error\" and \"reset\"",
                allowed: "either \"error\": a name, or \"reset\": \"after-execution\""
            )
            return nil
        default: break
        }
        guard let from, let api else { return nil }
        let code = ErrorCode.allCases.first { $0.name == error }
        guard code != nil || reset != nil else { return nil }
        let manner = code.map { ResponseFault.Manner.error($0) } ?? .resetAfterExecution
        return .respond(ResponseFault(from: from, api: api, manner: manner, times: times))
    }

    // MARK: Disks, clocks, records

    private mutating func diskFault(_ value: Located) -> Action? {
        guard let object = fields("disk", value) else { return nil }
        let target = selector(object["target"])
        refuseClients(target, at: object["target"])
        let logDir = integer(object["log-dir"], 0...31).map { UInt8($0) }
        if let logDir, Int(logDir) >= config.logDirCount, let place = object["log-dir"] {
            note(
                .invalidValue,
                place,
                allowed: "an index below the number of log.dirs, \(config.logDirCount)"
            )
        }
        var effects: [DiskFault.Effect] = []
        if let factor = integer(object["slow"], 1...1_000_000) {
            effects.append(.slow(factor: factor))
        }
        if boolean(object["full"]) == true { effects.append(.full) }
        if boolean(object["fail"]) == true { effects.append(.fail) }
        if let corrupt = object["corrupt"] {
            guard
                case .object(let shape)? = Grammar.entry.key("disk")?.shape.objectShape?
                    .key("corrupt")?.shape, let fields = self.object(corrupt, shape)
            else { return nil }
            let topic = knownTopic(fields["topic"])
            let number = integer(fields["partition"], 0...Int64(Int32.max)).map { Int32($0) }
            let offset = integer(fields["offset"], 0...Int64.max)
            if let topic, let number, let offset, let place = fields["partition"],
                let partition = partition(number, of: topic, at: place)
            {
                effects.append(.corrupt(partition, Offset(offset)))
            }
        }
        let known = ["slow", "full", "fail", "corrupt"]
        if known.allSatisfy({ object[$0] == nil }) {
            note(
                .missingKey,
                value,
                found: "no effect",
                allowed: "at least one of: \(known.joined(separator: ", "))"
            )
        }
        return target.map { .disk(DiskFault(target: $0, logDir: logDir, effects: effects)) }
    }

    private mutating func clock(_ value: Located) -> Action? {
        guard let object = fields("clock", value) else { return nil }
        let target = selector(object["target"])
        let jump = interval(object["jump"], isSigned: true)
        let drift = integer(object["drift-ppm"], -500_000...500_000)
        if object["jump"] == nil, object["drift-ppm"] == nil {
            note(
                .missingKey,
                value,
                found: "no effect",
                allowed: "\"jump\", \"drift-ppm\" or both"
            )
        }
        return target.map {
            .clock(ClockFault(target: $0, jump: jump, driftPartsPerMillion: drift))
        }
    }

    private mutating func send(_ value: Located) -> Action? {
        guard let object = fields("send", value) else { return nil }
        let count = integer(object["count"], 1...Int64(Int32.max)) ?? 1
        let every = interval(object["every"])
        let size = valueSize(object["value-size"])
        let key = key(object.raw("key"))
        let partition = integer(object["partition"], 0...Int64(Int32.max)).map { Int32($0) }
        let timestamp = timestamp(object["timestamp"])
        guard let place = object["producer"], let text = text(place) else { return nil }
        let name = text.hasPrefix("producer/") ? String(text.dropFirst(9)) : text
        guard let producer = producerNames.firstIndex(of: name) else {
            note(
                .unknownName,
                place,
                allowed: producerNames.isEmpty
                    ? "no producer is declared" : producerNames.joined(separator: ", "),
                suggestion: NearestName.find(name, among: producerNames)
            )
            return nil
        }
        return .send(
            ExtraSend(
                producer: producer,
                count: count,
                every: every,
                valueSize: size,
                key: key,
                partition: partition,
                timestamp: timestamp
            )
        )
    }
}

extension NodeSelector {
    /// Whether a producer or consumer is named here, as far as can be told before the run.
    var namesClients: Bool {
        switch self {
        case .node(.producer), .node(.consumer), .all(.producers), .all(.consumers), .all(.clients):
            true
        case .random(let inner): inner.namesClients
        case .list(let items): items.contains(where: \.namesClients)
        default: false
        }
    }
}

extension Shape {
    /// The object that the shape is, or that it may be among others.
    var objectShape: ObjectShape? {
        switch self {
        case .object(let shape): shape
        case .oneOf(let shapes): shapes.lazy.compactMap(\.objectShape).first
        default: nil
        }
    }
}
