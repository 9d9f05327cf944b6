import KafkaController
import KafkaProtocol
import KafkaRaft

/// Folds committed metadata records into the image and notes what they change.
/// - Source: org.apache.kafka.image.loader.MetadataLoader.
struct MetadataLoader: Sendable {
    private(set) var image = MetadataImage()
    private(set) var delta = MetadataDelta()
    /// The last metadata offset that is in the image; -1 before the first.
    private(set) var offset = Offset.none

    init() {}

    /// Takes what the quorum delivers.
    /// - Returns: whether there is something to publish.
    mutating func take(_ outcome: RaftNode.Outcome) -> Bool {
        switch outcome {
        case .committed(let batches):
            for batch in batches { apply(batch) }
            return !batches.isEmpty
        case .snapshot(let end, let batches):
            let old = image
            image = MetadataImage()
            for batch in batches {
                batch.forEachMetadataRecord { offset, record in image.apply(record, at: offset) }
            }
            delta.removeAll()
            delta.noteAll(of: image, replacing: old)
            offset = end.endOffset.advanced(by: -1)
            return true
        case .becameLeader, .lostLeadership, .leaderChanged: return false
        }
    }

    private mutating func apply(_ batch: RecordBatch) {
        batch.forEachMetadataRecord { offset, record in
            delta.note(record, in: image)
            image.apply(record, at: offset)
        }
        offset = batch.lastOffset
    }

    /// The image was published: from now on changes are noted anew.
    mutating func published() {
        delta.removeAll()
    }
}
