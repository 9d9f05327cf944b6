#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The Markdown that the cases write, and what went wrong in them.
struct Report {
    private(set) var text = ""
    private(set) var failures: [String] = []
    let rounds: Int
    /// The released command line tool, for the parts that start it.
    let tool: Tool

    mutating func heading(_ title: String, _ explanation: String) {
        text += "\n## \(title)\n\n\(explanation)\n"
        print("\n## \(title)")
    }

    mutating func paragraph(_ words: String) {
        text += "\n\(words)\n"
        print("\n\(words)")
    }

    mutating func table(_ columns: [String], _ rows: [[String]]) {
        var lines = [columns, columns.map { _ in "---" }] + rows
        lines = lines.map { $0.map { $0.isEmpty ? " " : $0 } }
        let table = lines.map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
        text += "\n" + table
        print("\n" + table, terminator: "")
        fflush(nil)
    }

    mutating func fail(_ problem: String) {
        failures.append(problem)
        text += "\n**Failed: \(problem)**\n"
        print("FAILED: \(problem)")
    }
}

/// Where the figures come from.
enum Machine {
    static func description(swift: String) -> String {
        """
        | | |
        | --- | --- |
        | processor | \(processor), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores |
        | memory | \(memory) |
        | system | \(firstLine("/proc/sys/kernel/ostype")) \(firstLine("/proc/sys/kernel/osrelease")) |
        | compiler | \(swift), `-c release` |
        | date | \(date) |
        | load before | \(firstLine("/proc/loadavg")) |
        """
    }

    private static var processor: String {
        field("/proc/cpuinfo", "model name") ?? "unknown"
    }

    private static var memory: String {
        guard let text = field("/proc/meminfo", "MemTotal"),
            let kibibytes = Double(text.split(separator: " ")[0])
        else { return "unknown" }
        return Text.decimal(kibibytes / 1_048_576, digits: 1) + " GiB"
    }

    private static var date: String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)) UTC"
    }

    private static func firstLine(_ path: String) -> String {
        String(Files.read(path).split(separator: "\n").first ?? "unknown")
    }

    private static func field(_ path: String, _ name: String) -> String? {
        let line = Files.read(path).split(separator: "\n").first { $0.hasPrefix(name) }
        guard let line, let colon = line.firstIndex(of: ":") else { return nil }
        return String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
    }
}

enum Files {
    /// The text of a file; empty where there is none.
    static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) -> Bool {
        guard let file = fopen(path, "w") else { return false }
        defer { fclose(file) }
        return fputs(text, file) >= 0
    }

    /// A name for a file that this process alone uses.
    static func temporary(_ name: String) -> String {
        "/tmp/kafkasim-benchmarks-\(getpid())-\(name)"
    }

    static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    }
}
