import KafkaProtocol
import SimBase

/// Names of nodes and what stands for them.
extension DocumentDecoder {
    /// A selector, or a list of them.
    mutating func selector(_ value: Located?) -> NodeSelector? {
        guard let value else { return nil }
        guard value.items != nil else { return selectorText(value) }
        return .list(selectors(value))
    }

    mutating func selectors(_ value: Located) -> [NodeSelector] {
        guard let items = value.items else { return selectorText(value).map { [$0] } ?? [] }
        if items.isEmpty {
            note(.invalidValue, value, allowed: "at least one node")
        }
        return items.compactMap { selector($0) }
    }

    private mutating func selectorText(_ value: Located) -> NodeSelector? {
        guard case .string(let text) = value.node.content else {
            note(
                .wrongType,
                value,
                allowed: "a node such as \"broker-1\", a selector such as \"leader(orders-0)\", "
                    + "or a list of them"
            )
            return nil
        }
        return selector(text.removingSpaces, at: value)
    }

    private mutating func selector(_ text: String, at value: Located) -> NodeSelector? {
        if text.hasPrefix("$") {
            return reference(String(text.dropFirst()), at: value).map { .reference($0) }
        }
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else {
            return plain(text, at: value)
        }
        let function = String(text[..<open])
        let argument = String(text[text.index(after: open)...].dropLast())
        switch function {
        case "leader": return partition(argument, at: value).map { .leader($0) }
        case "followers": return partition(argument, at: value).map { .followers($0) }
        case "isr": return partition(argument, at: value).map { .isr($0) }
        case "follower": return follower(argument, at: value)
        case "coordinator": return knownGroup(argument, at: value).map { .coordinator($0) }
        case "random": return pooled(argument, at: value).map { .random($0) }
        case "all": return pooled(argument, at: value)
        default:
            note(
                .unknownName,
                value,
                found: "selector \"\(function)(…)\"",
                allowed: DocumentDecoder.selectorForms,
                suggestion: NearestName.find(function, among: DocumentDecoder.functions)
            )
            return nil
        }
    }

    private static let functions = [
        "leader", "followers", "follower", "isr", "coordinator", "random", "all",
    ]

    private static let selectorForms =
        "leader(t-p), followers(t-p), follower(t-p, n), isr(t-p), controller, coordinator(group), "
        + "random(brokers), all(brokers), $name"

    private mutating func pooled(_ argument: String, at value: Located) -> NodeSelector? {
        if let pool = NodePool(rawValue: argument) { return .all(pool) }
        if argument.hasSuffix(")") || argument.hasPrefix("$") {
            return selector(argument, at: value)
        }
        let pools = NodePool.allCases.map(\.rawValue)
        note(
            .unknownName,
            value,
            found: "\"\(argument)\"",
            allowed: pools.joined(separator: ", "),
            suggestion: NearestName.find(argument, among: pools)
        )
        return nil
    }

    private mutating func follower(_ argument: String, at value: Located) -> NodeSelector? {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[1]), number >= 1 else {
            note(.invalidValue, value, allowed: "follower(t-p, n) with n from 1")
            return nil
        }
        return partition(String(parts[0]), at: value).map { .follower($0, number) }
    }

    mutating func reference(_ name: String, at value: Located) -> String? {
        let known = labels.map(\.name)
        guard known.contains(name) else {
            note(
                .unknownName,
                value,
                found: "\"$\(name)\", which no entry defines with \"as\"",
                allowed: known.isEmpty
                    ? "no entry has an \"as\"" : known.map { "$\($0)" }.joined(separator: ", "),
                suggestion: NearestName.find(name, among: known).map { "$\($0)" }
            )
            return nil
        }
        return name
    }

    /// A node's name, or a selector without arguments.
    private mutating func plain(_ text: String, at value: Located) -> NodeSelector? {
        if text == "controller" { return .controller }
        let isZooKeeper = text == "zookeeper-leader" || text.hasPrefix("zookeeper-")
        if isZooKeeper || text.hasPrefix("processor/") {
            note(
                .unsupported,
                value,
                found: "\"\(text)\", which this build does not support",
                allowed: "brokers, controllers, producers and consumers"
            )
            return nil
        }
        if let node = node(text) { return .node(node) }
        let known = nodeNames
        note(
            .unknownName,
            value,
            found: "\"\(text)\"",
            allowed: "a node (\(summary(known))) or a selector (\(DocumentDecoder.selectorForms))",
            suggestion: NearestName.find(text, among: known + ["controller"])
        )
        return nil
    }

    private func summary(_ names: [String]) -> String {
        let shown = names.prefix(12).joined(separator: ", ")
        return names.count > 12 ? "\(shown), …" : shown
    }

    /// All nodes of the run, by name.
    private var nodeNames: [String] {
        var all = (1...brokerCount).map { "broker-\($0)" }
        if controllerCount > 0 { all += (1...controllerCount).map { "controller-\($0)" } }
        all += producerNames.map { "producer/\($0)" }
        for (group, count) in zip(names.groups, memberCounts) where count > 0 {
            all += (1...count).map { "consumer/\(group)-\($0)" }
        }
        return all
    }

    private func node(_ text: String) -> NodeName? {
        func number(after prefix: String, most: Int) -> Int? {
            guard text.hasPrefix(prefix), let number = Int(text.dropFirst(prefix.count)),
                (1...max(1, most)).contains(number), most > 0, "\(prefix)\(number)" == text
            else { return nil }
            return number
        }
        if let number = number(after: "broker-", most: brokerCount) {
            return .broker(BrokerID(Int32(number)))
        }
        if let number = number(after: "controller-", most: controllerCount) {
            return .controller(BrokerID(Int32(brokerCount + number)))
        }
        if text.hasPrefix("producer/") {
            let name = String(text.dropFirst("producer/".count))
            return producerNames.firstIndex(of: name).map { .producer($0) }
        }
        guard text.hasPrefix("consumer/"), let dash = text.lastIndex(of: "-"),
            text.distance(from: text.startIndex, to: dash) >= "consumer/".count,
            let member = Int(text[text.index(after: dash)...])
        else { return nil }
        let group = String(text[text.index(text.startIndex, offsetBy: 9)..<dash])
        guard let index = names.groups.firstIndex(of: group), index < memberCounts.count,
            member >= 1, member <= memberCounts[index]
        else { return nil }
        return .consumer(GroupName(Int32(index)), member: member)
    }

    mutating func knownGroup(_ text: String, at value: Located) -> GroupName? {
        guard let index = names.groups.firstIndex(of: text) else {
            note(
                .unknownName,
                value,
                found: "group \"\(text)\"",
                allowed: names.groups.isEmpty
                    ? "no group is declared" : names.groups.joined(separator: ", "),
                suggestion: NearestName.find(text, among: names.groups)
            )
            return nil
        }
        return GroupName(Int32(index))
    }
}

extension String {
    var removingSpaces: String {
        filter { $0 != " " }
    }

    var trimmed: String {
        var text = self[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
