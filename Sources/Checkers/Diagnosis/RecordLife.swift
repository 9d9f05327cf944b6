internal import KafkaProtocol
internal import SimBase

/// A record's life as timed steps, from `send()` to where it is now, or to the instant it was gone.
public struct RecordLife: Sendable {
    private let recorder: RunRecorder

    public init(recorder: RunRecorder) {
        self.recorder = recorder
    }

    public func steps(of record: Int) -> [LifeStep] {
        let entry = recorder.ledger.entries[record]
        let producer = recorder.ledger.producers[Int(entry.producer)]
        var steps = [
            LifeStep(
                at: entry.sentAt,
                text:
                    "\(producer.name) hands it to send() for topic \(recorder.names.text(entry.topic))"
            )
        ]
        let appends = recorder.ledger.appends(of: RecordID(Int32(record)))
        for append in appends {
            steps.append(
                LifeStep(
                    at: append.at,
                    text:
                        "broker-\(append.broker) appends it to \(recorder.names.text(append.partition)) "
                        + "at offset \(append.offset) in leader epoch \(append.epoch)"
                )
            )
        }
        if let told = told(entry) { steps.append(told) }
        if let last = appends.last, entry.copies == 0 {
            steps += reactions(after: last)
        }
        steps += ending(of: record)
        for delivery in recorder.ledger.deliveries
        where Int(delivery.record.rawValue) == record {
            let group = recorder.ledger.groups[Int(delivery.group)].name
            steps.append(
                LifeStep(
                    at: delivery.at,
                    text: "\(group)-\(delivery.member + 1) processes it from "
                        + "\(recorder.names.text(delivery.partition)) at offset \(delivery.offset)"
                )
            )
        }
        // Stable: steps of one instant keep the order in which they were told.
        return steps.enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element)
    }

    /// What took a record that stands in no log at the end: how its bytes were lost on the way, or
    /// what took them from the log that had them.
    public func ending(of record: Int) -> [LifeStep] {
        let entry = recorder.ledger.entries[record]
        guard entry.copies == 0 else { return [] }
        for append in recorder.ledger.appends(of: entry) {
            guard let deletion = recorder.history.deletion(of: append) else { continue }
            let text =
                switch deletion.reason {
                case .retention: "retention deletes it"
                case .compaction: "the cleaner takes it out: its key has a newer record"
                case .deleteRecords: "it is deleted on request"
                case .followedLeader, nil: "its topic is deleted"
                }
            return [LifeStep(at: deletion.at, text: text)]
        }
        if recorder.ledger.appends(of: RecordID(Int32(record))).isEmpty {
            return ending(entry, of: recorder.ledger.producers[Int(entry.producer)])
        }
        guard let fate = ProducerDiagnosis(recorder: recorder).fate(of: record) else { return [] }
        return [LifeStep(at: fate.at, text: fate.text)]
    }

    private func told(_ entry: Ledger.Entry) -> LifeStep? {
        switch entry.outcome {
        case .pending: return nil
        case .acked:
            let place = entry.offset.rawValue >= 0 ? " at offset \(entry.offset)" : ""
            return LifeStep(at: entry.resolvedAt, text: "the application is told success\(place)")
        case .failed:
            let exception = recorder.ledger.exceptions[Int(entry.exception)]
            let last =
                entry.lastError.isError ? ", last from the broker \(entry.lastError.name)" : ""
            return LifeStep(
                at: entry.resolvedAt,
                text: "the application is told \(exception)\(last)"
            )
        }
    }

    /// How a record ended that no broker has appended, where nobody was told.
    private func ending(_ entry: Ledger.Entry, of producer: ProducerFacts) -> [LifeStep] {
        let faults = recorder.history.faults
        if entry.diedWithProducer {
            let name = "producer/\(producer.name) "
            guard
                let death = faults.first(where: { $0.at >= entry.sentAt && $0.text.hasPrefix(name) }
                )
            else { return [] }
            return [
                LifeStep(
                    at: death.at,
                    text: "\(death.text), with the record in its memory or in flight"
                )
            ]
        }
        guard entry.outcome == .acked else { return [] }
        // acks=0: the bytes were on their way when the connection ended, or were written to one
        // that had ended before. Without a fault, a broker refused them by closing it.
        let isCut = { (fault: ClusterHistory.Fault) in
            [.kill, .crash, .stop, .partition].contains(fault.kind)
        }
        guard
            let fault = faults.last(where: { $0.at <= entry.resolvedAt && isCut($0) })
                ?? faults.first(where: {
                    $0.at <= entry.resolvedAt + .seconds(1) && isCut($0)
                })
        else {
            return [
                LifeStep(
                    at: entry.resolvedAt,
                    text: "no broker appends it, and with acks=0 none answers"
                )
            ]
        }
        return [
            LifeStep(at: fault.at, text: fault.text),
            LifeStep(
                at: max(fault.at, entry.resolvedAt),
                text: "its bytes end with the connection: no broker appends it, and none answers"
            ),
        ]
    }

    /// What the cluster did between the append and the loss, as far as it matters.
    private func reactions(after append: Ledger.Append) -> [LifeStep] {
        var steps: [LifeStep] = []
        if let fault = recorder.history.faults.first(where: {
            $0.broker == append.broker && $0.at >= append.at
                && ($0.kind == .kill || $0.kind == .crash || $0.kind == .stop)
        }) {
            steps.append(LifeStep(at: fault.at, text: fault.text))
        }
        if let change = recorder.history.leaderships.first(where: {
            $0.partition == append.partition && $0.at >= append.at
                && $0.change.leaderEpoch > append.epoch && $0.change.leader != .none
        }) {
            steps.append(
                LifeStep(
                    at: change.at,
                    text: "the controller makes broker-\(change.change.leader) leader of "
                        + "\(recorder.names.text(append.partition)) in epoch \(change.change.leaderEpoch)"
                )
            )
        }
        return steps
    }
}
