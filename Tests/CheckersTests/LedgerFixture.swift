import Checkers
import KafkaProtocol
import SimBase

/// A recorder with one producer, one topic `orders` of two partitions and, if wanted, a group.
struct Fixture {
    var recorder: RunRecorder
    let topic: TopicName
    let partition: TopicPartition

    init(acks: Acks = .all, isIdempotent: Bool = true, withGroup: Bool = false) {
        var names = NameTable()
        topic = names.topic("orders")
        partition = TopicPartition(topic, 0)
        let group = names.group("billing")
        let producer = ProducerFacts(
            name: "shop",
            acks: acks,
            isIdempotent: isIdempotent,
            resends: false,
            settings: [SettingRow(path: "producers.shop.config.acks", value: "\(acks)")]
        )
        let groups =
            withGroup
            ? [
                GroupFacts(
                    name: "billing",
                    group: group,
                    topics: [topic],
                    commit: "after-processing",
                    settings: []
                )
            ] : []
        recorder = RunRecorder(names: names, producers: [producer], groups: groups, topics: [])
    }

    static func at(_ seconds: Int64) -> Instant {
        .zero + .seconds(seconds)
    }

    /// A batch with the given records, as a leader would have stored it.
    static func batch(_ records: [RecordID], at offset: Int64, epoch: Int32 = 0) -> RecordBatch {
        var builder = RecordBatchBuilder(capacity: 1_024)
        for record in records {
            var value = [UInt8](repeating: 0, count: 20)
            record.stamp(&value)
            builder.append(timestamp: 0, key: nil, value: value)
        }
        return RecordBatch(
            baseOffset: Offset(offset),
            partitionLeaderEpoch: LeaderEpoch(epoch),
            body: builder.finish()
        )
    }

    mutating func send(_ count: Int, at instant: Instant = .zero) -> [RecordID] {
        (0..<count).map { _ in recorder.ledger.sent(by: 0, topic: topic, at: instant) }
    }

    mutating func append(_ batch: RecordBatch, by broker: Int32, at instant: Instant) {
        recorder.observe(
            .appended(partition, batch, asLeader: true),
            by: BrokerID(broker),
            now: instant
        )
    }

    mutating func leads(_ broker: Int32, epoch: Int32, from offset: Int64, at instant: Instant) {
        recorder.observe(
            .becameLeader(partition, LeaderEpoch(epoch), startOffset: Offset(offset)),
            by: BrokerID(broker),
            now: instant
        )
    }

    mutating func change(
        leader: Int32,
        epoch: Int32,
        isr: [Int32],
        _ election: ElectionKind?,
        at instant: Instant
    ) {
        recorder.observe(
            .partitionChanged(
                PartitionChange(
                    partition: partition,
                    leader: BrokerID(leader),
                    leaderEpoch: LeaderEpoch(epoch),
                    partitionEpoch: PartitionEpoch(epoch),
                    isr: isr.map { BrokerID($0) },
                    replicas: [BrokerID(1), BrokerID(2), BrokerID(3)],
                    election: election
                )
            ),
            by: BrokerID(4),
            now: instant
        )
    }

    /// Reads the final logs: one partition with these batches.
    mutating func finish(_ batches: [RecordBatch]) -> FinalLogs {
        var logs = FinalLogs()
        logs.begin(partition, logStart: .zero, logEnd: batches.last?.nextOffset ?? .zero)
        for batch in batches { logs.scan(batch, into: &recorder.ledger) }
        recorder.settle(logs)
        return logs
    }

    func metrics(_ logs: FinalLogs) -> MetricTable {
        MetricTable(
            recorder: recorder,
            logs: logs,
            partitions: [],
            counters: RunCounters(producers: 1)
        )
    }
}
