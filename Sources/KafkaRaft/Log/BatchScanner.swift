internal import KafkaProtocol
internal import SimBase

/// Reads the batches of a file up to the first that is torn or damaged.
struct BatchScanner {
    private(set) var batches: [RecordBatch] = []
    /// Bytes that whole and intact batches take from the file's start.
    private(set) var intactSize = 0

    init(_ contents: FileContents) {
        for chunk in contents.chunks {
            guard scan(chunk) else { return }
        }
    }

    /// - Returns: whether the chunk held nothing but intact batches.
    private mutating func scan(_ chunk: FileChunk) -> Bool {
        if chunk.headCount == RecordBatch.headSize, chunk.bodyStart == 0,
            Int(chunk.bodyEnd) == chunk.body.count
        {
            let length = Int(UInt32(truncatingIfNeeded: chunk.headLow >> 32))
            let epoch = Int32(truncatingIfNeeded: chunk.headLow)
            guard length == chunk.count - RecordBatch.logOverhead else { return false }
            return take(
                offset: Int64(bitPattern: chunk.headHigh),
                epoch: epoch,
                BatchBody(chunk.body)
            )
        }
        var bytes: [UInt8] = []
        chunk.append(to: &bytes)
        var reader = ByteReader(bytes)
        while reader.remaining > 0 {
            guard let offset = reader.int64(), let length = reader.int32(),
                let epoch = reader.int32(), length >= 4, let rest = reader.raw(Int(length) - 4)
            else { return false }
            guard take(offset: offset, epoch: epoch, BatchBody(SharedBytes(Array(rest)))) else {
                return false
            }
        }
        return true
    }

    private mutating func take(offset: Int64, epoch: Int32, _ body: BatchBody?) -> Bool {
        guard let body, body.isIntact else { return false }
        let batch = RecordBatch(
            baseOffset: Offset(offset),
            partitionLeaderEpoch: LeaderEpoch(epoch),
            body: body
        )
        if let last = batches.last, batch.baseOffset < last.nextOffset { return false }
        batches.append(batch)
        intactSize += batch.sizeInBytes
        return true
    }
}
