internal import KafkaProtocol
internal import SimBase

/// Finds for one record and group why it was not processed, or more than once.
struct ConsumerDiagnosis {
    let recorder: RunRecorder
    let logs: FinalLogs
    let group: Int
    /// The group's first and second delivery of each record, as numbers of the ledger's; -1 for
    /// none.
    private var first: [Int32]
    private var second: [Int32]

    init(recorder: RunRecorder, logs: FinalLogs, group: Int) {
        self.recorder = recorder
        self.logs = logs
        self.group = group
        first = Array(repeating: -1, count: recorder.ledger.entries.count)
        second = first
        for (number, delivery) in recorder.ledger.deliveries.enumerated()
        where Int(delivery.group) == group {
            let record = Int(delivery.record.rawValue)
            if first[record] < 0 {
                first[record] = Int32(number)
            } else if second[record] < 0 {
                second[record] = Int32(number)
            }
        }
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
        guard first[record] >= 0, second[record] >= 0 else { return .reprocessedAfterRestart }
        let before = recorder.ledger.deliveries[Int(first[record])]
        let after = recorder.ledger.deliveries[Int(second[record])]
        if before.offset != after.offset || before.partition != after.partition {
            return .readTwiceFromLog
        }
        let hasEnded = recorder.groups.endings.contains {
            Int($0.group) == group && $0.member == before.member && $0.at >= before.at
                && $0.at <= after.at
        }
        if hasEnded { return .reprocessedAfterRestart }
        let wasReset = recorder.groups.resets.contains {
            Int($0.group) == group && $0.partition == after.partition && $0.at <= after.at
                && $0.at >= before.at && $0.offset <= after.offset
        }
        return wasReset && before.member == after.member
            ? .reprocessedAfterReset : .reprocessedAfterRebalance
    }
}
