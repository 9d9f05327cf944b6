/// An immutable run of bytes that many owners share without copying: a record batch in a
/// producer's request, in three replicas' logs and in a consumer's hand is one of these.
public final class SharedBytes: Sendable {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public var count: Int {
        bytes.count
    }
}

extension SharedBytes: Equatable {
    public static func == (left: SharedBytes, right: SharedBytes) -> Bool {
        left === right || left.bytes == right.bytes
    }
}

/// One write to a file: up to sixteen bytes of its own, then a slice of shared bytes.
///
/// As `writev` of two buffers. A leader stamps offset and epoch into the sixteen bytes that open a
/// record batch; the rest of the batch is shared, so that an append copies nothing.
public struct FileChunk: Equatable, Sendable {
    /// The first bytes, big end first: `headHigh` then `headLow`.
    public let headHigh: UInt64
    public let headLow: UInt64
    /// How many of the sixteen head bytes are part of the file, counted from the first: 0 or 16.
    public let headCount: Int32
    public let body: SharedBytes
    /// The slice of `body` that is part of the file (half-open).
    public let bodyStart: Int32
    public let bodyEnd: Int32

    /// A chunk of shared bytes only.
    public init(_ body: SharedBytes) {
        self.init(
            headHigh: 0,
            headLow: 0,
            headCount: 0,
            body: body,
            bodyStart: 0,
            bodyEnd: Int32(body.count)
        )
    }

    /// A chunk that opens with sixteen bytes of its own.
    public init(headHigh: UInt64, headLow: UInt64, body: SharedBytes) {
        self.init(
            headHigh: headHigh,
            headLow: headLow,
            headCount: 16,
            body: body,
            bodyStart: 0,
            bodyEnd: Int32(body.count)
        )
    }

    public init(
        headHigh: UInt64,
        headLow: UInt64,
        headCount: Int32,
        body: SharedBytes,
        bodyStart: Int32,
        bodyEnd: Int32
    ) {
        self.headHigh = headHigh
        self.headLow = headLow
        self.headCount = headCount
        self.body = body
        self.bodyStart = bodyStart
        self.bodyEnd = bodyEnd
    }

    /// The chunk's length in the file.
    public var count: Int {
        Int(headCount) + Int(bodyEnd - bodyStart)
    }

    /// The chunk cut to its first `length` bytes.
    public func prefix(_ length: Int) -> FileChunk {
        guard length < count else { return self }
        if length >= Int(headCount) {
            let kept = Int32(length) - headCount
            return FileChunk(
                headHigh: headHigh,
                headLow: headLow,
                headCount: headCount,
                body: body,
                bodyStart: bodyStart,
                bodyEnd: bodyStart + kept
            )
        }
        var plain: [UInt8] = []
        append(to: &plain)
        return FileChunk(SharedBytes(Array(plain[..<length])))
    }

    /// Appends the chunk's bytes, as a reader of the file sees them.
    public func append(to bytes: inout [UInt8]) {
        if headCount == 16 {
            for word in [headHigh, headLow] {
                var shift: UInt64 = 64
                while shift > 0 {
                    shift -= 8
                    bytes.append(UInt8(truncatingIfNeeded: word >> shift))
                }
            }
        }
        bytes.append(contentsOf: body.bytes[Int(bodyStart)..<Int(bodyEnd)])
    }
}

/// What a file holds: its writes in order. Reading it as plain bytes is for recovery and tests.
public struct FileContents: Equatable, Sendable {
    public private(set) var chunks: [FileChunk]
    public private(set) var size: Int

    public init(_ chunks: [FileChunk] = []) {
        self.chunks = chunks
        size = chunks.reduce(0) { $0 + $1.count }
    }

    public mutating func append(_ chunk: FileChunk) {
        chunks.append(chunk)
        size += chunk.count
    }

    /// Cuts the file to `length` bytes, inside a chunk if need be. A longer length changes nothing.
    public mutating func truncate(to length: Int) {
        while let last = chunks.last, size > length {
            chunks.removeLast()
            size -= last.count
            if size < length {
                append(last.prefix(length - size))
            }
        }
    }

    /// The whole file as one run of bytes.
    public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(size)
        for chunk in chunks {
            chunk.append(to: &result)
        }
        return result
    }
}
