public import Checkers
import SimBase

/// Why a recorded run came to what it came to.
public struct ExplainReport: Sendable {
    private let result: RunResult
    private let run: Int64
    private let presentation: Presentation

    public init(_ result: RunResult, run: Int64, presentation: Presentation) {
        self.result = result
        self.run = run
        self.presentation = presentation
    }

    /// The whole timeline and every cause, each with the life of an example; then `command`, which
    /// tells the life of any one record.
    public func causes(command: String) -> String {
        var page = Page(presentation)
        addTitle("run \(run)", to: &page)
        if !result.description.isEmpty {
            for line in result.description.wrapped(to: page.width) { page.add(line) }
        }
        if !result.timeline.isEmpty {
            page.heading("Timeline")
            TimelineText(rows: result.timeline, limit: nil).add(to: &page)
        }
        if result.findings.isEmpty {
            page.blank()
            page.add("Nothing was lost, duplicated or put out of order.")
        } else {
            FindingText(findings: result.findings, withLives: true).add(to: &page)
        }
        page.blank()
        page.add(command, .faint)
        return page.text
    }

    /// The life of the one record that `result` holds.
    public func life(of record: RecordRow) -> String {
        var page = Page(presentation)
        addTitle("record \(record.id) of run \(run)", to: &page)
        page.blank()
        var table = TextTable([.left, .left])
        table.add([Cell("producer", .faint), Cell(record.producer)])
        table.add([Cell("told", .faint), Cell(told(record))])
        table.add([Cell("stored", .faint), Cell(stored(record))])
        if !record.loss.isEmpty {
            table.add([Cell("lost", .faint), Cell(lost(record), .bad)])
        }
        page.add(table)
        page.heading("Life")
        LifeText(steps: RecordStory(result: result, record: record).steps).add(to: &page, indent: 2)
        let causes = result.findings.filter { $0.cause == record.cause }
        FindingText(findings: Array(causes.prefix(1)), withLives: false).add(to: &page)
        return page.text
    }

    private func addTitle(_ title: String, to page: inout Page) {
        page.add(
            left: Cell("\(title): \(result.scenario)", .heading),
            right: Cell("Kafka \(result.kafkaVersion) · seed \(result.seed)", .faint)
        )
    }

    private func told(_ record: RecordRow) -> String {
        guard !record.error.isEmpty else { return record.outcome }
        let last = record.lastError.isEmpty ? "" : ", the broker's last answer \(record.lastError)"
        return "\(record.outcome) with \(record.error)\(last)"
    }

    private func stored(_ record: RecordRow) -> String {
        guard record.copies > 0 else { return "in no log at the end" }
        let place = record.offset < 0 ? "" : " at offset \(record.offset)"
        let times = record.copies == 1 ? "once" : "\(record.copies) times"
        return "\(times), \(record.partition)\(place)"
    }

    private func lost(_ record: RecordRow) -> String {
        record.cause.isEmpty ? "lost.\(record.loss)" : "lost.\(record.loss), \(record.cause)"
    }
}

/// A record's life from the rows of its run.
struct RecordStory {
    let result: RunResult
    let record: RecordRow

    var steps: [LifeStep] {
        // The run has told the whole life of its examples, their ends included.
        if let finding = result.findings.first(where: {
            $0.example == record.id && !$0.life.isEmpty
        }) {
            return finding.life
        }
        var steps = [
            LifeStep(at: record.sentAt, text: "\(record.producer) hands it to send()")
        ]
        steps += result.appends.filter { $0.record == record.id }.map { append in
            LifeStep(
                at: append.at,
                text: "broker-\(append.broker) appends it to \(append.partition) at offset "
                    + "\(append.offset) in leader epoch \(append.epoch)"
            )
        }
        if let resolvedAt = record.resolvedAt {
            steps.append(LifeStep(at: resolvedAt, text: "the application is told \(answer)"))
        }
        let deliveries = result.deliveries.filter { $0.record == record.id }
        steps += deliveries.map { delivery in
            LifeStep(
                at: delivery.at,
                text: "\(delivery.member) processes it from "
                    + "\(delivery.partition) at offset \(delivery.offset)"
            )
        }
        steps += result.endings.filter { $0.record == record.id }.map(\.step)
        steps += surroundings(until: deliveries.map(\.at).max())
        // Stable: steps of one instant keep the order in which they were told.
        return steps.enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element)
    }

    private var answer: String {
        guard record.outcome == "acked" else {
            let last = record.lastError.isEmpty ? "" : ", last from the broker \(record.lastError)"
            return "\(record.error)\(last)"
        }
        return record.offset < 0 ? "success" : "success at offset \(record.offset)"
    }

    /// What was done to the cluster and who led the partition, for as long as it mattered: to the
    /// end where the record was lost, else to the last time that it was processed.
    private func surroundings(until last: Instant?) -> [LifeStep] {
        let end = record.loss.isEmpty ? last ?? record.resolvedAt ?? result.end : result.end
        let window = record.sentAt...max(record.sentAt, end)
        let actions = result.timeline.filter { $0.kind == .action && window.contains($0.at) }
        let leaders = result.leaderships.filter {
            $0.partition == record.partition && window.contains($0.from)
        }
        return actions.map { LifeStep(at: $0.at, text: $0.text) }
            + leaders.map { change in
                let isr = change.isr.map(String.init).joined(separator: ", ")
                let who = change.leader.map { "broker-\($0) leads" } ?? "nobody leads"
                return LifeStep(
                    at: change.from,
                    text: "\(who) \(change.partition) in epoch \(change.epoch), ISR [\(isr)]"
                )
            }
    }
}
