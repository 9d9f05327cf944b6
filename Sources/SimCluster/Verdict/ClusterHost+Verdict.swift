import Checkers
import KafkaBroker
import KafkaLog
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

/// The state of everything at one instant, judged.
struct Verdict {
    let recorder: RunRecorder
    let logs: FinalLogs
    let partitions: [PartitionState]
    let table: MetricTable
    let guarantee: Checkers.Guarantee
}

extension ClusterHost {
    /// Reads all logs and makes the metrics of this instant. The run goes on unchanged.
    mutating func verdict() -> Verdict {
        var account = recorder
        var logs = FinalLogs()
        var partitions: [PartitionState] = []
        for topic in document.names.topics.indices.dropFirst(3) {
            for change in view.partitions(of: TopicName(Int32(topic))) {
                partitions.append(state(of: change, &logs, &account))
            }
        }
        account.settle(logs)
        for (number, bumps) in counters.epochBumps.enumerated() {
            account.ledger.producers[number].epochBumps = bumps
        }
        account.history.outages = leaders.outages(at: now)
        var counters = counters
        counters.virtualTime = now - .zero
        counters.longestLeaderless = leaders.longest(at: now)
        for row in timeline.actions where !row.name.isEmpty && !row.result.isEmpty {
            counters.actionResults.append((row.name, row.result))
        }
        let table = MetricTable(
            recorder: account,
            logs: logs,
            partitions: partitions,
            counters: counters
        )
        return Verdict(
            recorder: account,
            logs: logs,
            partitions: partitions,
            table: table,
            guarantee: GuaranteeJudge.judge(account.ledger)
        )
    }

    private mutating func state(
        of change: PartitionChange,
        _ logs: inout FinalLogs,
        _ account: inout RunRecorder
    ) -> PartitionState {
        let partition = change.partition
        var replicas: [PartitionState.Replica] = []
        var contents: [BrokerID: [RecordBatch]] = [:]
        for broker in change.replicas {
            let copy = copy(of: partition, on: broker)
            if servers[layout.node(of: broker).position] == nil {
                let end = copy?.state.logEnd ?? .zero
                account.foundOnDisk(partition, logEnd: end, of: broker, now: now)
            }
            guard let copy else { continue }
            replicas.append(copy.state)
            contents[broker] = copy.batches
        }
        // Who leads decides; where nobody does, the replica that will lead next: the ISR's.
        let source = ([change.leader] + change.isr + change.eligibleLeaders).first {
            contents[$0] != nil
        }
        let final = replicas.first { $0.broker == source }
        logs.begin(partition, logStart: final?.logStart ?? .zero, logEnd: final?.logEnd ?? .zero)
        let compactions = account.history.compactions.filter { $0.partition == partition }
        for compaction in compactions { logs.noteCompacted(compaction.offsets) }
        for batch in source.flatMap({ contents[$0] }) ?? [] {
            logs.scan(batch, into: &account.ledger)
        }
        return PartitionState(
            partition: partition,
            leader: change.leader,
            leaderEpoch: change.leaderEpoch,
            isr: change.isr,
            replicas: change.replicas,
            eligibleLeaders: change.eligibleLeaders,
            highWatermark: final?.highWatermark ?? .zero,
            logEnd: final?.logEnd ?? .zero,
            logStart: final?.logStart ?? .zero,
            records: logs.logs.last?.dataRecords ?? 0,
            divergent: Divergence.count(
                change.replicas.compactMap { contents[$0] },
                areCompacted: !compactions.isEmpty
            ),
            replicaStates: replicas
        )
    }

    /// A replica's log: of the running broker, or of the disk of one that is down.
    private mutating func copy(
        of partition: TopicPartition,
        on broker: BrokerID
    ) -> (state: PartitionState.Replica, batches: [RecordBatch])? {
        let node = layout.node(of: broker)
        var batches: [RecordBatch] = []
        if servers[node.position]?.id != nil {
            guard let replica = replica(partition, on: broker) else { return nil }
            servers[node.position]?.forEachBatch(of: partition) { batches.append($0) }
            return (
                PartitionState.Replica(
                    broker: broker,
                    logStart: replica.logStart,
                    logEnd: replica.logEnd,
                    highWatermark: replica.highWatermark
                ),
                batches
            )
        }
        let stored = kernel.files(of: node).compactMap { file in
            files[node.position].name(of: file.index).map {
                StoredFile(id: $0, contents: file.contents)
            }
        }
        guard let log = OfflineLog.open(partition, in: DiskImage(stored)) else { return nil }
        log.forEachBatch(from: log.logStartOffset, below: log.logEndOffset) { batches.append($0) }
        return (
            PartitionState.Replica(
                broker: broker,
                logStart: log.logStartOffset,
                logEnd: log.logEndOffset,
                highWatermark: log.highWatermark
            ),
            batches
        )
    }
}

/// Opens the log of a broker that is down, as its next start would, without touching the disk.
enum OfflineLog {
    static func open(_ partition: TopicPartition, in disk: DiskImage) -> UnifiedLog? {
        for logDir in Set(disk.files.map(\.id.logDir)).sorted() {
            var effects: [Effect] = []
            var handles = FileHandleAllocator()
            let found = UnifiedLog.load(
                partition,
                from: disk,
                logDir: logDir,
                config: TopicConfig(),
                wasClean: false,
                checkpoints: LogCheckpoints(recoveryPoint: .zero, logStartOffset: nil),
                now: .zero,
                handles: &handles,
                into: &effects
            )
            if let found { return found.log }
        }
        return nil
    }
}
