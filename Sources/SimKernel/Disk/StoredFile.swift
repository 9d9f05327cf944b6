import SimBase

/// Bytes that were written and will be on the platter by a known time.
struct DirtyMark: Equatable {
    /// When the write-back has written them.
    let writtenAt: Instant
    /// The end of these bytes in the file (exclusive).
    var end: Int
}

/// One file: what the page cache shows, and how much of it is on the platter.
struct StoredFile {
    /// A content that was put in place of another, and is not durable yet.
    struct Replacement {
        let ticket: Int64
        /// What a power loss leaves: the content before, as far as it was durable.
        var previous: StoredContent
    }

    struct StoredContent {
        var contents = FileContents()
        /// Whether the platter knows of the file.
        var isDurable = false
        /// How many bytes, from the first, a sync has moved to the platter (exclusive end).
        var synced = 0
        /// The bytes beyond `synced`, in order; one mark for each wake-up of the write-back.
        var marks: [DirtyMark] = []

        /// How many bytes are on the platter, those included that the write-back has moved.
        func durableSize(at now: Instant) -> Int {
            var size = synced
            for mark in marks where mark.writtenAt <= now {
                size = max(size, mark.end)
            }
            return min(size, contents.size)
        }

        /// Notes that the bytes before `end` are on the platter.
        mutating func sync(to end: Int) {
            isDurable = true
            synced = max(synced, min(end, contents.size))
            let synced = synced
            marks.removeAll { $0.end <= synced }
        }
    }

    var current = StoredContent()
    var replacements: [Replacement] = []

    mutating func append(_ chunk: FileChunk, writtenAt: Instant, now: Instant) {
        current.contents.append(chunk)
        mark(writtenAt: writtenAt, now: now)
    }

    /// Notes that everything up to the end of the file is dirty.
    private mutating func mark(writtenAt: Instant, now: Instant) {
        let end = current.contents.size
        if let last = current.marks.last, last.writtenAt == writtenAt {
            current.marks[current.marks.count - 1].end = end
            return
        }
        forgetWritten(at: now)
        current.marks.append(DirtyMark(writtenAt: writtenAt, end: end))
    }

    /// Takes what the write-back has moved for synced.
    private mutating func forgetWritten(at now: Instant) {
        let size = current.durableSize(at: now)
        if size > current.synced {
            current.isDurable = true
            current.synced = size
        }
        let synced = current.synced
        current.marks.removeAll { $0.writtenAt <= now || $0.end <= synced }
    }

    mutating func truncate(to length: Int, now: Instant) {
        forgetWritten(at: now)
        current.contents.truncate(to: length)
        let size = current.contents.size
        current.synced = min(current.synced, size)
        for index in current.marks.indices {
            current.marks[index].end = min(current.marks[index].end, size)
        }
        let synced = current.synced
        current.marks.removeAll { $0.end <= synced }
    }

    /// Notes that a flush of the bytes before `end` is at its end.
    ///
    /// The disk serves in order: a replacement that is still under way was asked for later, so the
    /// flush was one of the content before it.
    mutating func finishFlush(to end: Int) {
        if replacements.isEmpty {
            current.sync(to: end)
        } else {
            replacements[0].previous.sync(to: end)
        }
    }

    /// Moves everything to the platter.
    mutating func syncAll() {
        replacements = []
        current.sync(to: .max)
    }

    mutating func replace(with contents: FileContents, ticket: Int64) {
        replacements.append(Replacement(ticket: ticket, previous: current))
        current = StoredContent(contents: contents)
    }

    /// Notes that the replacement `ticket`, and any before it, is on the platter.
    mutating func finishReplacement(_ ticket: Int64, size: Int) {
        replacements.removeAll { $0.ticket <= ticket }
        finishFlush(to: size)
    }

    /// Cuts the file to what a power loss leaves of it.
    /// - Returns: Whether anything is left; if not, the file vanishes.
    mutating func losePower(keep: CrashSurvival, now: Instant, stream: inout Random) -> Bool {
        if let oldest = replacements.first {
            current = oldest.previous
            replacements = []
        }
        let durable = current.durableSize(at: now)
        var kept = durable
        let dirty = current.contents.size - durable
        if keep == .random, dirty > 0 {
            kept += stream.next(below: dirty + 1)
        }
        guard current.isDurable || kept > 0 else { return false }
        current.contents.truncate(to: kept)
        current.synced = kept
        current.isDurable = true
        current.marks = []
        return true
    }
}
