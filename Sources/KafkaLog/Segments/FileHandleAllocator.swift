public import KafkaProtocol

/// Hands out the file handles of one process, densely from 0.
public struct FileHandleAllocator: Sendable {
    private var following: Int32 = 0

    public init() {}

    /// A handle that was never handed out before.
    public mutating func next() -> FileHandle {
        defer { following += 1 }
        return FileHandle(following)
    }
}
