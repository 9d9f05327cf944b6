public import KafkaProtocol
public import SimBase

/// Watches the promises of the implementation itself. What a user's settings allow to happen is
/// never a violation here; a second leader of one epoch is.
public struct InvariantChecker: Sendable {
    public private(set) var violations: [Violation] = []

    private struct Partition: Sendable {
        /// A topic of the same name was deleted: who has not heard of it may still lead it.
        var hasNamesake = false
        /// Who led in each epoch, by epoch number.
        var leaders: [BrokerID] = []
        var leaderEpoch = LeaderEpoch.none
        var partitionEpoch = PartitionEpoch(-1)
        /// The largest high watermark that any leader exposed.
        var highestWatermark = Offset.zero
        /// The last high watermark of the current claim, by claiming broker.
        var claimEpoch = LeaderEpoch.none
        var claimWatermark = Offset.zero
        /// A power loss, an unclean election or a deletion has made loss legitimate.
        var mayLose = false
        var isDeleted = false
    }

    private var partitions: [[Partition]] = []
    private var quorumLeaders: [(epoch: QuorumEpoch, leader: BrokerID)] = []
    private var generations: [(group: GroupName, generation: Generation)] = []
    private var mayLoseAnything = false
    /// The quorum's own disks were emptied: epochs may begin again.
    private var mayForgetEpochs = false
    /// Whether a process may find its state beyond repair by no fault of ours.
    public private(set) var toleratesFatalFaults = false

    public init() {}

    /// From now on committed records may be gone: a disk was wiped, or a known defect is at work.
    public mutating func permitLoss() {
        mayLoseAnything = true
    }

    /// From now on what the quorum had decided may be forgotten: a voter's disk was wiped.
    public mutating func permitForgottenEpochs() {
        mayLoseAnything = true
        mayForgetEpochs = true
        toleratesFatalFaults = true
    }

    /// From now on a known defect of the level is at work, under which brokers even give up.
    public mutating func permitKnownDefects() {
        mayLoseAnything = true
        toleratesFatalFaults = true
    }

    /// Whether a committed record of `partition` may have been lost by no fault of ours.
    public func mayHaveLost(_ partition: TopicPartition) -> Bool {
        guard let index = position(of: partition) else { return mayLoseAnything }
        return mayLoseAnything || partitions[index.topic][index.partition].mayLose
    }

    mutating func report(_ invariant: String, _ evidence: String, at now: Instant) {
        // One report of each kind is enough; a broken run would fill memory with the rest.
        guard violations.count < 32 else { return }
        violations.append(Violation(invariant: invariant, evidence: evidence, at: now))
    }

    public mutating func found(_ invariant: String, _ evidence: String, at now: Instant) {
        report(invariant, evidence, at: now)
    }

    // MARK: Partitions

    mutating func appended(
        _ partition: TopicPartition,
        _ batch: RecordBatch,
        asLeader: Bool,
        by server: BrokerID,
        now: Instant
    ) {
        guard asLeader else { return }
        let index = require(partition)
        let epoch = Int(batch.partitionLeaderEpoch.rawValue)
        let leaders = partitions[index.topic][index.partition].leaders
        guard !mayForgetEpochs, !partitions[index.topic][index.partition].hasNamesake, epoch >= 0,
            epoch < leaders.count, leaders[epoch] != .none, leaders[epoch] != server
        else { return }
        report(
            "one leader an epoch",
            "broker-\(server) appended to partition \(partition.topic)-\(partition.partition) in "
                + "epoch \(epoch), which broker-\(leaders[epoch]) leads",
            at: now
        )
    }

    mutating func becameLeader(
        _ partition: TopicPartition,
        _ epoch: LeaderEpoch,
        _ startOffset: Offset,
        by server: BrokerID,
        now: Instant
    ) {
        let index = require(partition)
        let number = Int(epoch.rawValue)
        var state = partitions[index.topic][index.partition]
        while state.leaders.count <= number { state.leaders.append(.none) }
        if state.leaders[number] == .none || mayForgetEpochs || state.hasNamesake {
            state.leaders[number] = server
        } else if state.leaders[number] != server {
            report(
                "one leader an epoch",
                "broker-\(server) and broker-\(state.leaders[number]) both led partition "
                    + "\(partition.topic)-\(partition.partition) in epoch \(epoch)",
                at: now
            )
        }
        if startOffset < state.highestWatermark, !state.mayLose, !mayLoseAnything,
            number == state.leaders.count - 1
        {
            report(
                "a clean leader has every committed record",
                "broker-\(server) leads partition \(partition.topic)-\(partition.partition) in "
                    + "epoch \(epoch) from offset \(startOffset), though \(state.highestWatermark) "
                    + "was committed",
                at: now
            )
        }
        if state.mayLose || mayLoseAnything {
            state.highestWatermark = min(state.highestWatermark, startOffset)
        }
        state.claimEpoch = epoch
        state.claimWatermark = .zero
        partitions[index.topic][index.partition] = state
    }

    mutating func highWatermark(
        _ partition: TopicPartition,
        _ epoch: LeaderEpoch,
        _ offset: Offset,
        by server: BrokerID,
        now: Instant
    ) {
        let index = require(partition)
        let claim = partitions[index.topic][index.partition].claimEpoch
        let number = Int(epoch.rawValue)
        let leaders = partitions[index.topic][index.partition].leaders
        guard claim == epoch, number < leaders.count, leaders[number] == server else { return }
        if offset < partitions[index.topic][index.partition].claimWatermark {
            report(
                "the high watermark never goes back within an epoch",
                "broker-\(server) moved partition \(partition.topic)-\(partition.partition) from "
                    + "\(partitions[index.topic][index.partition].claimWatermark) to \(offset) in "
                    + "epoch \(epoch)",
                at: now
            )
        }
        partitions[index.topic][index.partition].claimWatermark = offset
        partitions[index.topic][index.partition].highestWatermark = max(
            partitions[index.topic][index.partition].highestWatermark,
            offset
        )
    }

    mutating func truncated(
        _ partition: TopicPartition,
        to: Offset,
        highWatermark: Offset,
        by server: BrokerID,
        now: Instant
    ) {
        guard to < highWatermark, !mayHaveLost(partition) else { return }
        report(
            "no replica truncates below its high watermark",
            "broker-\(server) cut partition \(partition.topic)-\(partition.partition) to \(to), "
                + "below its high watermark \(highWatermark)",
            at: now
        )
    }

    mutating func recovered(_ partition: TopicPartition, logEnd: Offset, by server: BrokerID) {
        let index = require(partition)
        // The claim's process is gone; a new one starts from the checkpointed high watermark.
        if partitions[index.topic][index.partition].leaders.last == server {
            partitions[index.topic][index.partition].claimWatermark = .zero
        }
    }

    /// A replica lost the end of its log: a power loss, which Kafka does not promise to survive.
    mutating func tailLost(_ partition: TopicPartition) {
        let index = require(partition)
        partitions[index.topic][index.partition].mayLose = true
    }

    mutating func partitionChanged(_ change: PartitionChange, now: Instant) {
        let index = require(change.partition)
        let known = partitions[index.topic][index.partition]
        if known.isDeleted {
            partitions[index.topic][index.partition] = Partition()
            partitions[index.topic][index.partition].hasNamesake = true
        } else if !mayForgetEpochs,
            change.leaderEpoch < known.leaderEpoch || change.partitionEpoch < known.partitionEpoch
        {
            report(
                "epochs never decrease",
                "partition \(change.partition.topic)-\(change.partition.partition) went from "
                    + "epochs \(known.leaderEpoch)/\(known.partitionEpoch) to "
                    + "\(change.leaderEpoch)/\(change.partitionEpoch)",
                at: now
            )
        }
        partitions[index.topic][index.partition].leaderEpoch = change.leaderEpoch
        partitions[index.topic][index.partition].partitionEpoch = change.partitionEpoch
        if change.election == .unclean {
            partitions[index.topic][index.partition].mayLose = true
        }
        let eligible = change.isr.contains(change.leader)
        if change.leader != .none, !eligible || change.isr.isEmpty {
            report(
                "the leader is in the ISR",
                "partition \(change.partition.topic)-\(change.partition.partition) has leader "
                    + "\(change.leader) and ISR \(change.isr)",
                at: now
            )
        }
        if !change.isr.allSatisfy({ change.replicas.contains($0) }) {
            report(
                "the ISR is part of the replicas",
                "partition \(change.partition.topic)-\(change.partition.partition) has ISR "
                    + "\(change.isr) and replicas \(change.replicas)",
                at: now
            )
        }
    }

    mutating func topicDeleted(_ topic: TopicName) {
        guard Int(topic.rawValue) < partitions.count else { return }
        for index in partitions[Int(topic.rawValue)].indices {
            partitions[Int(topic.rawValue)][index] = Partition()
            partitions[Int(topic.rawValue)][index].isDeleted = true
        }
    }

    // MARK: Quorum and groups

    mutating func quorumState(
        _ epoch: QuorumEpoch,
        _ role: QuorumRole,
        by server: BrokerID,
        now: Instant
    ) {
        guard role == .leader else { return }
        if let known = quorumLeaders.last(where: { $0.epoch == epoch }) {
            if known.leader != server, !mayForgetEpochs {
                report(
                    "one quorum leader an epoch",
                    "nodes \(known.leader) and \(server) both led quorum epoch \(epoch)",
                    at: now
                )
            }
        } else {
            quorumLeaders.append((epoch, server))
        }
    }

    mutating func groupStabilized(
        _ group: GroupName,
        _ generation: Generation,
        _ assignments: [MemberAssignment],
        now: Instant
    ) {
        let owned = assignments.flatMap(\.partitions).sorted()
        for (left, right) in zip(owned, owned.dropFirst()) where left == right {
            report(
                "one owner a partition and generation",
                "group \(group), generation \(generation): partition \(left.topic)-"
                    + "\(left.partition) has two owners",
                at: now
            )
        }
        if let index = generations.firstIndex(where: { $0.group == group }) {
            generations[index].generation = generation
        } else {
            generations.append((group, generation))
        }
    }

    // MARK: Tables

    private func position(of partition: TopicPartition) -> (topic: Int, partition: Int)? {
        let topic = Int(partition.topic.rawValue)
        let number = Int(partition.partition)
        guard topic < partitions.count, number < partitions[topic].count else { return nil }
        return (topic, number)
    }

    private mutating func require(_ partition: TopicPartition) -> (topic: Int, partition: Int) {
        let topic = Int(partition.topic.rawValue)
        let number = Int(partition.partition)
        while partitions.count <= topic { partitions.append([]) }
        while partitions[topic].count <= number { partitions[topic].append(Partition()) }
        return (topic, number)
    }
}
