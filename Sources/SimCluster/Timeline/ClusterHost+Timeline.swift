import Checkers
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

extension ClusterHost {
    /// Schedules everything that the scenario fixes in time.
    mutating func scheduleTimeline() {
        for (index, entry) in document.timeline.enumerated() {
            switch entry.trigger {
            case .at(let instant):
                kernel.schedule(at: instant, payload: WorldEvent.fire.rawValue, token: Int64(index))
            case .when(let condition):
                timeline.waiting.append(waiting(.entry(index), condition))
            }
        }
        for (number, producer) in document.producers.enumerated() {
            guard case .sends(let sends) = producer.workload else { continue }
            for (index, send) in sends.enumerated() {
                switch send.trigger {
                case .at(let instant):
                    kernel.schedule(
                        at: instant,
                        payload: WorldEvent.sends.rawValue,
                        token: Int64(number) << 32 | Int64(index)
                    )
                case .when(let condition):
                    timeline.waiting.append(
                        waiting(.send(producer: number, index: index), condition)
                    )
                }
            }
        }
        for index in consumers.indices {
            kernel.schedule(
                at: consumers[index].spec.start,
                payload: WorldEvent.startConsumer.rawValue,
                token: Int64(index)
            )
        }
        kernel.schedule(at: .zero + .seconds(1), payload: WorldEvent.second.rawValue)
        kernel.schedule(at: .zero + document.duration, payload: WorldEvent.settle.rawValue)
        if timeline.waiting.contains(where: { !isCheap($0.condition) }) {
            kernel.schedule(at: .zero, payload: WorldEvent.conditions.rawValue)
        }
    }

    mutating func execute(world payload: Int32, token: Int64) {
        switch WorldEvent(rawValue: payload) {
        case .fire: fire(Int(token))
        case .undo: undo(Int(token))
        case .second: secondPassed()
        case .conditions:
            checkConditions(dear: true)
            if timeline.waiting.contains(where: { !isCheap($0.condition) }), phase == .running {
                kernel.schedule(
                    at: now + .milliseconds(10),
                    payload: WorldEvent.conditions.rawValue
                )
            }
        case .startConsumer: startConsumer(Int(token))
        case .sends: beginSends(producer: Int(token >> 32), index: Int(token & 0xffff_ffff))
        case .restart: restart(NodeIndex(Int(token)))
        case .settle: beginSettling()
        case nil: preconditionFailure("no world event has the number \(payload)")
        }
    }

    /// An entry's turn has come, for the first time or again.
    mutating func fire(_ index: Int) {
        guard phase == .running else { return }
        let entry = document.timeline[index]
        timeline.firings[index] += 1
        if let repetition = entry.repetition, timeline.firings[index] < repetition.times {
            kernel.schedule(
                at: now + repetition.every,
                payload: WorldEvent.fire.rawValue,
                token: Int64(index)
            )
        }
        settleApplications()
        perform(entry)
        leadershipMayHaveChanged()
    }

    mutating func beginSends(producer: Int, index: Int) {
        guard case .sends(let sends) = document.producers[producer].workload,
            producers[producer].isRunning
        else { return }
        let send = sends[index]
        producers[producer].workload.begin(
            count: send.count,
            every: send.every,
            valueSize: send.valueSize,
            key: send.key,
            partition: send.partition,
            timestamp: send.timestamp,
            at: now
        )
        nudge(producer)
    }

    /// Lets a producer's application look at what is due.
    mutating func nudge(_ producer: Int) {
        let node = layout.producer(producer)
        guard kernel.state(of: node) == .running else {
            // A paused application finds the work when it goes on.
            kernel.schedule(at: now, for: node, payload: Int32(TimerKind.application.rawValue))
            return
        }
        hand(.timerFired(.application), to: node)
    }

    // MARK: Conditions

    private func waiting(_ subject: TimelineState.Waiting.Subject, _ condition: Condition)
        -> TimelineState.Waiting
    {
        TimelineState.Waiting(subject: subject, condition: condition, baseline: nil)
    }

    /// Called once at time zero, for conditions of the form "changed".
    mutating func rememberBaselines() {
        watchGroups()
        for index in timeline.waiting.indices {
            timeline.waiting[index].baseline = value(of: timeline.waiting[index].condition.subject)
        }
    }

    /// Looks at the conditions that cost nothing to evaluate, after each event.
    mutating func checkConditions(dear: Bool = false) {
        guard phase == .running, !timeline.waiting.isEmpty else { return }
        var index = 0
        while index < timeline.waiting.count {
            let waiting = timeline.waiting[index]
            guard isCheap(waiting.condition) != dear, holds(waiting) else {
                index += 1
                continue
            }
            timeline.waiting.remove(at: index)
            switch waiting.subject {
            case .entry(let entry): fire(entry)
            case .send(let producer, let send): beginSends(producer: producer, index: send)
            }
        }
    }

    private mutating func holds(_ waiting: TimelineState.Waiting) -> Bool {
        guard let value = value(of: waiting.condition.subject) else { return false }
        switch waiting.condition.test {
        case .changed: return waiting.baseline.map { $0 != value } ?? false
        case .compared(let comparison, let number):
            return comparison.holds(value, number.thousandths)
        }
    }

    private func isCheap(_ condition: Condition) -> Bool {
        guard case .metric(let name) = condition.subject else { return true }
        switch name {
        case "records.sent", "records.acked", "records.failed": return true
        default: return groupProcessing(name) != nil
        }
    }

    /// The subject's value in thousandths.
    private mutating func value(of subject: Condition.Subject) -> Int64? {
        switch subject {
        case .leader(let partition):
            return Int64(view.partition(partition)?.leader.rawValue ?? -1) * 1_000
        case .isrSize(let partition):
            return Int64(view.partition(partition)?.isr.count ?? 0) * 1_000
        case .controller:
            return Int64(activeController?.rawValue ?? -1) * 1_000
        case .coordinator(let group):
            return Int64(coordinator(of: group)?.rawValue ?? -1) * 1_000
        case .metric(let name):
            switch name {
            case "records.sent": return Int64(recorder.ledger.entries.count) * 1_000
            case "records.acked": return recorder.ledger.ackedCount * 1_000
            case "records.failed": return recorder.ledger.failedCount * 1_000
            default:
                if let group = groupProcessing(name) {
                    return recorder.ledger.deliveryCounts[group] * 1_000
                }
                return currentMetric(name)
            }
        }
    }

    /// The group whose progress the metric is.
    private func groupProcessing(_ name: String) -> Int? {
        guard name.hasPrefix("group."), name.hasSuffix(".processed") else { return nil }
        return recorder.ledger.groups.firstIndex { name == "group.\($0.name).processed" }
    }

    /// Lets the members of groups whose progress is waited for stop after each record.
    private mutating func watchGroups() {
        for waiting in timeline.waiting {
            guard case .metric(let name) = waiting.condition.subject,
                let group = groupProcessing(name)
            else { continue }
            for index in consumers.indices where layout.members[index].groupIndex == group {
                consumers[index].isWatched = true
            }
        }
    }

    private mutating func currentMetric(_ name: String) -> Int64? {
        switch verdict().table.value(of: name) {
        case .integer(let value): value * 1_000
        case .thousandths(let value): value
        case .text, .list, .null: nil
        }
    }
}
