internal import KafkaProtocol
internal import SimBase

/// Finds for one record and group why it was not processed, or more than once.
struct ConsumerDiagnosis {
    let recorder: RunRecorder
    let group: Int
    private let reads: GroupReads

    init(recorder: RunRecorder, group: Int) {
        self.recorder = recorder
        self.group = group
        reads = GroupReads(of: group, in: recorder.ledger)
    }

    func causeOfLoss(_ record: Int) -> Cause {
        let entry = recorder.ledger.entries[record]
        if entry.loss == .expired { return .removedBeforeRead }
        guard entry.copies > 0, entry.partition >= 0 else { return .neverInLog }
        let partition = TopicPartition(entry.topic, entry.partition)
        let committed = recorder.groups.committed(group: group, partition)
        guard let committed, entry.offset < committed else { return .notYetRead }
        // Below the committed offset and never handed out: the position was set beyond it.
        if let first = reads.firstOffset(of: partition), first > entry.offset {
            return .startedAtLatest
        }
        return .committedBeforeProcessing
    }

    func causeOfRepeat(_ record: Int) -> Cause {
        guard let (first, second) = reads.repetition(of: record) else {
            return .reprocessedAfterRestart
        }
        if first.offset != second.offset || first.partition != second.partition {
            return .readTwiceFromLog
        }
        return first.member == second.member ? .reprocessedAfterRestart : .reprocessedAfterRebalance
    }
}
