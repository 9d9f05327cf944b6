import Checkers
import GRDB
import SimBase
import Testing

@testable import ResultStore

@Suite struct SchemaTests {
    private let scratch: Scratch
    private let store: ResultStore

    init() throws {
        scratch = try Scratch()
        store = try ResultStore.open(path: scratch.path("runs.sqlite"))
    }

    private func integer(_ sql: String) throws -> Int? {
        try store.queue.read { try Int.fetchOne($0, sql: sql) }
    }

    @Test func pragmasAreAsPromised() throws {
        #expect(try integer("PRAGMA user_version") == Schema.version)
        #expect(try integer("PRAGMA foreign_keys") == 1)
        #expect(try integer("PRAGMA busy_timeout") == ResultStore.busySeconds * 1_000)
        let mode = try store.queue.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(mode == "wal")
    }

    @Test(arguments: [
        "run", "setting", "action", "metric", "expectation", "finding", "record", "append",
        "delivery",
        "leadership", "membership", "sample", "event", "lost_records", "verdicts",
    ])
    func everyTableOfTheContractExists(_ name: String) throws {
        _ = try store.record(StoredRun.make())
        #expect(try integer("SELECT count(*) FROM \(name)") ?? 0 > 0)
    }

    @Test func aMetricsValueHasItsOwnType() throws {
        _ = try store.record(StoredRun.make())
        let values = try store.queue.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT typeof(value) AS kind, CAST(value AS TEXT) AS text FROM metric"
            ).map { "\($0["kind"] as String) \($0["text"] as String? ?? "-")" }
        }
        #expect(
            values == [
                "integer 120", "integer 1", "real 1.25", "real 2.0", "null -", "text [2,3,1]",
                "text []", "text NONE",
            ]
        )
    }

    @Test func theViewsAnswerTheUsualQuestions() throws {
        _ = try store.record(StoredRun.make())
        #expect(
            try integer("SELECT count(*) FROM lost_records WHERE cause = 'acked-by-leader-alone'")
                == 1
        )
        #expect(
            try integer(
                "SELECT failed_expectations FROM verdicts WHERE sent = 120 AND lost_acked = 1"
            ) == 1
        )
    }

    @Test func deletingARunTakesItsRowsAlong() throws {
        _ = try store.record(StoredRun.make())
        try store.queue.write { try $0.execute(sql: "DELETE FROM run") }
        for table in ["record", "metric", "finding", "finding_step", "finding_setting", "event"] {
            #expect(try integer("SELECT count(*) FROM \(table)") == 0)
        }
    }

    @Test func aRunIsInTheDatabaseWholeOrNotAtAll() throws {
        var run = StoredRun.make()
        // Two rows with one number: the last table that is written refuses the second.
        run.trace.append(run.trace[0])
        #expect(throws: StoreError.self) { try store.record(run) }
        for table in ["run", "record", "metric", "delivery", "event"] {
            #expect(try integer("SELECT count(*) FROM \(table)") == 0)
        }
        // And the store is fit for the next one.
        _ = try store.record(StoredRun.make())
        #expect(try integer("SELECT count(*) FROM run") == 1)
    }
}
