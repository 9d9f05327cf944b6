import Checkers
import Foundation
import GRDB
import SimBase
import Testing

@testable import ResultStore

@Suite struct OpeningTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func problem(_ path: String, _ purpose: ResultStore.Purpose = .recording) -> StoreError?
    {
        do {
            _ = try ResultStore.open(path: path, for: purpose)
            return nil
        } catch {
            return error
        }
    }

    @Test func aMissingFolderIsNamed() {
        let path = scratch.path("nowhere/runs.sqlite")
        let folder = scratch.path("nowhere")
        #expect(problem(path) == .directoryMissing(path: path, directory: folder))
        #expect(problem(path)?.description.contains("mkdir -p") == true)
    }

    @Test func aFolderIsNoDatabase() {
        #expect(problem(scratch.folder) == .isDirectory(path: scratch.folder))
    }

    @Test func readingCreatesNothing() {
        let path = scratch.path("runs.sqlite")
        #expect(problem(path, .reading) == .missing(path: path))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func anotherFileIsLeftAlone() throws {
        let path = scratch.path("notes.txt")
        let text = String(repeating: "These are notes, not a database.\n", count: 200)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(problem(path) == .notADatabase(path: path))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    @Test func anotherProgramsDatabaseIsLeftAlone() throws {
        let path = scratch.path("shop.sqlite")
        let other = try DatabaseQueue(path: path)
        try other.write { try $0.execute(sql: "CREATE TABLE sale (id INTEGER)") }
        try other.close()
        #expect(problem(path) == .foreign(path: path))
        #expect(problem(path, .reading) == .foreign(path: path))
    }

    @Test func aNewerSchemaIsRefused() throws {
        let path = scratch.path("runs.sqlite")
        let store = try ResultStore.open(path: path)
        try store.queue.write { try $0.execute(sql: "PRAGMA user_version = 7") }
        let expected = StoreError.newerSchema(path: path, found: 7, supported: Schema.version)
        #expect(problem(path) == expected)
        #expect(problem(path, .reading) == expected)
    }

    @Test(arguments: [1, 2])
    func anOlderSchemaIsBroughtUpToDateBeforeItIsRead(_ version: Int) throws {
        let path = scratch.path("runs.sqlite")
        let store = try ResultStore.open(path: path)
        let id = try store.record(StoredRun.make())
        try store.queue.write {
            if version < 2 { try $0.execute(sql: "DROP TABLE append") }
            try $0.execute(sql: "DROP TABLE ending; PRAGMA user_version = \(version)")
        }
        let read = try ResultStore.open(path: path, for: .reading).run(id, .everything)
        #expect(read.appends.isEmpty == (version < 2))
        #expect(read.endings.isEmpty)
        #expect(read.records.count == 120)
    }

    // Root may write anything, and then there is nothing to say.
    @Test(.enabled(if: getuid() != 0)) func anUnwritableFileIsSaidBeforeTheRun() throws {
        let path = scratch.path("runs.sqlite")
        _ = try ResultStore.open(path: path)
        chmod(path, 0o444)
        guard case .notWritable(path, _) = problem(path) else {
            Issue.record("\(String(describing: problem(path)))")
            return
        }
    }

    @Test func anEmptyFileBecomesADatabase() throws {
        let path = scratch.path("runs.sqlite")
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let store = try ResultStore.open(path: path)
        _ = try store.record(StoredRun.make())
    }

    @Test func openingAgainKeepsWhatIsThere() throws {
        let path = scratch.path("runs.sqlite")
        _ = try ResultStore.open(path: path).record(StoredRun.make())
        let again = try ResultStore.open(path: path)
        #expect(try again.record(StoredRun.make()) == RunID(2))
        #expect(try ResultStore.open(path: path, for: .reading).runs().count == 2)
    }

    @Test func connectionsThatWriteAtOnceLoseNothing() async throws {
        let path = scratch.path("runs.sqlite")
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    // Each opens for itself, the first creates the tables.
                    let store = try ResultStore.open(path: path)
                    for run in 0..<5 {
                        _ = try store.record(StoredRun.make(seed: UInt64(writer * 5 + run)))
                    }
                    return 5
                }
            }
            return try await group.reduce(0, +)
        }
        let runs = try ResultStore.open(path: path, for: .reading).runs()
        #expect(count == 20)
        #expect(Set(runs.map(\.seed)) == Set(0..<20))
    }
}
