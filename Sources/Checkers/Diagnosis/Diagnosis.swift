internal import KafkaProtocol
internal import SimBase

/// Explains every loss, duplicate and disorder, grouped by cause.
///
/// For each metric the `records` of its causes add up to the metric.
public struct Diagnosis: Sendable {
    public private(set) var findings: [Finding] = []
    /// The cause of each record's loss, by record; empty where nothing was lost.
    public private(set) var causes: [String]

    private let recorder: RunRecorder

    /// Records of one cause under one metric.
    private struct Heap {
        let cause: Cause
        var count: Int64 = 0
        var records: [Int] = []
    }

    /// - Parameter recorder: after ``RunRecorder/settle(_:)``.
    public init(recorder: RunRecorder) {
        self.recorder = recorder
        causes = Array(repeating: "", count: recorder.ledger.entries.count)
        explainLosses()
        explainDuplicates()
        explainDisorder()
        for group in recorder.ledger.groups.indices { explainGroup(group) }
    }

    // MARK: The log

    private mutating func explainLosses() {
        let expert = ProducerDiagnosis(recorder: recorder)
        for (loss, metric) in [
            (Ledger.Loss.acked, "lost.acked"), (.silent, "lost.silent"),
            (.reported, "lost.reported"), (.expired, "lost.expired"),
        ] {
            var heaps: [Heap] = []
            for (record, entry) in recorder.ledger.entries.enumerated() where entry.loss == loss {
                let cause = expert.causeOfLoss(record)
                causes[record] = cause.rawValue
                Diagnosis.add(record, count: 1, to: &heaps, cause)
            }
            for heap in heaps { report(heap, metric: metric, expert: expert) }
        }
    }

    private mutating func explainDuplicates() {
        let expert = ProducerDiagnosis(recorder: recorder)
        var heaps: [Heap] = []
        for (record, entry) in recorder.ledger.entries.enumerated() where entry.copies > 1 {
            let cause = expert.causeOfDuplicate(record)
            Diagnosis.add(record, count: Int64(entry.copies) - 1, to: &heaps, cause)
        }
        for heap in heaps { report(heap, metric: "duplicated", expert: expert) }
    }

    private mutating func explainDisorder() {
        let expert = ProducerDiagnosis(recorder: recorder)
        var heaps: [Heap] = []
        for (record, entry) in recorder.ledger.entries.enumerated() where entry.isReordered {
            Diagnosis.add(record, count: 1, to: &heaps, expert.causeOfDisorder(record))
        }
        for heap in heaps { report(heap, metric: "reordered", expert: expert) }
    }

    // MARK: Groups

    private mutating func explainGroup(_ group: Int) {
        let ledger = recorder.ledger
        let consumer = ConsumerDiagnosis(recorder: recorder, group: group)
        let expert = ProducerDiagnosis(recorder: recorder)
        var lost: [Heap] = []
        var repeated: [Heap] = []
        for record in ledger.entries.indices where ledger.isSubscribed(group: group, to: record) {
            let times = ledger.timesProcessed(record, group: group)
            if times == 0 {
                Diagnosis.add(record, count: 1, to: &lost, consumer.causeOfLoss(record))
            } else if times > 1 {
                Diagnosis.add(record, count: 1, to: &repeated, consumer.causeOfRepeat(record))
            }
        }
        let name = ledger.groups[group].name
        for heap in lost {
            report(heap, metric: "group.\(name).end-to-end.lost", expert: expert, group: group)
        }
        for heap in repeated {
            report(
                heap,
                metric: "group.\(name).end-to-end.duplicated",
                expert: expert,
                group: group
            )
        }
    }

    // MARK: Reporting

    private static func add(_ record: Int, count: Int64, to heaps: inout [Heap], _ cause: Cause) {
        if let index = heaps.firstIndex(where: { $0.cause == cause }) {
            heaps[index].count += count
            heaps[index].records.append(record)
        } else {
            heaps.append(Heap(cause: cause, count: count, records: [record]))
        }
    }

    private mutating func report(
        _ heap: Heap,
        metric: String,
        expert: ProducerDiagnosis,
        group: Int? = nil
    ) {
        guard let example = heap.records.first else { return }
        let writer = Narrator(recorder: recorder, expert: expert)
        findings.append(
            Finding(
                cause: heap.cause.rawValue,
                category: heap.cause.category,
                metric: metric,
                records: heap.count,
                sentence: writer.sentence(
                    heap.cause,
                    records: heap.records,
                    count: heap.count,
                    group: group
                ),
                settings: writer.settings(heap.cause, record: example, group: group),
                remedy: heap.cause.remedy,
                example: Int32(example),
                life: RecordLife(recorder: recorder).steps(of: example)
            )
        )
    }
}
