public import KafkaProtocol
public import SimBase

/// The run's eyes: takes every observation and every report of an application, and keeps what
/// metrics, diagnosis, invariants and the timeline are made from.
public struct RunRecorder: Sendable {
    public var ledger: Ledger
    public var history = ClusterHistory()
    public var groups: GroupHistory
    public var invariants = InvariantChecker()
    public let names: NameTable
    public let topics: [TopicFacts]

    /// Log ends by topic, partition and broker, to tell how much a recovery lost.
    private var replicas = ReplicaTable()

    public init(
        names: NameTable,
        producers: [ProducerFacts],
        groups: [GroupFacts],
        topics: [TopicFacts]
    ) {
        self.names = names
        self.topics = topics
        ledger = Ledger(producers: producers, groups: groups)
        self.groups = GroupHistory(groups: groups)
    }

    /// Takes a fact observed by the server process `server`.
    public mutating func observe(_ observation: Observation, by server: BrokerID, now: Instant) {
        switch observation {
        case .appended(let partition, let batch, let asLeader):
            replicas.setEnd(of: partition, on: server, to: batch.nextOffset)
            if asLeader, !partition.topic.isInternal {
                ledger.appended(batch, to: partition, by: server, now: now)
            }
            invariants.appended(
                partition,
                batch,
                asLeader: asLeader,
                by: server,
                now: now
            )
        case .highWatermarkAdvanced(let partition, let epoch, let offset):
            invariants.highWatermark(partition, epoch, offset, by: server, now: now)
        case .highWatermarkSet:
            break
        case .truncated(let partition, let from, let to, let highWatermark):
            truncated(partition, from: from, to: to, highWatermark, by: server, now: now)
        case .logStartAdvanced(let partition, let to, let reason):
            replicas.raiseEnd(of: partition, on: server, to: to)
            if !partition.topic.isInternal {
                history.deletions.append(
                    .init(at: now, partition: partition, to: to, reason: reason)
                )
            }
        case .compacted(let partition, let offsets):
            if !partition.topic.isInternal {
                history.compactions.append(.init(at: now, partition: partition, offsets: offsets))
            }
        case .recovered(let partition, _, let logEnd, _):
            recovered(partition, logEnd: logEnd, by: server, now: now)
        case .replicaDeleted(let partition):
            replicas.setEnd(of: partition, on: server, to: .zero)
            if !partition.topic.isInternal {
                history.deletedReplicas.append((now, server, partition))
            }
        case .becameLeader(let partition, let epoch, let startOffset):
            becameLeader(partition, epoch, startOffset, by: server, now: now)
        case .becameFollower:
            break
        case .isrChangeProposed:
            break
        case .brokerStateChanged, .brokerRegistered, .brokerFenced, .brokerUnfenced:
            break
        case .partitionChanged(let change):
            partitionChanged(change, now: now)
        case .topicDeleted(let topic):
            history.deletedTopics.append((now, topic))
            replicas.forget(topic)
            invariants.topicDeleted(topic)
        case .quorumStateChanged(let epoch, let role, _):
            invariants.quorumState(epoch, role, by: server, now: now)
        case .controllerActivated:
            history.controllerActivations.append((now, server))
        case .quorumHighWatermark, .quorumAppended, .quorumTruncated:
            break
        case .groupStabilized(let group, let generation, let assignments):
            invariants.groupStabilized(group, generation, assignments, now: now)
            groups.stabilized(group, generation, assignments, now: now)
        case .groupStateChanged, .memberRemoved:
            break
        case .offsetCommitted(let group, let partition, let offset):
            groups.committed(group, partition, offset)
        case .producerRetried, .producerEpochBumped, .batchSplit:
            preconditionFailure("a server observed a producer's fact")
        case .mark(let mark):
            history.marks[Int(mark.rawValue)] = true
        }
    }

    private mutating func truncated(
        _ partition: TopicPartition,
        from: Offset,
        to: Offset,
        _ highWatermark: Offset,
        by server: BrokerID,
        now: Instant
    ) {
        replicas.setEnd(of: partition, on: server, to: to)
        invariants.truncated(partition, to: to, highWatermark: highWatermark, by: server, now: now)
        guard from > to, !partition.topic.isInternal else { return }
        history.truncatedRecords += from - to
        history.truncations.append(
            .init(at: now, broker: server, partition: partition, from: from, to: to)
        )
    }

    private mutating func recovered(
        _ partition: TopicPartition,
        logEnd: Offset,
        by server: BrokerID,
        now: Instant
    ) {
        let before = replicas.end(of: partition, on: server)
        replicas.setEnd(of: partition, on: server, to: logEnd)
        invariants.recovered(partition, logEnd: logEnd, by: server)
        guard let before, before > logEnd else { return }
        invariants.tailLost(partition)
        guard !partition.topic.isInternal else { return }
        history.tailLosses.append(
            .init(at: now, broker: server, partition: partition, from: before, to: logEnd)
        )
    }

    /// The end of the run has come, and the disk of a broker that is down holds so much of a log.
    public mutating func foundOnDisk(
        _ partition: TopicPartition,
        logEnd: Offset,
        of server: BrokerID,
        now: Instant
    ) {
        recovered(partition, logEnd: logEnd, by: server, now: now)
    }

    private mutating func becameLeader(
        _ partition: TopicPartition,
        _ epoch: LeaderEpoch,
        _ startOffset: Offset,
        by server: BrokerID,
        now: Instant
    ) {
        history.claims.append(
            .init(
                at: now,
                broker: server,
                partition: partition,
                epoch: epoch,
                startOffset: startOffset
            )
        )
        // A broker that finds its disk empty recovers no log at all: its first claim shows it.
        if let before = replicas.end(of: partition, on: server), before > startOffset {
            replicas.setEnd(of: partition, on: server, to: startOffset)
            invariants.tailLost(partition)
            if !partition.topic.isInternal {
                history.tailLosses.append(
                    .init(
                        at: now,
                        broker: server,
                        partition: partition,
                        from: before,
                        to: startOffset
                    )
                )
            }
        }
        invariants.becameLeader(partition, epoch, startOffset, by: server, now: now)
    }

    private mutating func partitionChanged(_ change: PartitionChange, now: Instant) {
        let before = history.leadership(of: change.partition)
        history.leaderships.append(
            .init(at: now, partition: change.partition, change: change)
        )
        invariants.partitionChanged(change, now: now)
        // Booting is not part of the metrics, nor are Kafka's own topics.
        guard now >= .zero, !change.partition.topic.isInternal else { return }
        if let before {
            let lost = before.isr.contains { !change.isr.contains($0) }
            let gained = change.isr.contains { !before.isr.contains($0) }
            if lost { history.isrShrinks += 1 }
            if gained { history.isrExpands += 1 }
        }
        switch change.election {
        case .clean: history.cleanElections += 1
        case .unclean: history.uncleanElections += 1
        case .preferred: history.preferredElections += 1
        case .initial, .offline, nil: break
        }
    }

    /// A process was wiped: what its logs held is gone, a voter's part of the metadata with it.
    public mutating func wiped(_ server: BrokerID, isVoter: Bool, now: Instant) {
        for partition in replicas.partitions(on: server) where !partition.topic.isInternal {
            guard let end = replicas.end(of: partition, on: server), end > .zero else { continue }
            history.tailLosses.append(
                .init(at: now, broker: server, partition: partition, from: end, to: .zero)
            )
        }
        if isVoter {
            invariants.permitForgottenEpochs()
        } else {
            invariants.permitLoss()
        }
    }

    /// Marks the ledger's losses once the final logs have been read.
    public mutating func settle(_ logs: FinalLogs) {
        logs.markReordered(in: &ledger)
        for index in ledger.entries.indices where ledger.entries[index].copies == 0 {
            ledger.entries[index].loss = loss(of: index)
        }
    }

    private func loss(of record: Int) -> Ledger.Loss {
        let entry = ledger.entries[record]
        if wasDeletedOnPurpose(entry) {
            // Deleted after everybody had it, or where nobody wants it, is not lost.
            let isMissed = ledger.groups.indices.contains { group in
                ledger.isSubscribed(group: group, to: record)
                    && ledger.timesProcessed(record, group: group) == 0
            }
            return isMissed ? .expired : .none
        }
        switch entry.outcome {
        case .acked:
            return ledger.producers[Int(entry.producer)].acks == .none ? .silent : .acked
        case .pending: return .silent
        case .failed: return .reported
        }
    }

    /// Whether retention, compaction, DeleteRecords or the topic's deletion took the record.
    func wasDeletedOnPurpose(_ entry: Ledger.Entry) -> Bool {
        guard entry.partition >= 0, entry.offset.rawValue >= 0 else { return false }
        return ledger.appends(of: entry).contains { history.deletion(of: $0) != nil }
            || wentWithDeletedTopic(entry)
    }

    /// Whether a leader that had not heard of the topic's deletion yet still took the record.
    private func wentWithDeletedTopic(_ entry: Ledger.Entry) -> Bool {
        guard !history.deletedReplicas.isEmpty, entry.lastAppend >= 0 else { return false }
        let append = ledger.appends[Int(entry.lastAppend)]
        return history.deletedReplicas.contains { replica in
            replica.broker == append.broker && replica.partition == append.partition
                && replica.at >= append.at
                && history.deletedTopics.contains {
                    $0.topic == append.partition.topic && $0.at <= append.at
                }
        }
    }
}
