public import SimBase

/// A page cache over a platter for each node. What is written is in the cache at once and outlives
/// a process; a flush, or the write-back of Linux after 30 to 35 s, moves it to the platter, where
/// it outlives a power loss.
extension Kernel {
    /// Makes an empty file, unless there is one of that number.
    public mutating func createFile(_ node: NodeIndex, _ file: FileIndex) {
        disks[node.position].makeFile(file.position)
    }

    /// Appends to a file, which is made if need be.
    /// - Returns: Whether the disk took the bytes; if not, the file is as before.
    public mutating func append(_ node: NodeIndex, _ file: FileIndex, _ chunk: FileChunk) -> Bool {
        let disk = node.position
        guard disks[disk].condition.takesWrites else { return false }
        let position = file.position
        if position >= disks[disk].files.count || disks[disk].files[position] == nil {
            disks[disk].makeFile(position)
        }
        let writtenAt = disks[disk].writeBackTime(at: now)
        disks[disk].files[position]?.append(chunk, writtenAt: writtenAt, now: now)
        return true
    }

    /// Cuts a file to its first `length` bytes. The tail does not come back after a power loss.
    public mutating func truncate(_ node: NodeIndex, _ file: FileIndex, to length: Int) {
        disks[node.position].truncate(file.position, to: length, now: now)
    }

    /// Puts `contents` in place of a file's content, as a temporary file, fsync and rename do.
    ///
    /// Readers see it at once. A power loss before its flush has ended leaves the old content.
    /// - Parameters:
    ///   - node: whose file.
    ///   - file: which; it is made if need be.
    ///   - contents: the new content.
    ///   - token: told in `flushed` at the end of the flush; nil when nobody waits.
    /// - Returns: Whether the disk took the bytes; if not, the file is as before.
    public mutating func replace(
        _ node: NodeIndex,
        _ file: FileIndex,
        with contents: FileContents,
        token: Int64? = nil
    ) -> Bool {
        let disk = node.position
        guard disks[disk].condition.takesWrites else { return false }
        disks[disk].makeFile(file.position)
        let ticket = disks[disk].nextTicket
        disks[disk].nextTicket += 1
        disks[disk].files[file.position]?.replace(with: contents, ticket: ticket)
        beginFlush(node, file, dirty: contents.size, ticket: ticket, token: token)
        return true
    }

    /// Changes bytes of a file where they are; what is durable of it stays so.
    /// - Precondition: the contents have the size of the file's own.
    public mutating func damage(_ node: NodeIndex, _ file: FileIndex, _ contents: FileContents) {
        let size = disks[node.position].files[file.position]?.current.contents.size
        precondition(size == contents.size, "damage changes bytes, not a file's size")
        disks[node.position].files[file.position]?.current.contents = contents
    }

    /// Removes a file, at once and for good.
    public mutating func deleteFile(_ node: NodeIndex, _ file: FileIndex) {
        disks[node.position].giveUp(file.position)
    }

    /// Asks the disk to move what the file holds now to the platter; `flushed` with `token` follows
    /// when that is done, behind the flushes that were asked for before.
    public mutating func flush(_ node: NodeIndex, _ file: FileIndex, token: Int64) {
        let disk = node.position
        var dirty = 0
        if file.position < disks[disk].files.count, let content = disks[disk].files[file.position] {
            dirty = content.current.contents.size - content.current.durableSize(at: now)
        }
        beginFlush(node, file, dirty: dirty, ticket: -1, token: token)
    }

    /// Moves everything that `node` has written to the platter now, as `sync` would.
    public mutating func syncAll(_ node: NodeIndex) {
        let disk = node.position
        guard !disks[disk].condition.isFailed else { return }
        for file in disks[disk].files.indices {
            disks[disk].files[file]?.syncAll()
        }
    }

    /// The files of `node` as a starting process finds them, in the order of their numbers.
    public func files(of node: NodeIndex) -> [(index: FileIndex, contents: FileContents)] {
        disks[node.position].files.enumerated().compactMap { index, file in
            file.map { (FileIndex(index), $0.current.contents) }
        }
    }

    /// What a file holds; nil when there is none.
    public func contents(_ node: NodeIndex, _ file: FileIndex) -> FileContents? {
        let disk = node.position
        guard file.position < disks[disk].files.count else { return nil }
        return disks[disk].files[file.position]?.current.contents
    }

    /// How many bytes of a file, from its first, a power loss would leave for sure.
    public func durableSize(_ node: NodeIndex, _ file: FileIndex) -> Int {
        let disk = node.position
        guard file.position < disks[disk].files.count, let stored = disks[disk].files[file.position]
        else {
            return 0
        }
        return (stored.replacements.first?.previous ?? stored.current).durableSize(at: now)
    }

    /// Gives `node` an empty disk. Its condition stays.
    public mutating func wipe(_ node: NodeIndex) {
        for file in disks[node.position].files.indices {
            disks[node.position].giveUp(file)
        }
    }

    /// What is wrong with the disk of `node`.
    public func diskCondition(of node: NodeIndex) -> DiskCondition {
        disks[node.position].condition
    }

    /// Breaks or mends the disk of `node`. A flush under way ends when it would have, and fails if
    /// the disk has failed by then.
    public mutating func setDiskCondition(of node: NodeIndex, to condition: DiskCondition) {
        disks[node.position].condition = condition
    }

    private mutating func beginFlush(
        _ node: NodeIndex,
        _ file: FileIndex,
        dirty: Int,
        ticket: Int64,
        token: Int64?
    ) {
        let disk = node.position
        let isKnown = file.position < disks[disk].files.count
        let size = isKnown ? disks[disk].files[file.position]?.current.contents.size ?? 0 : 0
        let flush = Flush(
            file: file.position,
            end: size,
            ticket: ticket,
            fileLife: isKnown ? disks[disk].lives[file.position] : 0,
            token: token,
            incarnation: nodes[disk].incarnation
        )
        disks[disk].flushes.append(flush)
        let end = disks[disk].serveFlush(dirty: dirty, now: now)
        let event = QueuedEvent(
            kind: .flushCompletion,
            subject: node.rawValue,
            generation: disks[disk].powerCycle
        )
        queue.schedule(at: end, event)
    }

    mutating func flushCompletionDue(_ due: QueuedEvent) -> KernelEvent? {
        let disk = Int(due.subject)
        guard disks[disk].powerCycle == due.generation else { return nil }
        let flush = disks[disk].takeFlush()
        let isDone = !disks[disk].condition.isFailed
        if isDone {
            apply(flush, on: disk)
        }
        guard let token = flush.token else { return nil }
        let notice = QueuedEvent(
            kind: .flushNotice,
            subject: due.subject,
            generation: flush.incarnation,
            payload: isDone ? 1 : 0,
            token: token
        )
        return flushNotice(notice)
    }

    mutating func flushNotice(_ due: QueuedEvent) -> KernelEvent? {
        let node = Int(due.subject)
        guard nodes[node].incarnation == due.generation, !holds(due, at: node) else { return nil }
        let index = NodeIndex(due.subject)
        return due.payload == 1
            ? .flushed(node: index, token: due.token) : .flushFailed(node: index, token: due.token)
    }

    /// Makes durable what the file held when the flush was asked for.
    private mutating func apply(_ flush: Flush, on disk: Int) {
        guard flush.file < disks[disk].files.count,
            disks[disk].lives[flush.file] == flush.fileLife
        else {
            return
        }
        if flush.ticket >= 0 {
            disks[disk].files[flush.file]?.finishReplacement(flush.ticket, size: flush.end)
        } else {
            disks[disk].files[flush.file]?.finishFlush(to: flush.end)
        }
    }
}
