public import Checkers
import GRDB
import SimBase

extension ResultStore {
    /// Stores a run with all its rows in one transaction.
    public func record(_ run: RunResult) throws(StoreError) -> RunID {
        do {
            var id = RunID(0)
            try queue.writeWithoutTransaction { database in
                // Every row belongs to the run that is written with it: to look that up for each of
                // a hundred thousand rows would be a tenth of the work. Pages stay in memory until
                // the end, instead of being written and read again.
                try database.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536")
                defer { try? database.execute(sql: "PRAGMA foreign_keys = ON") }
                // Immediately: a transaction that begins by reading cannot wait for another's end.
                try database.inTransaction(.immediate) {
                    id = try RunWriter(database: database, result: run).write()
                    return .commit
                }
            }
            return id
        } catch {
            throw ResultStore.explain(error, path)
        }
    }
}

/// Writes one run's rows, inside the caller's transaction.
private struct RunWriter {
    let database: Database
    let result: RunResult

    func write() throws -> RunID {
        let run = try insertRun()
        try insertInputs(run)
        try insertVerdict(run)
        try insertFindings(run)
        try insertRecords(run)
        try insertHistory(run)
        return run
    }

    private func insertRun() throws -> RunID {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO run (scenario, description, file, seed, kafka_version, duration_ns,
                    end_ns, events, digest, guarantee, pass, exit_status, digest_chain)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        )
        let seed: DatabaseValue =
            Int64(exactly: result.seed)?.databaseValue ?? String(result.seed).databaseValue
        try statement.execute(arguments: [
            result.scenario, result.description, result.file, seed, result.kafkaVersion,
            result.duration.nanoseconds, result.end.nanoseconds, result.events, result.digest,
            result.guarantee.rawValue, result.pass, result.exitStatus,
            result.digestChain.joined(separator: "\n"),
        ])
        return RunID(database.lastInsertedRowID)
    }

    // MARK: What was run

    private func insertInputs(_ run: RunID) throws {
        try BulkInsert(database, "setting", run: run, "number", "path", "value")
            .insert(numbered(result.settings)) { row, setting in
                row.bind(setting.number)
                row.bind(setting.row.path)
                row.bind(setting.row.value)
            }
        try BulkInsert(
            database,
            "action",
            run: run,
            "number",
            "at_ns",
            "action",
            "target",
            "name",
            "result",
            "skipped",
            "optional"
        )
        .insert(numbered(result.actions)) { row, action in
            row.bind(action.number)
            row.bind(action.row.at.nanoseconds)
            row.bind(action.row.action)
            row.bind(orNull: action.row.target)
            row.bind(orNull: action.row.name)
            row.bind(orNull: action.row.result)
            if let skipped = action.row.skipped { row.bind(skipped) } else { row.bindNull() }
            row.bind(action.row.isOptional)
        }
    }

    // MARK: What it came to

    private func insertVerdict(_ run: RunID) throws {
        try BulkInsert(database, "metric", run: run, "number", "name", "value")
            .insert(numbered(result.metrics)) { row, metric in
                row.bind(metric.number)
                row.bind(metric.row.name)
                switch metric.row.value {
                case .integer(let value): row.bind(value)
                case .thousandths(let value): row.bind(Double(value) / 1_000)
                case .text(let text): row.bind(text)
                case .list(let list): row.bind(JSONList.text(list))
                case .null: row.bindNull()
                }
            }
        try BulkInsert(
            database,
            "expectation",
            run: run,
            "number",
            "metric",
            "bound",
            "actual",
            "pass",
            "at_ns"
        )
        .insert(numbered(result.expectations)) { row, expectation in
            row.bind(expectation.number)
            row.bind(expectation.row.metric)
            row.bind(expectation.row.bound)
            row.bind(expectation.row.actual)
            row.bind(expectation.row.pass)
            row.bind(expectation.row.at?.nanoseconds)
        }
        try BulkInsert(
            database,
            "violation",
            run: run,
            "number",
            "at_ns",
            "invariant",
            "evidence"
        )
        .insert(numbered(result.violations)) { row, violation in
            row.bind(violation.number)
            row.bind(violation.row.at.nanoseconds)
            row.bind(violation.row.invariant)
            row.bind(violation.row.evidence)
        }
    }

    private func insertFindings(_ run: RunID) throws {
        try BulkInsert(
            database,
            "finding",
            run: run,
            "number",
            "cause",
            "category",
            "metric",
            "records",
            "sentence",
            "remedy",
            "example"
        )
        .insert(numbered(result.findings)) { row, finding in
            row.bind(finding.number)
            row.bind(finding.row.cause)
            row.bind(finding.row.category.rawValue)
            row.bind(finding.row.metric)
            row.bind(finding.row.records)
            row.bind(finding.row.sentence)
            row.bind(finding.row.remedy)
            row.bind(finding.row.example)
        }
        for finding in numbered(result.findings) {
            try BulkInsert(
                database,
                "finding_setting",
                run: run,
                "finding",
                "number",
                "path",
                "value"
            )
            .insert(numbered(finding.row.settings)) { row, setting in
                row.bind(finding.number)
                row.bind(setting.number)
                row.bind(setting.row.path)
                row.bind(setting.row.value)
            }
            try BulkInsert(
                database,
                "finding_step",
                run: run,
                "finding",
                "number",
                "at_ns",
                "text"
            )
            .insert(numbered(finding.row.life)) { row, step in
                row.bind(finding.number)
                row.bind(step.number)
                row.bind(step.row.at.nanoseconds)
                row.bind(step.row.text)
            }
        }
    }

    // MARK: The records

    private func insertRecords(_ run: RunID) throws {
        try BulkInsert(
            database,
            "record",
            run: run,
            "id",
            "producer",
            "outcome",
            "error",
            "last_error",
            "partition",
            "offset",
            "sent_at_ns",
            "resolved_at_ns",
            "copies",
            "loss",
            "cause"
        )
        .insert(result.records) { row, record in
            row.bind(record.id)
            row.bind(record.producer)
            row.bind(record.outcome)
            row.bind(orNull: record.error)
            row.bind(orNull: record.lastError)
            row.bind(orNull: record.partition)
            row.bind(record.offset < 0 ? nil : record.offset)
            row.bind(record.sentAt.nanoseconds)
            row.bind(record.resolvedAt?.nanoseconds)
            row.bind(record.copies)
            row.bind(orNull: record.loss)
            row.bind(orNull: record.cause)
        }
        try BulkInsert(
            database,
            "append",
            run: run,
            "record",
            "number",
            "partition",
            "offset",
            "epoch",
            "broker",
            "at_ns"
        )
        .insert(numbered(result.appends)) { row, append in
            row.bind(append.row.record)
            row.bind(append.number)
            row.bind(append.row.partition)
            row.bind(append.row.offset)
            row.bind(append.row.epoch)
            row.bind(append.row.broker)
            row.bind(append.row.at.nanoseconds)
        }
        try BulkInsert(
            database,
            "delivery",
            run: run,
            "number",
            "group_id",
            "member",
            "record",
            "partition",
            "offset",
            "at_ns"
        )
        .insert(numbered(result.deliveries)) { row, delivery in
            row.bind(delivery.number)
            row.bind(delivery.row.group)
            row.bind(delivery.row.member)
            row.bind(delivery.row.record)
            row.bind(delivery.row.partition)
            row.bind(delivery.row.offset)
            row.bind(delivery.row.at.nanoseconds)
        }
    }

    // MARK: What happened meanwhile

    private func insertHistory(_ run: RunID) throws {
        try BulkInsert(database, "timeline", run: run, "number", "at_ns", "kind", "text")
            .insert(numbered(result.timeline)) { row, entry in
                row.bind(entry.number)
                row.bind(entry.row.at.nanoseconds)
                row.bind(entry.row.kind.rawValue)
                row.bind(entry.row.text)
            }
        try BulkInsert(
            database,
            "leadership",
            run: run,
            "number",
            "partition",
            "epoch",
            "leader",
            "isr",
            "from_ns",
            "to_ns"
        )
        .insert(numbered(result.leaderships)) { row, leadership in
            row.bind(leadership.number)
            row.bind(leadership.row.partition)
            row.bind(leadership.row.epoch)
            row.bind(leadership.row.leader)
            row.bind(JSONList.text(leadership.row.isr.map(Int64.init)))
            row.bind(leadership.row.from.nanoseconds)
            row.bind(leadership.row.to?.nanoseconds)
        }
        try BulkInsert(
            database,
            "membership",
            run: run,
            "number",
            "group_id",
            "generation",
            "member",
            "partitions",
            "at_ns"
        )
        .insert(numbered(result.memberships)) { row, membership in
            row.bind(membership.number)
            row.bind(membership.row.group)
            row.bind(membership.row.generation)
            row.bind(membership.row.member)
            row.bind(JSONList.text(membership.row.partitions))
            row.bind(membership.row.at.nanoseconds)
        }
        try BulkInsert(
            database,
            "sample",
            run: run,
            "number",
            "at_ns",
            "partition",
            "log_end_offset",
            "high_watermark",
            "isr_size",
            "lag"
        )
        .insert(numbered(result.samples)) { row, sample in
            row.bind(sample.number)
            row.bind(sample.row.at.nanoseconds)
            row.bind(sample.row.partition)
            row.bind(sample.row.logEndOffset)
            row.bind(sample.row.highWatermark)
            row.bind(sample.row.isrSize)
            row.bind(sample.row.lag)
        }
        try BulkInsert(
            database,
            "event",
            run: run,
            "number",
            "at_ns",
            "node",
            "kind",
            "text"
        )
        .insert(result.trace) { row, event in
            row.bind(event.number)
            row.bind(event.at.nanoseconds)
            row.bind(event.node)
            row.bind(event.kind)
            row.bind(event.text)
        }
    }

    private func numbered<Row>(_ rows: [Row]) -> Numbered<Row> {
        Numbered(rows: rows)
    }
}

/// The rows of a table with their places in the run's order.
private struct Numbered<Row>: RandomAccessCollection {
    let rows: [Row]

    var startIndex: Int { 0 }
    var endIndex: Int { rows.count }

    subscript(position: Int) -> (number: Int64, row: Row) {
        (Int64(position), rows[position])
    }
}
