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
        if recorder.groups.givenUp[group].contains(RecordID(Int32(record))) {
            return .processingFailed
        }
        let partition = TopicPartition(entry.topic, entry.partition)
        if wasPassedOver(entry.offset, of: partition) { return .startedAtLatest }
        let committed = recorder.groups.committed(group: group, partition)
        guard let committed, entry.offset < committed else { return .notYetRead }
        let wasCut = recorder.history.truncations.contains {
            $0.partition == partition && $0.to <= entry.offset && entry.offset < $0.from
        }
        if wasCut { return .replacedAfterRead }
        // Below the committed offset and never handed out: the position was set beyond it.
        if let first = reads.firstOffset(of: partition), first > entry.offset {
            return .startedAtLatest
        }
        return .committedBeforeProcessing
    }

    /// Whether a member began to read behind an offset that the group had not got to.
    private func wasPassedOver(_ offset: Offset, of partition: TopicPartition) -> Bool {
        recorder.groups.resets.contains {
            $0.isToLatest && Int($0.group) == group && $0.partition == partition
                && $0.committed <= offset && offset < $0.offset
        }
    }

    func causeOfRepeat(_ record: Int) -> Cause {
        guard let (first, second) = reads.repetition(of: record) else {
            return .reprocessedAfterRestart
        }
        if first.offset != second.offset || first.partition != second.partition {
            return .readTwiceFromLog
        }
        let hasEnded = recorder.groups.endings.contains {
            Int($0.group) == group && $0.member == first.member && $0.at >= first.at
                && $0.at <= second.at
        }
        if hasEnded { return .reprocessedAfterRestart }
        let wasReset = recorder.groups.resets.contains {
            Int($0.group) == group && $0.partition == second.partition && $0.at <= second.at
                && $0.at >= first.at && $0.offset <= second.offset
        }
        // What a rebalance takes away without a commit, a reset gives back: the rebalance did it.
        let name = recorder.ledger.groups[group].group
        let wasRebalanced = recorder.groups.generations.contains {
            $0.group == name && $0.at >= first.at && $0.at <= second.at
        }
        return wasReset && !wasRebalanced && first.member == second.member
            ? .reprocessedAfterReset : .reprocessedAfterRebalance
    }
}
