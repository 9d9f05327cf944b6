import Checkers
import KafkaProtocol
import SimBase
import SimKernel

extension ClusterHost {
    /// Flips a bit on the platter inside the batch that holds `offset`.
    ///
    /// A running broker still serves the page cache's copy; a process that starts afterwards reads
    /// what the disk has.
    mutating func corrupt(_ partition: TopicPartition, at offset: Offset, on node: NodeIndex) {
        for file in kernel.files(of: node) {
            guard let id = files[node.position].name(of: file.index), id.kind == .segment,
                id.partition == partition
            else { continue }
            let chunks = file.contents.chunks
            let hit = chunks.lastIndex {
                $0.headCount == 16 && Int64(bitPattern: $0.headHigh) <= offset.rawValue
            }
            guard let hit else { continue }
            var bytes = chunks[hit].body.bytes
            guard let last = bytes.indices.last else { continue }
            bytes[last] ^= 0x01
            var damaged = chunks
            damaged[hit] = FileChunk(
                headHigh: chunks[hit].headHigh,
                headLow: chunks[hit].headLow,
                headCount: 16,
                body: SharedBytes(bytes),
                bodyStart: chunks[hit].bodyStart,
                bodyEnd: chunks[hit].bodyEnd
            )
            kernel.damage(node, file.index, FileContents(damaged))
            recorder.history.note(
                .corrupt,
                of: serverID(node),
                "a batch on the disk of \(layout.name(node)) is damaged",
                at: now
            )
            recorder.invariants.permitLoss()
            return
        }
    }
}
