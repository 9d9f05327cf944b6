import KafkaLog
import KafkaProtocol
import SimBase

/// Performs a log's effects on files that have a page cache and a platter.
struct TestDisk {
    struct File {
        var cache = FileContents()
        var platter = FileContents()
        /// Tells a file from an earlier one of the same name.
        var instance = 0
    }

    private struct Pending {
        let file: FileID
        let instance: Int
        var contents: FileContents
        let token: FlushToken?
    }

    private(set) var files: [FileID: File] = [:]
    private var names: [FileHandle: FileID] = [:]
    private var pending: [Pending] = []
    private var instances = 0
    /// Whether a truncation reaches the platter at once, which `ftruncate` does not promise.
    var truncatesDurably = true

    var pendingTokens: [FlushToken] {
        pending.compactMap(\.token)
    }

    mutating func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .open(let handle, let id):
                names[handle] = id
                if files[id] == nil {
                    instances += 1
                    files[id] = File(instance: instances)
                }
            case .append(let handle, let chunk):
                change(handle) { $0.cache.append(chunk) }
            case .truncate(let handle, let size):
                change(handle) { $0.cache.truncate(to: Int(size.bytes)) }
                if truncatesDurably { truncatePlatter(handle, to: Int(size.bytes)) }
            case .flush(let handle, let token):
                order(handle, token)
            case .replace(let handle, let bytes, let token):
                let contents = FileContents(bytes.count == 0 ? [] : [FileChunk(bytes)])
                change(handle) { $0.cache = contents }
                order(handle, token)
            case .remove(let handle):
                guard let id = names.removeValue(forKey: handle) else {
                    preconditionFailure("no file \(handle)")
                }
                files[id] = nil
            default:
                break
            }
        }
    }

    private mutating func change(_ handle: FileHandle, _ body: (inout File) -> Void) {
        guard let id = names[handle], files[id] != nil else {
            preconditionFailure("no file \(handle)")
        }
        body(&files[id, default: File()])
    }

    private mutating func order(_ handle: FileHandle, _ token: FlushToken?) {
        guard let id = names[handle], let file = files[id] else {
            preconditionFailure("no file \(handle)")
        }
        pending.append(
            Pending(file: id, instance: file.instance, contents: file.cache, token: token)
        )
    }

    private mutating func truncatePlatter(_ handle: FileHandle, to size: Int) {
        change(handle) { $0.platter.truncate(to: size) }
        for index in pending.indices where pending[index].file == names[handle] {
            pending[index].contents.truncate(to: size)
        }
    }

    /// Completes the oldest flush or replacement.
    /// - Returns: its token, if it has one.
    mutating func completeOne() -> FlushToken? {
        guard !pending.isEmpty else { return nil }
        let done = pending.removeFirst()
        if files[done.file]?.instance == done.instance {
            files[done.file]?.platter = done.contents
        }
        return done.token
    }

    var hasPending: Bool {
        !pending.isEmpty
    }

    /// What a process finds after a kill: everything that was written.
    var image: DiskImage {
        DiskImage(files.map { StoredFile(id: $0.key, contents: $0.value.cache) })
    }

    /// What a process finds after a power loss: every file cut somewhere between platter and cache,
    /// the rest of some zeroed.
    func imageAfterPowerLoss(_ random: inout Random) -> DiskImage {
        DiskImage(
            files.keys.sorted().map { id in
                let file = files[id] ?? File()
                let isText = id.kind != .segment && id.kind != .producerSnapshot
                guard !isText, file.cache.size >= file.platter.size else {
                    return StoredFile(id: id, contents: file.platter)
                }
                var contents = file.cache
                let cut = random.next(
                    from: Int64(file.platter.size),
                    through: Int64(file.cache.size)
                )
                contents.truncate(to: Int(cut))
                if random.next(below: 4) == 0 {
                    let lost = file.cache.size - contents.size
                    if lost > 0 {
                        let zeros = [UInt8](repeating: 0, count: lost)
                        contents.append(FileChunk(SharedBytes(zeros)))
                    }
                }
                return StoredFile(id: id, contents: contents)
            }
        )
    }

    /// A disk that holds `image`, everything on the platter.
    init(_ image: DiskImage = DiskImage([])) {
        for file in image.files {
            files[file.id] = File(cache: file.contents, platter: file.contents)
        }
    }

    /// Changes one byte of a file.
    mutating func corrupt(_ id: FileID, at position: Int) {
        var bytes = files[id]?.cache.bytes ?? []
        bytes[position] ^= 0xff
        let contents = FileContents([FileChunk(SharedBytes(bytes))])
        files[id] = File(cache: contents, platter: contents)
    }

    mutating func addEmptyFile(_ id: FileID) {
        files[id] = File()
    }

    /// Appends bytes to a file, behind the log's back.
    mutating func append(_ bytes: [UInt8], to id: FileID) {
        files[id]?.cache.append(FileChunk(SharedBytes(bytes)))
    }

    func bytes(of id: FileID) -> [UInt8]? {
        files[id]?.cache.bytes
    }

    func ids(_ kind: FileKind) -> [Int64] {
        files.keys.filter { $0.kind == kind }.map(\.base).sorted()
    }
}
