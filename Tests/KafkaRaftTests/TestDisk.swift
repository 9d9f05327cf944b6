import KafkaProtocol
import SimBase

/// A disk with a page cache over a platter.
struct TestDisk {
    struct File {
        var id: FileID
        var cache = FileContents()
        var platter = FileContents()
        /// The cache no longer continues the platter: the file was cut or replaced.
        var wasRewritten = false
    }

    private(set) var files: [File] = []

    /// What a process finds that starts now.
    var image: DiskImage {
        DiskImage(files.map { StoredFile(id: $0.id, contents: $0.cache) })
    }

    func platter(of id: FileID) -> FileContents? {
        files.first { $0.id == id }?.platter
    }

    func cache(of id: FileID) -> FileContents? {
        files.first { $0.id == id }?.cache
    }

    /// The offset after the last batch that would survive a power loss.
    var durableEnd: Offset {
        guard let log = files.last(where: { $0.id.kind == .segment }) else { return .zero }
        guard let last = log.platter.chunks.last, let body = BatchBody(last.body) else {
            return Offset(log.id.base)
        }
        return Offset(Int64(bitPattern: last.headHigh) + Int64(body.lastOffsetDelta) + 1)
    }

    mutating func open(_ id: FileID) {
        guard !files.contains(where: { $0.id == id }) else { return }
        files.append(File(id: id))
        files.sort { $0.id < $1.id }
    }

    mutating func remove(_ id: FileID) {
        files.removeAll { $0.id == id }
    }

    mutating func append(_ chunk: FileChunk, to id: FileID) {
        update(id) { $0.cache.append(chunk) }
    }

    mutating func truncate(_ id: FileID, to length: Int) {
        update(id) {
            $0.cache.truncate(to: length)
            $0.wasRewritten = true
        }
    }

    mutating func replace(_ id: FileID, _ bytes: SharedBytes) {
        update(id) {
            $0.cache = FileContents([FileChunk(bytes)])
            $0.wasRewritten = true
        }
    }

    /// Completes a flush of what the cache held when it was ordered.
    mutating func harden(_ id: FileID, _ contents: FileContents) {
        update(id) {
            $0.platter = contents
            $0.wasRewritten = $0.wasRewritten && $0.cache != contents
        }
    }

    /// Power loss: each file is cut somewhere between platter and cache.
    mutating func crash(_ random: inout Random) {
        for index in files.indices {
            var file = files[index]
            if file.wasRewritten {
                if random.next(below: 2) == 0 { file.cache = file.platter }
            } else {
                let spare = file.cache.size - file.platter.size
                file.cache.truncate(to: file.platter.size + random.next(below: max(0, spare) + 1))
            }
            file.platter = file.cache
            file.wasRewritten = false
            files[index] = file
        }
    }

    private mutating func update(_ id: FileID, _ body: (inout File) -> Void) {
        guard let index = files.firstIndex(where: { $0.id == id }) else { return }
        body(&files[index])
    }
}
