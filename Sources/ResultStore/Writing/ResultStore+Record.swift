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
            .insert(result.settings) { row, number, setting in
                row.bind(Int64(number))
                row.bind(setting.path)
                row.bind(setting.value)
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
        .insert(result.actions) { row, number, action in
            row.bind(Int64(number))
            row.bind(action.at.nanoseconds)
            row.bind(action.action)
            row.bind(orNull: action.target)
            row.bind(orNull: action.name)
            row.bind(orNull: action.result)
            if let skipped = action.skipped { row.bind(skipped) } else { row.bindNull() }
            row.bind(action.isOptional)
        }
    }

    // MARK: What it came to

    private func insertVerdict(_ run: RunID) throws {
        try BulkInsert(database, "metric", run: run, "number", "name", "value")
            .insert(result.metrics) { row, number, metric in
                row.bind(Int64(number))
                row.bind(metric.name)
                switch metric.value {
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
        .insert(result.expectations) { row, number, expectation in
            row.bind(Int64(number))
            row.bind(expectation.metric)
            row.bind(expectation.bound)
            row.bind(expectation.actual)
            row.bind(expectation.pass)
            row.bind(expectation.at?.nanoseconds)
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
        .insert(result.violations) { row, number, violation in
            row.bind(Int64(number))
            row.bind(violation.at.nanoseconds)
            row.bind(violation.invariant)
            row.bind(violation.evidence)
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
        .insert(result.findings) { row, number, finding in
            row.bind(Int64(number))
            row.bind(finding.cause)
            row.bind(finding.category.rawValue)
            row.bind(finding.metric)
            row.bind(finding.records)
            row.bind(finding.sentence)
            row.bind(finding.remedy)
            row.bind(finding.example)
        }
        for (place, finding) in result.findings.enumerated() {
            try BulkInsert(
                database,
                "finding_setting",
                run: run,
                "finding",
                "number",
                "path",
                "value"
            )
            .insert(finding.settings) { row, number, setting in
                row.bind(Int64(place))
                row.bind(Int64(number))
                row.bind(setting.path)
                row.bind(setting.value)
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
            .insert(finding.life) { row, number, step in
                row.bind(Int64(place))
                row.bind(Int64(number))
                row.bind(step.at.nanoseconds)
                row.bind(step.text)
            }
        }
    }

    // MARK: The records

    private func insertRecords(_ run: RunID) throws {
        let (records, appends, deliveries) = (result.records, result.appends, result.deliveries)
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
        .insert(count: records.count) { row, index in
            row.bind(records[index].id)
            row.bind(records[index].producer)
            row.bind(records[index].outcome)
            row.bind(orNull: records[index].error)
            row.bind(orNull: records[index].lastError)
            row.bind(orNull: records[index].partition)
            row.bind(records[index].offset < 0 ? nil : records[index].offset)
            row.bind(records[index].sentAt.nanoseconds)
            row.bind(records[index].resolvedAt?.nanoseconds)
            row.bind(records[index].copies)
            row.bind(orNull: records[index].loss)
            row.bind(orNull: records[index].cause)
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
        .insert(count: appends.count) { row, index in
            row.bind(appends[index].record)
            row.bind(Int64(index))
            row.bind(appends[index].partition)
            row.bind(appends[index].offset)
            row.bind(appends[index].epoch)
            row.bind(appends[index].broker)
            row.bind(appends[index].at.nanoseconds)
        }
        try BulkInsert(
            database,
            "ending",
            run: run,
            "record",
            "number",
            "at_ns",
            "text"
        )
        .insert(result.endings) { row, number, ending in
            row.bind(ending.record)
            row.bind(Int64(number))
            row.bind(ending.step.at.nanoseconds)
            row.bind(ending.step.text)
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
        .insert(count: deliveries.count) { row, index in
            row.bind(Int64(index))
            row.bind(deliveries[index].group)
            row.bind(deliveries[index].member)
            row.bind(deliveries[index].record)
            row.bind(deliveries[index].partition)
            row.bind(deliveries[index].offset)
            row.bind(deliveries[index].at.nanoseconds)
        }
    }

    // MARK: What happened meanwhile

    private func insertHistory(_ run: RunID) throws {
        try BulkInsert(database, "timeline", run: run, "number", "at_ns", "kind", "text")
            .insert(result.timeline) { row, number, entry in
                row.bind(Int64(number))
                row.bind(entry.at.nanoseconds)
                row.bind(entry.kind.rawValue)
                row.bind(entry.text)
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
        .insert(result.leaderships) { row, number, leadership in
            row.bind(Int64(number))
            row.bind(leadership.partition)
            row.bind(leadership.epoch)
            row.bind(leadership.leader)
            row.bind(JSONList.text(leadership.isr.map(Int64.init)))
            row.bind(leadership.from.nanoseconds)
            row.bind(leadership.to?.nanoseconds)
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
        .insert(result.memberships) { row, number, membership in
            row.bind(Int64(number))
            row.bind(membership.group)
            row.bind(membership.generation)
            row.bind(membership.member)
            row.bind(JSONList.text(membership.partitions))
            row.bind(membership.at.nanoseconds)
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
        .insert(result.samples) { row, number, sample in
            row.bind(Int64(number))
            row.bind(sample.at.nanoseconds)
            row.bind(sample.partition)
            row.bind(sample.logEndOffset)
            row.bind(sample.highWatermark)
            row.bind(sample.isrSize)
            row.bind(sample.lag)
        }
        let trace = result.trace
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
        .insert(count: trace.count) { row, index in
            row.bind(trace[index].number)
            row.bind(trace[index].at.nanoseconds)
            row.bind(trace[index].node)
            row.bind(trace[index].kind)
            row.bind(trace[index].text)
        }
    }
}
