#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Where the files beside a scenario come from.
public enum ScenarioFiles: Equatable, Sendable {
    /// Files of the disk; a relative path starts at this folder.
    case folder(String)
    /// Texts by path, for tests and embedding.
    case texts([String: String])

    /// The text of a file; `nil` if it cannot be read.
    func text(at path: String) -> String? {
        switch self {
        case .texts(let texts): texts[path]
        case .folder(let folder):
            try? ScenarioFiles.read(
                path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
            ).get()
        }
    }

    /// Why a file cannot be read.
    struct Unreadable: Error {
        let reason: String

        static var system: Unreadable {
            if errno == EISDIR {
                return Unreadable(reason: "is a folder; kafkasim test runs the scenarios in it")
            }
            let cause = String(cString: strerror(errno)).lowercased()
            return Unreadable(reason: "the file cannot be read: \(cause)")
        }
    }

    /// The whole file, which is UTF-8.
    static func read(_ path: String) -> Result<String, Unreadable> {
        guard let file = fopen(path, "rb") else { return .failure(.system) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        guard ferror(file) == 0 else { return .failure(.system) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .failure(Unreadable(reason: "the file is not text in UTF-8"))
        }
        return .success(text)
    }

    /// The folder that a path lies in; empty for the current one.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[..<slash])
    }
}
