#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The few things that the command line does with files.
enum Files {
    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Creates one folder, unless it exists.
    static func createFolder(_ path: String) throws {
        if mkdir(path, 0o777) != 0, errno != EEXIST {
            throw Failure("error: \(path): cannot be created: \(reason(errno))")
        }
    }

    static func write(_ text: String, to path: String, replacing: Bool) throws {
        let flags = O_WRONLY | O_CREAT | (replacing ? O_TRUNC : O_EXCL)
        let file = open(path, flags, 0o666)
        guard file >= 0 else {
            throw Failure("error: \(path): cannot be written: \(reason(errno))")
        }
        defer { close(file) }
        try Output.write(text, to: file, named: path)
    }

    /// The scenario files in a folder and the folders in it, in the order of their paths.
    static func scenarios(in folder: String) -> [String] {
        var found: [String] = []
        for name in names(in: folder) {
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            if isFolder(path) {
                found += scenarios(in: path)
            } else if isScenario(name) {
                found.append(path)
            }
        }
        return found
    }

    private static func isScenario(_ name: String) -> Bool {
        guard !name.hasSuffix(".schema.json") else { return false }
        return [".json", ".yaml", ".yml"].contains { name.hasSuffix($0) }
    }

    /// The names in a folder, sorted by their bytes, without hidden ones.
    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// What an error of the system means.
    static func reason(_ error: Int32) -> String {
        String(cString: strerror(error)).lowercased()
    }
}
