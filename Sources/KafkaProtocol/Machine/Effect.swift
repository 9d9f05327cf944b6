public import SimBase

/// An order that a machine gives its driver. Performed in the order given.
public enum Effect: Equatable, Sendable {
    /// Open a connection; answered by `connected`, `connectionFailed`, or nothing at all.
    case connect(ChannelID, to: BrokerID, Listener)
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
    case armTimer(TimerKind, at: Instant)
    case cancelTimer(TimerKind)
    /// Bind a number of the machine's choice to a file, which is created empty if missing.
    case open(FileHandle, FileID)
    case append(FileHandle, FileChunk)
    /// Move everything written to the file so far to the platter.
    case flush(FileHandle, FlushToken)
    case truncate(FileHandle, to: ByteCount)
    /// Exchange the whole content atomically and durably (temp file, fsync, rename, directory
    /// fsync); the token, if any, reports that it is done.
    case replace(FileHandle, SharedBytes, FlushToken?)
    case remove(FileHandle)
    /// End the process.
    case exit(ExitReason)
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

public enum FileKind: UInt8, Hashable, Sendable, CaseIterable {
    /// A log segment; `base` is its base offset.
    case segment
    /// Producer state up to `base`.
    case producerSnapshot
    case leaderEpochCheckpoint
    case partitionMetadata
    /// A metadata snapshot; `base` is its end offset.
    case metadataSnapshot
    case quorumState
    // Files of a whole log directory.
    case recoveryPointCheckpoint
    case replicationOffsetCheckpoint
    case logStartOffsetCheckpoint
    case cleanerOffsetCheckpoint
    case cleanShutdown
    case metaProperties
}

/// A file's identity on a process's disks.
public struct FileID: Hashable, Comparable, Sendable {
    public let kind: FileKind
    public let logDir: UInt8
    /// The partition whose directory holds it; the metadata partition for directory-wide files.
    public let partition: TopicPartition
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
