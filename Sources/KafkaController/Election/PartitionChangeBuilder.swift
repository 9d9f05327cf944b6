import KafkaProtocol

/// Which leader is sought.
/// - Source: org.apache.kafka.controller.PartitionChangeBuilder.Election.
enum Election: Equatable {
    /// The first replica, if it may lead.
    case preferred
    /// Whoever may lead cleanly; the present leader first.
    case online
    /// As `online`, and failing that any active replica, at the cost of records.
    case unclean
}

/// Decides one change of a partition: completes a reassignment that is done, elects a leader and
/// writes down only what differs.
/// - Source: org.apache.kafka.controller.PartitionChangeBuilder.
struct PartitionChangeBuilder {
    private let topicID: TopicID
    private let index: Int32
    private let partition: PartitionRegistration
    private let minISR: Int
    private let usesELR: Bool
    private let bumpsLeaderEpochOnShrink: Bool
    private let reassignmentAwaitsAllReplicas: Bool

    var election = Election.online
    var targetISR: [BrokerID]
    var targetReplicas: [BrokerID]
    var targetRemoving: [BrokerID]
    var targetAdding: [BrokerID]
    var targetRecoveryState: LeaderRecoveryState
    /// A broker that lost what it had not flushed: out of the eligible leader replicas.
    var uncleanShutdownReplica: BrokerID?
    private var targetELR: [BrokerID]
    private var targetDirectories: [(broker: BrokerID, directory: DirectoryID)]

    /// - Parameters:
    ///   - topicID: the topic's id.
    ///   - index: the partition's number.
    ///   - partition: its state before the change.
    ///   - minISR: `min.insync.replicas`, at most the number of replicas.
    ///   - features: decides about eligible leader replicas and epoch bumps on shrinks.
    init(
        topicID: TopicID,
        index: Int32,
        partition: PartitionRegistration,
        minISR: Int,
        features: Features
    ) {
        self.topicID = topicID
        self.index = index
        self.partition = partition
        self.minISR = minISR
        usesELR = features.eligibleLeaderReplicas
        bumpsLeaderEpochOnShrink = features.leaderEpochBumpOnISRShrink
        reassignmentAwaitsAllReplicas = features.reassignmentAwaitsAllReplicas
        targetISR = partition.isr
        targetReplicas = partition.replicas
        targetRemoving = partition.removing
        targetAdding = partition.adding
        targetRecoveryState = partition.leaderRecoveryState
        targetELR = partition.elr
        targetDirectories = zip(partition.replicas, partition.directories).map { ($0, $1) }
    }

    mutating func setDirectory(of broker: BrokerID, to directory: DirectoryID) {
        targetDirectories.removeAll { $0.broker == broker }
        targetDirectories.append((broker, directory))
    }

    /// Decides the change.
    ///
    /// The order of the steps is part of the rule: the election sees the ISR of a completed
    /// reassignment, and eligible leaders see the outcome of the election.
    /// - Parameters:
    ///   - defaultDirectory: where a replica new to a broker goes.
    ///   - isAcceptable: whether a broker is active and the replica's directory online.
    /// - Returns: The change; `nil` if nothing changes.
    consuming func build(
        defaultDirectory: (BrokerID) -> DirectoryID,
        isAcceptable: (BrokerID) -> Bool
    ) -> PartitionChangeRecord? {
        var record = PartitionChangeRecord(topicID: topicID, partition: index)
        completeReassignmentIfDone()
        populateTargetELR()
        elect(isAcceptable, into: &record)
        bumpLeaderEpochIfReplicasLeft(&record)
        updateELR(&record)
        // Without ELR an empty target leaves the old ISR: its last member stays.
        if record.isr == nil, !targetISR.isEmpty || usesELR, targetISR != partition.isr {
            record.isr = targetISR
        }
        bumpLeaderEpochIfShrunk(&record)
        updateLastKnownLeader(&record)
        setAssignment(defaultDirectory, into: &record)
        if targetRecoveryState != partition.leaderRecoveryState {
            record.leaderRecoveryState = targetRecoveryState
        }
        return record.isNoOp ? nil : record
    }

    /// - Source: org.apache.kafka.controller.PartitionReassignmentReplicas.maybeCompleteReassignment.
    private mutating func completeReassignmentIfDone() {
        guard !targetRemoving.isEmpty || !targetAdding.isEmpty else { return }
        let isr = targetISR.filter { !targetRemoving.contains($0) }
        let replicas = targetReplicas.filter { !targetRemoving.contains($0) }
        let awaited = reassignmentAwaitsAllReplicas ? replicas : targetAdding
        guard !isr.isEmpty, awaited.allSatisfy(isr.contains) else { return }
        targetISR = isr
        targetReplicas = replicas
        targetRemoving = []
        targetAdding = []
    }

    // MARK: Election

    private mutating func elect(
        _ isAcceptable: (BrokerID) -> Bool,
        into record: inout PartitionChangeRecord
    ) {
        let (leader, isUnclean) = electedLeader(isAcceptable)
        guard leader != partition.leader else { return }
        if targetELR.contains(leader) {
            targetISR = [leader]
            targetELR.removeAll { $0 == leader }
        }
        record.leader = leader
        if isUnclean {
            record.isr = [leader]
            if partition.leaderRecoveryState != .recovering {
                record.leaderRecoveryState = .recovering
            }
        }
    }

    private func electedLeader(
        _ isAcceptable: (BrokerID) -> Bool
    ) -> (leader: BrokerID, isUnclean: Bool) {
        // A clean leader is in the ISR or, once that is empty, in the ELR.
        func isValid(_ replica: BrokerID) -> Bool {
            (targetISR.contains(replica) || targetISR.isEmpty && targetELR.contains(replica))
                && isAcceptable(replica)
        }
        if election == .preferred, let first = targetReplicas.first, isValid(first) {
            return (first, false)
        }
        if isValid(partition.leader) { return (partition.leader, false) }
        if let valid = targetReplicas.first(where: isValid) { return (valid, false) }
        if let last = electableLastKnownLeader { return (last, true) }
        if election == .unclean, let active = targetReplicas.first(where: isAcceptable) {
            return (active, true)
        }
        return (.none, false)
    }

    /// The last leader, once neither ISR nor ELR has anybody. Whether it is alive is not asked, as in
    /// Kafka.
    private var electableLastKnownLeader: BrokerID? {
        guard usesELR, targetELR.isEmpty, targetISR.isEmpty, partition.lastKnownElr.count == 1
        else { return nil }
        return partition.lastKnownElr[0]
    }

    // MARK: Leader epoch

    private func bumpLeaderEpochIfReplicasLeft(_ record: inout PartitionChangeRecord) {
        guard record.leader == nil, !partition.replicas.allSatisfy(targetReplicas.contains)
        else { return }
        record.leader = partition.leader
    }

    /// - Source: KAFKA-15021: metadata versions before 3.6.
    private func bumpLeaderEpochIfShrunk(_ record: inout PartitionChangeRecord) {
        // An ISR that would be empty is not written, and counts all the same.
        guard bumpsLeaderEpochOnShrink, record.leader == nil,
            !partition.isr.allSatisfy(targetISR.contains)
        else { return }
        record.leader = partition.leader
    }

    // MARK: Eligible leader replicas (KIP-966)

    private mutating func populateTargetELR() {
        guard usesELR else { return }
        guard targetISR.count < minISR else {
            targetELR = []
            return
        }
        let candidates = Set(targetELR).union(partition.isr).sorted()
        targetELR = candidates.filter {
            !targetISR.contains($0) && $0 != uncleanShutdownReplica
        }
    }

    private mutating func updateELR(_ record: inout PartitionChangeRecord) {
        let wasUnclean = record.isr != nil
        if wasUnclean || !usesELR { targetELR = [] }
        if targetELR != partition.elr { record.elr = targetELR }
    }

    private func updateLastKnownLeader(_ record: inout PartitionChangeRecord) {
        guard usesELR else { return }
        let isLeaderless = record.leader.map { $0 == .none } ?? !partition.hasLeader
        if record.isr == [], partition.lastKnownElr != [partition.leader] {
            record.lastKnownElr = [partition.leader]
        } else if !isLeaderless, !partition.lastKnownElr.isEmpty {
            record.lastKnownElr = []
        }
    }

    // MARK: Assignment

    private func setAssignment(
        _ defaultDirectory: (BrokerID) -> DirectoryID,
        into record: inout PartitionChangeRecord
    ) {
        if !targetReplicas.isEmpty {
            let directories = targetReplicas.map { replica in
                targetDirectories.first { $0.broker == replica }?.directory
                    ?? defaultDirectory(replica)
            }
            if directories != partition.directories { record.directories = directories }
            if targetReplicas != partition.replicas { record.replicas = targetReplicas }
        }
        if targetRemoving != partition.removing { record.removing = targetRemoving }
        if targetAdding != partition.adding { record.adding = targetAdding }
    }
}
