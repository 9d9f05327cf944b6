import KafkaController
import KafkaLog
import KafkaProtocol
import SimBase

/// One replica of a partition on this broker: its log, and its part in the replication.
/// - Source: kafka.cluster.Partition.
struct Partition: Sendable {
    enum Role: Equatable, Sendable {
        /// The log is loaded; no metadata has been applied to it yet.
        case unassigned
        case leader
        case follower
    }

    let id: TopicPartition
    let topicID: TopicID
    private let broker: BrokerID
    var log: UnifiedLog

    private(set) var role = Role.unassigned
    /// ``BrokerID/none`` while there is no leader.
    private(set) var leader = BrokerID.none
    private(set) var leaderEpoch = LeaderEpoch.none
    private(set) var partitionEpoch = PartitionEpoch(-1)
    /// Where the log ended when this broker became leader; ``Offset/zero`` for followers.
    private(set) var leaderEpochStart = Offset.zero
    private(set) var recoveryState = LeaderRecoveryState.recovered
    var replicas = InSyncReplicas()

    init(_ id: TopicPartition, topicID: TopicID, broker: BrokerID, log: UnifiedLog) {
        self.id = id
        self.topicID = topicID
        self.broker = broker
        self.log = log
    }

    var isLeader: Bool {
        role == .leader
    }

    /// `min.insync.replicas` as it is applied here.
    func effectiveMinInSync(_ features: Features) -> Int {
        let configured = Int(log.config.minInSyncReplicas)
        guard features.minISRCappedByReplicas else { return configured }
        return min(configured, replicas.followers.count + 1)
    }

    // MARK: Roles

    /// Applies a registration that names this broker as leader.
    ///
    /// - Parameters:
    ///   - state: the partition as the metadata log has it.
    ///   - now: when it is applied.
    ///   - effects: where orders go.
    /// - Returns: whether the state was new enough to be applied.
    mutating func makeLeader(
        _ state: PartitionRegistration,
        now: Instant,
        into effects: inout [Effect]
    ) -> Bool {
        guard state.partitionEpoch >= partitionEpoch else { return false }
        let isNewLeader = role != .leader
        let isNewEpoch = state.leaderEpoch > leaderEpoch
        replicas.assign(state.replicas, leader: broker)
        replicas.commit(state.isr)
        // A leader elected uncleanly counts itself as recovered, and says so when it next changes
        // the ISR.
        recoveryState = .recovered
        if isNewEpoch {
            let start = log.logEndOffset
            leaderEpochStart = start
            log.assignEpoch(state.leaderEpoch, startOffset: start, into: &effects)
            for index in replicas.followers.indices {
                replicas.followers[index].beginEpoch(
                    leaderEnd: start,
                    isNewLeader: isNewLeader,
                    isInSync: state.isr.contains(replicas.followers[index].id),
                    now: now
                )
            }
            effects.append(.observe(.becameLeader(id, state.leaderEpoch, startOffset: start)))
        }
        role = .leader
        leader = broker
        leaderEpoch = state.leaderEpoch
        partitionEpoch = state.partitionEpoch
        return true
    }

    /// Applies a registration that names another leader, or none.
    ///
    /// - Parameters:
    ///   - state: the partition as the metadata log has it.
    ///   - effects: where orders go.
    /// - Returns: whether the leader epoch is new: then the replica must fetch anew.
    mutating func makeFollower(_ state: PartitionRegistration, into effects: inout [Effect]) -> Bool
    {
        guard state.partitionEpoch >= partitionEpoch else { return false }
        let isNewEpoch = state.leaderEpoch > leaderEpoch
        replicas.clear()
        leaderEpochStart = .zero
        role = .follower
        leader = state.leader
        leaderEpoch = state.leaderEpoch
        partitionEpoch = state.partitionEpoch
        if isNewEpoch {
            effects.append(.observe(.becameFollower(id, leaderEpoch, leader: leader)))
        }
        return isNewEpoch
    }

    // MARK: High watermark

    /// Moves the leader's high watermark as far as the ISR allows.
    /// - Returns: whether it moved.
    mutating func advanceHighWatermark(
        brokers: BrokerTable,
        config: ServerConfig,
        features: Features,
        now: Instant,
        into effects: inout [Effect]
    ) -> Bool {
        guard role == .leader,
            let candidate = replicas.highWatermarkCandidate(
                leaderEnd: log.logEndOffset,
                minInSync: effectiveMinInSync(features),
                lagMax: config.replicaLagTimeMax,
                brokers: brokers,
                features: features,
                now: now
            ),
            candidate > log.highWatermark
        else { return false }
        guard log.raiseHighWatermark(to: candidate) else { return false }
        effects.append(.observe(.highWatermarkAdvanced(id, leaderEpoch, to: candidate)))
        return true
    }

    /// Takes the high watermark that the leader has told.
    /// - Returns: the own one before and after.
    mutating func followHighWatermark(_ told: Offset) -> (before: Offset, after: Offset) {
        let before = log.highWatermark
        log.setHighWatermark(clamping: told)
        return (before, log.highWatermark)
    }

    // MARK: ISR

    /// Proposes to remove members that lag for too long.
    /// - Returns: what to ask the controller for; `nil` if all is well or a change is pending.
    mutating func proposeShrink(
        brokers: BrokerTable,
        brokerEpoch: BrokerEpoch,
        config: ServerConfig,
        now: Instant,
        into effects: inout [Effect]
    ) -> IsrProposal? {
        guard role == .leader else { return nil }
        let leaving = replicas.outOfSync(
            leaderEnd: log.logEndOffset,
            lagMax: config.replicaLagTimeMax,
            now: now
        )
        guard !leaving.isEmpty else { return nil }
        return propose(.shrink(leaving), brokers, brokerEpoch, into: &effects)
    }

    /// Whether a follower that has just fetched may join.
    func mayExpand(by place: Int, brokers: BrokerTable, features: Features) -> Bool {
        replicas.canExpand(
            by: place,
            highWatermark: log.highWatermark,
            epochStart: leaderEpochStart,
            brokers: brokers,
            features: features
        )
    }

    /// Proposes to add a follower that has just fetched, if it may join.
    mutating func proposeExpand(
        by place: Int,
        brokers: BrokerTable,
        brokerEpoch: BrokerEpoch,
        features: Features,
        into effects: inout [Effect]
    ) -> IsrProposal? {
        guard mayExpand(by: place, brokers: brokers, features: features) else { return nil }
        let joining = replicas.followers[place].id
        return propose(.expand(joining), brokers, brokerEpoch, into: &effects)
    }

    /// The pending change as a proposal of the same number, to be asked for once more.
    func proposal(brokers: BrokerTable, brokerEpoch: BrokerEpoch) -> IsrProposal? {
        guard let pending = replicas.pending else { return nil }
        return IsrProposal(
            number: pending.number,
            item: AlterPartitionItem(
                partition: id,
                topicID: topicID,
                leaderEpoch: leaderEpoch,
                partitionEpoch: partitionEpoch,
                newISR: replicas.proposed(by: pending.change).map { member in
                    IsrMember(broker: member, epoch: epoch(of: member, brokers, brokerEpoch))
                },
                recoveryState: recoveryState
            )
        )
    }

    private mutating func propose(
        _ change: InSyncReplicas.Change,
        _ brokers: BrokerTable,
        _ brokerEpoch: BrokerEpoch,
        into effects: inout [Effect]
    ) -> IsrProposal? {
        _ = replicas.propose(change)
        let isShrink = if case .shrink = change { true } else { false }
        effects.append(.observe(.isrChangeProposed(id, leaderEpoch, isShrink: isShrink)))
        effects.append(.observe(.mark(isShrink ? .isrShrinkPending : .isrExpandPending)))
        return proposal(brokers: brokers, brokerEpoch: brokerEpoch)
    }

    /// The broker epoch under which a member takes part; none if it has not fetched yet.
    private func epoch(of member: BrokerID, _ brokers: BrokerTable, _ own: BrokerEpoch)
        -> BrokerEpoch
    {
        if member == broker { return own }
        guard let place = replicas.place(of: member) else { return .none }
        return replicas.followers[place].brokerEpoch ?? .none
    }

    /// What the controller's answer to a proposal does.
    enum IsrVerdict: Equatable, Sendable {
        /// The new ISR is in force: the high watermark may move.
        case committed
        /// The last confirmed ISR is in force again.
        case reverted
        /// Metadata must tell what became of it; until then the larger ISR counts.
        case awaitsMetadata
        /// The same change must be asked for again.
        case resubmit
        /// The answer is about a state that is gone.
        case ignored
    }

    /// Takes the controller's answer to proposal `number`.
    /// - Source: kafka.cluster.Partition.submitAlterPartition, handleAlterPartitionError.
    mutating func conclude(_ answer: AlterPartitionAnswer, number: Int32) -> IsrVerdict {
        guard role == .leader, let pending = replicas.pending, pending.number == number else {
            return .ignored
        }
        switch answer.error {
        case .none:
            guard answer.leaderEpoch == leaderEpoch, answer.partitionEpoch >= partitionEpoch else {
                return .awaitsMetadata
            }
            replicas.commit(answer.isr)
            partitionEpoch = answer.partitionEpoch
            recoveryState = answer.recoveryState
            return .committed
        case .ineligibleReplica, .operationNotAttempted:
            replicas.revert()
            return .reverted
        case .unknownTopicOrPartition, .unknownTopicId, .fencedLeaderEpoch, .invalidUpdateVersion,
            .invalidRequest, .newLeaderElected:
            return .awaitsMetadata
        default: return .resubmit
        }
    }

    /// The ISR change could not even be queued.
    mutating func revertIsr() {
        replicas.revert()
    }
}

/// An ISR change on its way to the controller.
struct IsrProposal: Equatable, Sendable {
    let number: Int32
    let item: AlterPartitionItem
}
