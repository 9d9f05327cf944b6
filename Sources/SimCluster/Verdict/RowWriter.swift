import Checkers
import KafkaProtocol
import Scenario
import SimBase

/// Turns ledger and histories into the rows that are stored.
struct RowWriter {
    let document: ScenarioDocument
    let layout: NodeLayout
    let verdict: Verdict
    let causes: [String]

    /// - Parameters:
    ///   - result: what receives the rows.
    ///   - keepsRecords: whether it gets a row for each record and delivery too.
    func write(to result: inout RunResult, keepsRecords: Bool) {
        result.leaderships = leaderships()
        result.memberships = memberships()
        if keepsRecords { writeRecords(to: &result) }
    }

    private func writeRecords(to result: inout RunResult) {
        let ledger = verdict.recorder.ledger
        let names = document.names
        // Each text is made once, not once a row.
        let outcomes = [Ledger.Outcome.pending, .acked, .failed].map { "\($0)" }
        var partitions: [TopicPartition: String] = [:]
        func text(_ partition: TopicPartition) -> String {
            if let known = partitions[partition] { return known }
            let text = names.text(partition)
            partitions[partition] = text
            return text
        }
        result.records = ledger.entries.enumerated().map { index, entry in
            RecordRow(
                id: Int32(index),
                producer: ledger.producers[Int(entry.producer)].name,
                outcome: outcomes[Int(entry.outcome.rawValue)],
                error: entry.exception >= 0 ? ledger.exceptions[Int(entry.exception)] : "",
                lastError: entry.lastError.isError ? entry.lastError.name : "",
                partition: entry.partition >= 0
                    ? text(TopicPartition(entry.topic, entry.partition))
                    : names.text(entry.topic),
                offset: entry.offset.rawValue,
                sentAt: entry.sentAt,
                resolvedAt: entry.outcome == .pending ? nil : entry.resolvedAt,
                copies: entry.copies,
                loss: entry.loss == .none ? "" : "\(entry.loss)",
                cause: causes[index]
            )
        }
        result.appends = appends()
        let life = RecordLife(recorder: verdict.recorder)
        for record in ledger.entries.indices where ledger.entries[record].copies == 0 {
            result.endings += life.ending(of: record).map {
                EndingRow(record: Int32(record), step: $0)
            }
        }
        var members = ledger.groups.map { _ in [String]() }
        func member(_ group: Int, _ number: Int) -> String {
            while members[group].count <= number {
                members[group].append("\(ledger.groups[group].name)-\(members[group].count + 1)")
            }
            return members[group][number]
        }
        result.deliveries = ledger.deliveries.map { delivery in
            let group = Int(delivery.group)
            return DeliveryRow(
                group: ledger.groups[group].name,
                member: member(group, Int(delivery.member)),
                record: delivery.record.rawValue,
                partition: text(delivery.partition),
                offset: delivery.offset.rawValue,
                at: delivery.at
            )
        }
    }

    /// By record, each record's in the order in which they took place.
    private func appends() -> [AppendRow] {
        let ledger = verdict.recorder.ledger
        var partitions: [TopicPartition: String] = [:]
        var rows: [AppendRow] = []
        rows.reserveCapacity(ledger.appends.count)
        for record in ledger.entries.indices {
            for append in ledger.appends(of: RecordID(Int32(record))) {
                let name =
                    partitions[append.partition] ?? document.names.text(append.partition)
                partitions[append.partition] = name
                rows.append(
                    AppendRow(
                        record: Int32(record),
                        broker: append.broker.rawValue,
                        partition: name,
                        offset: append.offset.rawValue,
                        epoch: append.epoch.rawValue,
                        at: append.at
                    )
                )
            }
        }
        return rows
    }

    private func leaderships() -> [LeadershipRow] {
        var rows: [LeadershipRow] = []
        var open: [(partition: TopicPartition, row: Int)] = []
        for item in verdict.recorder.history.leaderships
        where !item.partition.topic.isInternal {
            if let index = open.firstIndex(where: { $0.partition == item.partition }) {
                rows[open[index].row].to = item.at
                open[index].row = rows.count
            } else {
                open.append((item.partition, rows.count))
            }
            rows.append(
                LeadershipRow(
                    partition: document.names.text(item.partition),
                    epoch: item.change.leaderEpoch.rawValue,
                    leader: item.change.leader == .none ? nil : item.change.leader.rawValue,
                    isr: item.change.isr.map(\.rawValue),
                    from: item.at,
                    to: nil
                )
            )
        }
        return rows
    }

    private func memberships() -> [MembershipRow] {
        verdict.recorder.groups.generations.flatMap { generation in
            generation.assignments.map { assignment in
                MembershipRow(
                    group: document.names.text(generation.group),
                    generation: generation.generation.rawValue,
                    member: layout.memberName(assignment.member, document.names),
                    partitions: assignment.partitions.sorted().map { document.names.text($0) },
                    at: generation.at
                )
            }
        }
    }
}
