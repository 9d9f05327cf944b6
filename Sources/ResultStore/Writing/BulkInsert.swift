import GRDB
import GRDBSQLite

/// Writes many rows to one table, fifty a statement, through SQLite's own interface.
///
/// A tenth of the cost of a GRDB statement a row: a run has hundreds of thousands of them.
struct BulkInsert: ~Copyable {
    private let connection: OpaquePointer
    private let table: String
    private let columns: [String]
    private let run: Int64
    /// Rows a full statement takes.
    static let rowsPerStatement = 50

    /// Prepares to fill `table`, whose first column, `run_id`, is the same in all rows; `columns` are
    /// the others, in the order in which they are bound. The connection is inside a transaction.
    init(_ database: Database, _ table: String, run: RunID, _ columns: String...) throws {
        guard let connection = database.sqliteConnection else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "the database is closed")
        }
        self.connection = connection
        self.table = table
        self.columns = ["run_id"] + columns
        self.run = run.rawValue
    }

    /// Inserts a row for each element; `bind` gives the columns' values, in order.
    borrowing func insert<Row>(_ rows: [Row], bind: (inout RowBinder, Int, Row) -> Void) throws {
        try insert(count: rows.count) { binder, index in bind(&binder, index, rows[index]) }
    }

    /// Inserts rows by number. Where there are many, `bind` takes a row's fields out of their array
    /// one by one: a copy of the row would cost more than the binding.
    borrowing func insert(count: Int, bind: (inout RowBinder, Int) -> Void) throws {
        let full = count / BulkInsert.rowsPerStatement
        var next = 0
        let texts = TextArena()
        if full > 0 {
            let statement = try prepare(rows: BulkInsert.rowsPerStatement)
            defer { sqlite3_finalize(statement) }
            for _ in 0..<full {
                let end = next + BulkInsert.rowsPerStatement
                try execute(statement, next..<end, texts, bind)
                next = end
            }
        }
        guard next < count else { return }
        let statement = try prepare(rows: count - next)
        defer { sqlite3_finalize(statement) }
        try execute(statement, next..<count, texts, bind)
    }

    private borrowing func execute(
        _ statement: OpaquePointer,
        _ rows: Range<Int>,
        _ texts: TextArena,
        _ bind: (inout RowBinder, Int) -> Void
    ) throws {
        texts.clear()
        var binder = RowBinder(statement: statement, texts: texts)
        for row in rows {
            binder.bind(run)
            bind(&binder, row)
        }
        precondition(
            binder.count == Int32(rows.count * columns.count),
            "\(table): \(binder.count) values for \(rows.count) rows of \(columns.count) columns"
        )
        guard binder.failure == SQLITE_OK else { throw failure(binder.failure) }
        let code = sqlite3_step(statement)
        guard code == SQLITE_DONE else { throw failure(code) }
        sqlite3_reset(statement)
    }

    private borrowing func prepare(rows: Int) throws -> OpaquePointer {
        let row = "(" + Array(repeating: "?", count: columns.count).joined(separator: ",") + ")"
        let sql =
            "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES "
            + Array(repeating: row, count: rows).joined(separator: ",")
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v2(connection, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(code) }
        return statement
    }

    private borrowing func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: "\(table): " + String(cString: sqlite3_errmsg(connection))
        )
    }
}

/// Binds the values of a statement from left to right.
struct RowBinder {
    private let statement: OpaquePointer
    private let texts: TextArena
    private(set) var count: Int32 = 0
    private(set) var failure = SQLITE_OK

    /// - Parameters:
    ///   - statement: what values are bound to.
    ///   - texts: keeps bound texts until the statement has run.
    init(statement: OpaquePointer, texts: TextArena) {
        self.statement = statement
        self.texts = texts
    }

    mutating func bind(_ value: Int64) {
        count += 1
        note(sqlite3_bind_int64(statement, count, value))
    }

    mutating func bind(_ value: Int32) {
        bind(Int64(value))
    }

    mutating func bind(_ value: Bool) {
        bind(value ? 1 : 0 as Int64)
    }

    mutating func bind(_ value: Double) {
        count += 1
        note(sqlite3_bind_double(statement, count, value))
    }

    mutating func bind(_ value: String) {
        count += 1
        var value = value
        note(
            value.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    // An empty string may have no address, which SQLite would take for NULL.
                    guard !characters.isEmpty else {
                        return sqlite3_bind_text(statement, count, "", 0, RowBinder.copies)
                    }
                    if let kept = texts.keep(characters) {
                        return sqlite3_bind_text(statement, count, kept, Int32(bytes.count), nil)
                    }
                    return sqlite3_bind_text(
                        statement,
                        count,
                        characters.baseAddress,
                        Int32(characters.count),
                        RowBinder.copies
                    )
                }
            }
        )
    }

    mutating func bind(_ value: Int64?) {
        guard let value else { return bindNull() }
        bind(value)
    }

    mutating func bind(_ value: Int32?) {
        bind(value.map(Int64.init))
    }

    /// Binds NULL for text that says nothing.
    mutating func bind(orNull value: String) {
        value.isEmpty ? bindNull() : bind(value)
    }

    mutating func bindNull() {
        count += 1
        note(sqlite3_bind_null(statement, count))
    }

    private mutating func note(_ code: Int32) {
        if failure == SQLITE_OK { failure = code }
    }

    /// SQLITE_TRANSIENT: SQLite copies the text before the call returns.
    private static let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

/// Texts bound to a statement, kept until it has run: one allocation for all, where SQLite would
/// make one for each.
final class TextArena {
    private static let capacity = 1 << 16
    private let base = UnsafeMutablePointer<CChar>.allocate(capacity: TextArena.capacity)
    private var used = 0

    deinit {
        base.deallocate()
    }

    /// The statement has run: its texts are not needed any more.
    func clear() {
        used = 0
    }

    /// Copies a text. Returns `nil` if there is no room for it.
    func keep(_ text: UnsafeBufferPointer<CChar>) -> UnsafePointer<CChar>? {
        guard let start = text.baseAddress, used + text.count <= TextArena.capacity else {
            return nil
        }
        let place = base + used
        place.update(from: start, count: text.count)
        used += text.count
        return UnsafePointer(place)
    }
}
