import Checkers
import GRDB
import SimBase

/// Reads one run's rows back.
struct RunReader {
    let database: Database
    let run: RunID

    func read(_ detail: ResultStore.Detail) throws -> RunResult? {
        guard var result = try readRun() else { return nil }
        result.settings = try settings()
        result.actions = try actions()
        result.timeline = try timeline()
        result.metrics = try metrics()
        result.expectations = try expectations()
        result.violations = try violations()
        result.findings = try findings()
        result.leaderships = try leaderships()
        result.memberships = try memberships()
        switch detail {
        case .verdict: break
        case .record(let id):
            result.records = try records("AND id = \(id)")
            result.appends = try appends("AND record = \(id)")
            result.endings = try endings("AND record = \(id)")
            result.deliveries = try deliveries("AND record = \(id)")
        case .everything:
            result.records = try records("")
            result.appends = try appends("")
            result.endings = try endings("")
            result.deliveries = try deliveries("")
            result.samples = try samples()
            result.trace = try trace()
        }
        return result
    }

    /// How many records the run has; they are numbered from 0.
    func recordCount() throws -> Int {
        try Int.fetchOne(
            database,
            sql: "SELECT count(*) FROM record WHERE run_id = ?",
            arguments: [run.rawValue]
        ) ?? 0
    }

    static func seed(_ value: DatabaseValue) -> UInt64 {
        if let number = Int64.fromDatabaseValue(value) { return UInt64(bitPattern: number) }
        return String.fromDatabaseValue(value).flatMap { UInt64($0) } ?? 0
    }

    private func readRun() throws -> RunResult? {
        guard
            let row = try Row.fetchOne(
                database,
                sql: "SELECT * FROM run WHERE id = ?",
                arguments: [run.rawValue]
            )
        else { return nil }
        var result = RunResult(
            scenario: row["scenario"],
            description: row["description"],
            file: row["file"],
            seed: RunReader.seed(row["seed"]),
            kafkaVersion: row["kafka_version"],
            duration: Interval(nanoseconds: row["duration_ns"])
        )
        result.end = Instant(nanoseconds: row["end_ns"])
        result.events = row["events"]
        result.digest = row["digest"]
        result.guarantee = Guarantee(rawValue: row["guarantee"]) ?? .none
        let chain: String = row["digest_chain"]
        result.digestChain = chain.split(separator: "\n").map(String.init)
        return result
    }

    private func rows(_ table: String, _ condition: String = "", by key: String = "number") throws
        -> [Row]
    {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM \(table) WHERE run_id = ? \(condition) ORDER BY \(key)",
            arguments: [run.rawValue]
        )
    }

    private func instant(_ row: Row, _ column: String = "at_ns") -> Instant {
        Instant(nanoseconds: row[column])
    }

    private func optionalInstant(_ row: Row, _ column: String) -> Instant? {
        let nanoseconds: Int64? = row[column]
        return nanoseconds.map(Instant.init(nanoseconds:))
    }

    private func text(_ row: Row, _ column: String) -> String {
        let text: String? = row[column]
        return text ?? ""
    }

    // MARK: What was run

    private func settings() throws -> [SettingRow] {
        try rows("setting").map { SettingRow(path: $0["path"], value: $0["value"]) }
    }

    private func actions() throws -> [ActionRow] {
        try rows("action").map { row in
            ActionRow(
                at: instant(row),
                action: row["action"],
                target: text(row, "target"),
                name: text(row, "name"),
                result: text(row, "result"),
                skipped: row["skipped"],
                isOptional: row["optional"]
            )
        }
    }

    private func timeline() throws -> [TimelineRow] {
        try rows("timeline").map { row in
            TimelineRow(
                at: instant(row),
                kind: TimelineRow.Kind(rawValue: row["kind"]) ?? .reaction,
                text: row["text"]
            )
        }
    }

    // MARK: What it came to

    private func metrics() throws -> [Metric] {
        try rows("metric").map { row in
            let value: DatabaseValue = row["value"]
            return Metric(name: row["name"], value: RunReader.metric(value))
        }
    }

    /// The storage class tells what a value is; a text in brackets is a list.
    private static func metric(_ value: DatabaseValue) -> MetricValue {
        switch value.storage {
        case .null, .blob: .null
        case .int64(let number): .integer(number)
        case .double(let number): .thousandths(Int64((number * 1_000).rounded()))
        case .string(let text): text.hasPrefix("[") ? .list(JSONList.numbers(text)) : .text(text)
        }
    }

    private func expectations() throws -> [ExpectationResult] {
        try rows("expectation").map { row in
            ExpectationResult(
                metric: row["metric"],
                bound: row["bound"],
                actual: row["actual"],
                pass: row["pass"],
                at: optionalInstant(row, "at_ns")
            )
        }
    }

    private func violations() throws -> [Violation] {
        try rows("violation").map { row in
            Violation(invariant: row["invariant"], evidence: row["evidence"], at: instant(row))
        }
    }

    private func findings() throws -> [Finding] {
        try rows("finding").map { row in
            let number: Int64 = row["number"]
            return Finding(
                cause: row["cause"],
                category: FindingCategory(rawValue: row["category"]) ?? .server,
                metric: row["metric"],
                records: row["records"],
                sentence: row["sentence"],
                settings: try rows("finding_setting", "AND finding = \(number)").map {
                    SettingRow(path: $0["path"], value: $0["value"])
                },
                remedy: row["remedy"],
                example: row["example"],
                life: try rows("finding_step", "AND finding = \(number)").map {
                    LifeStep(at: instant($0), text: $0["text"])
                }
            )
        }
    }

    // MARK: The records

    private func records(_ condition: String) throws -> [RecordRow] {
        try rows("record", condition, by: "id").map { row in
            RecordRow(
                id: row["id"],
                producer: row["producer"],
                outcome: row["outcome"],
                error: text(row, "error"),
                lastError: text(row, "last_error"),
                partition: text(row, "partition"),
                offset: row["offset"] ?? -1,
                sentAt: instant(row, "sent_at_ns"),
                resolvedAt: optionalInstant(row, "resolved_at_ns"),
                copies: row["copies"],
                loss: text(row, "loss"),
                cause: text(row, "cause")
            )
        }
    }

    private func endings(_ condition: String) throws -> [EndingRow] {
        try rows("ending", condition, by: "record, number").map { row in
            EndingRow(
                record: row["record"],
                step: LifeStep(at: instant(row), text: row["text"])
            )
        }
    }

    private func appends(_ condition: String) throws -> [AppendRow] {
        try rows("append", condition).map { row in
            AppendRow(
                record: row["record"],
                broker: row["broker"],
                partition: row["partition"],
                offset: row["offset"],
                epoch: row["epoch"],
                at: instant(row)
            )
        }
    }

    private func deliveries(_ condition: String) throws -> [DeliveryRow] {
        try rows("delivery", condition).map { row in
            DeliveryRow(
                group: row["group_id"],
                member: row["member"],
                record: row["record"],
                partition: row["partition"],
                offset: row["offset"],
                at: instant(row)
            )
        }
    }

    // MARK: What happened meanwhile

    private func leaderships() throws -> [LeadershipRow] {
        try rows("leadership").map { row in
            LeadershipRow(
                partition: row["partition"],
                epoch: row["epoch"],
                leader: row["leader"],
                isr: JSONList.numbers(row["isr"]).map { Int32(truncatingIfNeeded: $0) },
                from: instant(row, "from_ns"),
                to: optionalInstant(row, "to_ns")
            )
        }
    }

    private func memberships() throws -> [MembershipRow] {
        try rows("membership").map { row in
            MembershipRow(
                group: row["group_id"],
                generation: row["generation"],
                member: row["member"],
                partitions: JSONList.names(row["partitions"]),
                at: instant(row)
            )
        }
    }

    private func samples() throws -> [SampleRow] {
        try rows("sample").map { row in
            SampleRow(
                at: instant(row),
                partition: row["partition"],
                logEndOffset: row["log_end_offset"],
                highWatermark: row["high_watermark"],
                isrSize: row["isr_size"],
                lag: row["lag"]
            )
        }
    }

    private func trace() throws -> [TraceRow] {
        try rows("event").map { row in
            TraceRow(
                number: row["number"],
                at: instant(row),
                node: row["node"],
                kind: row["kind"],
                text: row["text"]
            )
        }
    }
}
