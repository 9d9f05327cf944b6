import GRDB
import GRDBSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The number of a recorded run, unique in its database and never used again.
public struct RunID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: Int64

    public init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    public static func < (left: RunID, right: RunID) -> Bool {
        left.rawValue < right.rawValue
    }

    public var description: String {
        String(rawValue)
    }
}

/// A database of recorded runs, in one file, which several processes may use at once.
///
/// A run is one transaction: it is in the database whole or not at all.
public final class ResultStore: Sendable {
    /// What a database is opened for.
    public enum Purpose: Equatable, Sendable {
        /// Create the file if it does not exist, and add runs to it.
        case recording
        /// The file must exist.
        case reading
    }

    public let path: String

    let queue: DatabaseQueue

    /// How long to wait for another process's transaction.
    static let busySeconds = 30

    private init(path: String, queue: DatabaseQueue) {
        self.path = path
        self.queue = queue
    }

    /// Opens or creates the database at `path`, so that whatever stands in the way of recording is
    /// known before a run begins.
    public static func open(
        path: String,
        for purpose: Purpose = .recording
    ) throws(StoreError) -> ResultStore {
        try checkFile(path, purpose)
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(Double(busySeconds))
        configuration.label = "kafkasim"
        let queue: DatabaseQueue
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw explain(error, path)
        }
        try prepare(queue, path, purpose)
        return ResultStore(path: path, queue: queue)
    }

    /// Runs `body`, turning what SQLite throws into our own errors.
    func reading<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do {
            return try queue.read(body)
        } catch {
            throw ResultStore.explain(error, path)
        }
    }

    static func explain(_ error: any Error, _ path: String) -> StoreError {
        if let own = error as? StoreError { return own }
        guard let database = error as? DatabaseError else {
            return .failed(path: path, message: "\(error)")
        }
        let message = database.message ?? "unknown error"
        switch database.resultCode.primaryResultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: return .busy(path: path, seconds: busySeconds)
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: return .notADatabase(path: path)
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return .notWritable(path: path, reason: message)
        case .SQLITE_FULL: return .notWritable(path: path, reason: "the disk is full")
        default: return .failed(path: path, message: message)
        }
    }

    // MARK: Opening

    /// What the file system alone can tell, in words better than SQLite's "unable to open".
    private static func checkFile(_ path: String, _ purpose: Purpose) throws(StoreError) {
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { throw .isDirectory(path: path) }
            if access(path, R_OK) != 0 { throw .notWritable(path: path, reason: lastError()) }
            if purpose == .recording, access(path, W_OK) != 0 {
                throw .notWritable(path: path, reason: lastError())
            }
            return
        }
        let directory = folder(of: path)
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            guard purpose == .recording else { throw .missing(path: path) }
            throw .directoryMissing(path: path, directory: directory)
        }
        if purpose == .reading { throw .missing(path: path) }
        if access(directory, W_OK) != 0 { throw .notWritable(path: path, reason: lastError()) }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func lastError() -> String {
        String(cString: strerror(errno)).lowercased()
    }

    private static func prepare(
        _ queue: DatabaseQueue,
        _ path: String,
        _ purpose: Purpose
    ) throws(StoreError) {
        do {
            // Outside a transaction, as SQLite demands; harmless where it is so already.
            try queue.writeWithoutTransaction { database in
                let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode")
                if mode != "wal", purpose == .recording {
                    try switchToWriteAheadLog(database)
                }
            }
            if purpose == .reading {
                let found = try queue.read { database in
                    let found = try version(of: database)
                    try check(found, path, isEmpty: isEmpty(database))
                    return found
                }
                // An older database is brought up to date before it is read.
                guard found < Schema.version else { return }
            }
            // Immediately, so that of two processes that find no tables one waits for the other's.
            try queue.writeWithoutTransaction { database in
                let found = try version(of: database)
                if found == Schema.version { return try check(found, path, isEmpty: false) }
                try database.inTransaction(.immediate) {
                    let found = try version(of: database)
                    if found == 0, try isEmpty(database) {
                        try database.execute(
                            sql: "PRAGMA application_id = \(Schema.applicationID)"
                        )
                    } else {
                        try check(found, path, isEmpty: false)
                    }
                    for step in Schema.migrations.dropFirst(found) {
                        try database.execute(sql: step)
                    }
                    try database.execute(sql: "PRAGMA user_version = \(Schema.version)")
                    return .commit
                }
            }
        } catch {
            throw explain(error, path)
        }
    }

    /// The version of our own schema; a foreign database counts as version -1.
    private static func version(of database: Database) throws -> Int {
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard application == Schema.applicationID else {
            return application == 0 && version == 0 ? 0 : -1
        }
        return version
    }

    private static func check(_ found: Int, _ path: String, isEmpty: Bool) throws {
        if found > Schema.version {
            throw StoreError.newerSchema(path: path, found: found, supported: Schema.version)
        }
        if found < 1, !isEmpty { throw StoreError.foreign(path: path) }
        if found < 1 { throw StoreError.missing(path: path) }
    }

    private static func isEmpty(_ database: Database) throws -> Bool {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
    }

    /// SQLite does not call the busy handler for this switch, so a second process tries again.
    private static func switchToWriteAheadLog(_ database: Database) throws {
        var attempts = 0
        while true {
            do {
                _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
                return
            } catch let error as DatabaseError
                where error.resultCode.primaryResultCode == .SQLITE_BUSY && attempts < 200
            {
                attempts += 1
                usleep(20_000)
            }
        }
    }
}
