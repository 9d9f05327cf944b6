public import KafkaProtocol

/// A partition's state at the controller.
/// - Source: org.apache.kafka.metadata.PartitionRegistration.
public struct PartitionRegistration: Equatable, Sendable {
    /// In assignment order: the first is the preferred leader.
    public var replicas: [BrokerID]
    /// The log directory of each replica, in the order of `replicas`.
    public var directories: [DirectoryID]
    public var isr: [BrokerID]
    /// Replicas that a running reassignment takes away once it completes.
    public var removing: [BrokerID] = []
    /// Replicas that a running reassignment brings.
    public var adding: [BrokerID] = []
    /// ``BrokerID/none`` while nobody may lead.
    public var leader: BrokerID
    public var leaderRecoveryState = LeaderRecoveryState.recovered
    public var leaderEpoch: LeaderEpoch
    public var partitionEpoch: PartitionEpoch
    /// Eligible leader replicas: outside the ISR, yet known to hold all committed records (KIP-966).
    public var elr: [BrokerID] = []
    /// The last leader, while ISR and ELR may not produce one (KIP-966).
    public var lastKnownElr: [BrokerID] = []

    public init(
        replicas: [BrokerID],
        directories: [DirectoryID],
        isr: [BrokerID],
        leader: BrokerID,
        leaderEpoch: LeaderEpoch = LeaderEpoch(0),
        partitionEpoch: PartitionEpoch = PartitionEpoch(0)
    ) {
        self.replicas = replicas
        self.directories = directories
        self.isr = isr
        self.leader = leader
        self.leaderEpoch = leaderEpoch
        self.partitionEpoch = partitionEpoch
    }

    @inlinable
    public var hasLeader: Bool {
        leader != .none
    }

    /// The first replica in assignment order.
    public var preferredReplica: BrokerID {
        replicas.first ?? .none
    }

    public var isReassigning: Bool {
        !removing.isEmpty || !adding.isEmpty
    }

    /// The log directory that holds the replica on `broker`.
    public func directory(of broker: BrokerID) -> DirectoryID {
        guard let index = replicas.firstIndex(of: broker), index < directories.count else {
            return .unassigned
        }
        return directories[index]
    }

    /// Applies a change: the partition epoch grows always, the leader epoch iff the record names a
    /// leader, be it the old one.
    /// - Source: org.apache.kafka.metadata.PartitionRegistration.merge.
    mutating func apply(_ change: PartitionChangeRecord) {
        if let replicas = change.replicas { self.replicas = replicas }
        if let directories = change.directories { self.directories = directories }
        if let isr = change.isr { self.isr = isr }
        if let removing = change.removing { self.removing = removing }
        if let adding = change.adding { self.adding = adding }
        if let leader = change.leader {
            self.leader = leader
            leaderEpoch = leaderEpoch.next
        }
        if let state = change.leaderRecoveryState { leaderRecoveryState = state }
        if let elr = change.elr { self.elr = elr }
        if let lastKnownElr = change.lastKnownElr { self.lastKnownElr = lastKnownElr }
        partitionEpoch = partitionEpoch.next
    }
}
