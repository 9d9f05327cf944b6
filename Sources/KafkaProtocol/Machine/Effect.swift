public import SimBase

/// An order that a machine gives its driver. Performed in the order given.
public enum Effect: Equatable, Sendable {
    /// Open a connection; answered by `connected`, `connectionFailed`, or nothing at all.
    case connect(ChannelID, to: BrokerID, Listener)
    /// Send a request on a connection that stands; the answer comes under the same number.
    case send(ChannelID, CorrelationID, Request)
    /// Close an outbound connection: no further event of it may come.
    case close(ChannelID)
    /// Answer an inbound request and read the connection's next.
    case reply(RequestHandle, Response)
    /// Read the connection's next request without an answer (`acks=0`).
    case release(RequestHandle)
    /// Close an inbound connection (the only sign of an error with `acks=0`).
    case closeInbound(RequestHandle)
    /// Accept connections from now on.
    case listen(Listener)
    /// Accept none from now on; established ones stay.
    case stopListening(Listener)
    /// Fire a timer once; arming it again moves it.
    case armTimer(TimerKind, at: Instant)
    case cancelTimer(TimerKind)
    /// Bind a number of the machine's choice to a file, which is created empty if missing.
    case open(FileHandle, FileID)
    /// Write to the end of a file, into the page cache.
    case append(FileHandle, FileChunk)
    /// Move everything written to the file so far to the platter.
    case flush(FileHandle, FlushToken)
    /// Cut a file to its first bytes.
    case truncate(FileHandle, to: ByteCount)
    /// Exchange the whole content atomically and durably (temp file, fsync, rename, directory
    /// fsync); the token, if any, reports that it is done.
    case replace(FileHandle, SharedBytes, FlushToken?)
    /// Delete a file; its number is bound no more.
    case remove(FileHandle)
    /// End the process.
    case exit(ExitReason)
    /// Note a fact for checkers and traces.
    case observe(Observation)
}

/// Why a process ends by itself.
public enum ExitReason: UInt8, Hashable, Sendable {
    /// After an orderly shutdown.
    case stopped
    /// No log directory is left (`Runtime.halt`, as a kill).
    case storageFailed
    /// Registration did not succeed within `initial.broker.registration.timeout.ms`.
    case registrationTimedOut
    /// A fault handler gave up (truncation below the quorum's high watermark, and the like).
    case fatalFault
}

/// A machine's own number for an open file. Dense; forgotten at process death.
public struct FileHandle: Identifier {
    public let rawValue: Int32
    @inlinable
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
}

/// What a file of a log directory is for.
public enum FileKind: UInt8, Hashable, Sendable, CaseIterable {
    /// A log segment; `base` is its base offset.
    case segment
    /// Producer state up to `base`.
    case producerSnapshot
    /// The start offset of each leader epoch in the log.
    case leaderEpochCheckpoint
    /// The topic id of the partition whose directory it is.
    case partitionMetadata
    /// A metadata snapshot; `base` is its end offset.
    case metadataSnapshot
    /// A quorum node's epoch, vote and leader.
    case quorumState
    // Files of a whole log directory.
    /// For each partition, the offset up to which its log is flushed.
    case recoveryPointCheckpoint
    /// The high watermark of each partition.
    case replicationOffsetCheckpoint
    /// For each partition, where its log starts when that lies inside a segment.
    case logStartOffsetCheckpoint
    /// For each partition, the offset up to which its log is compacted.
    case cleanerOffsetCheckpoint
    /// Left by an orderly shutdown; holds the broker epoch.
    case cleanShutdown
    /// The id of the log directory.
    case metaProperties
}

/// A file's identity on a process's disks.
public struct FileID: Hashable, Comparable, Sendable {
    public let kind: FileKind
    /// The number of the log directory, in the order of `log.dirs`.
    public let logDir: UInt8
    /// The partition whose directory holds it; the metadata partition for directory-wide files.
    public let partition: TopicPartition
    /// The offset in the file's name; 0 for kinds without one.
    public let base: Int64

    public init(
        _ kind: FileKind,
        logDir: UInt8 = 0,
        partition: TopicPartition = .clusterMetadata,
        base: Int64 = 0
    ) {
        self.kind = kind
        self.logDir = logDir
        self.partition = partition
        self.base = base
    }

    public static func < (left: FileID, right: FileID) -> Bool {
        (left.logDir, left.partition.topic.rawValue, left.partition.partition)
            == (right.logDir, right.partition.topic.rawValue, right.partition.partition)
            ? (left.kind.rawValue, left.base) < (right.kind.rawValue, right.base)
            : (left.logDir, left.partition.topic.rawValue, left.partition.partition)
                < (right.logDir, right.partition.topic.rawValue, right.partition.partition)
    }
}

/// A file as a starting process finds it.
public struct StoredFile: Equatable, Sendable {
    public let id: FileID
    public let contents: FileContents

    public init(id: FileID, contents: FileContents) {
        self.id = id
        self.contents = contents
    }
}

/// Everything a starting process finds on its disks, in the order of ``FileID``.
public struct DiskImage: Equatable, Sendable {
    public let files: [StoredFile]

    public init(_ files: [StoredFile]) {
        self.files = files.sorted { $0.id < $1.id }
    }

    /// The content of a file; `nil` if it does not exist.
    public func contents(of id: FileID) -> FileContents? {
        var low = 0
        var high = files.count
        while low < high {
            let middle = (low + high) / 2
            if files[middle].id < id { low = middle + 1 } else { high = middle }
        }
        guard low < files.count, files[low].id == id else { return nil }
        return files[low].contents
    }
}
