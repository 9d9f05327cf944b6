/// Why a database of results cannot be used: which file, what is wrong, what to do.
public enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The folder that is to hold the file does not exist.
    case directoryMissing(path: String, directory: String)
    /// The path names a folder.
    case isDirectory(path: String)
    /// The file does not exist and was to be read.
    case missing(path: String)
    /// The file system refuses to create, read or write it.
    case notWritable(path: String, reason: String)
    /// The file is something else, or damaged.
    case notADatabase(path: String)
    /// A database of SQLite, but of another program.
    case foreign(path: String)
    /// Written by a later version of kafkasim.
    case newerSchema(path: String, found: Int, supported: Int)
    /// Another process kept the database locked for too long.
    case busy(path: String, seconds: Int)
    /// Nothing is recorded yet.
    case noRuns(path: String)
    /// No run of this number is recorded.
    case noSuchRun(path: String, run: Int64)
    /// The run has no record of this number.
    case noSuchRecord(path: String, run: Int64, record: Int32, records: Int)
    /// SQLite refused a statement; nothing of the run was stored.
    case failed(path: String, message: String)

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .directoryMissing(let path, let directory):
            "\(path): the folder \(directory) does not exist; create it (mkdir -p \(directory)) "
                + "or name another file with --db"
        case .isDirectory(let path):
            "\(path): is a folder; name a file in it with --db"
        case .missing(let path):
            "\(path): no such database; record a run first (kafkasim run FILE --db \(path)) "
                + "or name another file with --db"
        case .notWritable(let path, let reason):
            "\(path): cannot be written (\(reason)); check its permissions and those of its folder, "
                + "or name another file with --db"
        case .notADatabase(let path):
            "\(path): is not a database, or is damaged; name another file with --db"
        case .foreign(let path):
            "\(path): is a database of another program; name another file with --db"
        case .newerSchema(let path, let found, let supported):
            "\(path): was written by a later kafkasim (schema \(found), this one knows "
                + "\(supported)); update kafkasim or name another file with --db"
        case .busy(let path, let seconds):
            "\(path): another process kept it locked for \(seconds) s; try again later"
        case .noRuns(let path):
            "\(path): no run is recorded yet; record one with kafkasim run FILE --db \(path)"
        case .noSuchRun(let path, let run):
            "\(path): there is no run \(run); kafkasim runs --db \(path) lists them"
        case .noSuchRecord(let path, let run, let record, let records):
            "\(path): run \(run) has no record \(record); "
                + (records == 0 ? "it has none at all" : "its records are 0 to \(records - 1)")
        case .failed(let path, let message):
            "\(path): \(message)"
        }
    }
}
