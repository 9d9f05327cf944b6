import KafkaProtocol
import SimBase

extension DocumentDecoder {
    /// Notes what entries may refer to before they are read: topics that the timeline creates or
    /// grows, and `as` names.
    mutating func collectTimelineNames(_ value: Located?) {
        for item in value?.items ?? [] {
            if let created = item.node["create-topic"], let name = created["name"]?.scalarText {
                let topic = enter(topic: name)
                let count = created["partitions"]?.scalarText.flatMap { Int32($0) }
                let assigned: Int32? =
                    if case .list(let lists)? = created["assignment"]?.content {
                        Int32(clamping: lists.count)
                    } else { nil }
                grow(topic, to: count ?? assigned ?? config.defaultPartitions)
            }
            if let label = item.node["as"]?.scalarText {
                let isAction = { (key: String) in Grammar.actions.contains { $0.name == key } }
                var action = ""
                if case .map(let entries) = item.node.content {
                    action = entries.first { isAction($0.key) }?.key ?? ""
                }
                let instant = item.node["at"]?.scalarText.flatMap { Quantity.interval($0) }
                labels.append(Label(name: label, instant: instant, action: action))
            }
        }
        for item in value?.items ?? [] {
            guard let grown = item.node["add-partitions"], let name = grown["topic"]?.scalarText,
                let count = grown["to"]?.scalarText.flatMap({ Int32($0) }),
                let index = names.topics.firstIndex(of: name), partitionCounts[index] != nil
            else { continue }
            grow(TopicName(Int32(index)), to: count)
        }
    }

    private mutating func grow(_ topic: TopicName, to count: Int32) {
        let known = partitionCounts[Int(topic.rawValue)] ?? 0
        partitionCounts[Int(topic.rawValue)] = max(known, count)
    }

    mutating func timeline(_ value: Located?) -> [TimelineEntry] {
        var entries: [TimelineEntry] = []
        var seen: [String] = []
        for item in list(value, of: "timeline entries") {
            guard let object = object(item, Grammar.entry) else { continue }
            if let place = object["as"], let label = name(place) {
                if seen.contains(label) {
                    note(.duplicateName, place, allowed: "each \"as\" name once")
                }
                seen.append(label)
            }
            if let entry = entry(object) { entries.append(entry) }
        }
        return entries
    }

    private mutating func entry(_ object: ObjectValue) -> TimelineEntry? {
        let trigger = trigger(object)
        let actions = object.entries.filter { entry in
            Grammar.actions.contains { $0.name == entry.key }
        }
        if let second = actions.dropFirst().first {
            note(
                ScenarioProblem(
                    kind: .invalidValue,
                    position: second.keyPosition,
                    path: object.located(second).path,
                    found: "a second action, \"\(second.key)\" beside \"\(actions[0].key)\"",
                    allowed: "exactly one action in an entry",
                    remedy: "write an entry of its own"
                )
            )
        }
        let duration = interval(object["for"])
        if let place = object["for"], let action = actions.first?.key,
            !Grammar.undoable.contains(action)
        {
            note(
                .invalidValue,
                place,
                found: "\"for\" beside \"\(action)\"",
                allowed: "\"for\" with \(Grammar.undoable.joined(separator: ", "))"
            )
        }
        let repetition = repetition(object["repeat"], trigger)
        let isOptional = boolean(object["optional"]) ?? false
        let label = object["as"]?.node.scalarText
        guard let first = actions.first else {
            let names = Grammar.actions.map(\.name)
            note(
                .missingKey,
                object.value,
                found: "no action",
                allowed: "exactly one of: \(names.joined(separator: ", "))"
            )
            return nil
        }
        let checked = labels
        let action = action(first.key, object.located(first))
        noteEarlyReferences(object, checked)
        guard let action, let trigger else { return nil }
        return TimelineEntry(
            trigger: trigger,
            action: action,
            duration: duration,
            name: label,
            repetition: repetition,
            isOptional: isOptional,
            position: object.value.node.position,
            path: object.value.path
        )
    }

    /// A `$name` whose entry fires only later resolves to nothing.
    private mutating func noteEarlyReferences(_ object: ObjectValue, _ labels: [Label]) {
        guard let at = object["at"]?.node.scalarText.flatMap({ Quantity.interval($0) }) else {
            return
        }
        for entry in object.entries where entry.key != "at" && entry.key != "as" {
            let place = object.located(entry)
            guard case .string(let text) = entry.value.content, text.hasPrefix("$"),
                let label = labels.first(where: { "$\($0.name)" == text }),
                let defined = label.instant, defined > at
            else { continue }
            note(
                .unknownName,
                place,
                found: "\"\(text)\" at \(IntervalText.text(at))",
                allowed:
                    "a name that is defined by then: this one is at \(IntervalText.text(defined))"
            )
        }
    }

    private mutating func repetition(_ value: Located?, _ trigger: Trigger?) -> Repetition? {
        guard let value,
            case .object(let shape)? = Grammar.qualifiers.first(where: { $0.name == "repeat" })?
                .shape,
            let object = object(value, shape)
        else { return nil }
        let every = interval(object["every"])
        let times = int(object["times"], 1...1_000_000)
        guard let every, let times else { return nil }
        guard every > .zero else {
            note(.invalidValue, value, allowed: "\"every\" above 0s")
            return nil
        }
        if case .at(let first)? = trigger, let duration {
            let (span, isHuge) = every.nanoseconds.multipliedReportingOverflow(by: Int64(times - 1))
            let room = duration.nanoseconds - first.nanoseconds
            if isHuge || span > room {
                note(
                    .tooLate,
                    value,
                    found: "a last firing after the scenario's duration",
                    allowed: "firings up to \(IntervalText.text(duration))"
                )
            }
        }
        return Repetition(every: every, times: times)
    }

    /// `at` or `when`; `nil` if neither is there or what is there is wrong.
    mutating func trigger(_ object: ObjectValue) -> Trigger? {
        switch (object["at"], object["when"]) {
        case (let at?, nil): return instant(at).map { .at($0) }
        case (nil, let when?): return condition(when).map { .when($0) }
        case (.some, let when?):
            note(.invalidValue, when, allowed: "either \"at\" or \"when\", not both")
            return nil
        case (nil, nil):
            note(
                .missingKey,
                object.value,
                found: "neither \"at\" nor \"when\"",
                allowed: "\"at\": \"10s\" or \"when\": \"records.acked >= 5000\""
            )
            return nil
        }
    }

    // MARK: Conditions

    private static let conditionForms =
        "\"records.acked >= 5000\", \"leader(orders-0) changed\" or \"isr(orders-0) < 2\""

    private mutating func condition(_ value: Located) -> Condition? {
        guard let text = text(value) else { return nil }
        if text.trimmed.hasSuffix(" changed") {
            let subject = String(text.trimmed.dropLast(" changed".count)).trimmed
            return conditionSubject(subject, at: value)
                .map { Condition(subject: $0, test: .changed, text: text) }
        }
        let symbols = ["<=", ">=", "==", "!=", "<", ">", "="]
        for symbol in symbols {
            guard let range = text.range(ofText: symbol) else { continue }
            let subject = String(text[..<range.lowerBound]).trimmed
            let bound = String(text[range.upperBound...]).trimmed
            let comparison = Comparison(rawValue: symbol == "=" ? "==" : symbol) ?? .equal
            let left = conditionSubject(subject, at: value)
            guard let left else { return nil }
            guard let number = conditionBound(bound, for: left) else {
                note(
                    .invalidValue,
                    value,
                    found: "\"\(bound)\" after \(symbol)",
                    allowed: "a number, as in \(DocumentDecoder.conditionForms)"
                )
                return nil
            }
            return Condition(subject: left, test: .compared(comparison, number), text: text)
        }
        note(.invalidValue, value, allowed: "a condition such as \(DocumentDecoder.conditionForms)")
        return nil
    }

    /// A number; beside a node also its name, or `none`.
    private func conditionBound(_ text: String, for subject: Condition.Subject) -> MetricNumber? {
        switch subject {
        case .leader, .controller, .coordinator:
            if text == "none" || text == "null" { return MetricNumber(-1) }
            if text.hasPrefix("broker-"), let number = Int64(text.dropFirst(7)) {
                return MetricNumber(number)
            }
            if text.hasPrefix("controller-"), let number = Int64(text.dropFirst(11)) {
                return MetricNumber(number + Int64(brokerCount))
            }
        case .metric, .isrSize: break
        }
        return FixedPoint.parse(text, places: 3).map { MetricNumber(thousandths: $0) }
    }

    private mutating func conditionSubject(
        _ text: String,
        at value: Located
    ) -> Condition.Subject? {
        if text == "controller" { return .controller }
        if text.hasSuffix(")"), let open = text.firstIndex(of: "(") {
            let argument = String(text[text.index(after: open)...].dropLast()).trimmed
            switch text[..<open] {
            case "leader": return partition(argument, at: value).map { .leader($0) }
            case "isr": return partition(argument, at: value).map { .isrSize($0) }
            case "coordinator": return knownGroup(argument, at: value).map { .coordinator($0) }
            default: break
            }
            note(
                .invalidValue,
                value,
                found: "\"\(text)\"",
                allowed: "leader(t-p), isr(t-p), coordinator(group), controller or a metric"
            )
            return nil
        }
        guard let kind = metric(text, at: value) else { return nil }
        guard kind == .number || kind == .nullableNumber else {
            note(
                .invalidValue,
                value,
                found: "the metric \(text), which is no number",
                allowed: "a metric that is a number"
            )
            return nil
        }
        return .metric(text)
    }
}

extension String {
    /// Where `text` first occurs.
    func range(ofText text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) {
                return start..<index(start, offsetBy: text.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
