public import Checkers
import GRDB
import SimBase

extension ResultStore {
    /// The recorded runs, the latest first; at most `limit` of them.
    public func runs(limit: Int = 1_000) throws(StoreError) -> [RunSummary] {
        try reading { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT v.*, run.file, run.end_ns, run.events
                    FROM verdicts AS v JOIN run ON run.id = v.run_id
                    ORDER BY v.run_id DESC LIMIT ?
                    """,
                arguments: [limit]
            ).map { row in
                RunSummary(
                    id: RunID(row["run_id"]),
                    recordedAt: row["recorded_at"],
                    scenario: row["scenario"],
                    file: row["file"],
                    seed: RunReader.seed(row["seed"]),
                    kafkaVersion: row["kafka_version"],
                    end: Instant(nanoseconds: row["end_ns"]),
                    events: row["events"],
                    digest: row["digest"],
                    guarantee: row["guarantee"],
                    pass: row["pass"],
                    sent: row["sent"] ?? 0,
                    lostAcked: row["lost_acked"] ?? 0,
                    lost: (row["lost_acked"] ?? 0) + (row["lost_silent"] ?? 0)
                        + (row["lost_reported"] ?? 0) + (row["lost_expired"] ?? 0),
                    duplicated: row["duplicated"] ?? 0,
                    reordered: row["reordered"] ?? 0
                )
            }
        }
    }

    /// The latest recorded run; `nil` where there is none.
    public func latestRun() throws(StoreError) -> RunID? {
        try reading { try Int64.fetchOne($0, sql: "SELECT max(id) FROM run").map(RunID.init) }
    }

    /// Which of a run's many rows to load beside its verdict, findings and history.
    public enum Detail: Equatable, Sendable {
        /// No records, deliveries, samples and events.
        case verdict
        /// One record and its deliveries.
        case record(Int32)
        /// Everything.
        case everything
    }

    /// A recorded run.
    public func run(_ id: RunID, _ detail: Detail = .verdict) throws(StoreError) -> RunResult {
        let path = path
        return try reading { database in
            let reader = RunReader(database: database, run: id)
            guard let result = try reader.read(detail) else {
                throw StoreError.noSuchRun(path: path, run: id.rawValue)
            }
            if case .record(let record) = detail, result.records.isEmpty {
                throw StoreError.noSuchRecord(
                    path: path,
                    run: id.rawValue,
                    record: record,
                    records: try reader.recordCount()
                )
            }
            return result
        }
    }
}
