import KafkaGroups
import KafkaLog
import KafkaProtocol
import SimBase

extension Broker {
    /// This broker leads a partition of `__consumer_offsets`: its groups are read from the log.
    mutating func loadGroups(_ slot: Int, now: Instant, into effects: inout [Effect]) {
        let partition = replicas.partitions[slot].id.partition
        let isWanted = groups.becameLeader(
            partition: partition,
            epoch: replicas.partitions[slot].leaderEpoch,
            now: now
        )
        guard isWanted else { return }
        let log = replicas.partitions[slot].log
        var batches: [RecordBatch] = []
        log.forEachBatch(from: log.logStartOffset, below: log.logEndOffset) { batches.append($0) }
        for batch in batches { groups.replay(partition: partition, batch) }
        groups.finishedLoading(
            partition: partition,
            highWatermark: log.highWatermark,
            now: now,
            into: &effects,
            outcomes: &groupOutcomes
        )
    }

    mutating func noteHighWatermarkForGroups(
        _ slot: Int,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard replicas.partitions[slot].id.topic == .consumerOffsets else { return }
        groups.highWatermarkAdvanced(
            partition: replicas.partitions[slot].id.partition,
            to: replicas.partitions[slot].log.highWatermark,
            now: now,
            into: &effects,
            outcomes: &groupOutcomes
        )
    }

    /// Appends the coordinator's batches, and what it adds in turn.
    mutating func appendForGroups(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        while !groupOutcomes.isEmpty {
            let outcomes = groupOutcomes
            groupOutcomes.clear()
            for case .append(let partition, let body, let token) in outcomes {
                let written = append(body, partition, now: now, handles: &handles, into: &effects)
                groups.appended(
                    partition: partition,
                    token: token,
                    result: written.result,
                    now: now,
                    into: &effects,
                    outcomes: &groupOutcomes
                )
                if let slot = written.slot { appended(slot, now: now, into: &effects) }
            }
            completeWakes(now: now, into: &effects)
        }
    }

    private mutating func append(
        _ body: BatchBody,
        _ number: Int32,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> (result: GroupCoordinator.AppendResult, slot: Int?) {
        let partition = TopicPartition(.consumerOffsets, number)
        guard let slot = replicas.slot(of: partition), replicas.partitions[slot].isLeader else {
            return (.refused(.notLeaderOrFollower), nil)
        }
        // The coordinator writes with acks=all.
        guard
            replicas.partitions[slot].replicas.committed.count
                >= minInSync(of: slot)
        else { return (.refused(.notEnoughReplicas), nil) }
        let outcome = replicas[changing: slot].log.appendAsLeader(
            RecordBatch(baseOffset: .zero, partitionLeaderEpoch: .none, body: body),
            epoch: replicas.partitions[slot].leaderEpoch,
            origin: .coordinator,
            wallClock: clock(now).milliseconds,
            now: now,
            handles: &handles,
            into: &effects
        )
        switch outcome {
        case .refused(let error, _): return (.refused(error), nil)
        case .duplicate(_, let last): return (.appended(end: last.advanced(by: 1)), nil)
        case .appended(_, let last, _): return (.appended(end: last.advanced(by: 1)), slot)
        }
    }
}
