import Checkers
import ResultStore

/// Where runs are recorded, if anywhere; opened before the first run begins.
struct Recording {
    let path: String
    private let store: ResultStore?

    /// Opens or creates the database at `path`; `nil` records nothing. `remedy` is the option by which
    /// the user does without.
    init(path: String?, remedy: String) throws {
        self.path = path ?? ""
        guard let path else {
            store = nil
            return
        }
        // The default's own folder may be made; a folder that the user named may be a typing error.
        do {
            if path == DatabaseOption.standardPath { try Files.createFolder("reports") }
            store = try ResultStore.open(path: path)
        } catch let failure as Failure {
            throw Failure("\(failure.message); or \(remedy)")
        } catch {
            throw Failure("error: \(error); or \(remedy)")
        }
    }

    /// Records a run; `nil` where nothing is recorded.
    func record(_ result: RunResult) throws -> RunID? {
        do throws(StoreError) {
            return try store?.record(result)
        } catch {
            throw Failure(error)
        }
    }

    /// `run 12 in reports/kafkasim.sqlite`.
    func place(_ run: RunID?) -> String {
        run.map { "run \($0) in \(path)" } ?? ""
    }

    /// The command that explains a run.
    func explanation(_ run: RunID?) -> String {
        guard let run else { return "" }
        var command = ShellCommand("kafkasim", "explain", run.description)
        if path != DatabaseOption.standardPath { command.add("--db", path) }
        return command.text
    }
}
