internal import KafkaProtocol
internal import SimBase

/// Finds for one record and group why it was not processed, or more than once.
struct ConsumerDiagnosis {
    let recorder: RunRecorder
    let logs: FinalLogs
    let group: Int

    func causeOfLoss(_ record: Int) -> Cause {
        let entry = recorder.ledger.entries[record]
        if entry.loss == .expired { return .removedBeforeRead }
        guard entry.copies > 0, entry.partition >= 0 else { return .neverInLog }
        let partition = TopicPartition(entry.topic, entry.partition)
        let committed = recorder.groups.committed(group: group, partition)
        guard let committed, entry.offset < committed else { return .notYetRead }
        // Below the committed offset and never handed out: the position was set beyond it.
        let firstRead = recorder.ledger.deliveries.first {
            Int($0.group) == group && $0.partition == partition
        }
        if let firstRead, firstRead.offset > entry.offset { return .startedAtLatest }
        return .committedBeforeProcessing
    }

    func causeOfRepeat(_ record: Int) -> Cause {
        let deliveries = recorder.ledger.deliveries.filter {
            Int($0.group) == group && Int($0.record.rawValue) == record
        }
        guard let first = deliveries.first, let second = deliveries.dropFirst().first else {
            return .reprocessedAfterRestart
        }
        if first.offset != second.offset || first.partition != second.partition {
            return .readTwiceFromLog
        }
        return first.member == second.member ? .reprocessedAfterRestart : .reprocessedAfterRebalance
    }
}
