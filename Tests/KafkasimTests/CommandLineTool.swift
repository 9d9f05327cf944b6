import Foundation

/// The built `kafkasim`, run as a process of its own.
struct CommandLineTool {
    struct Ending {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Beside the test runner; `nil` where only the tests were built.
    static let path: String? = {
        let runner = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let folders = [
            runner.deletingLastPathComponent(),
            URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent(),
        ]
        return folders.map { $0.appendingPathComponent("kafkasim").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    static var isMissing: Bool {
        path == nil
    }

    /// The folder it runs in, removed at the end.
    final class Folder {
        let path: String

        init() throws {
            path = NSTemporaryDirectory() + "kafkasim-cli-" + UUID().uuidString
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true
            )
        }

        deinit {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    let folder: Folder

    init() throws {
        folder = try Folder()
    }

    func write(_ text: String, to name: String) throws {
        let path = folder.path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true
        )
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
    }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.path + "/" + name)
    }

    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Ending {
        try run(arguments, environment: environment)
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Ending {
        let running = try start(arguments, environment: environment)
        return try running.ending()
    }

    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
        try Running(arguments, in: folder.path, environment)
    }

    /// A process that has been started; its output goes to files, which cannot fill up like pipes.
    final class Running {
        private let process = Process()
        private let files: [String]

        init(_ arguments: [String], in folder: String, _ environment: [String: String]) throws {
            guard let tool = CommandLineTool.path else { throw CocoaError(.fileNoSuchFile) }
            let stem = folder + "/." + UUID().uuidString
            files = [stem + ".out", stem + ".err"]
            for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
            process.executableURL = URL(fileURLWithPath: tool)
            process.arguments = arguments
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            process.environment = ProcessInfo.processInfo.environment
                .merging(environment) { _, new in new }
            process.standardOutput = FileHandle(forWritingAtPath: files[0])
            process.standardError = FileHandle(forWritingAtPath: files[1])
            try process.run()
        }

        func ending() throws -> Ending {
            process.waitUntilExit()
            return Ending(
                status: process.terminationStatus,
                output: try String(contentsOfFile: files[0], encoding: .utf8),
                errors: try String(contentsOfFile: files[1], encoding: .utf8)
            )
        }
    }

    /// A scenario that takes a few milliseconds: a hundred records, nothing breaks.
    static func scenario(name: String = "small", expect: String = #""lost.acked": 0"#) -> String {
        """
        {
          "name": "\(name)",
          "description": "A hundred records, and nothing breaks.",
          "seed": 1,
          "duration": "5s",
          "settle": "5s",
          "cluster": { "brokers": 1, "controllers": 1 },
          "topics": [ { "name": "orders", "partitions": 1, "replication.factor": 1 } ],
          "producers": [
            { "name": "shop", "topic": "orders", "rate": "100/s", "count": 100,
              "config": { "acks": "all" } }
          ],
          "expect": { \(expect) }
        }
        """
    }
}
