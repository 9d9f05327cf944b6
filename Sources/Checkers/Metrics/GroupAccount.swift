internal import KafkaProtocol
internal import SimBase

/// What a group did with the records of the topics it subscribed to.
struct GroupAccount {
    private(set) var processed: Int64 = 0
    private(set) var skipped: Int64 = 0
    private(set) var reprocessed: Int64 = 0
    private(set) var dirty: Int64 = 0
    private(set) var unread: Int64 = 0
    private(set) var endToEndLost: Int64 = 0
    private(set) var endToEndDuplicated: Int64 = 0

    init(group: Int, recorder: RunRecorder, logs: FinalLogs) {
        let ledger = recorder.ledger
        for record in ledger.entries.indices where ledger.isSubscribed(group: group, to: record) {
            let times = ledger.timesProcessed(record, group: group)
            processed += Int64(times)
            if times == 0 { endToEndLost += 1 }
            if times > 1 {
                reprocessed += Int64(times) - 1
                endToEndDuplicated += 1
            }
        }
        for delivery in ledger.deliveries where Int(delivery.group) == group {
            // What retention took was no dirty read.
            let isHeld = logs.holds(delivery.record, in: delivery.partition, at: delivery.offset)
            if isHeld == false { dirty += 1 }
        }
        for log in logs.logs where ledger.groups[group].topics.contains(log.partition.topic) {
            let committed = recorder.groups.committed(group: group, log.partition) ?? .zero
            var offset = log.base
            for id in log.records {
                if id >= 0, ledger.timesProcessed(Int(id), group: group) == 0 {
                    if offset < committed { skipped += 1 } else { unread += 1 }
                }
                offset = offset.advanced(by: 1)
            }
        }
    }
}
