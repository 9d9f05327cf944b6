public import SimBase

/// The key by which a coordinator is looked up.
public enum CoordinatorKey: Hashable, Sendable {
    case group(GroupName)
}

/// The broker that coordinates a group: the leader of the group's `__consumer_offsets` partition.
public struct FindCoordinatorResponse: Equatable, Sendable {
    public let error: ErrorCode
    /// ``BrokerID/none`` with an error.
    public let coordinator: BrokerID

    public init(error: ErrorCode, coordinator: BrokerID = .none) {
        self.error = error
        self.coordinator = coordinator
    }
}

/// Partition assignors, in the name's text order where ties are broken by it.
public enum Assignor: UInt8, Hashable, Sendable, CaseIterable {
    case range
    case roundRobin
    case sticky
    case cooperativeSticky

    /// The protocol name on the wire.
    public var name: String {
        switch self {
        case .range: "range"
        case .roundRobin: "roundrobin"
        case .sticky: "sticky"
        case .cooperativeSticky: "cooperative-sticky"
        }
    }
}

/// What a member says of itself when it joins.
public struct MemberSubscription: Hashable, Sendable {
    public let topics: [TopicName]
    /// Sticky assignors: what the member owned, and since which generation.
    public let owned: [TopicPartition]
    /// ``Generation/none`` for a member that has owned nothing yet.
    public let ownedGeneration: Generation
    /// The rack as a dense number; -1 for none.
    public let rack: Int32

    public init(
        topics: [TopicName],
        owned: [TopicPartition] = [],
        ownedGeneration: Generation = .none,
        rack: Int32 = -1
    ) {
        self.topics = topics
        self.owned = owned
        self.ownedGeneration = ownedGeneration
        self.rack = rack
    }
}

/// A consumer's wish to take part in its group's next generation, sent to the coordinator.
public struct JoinGroupRequest: Equatable, Sendable {
    public let group: GroupName
    /// ``MemberID/none`` on the first attempt: the coordinator gives an id.
    public let member: MemberID
    /// `group.instance.id` as a dense number; -1 for a dynamic member.
    public let instance: Int32
    /// The joining client, from which a new member id is made.
    public let client: Int32
    /// The member is removed when its coordinator has not heard of it for so long.
    public let sessionTimeout: Interval
    /// How long the others wait for this member to join: its `max.poll.interval.ms`.
    public let rebalanceTimeout: Interval
    /// In order of preference.
    public let protocols: [Assignor]
    public let subscription: MemberSubscription

    public init(
        group: GroupName,
        member: MemberID,
        instance: Int32 = -1,
        client: Int32,
        sessionTimeout: Interval,
        rebalanceTimeout: Interval,
        protocols: [Assignor],
        subscription: MemberSubscription
    ) {
        self.group = group
        self.member = member
        self.instance = instance
        self.client = client
        self.sessionTimeout = sessionTimeout
        self.rebalanceTimeout = rebalanceTimeout
        self.protocols = protocols
        self.subscription = subscription
    }
}

/// One member, as the group's leader hears of it to compute the assignment.
public struct GroupMember: Equatable, Sendable {
    public let member: MemberID
    /// `group.instance.id` as a dense number; -1 for a dynamic member.
    public let instance: Int32
    public let subscription: MemberSubscription

    public init(member: MemberID, instance: Int32, subscription: MemberSubscription) {
        self.member = member
        self.instance = instance
        self.subscription = subscription
    }
}

/// The coordinator's answer when all members have joined, or the join was refused.
public struct JoinGroupResponse: Equatable, Sendable {
    public let error: ErrorCode
    /// ``Generation/none`` with most errors.
    public let generation: Generation
    /// The assignor that all members support and most prefer.
    public let assignor: Assignor
    /// The member that computes the assignment.
    public let leader: MemberID
    /// The receiver's id; with `MEMBER_ID_REQUIRED` the one to join again with.
    public let member: MemberID
    /// Tells a static leader that came back to keep the assignment as it is (KIP-814).
    public let skipAssignment: Bool
    /// For the leader only: everyone, in member order.
    public let members: [GroupMember]

    public init(
        error: ErrorCode,
        generation: Generation = .none,
        assignor: Assignor = .range,
        leader: MemberID = .none,
        member: MemberID = .none,
        skipAssignment: Bool = false,
        members: [GroupMember] = []
    ) {
        self.error = error
        self.generation = generation
        self.assignor = assignor
        self.leader = leader
        self.member = member
        self.skipAssignment = skipAssignment
        self.members = members
    }
}

/// The partitions that the group's leader gives to one member.
public struct MemberAssignment: Equatable, Sendable {
    public let member: MemberID
    public let partitions: [TopicPartition]

    public init(member: MemberID, partitions: [TopicPartition]) {
        self.member = member
        self.partitions = partitions
    }
}

/// A member's question to its coordinator for its share; the leader's carries all shares.
public struct SyncGroupRequest: Equatable, Sendable {
    public let group: GroupName
    public let member: MemberID
    /// `group.instance.id` as a dense number; -1 for a dynamic member.
    public let instance: Int32
    public let generation: Generation
    public let assignor: Assignor
    /// From the leader; empty from everybody else.
    public let assignments: [MemberAssignment]

    public init(
        group: GroupName,
        member: MemberID,
        instance: Int32 = -1,
        generation: Generation,
        assignor: Assignor,
        assignments: [MemberAssignment]
    ) {
        self.group = group
        self.member = member
        self.instance = instance
        self.generation = generation
        self.assignor = assignor
        self.assignments = assignments
    }
}

/// The coordinator's answer once the leader's assignment is committed: the member's share.
public struct SyncGroupResponse: Equatable, Sendable {
    public let error: ErrorCode
    /// Empty with an error, or where there is nothing for this member.
    public let partitions: [TopicPartition]

    public init(error: ErrorCode, partitions: [TopicPartition] = []) {
        self.error = error
        self.partitions = partitions
    }
}

/// Who asks, in Heartbeat, LeaveGroup and OffsetCommit.
public struct GroupMembership: Equatable, Sendable {
    public let group: GroupName
    public let member: MemberID
    /// `group.instance.id` as a dense number; -1 for a dynamic member.
    public let instance: Int32
    /// ``Generation/none`` from a member that has not completed a join.
    public let generation: Generation

    public init(group: GroupName, member: MemberID, instance: Int32 = -1, generation: Generation) {
        self.group = group
        self.member = member
        self.instance = instance
        self.generation = generation
    }
}

/// How far a group has come in one partition.
public struct CommittedOffset: Equatable, Sendable {
    public let partition: TopicPartition
    /// The next offset to read.
    /// ``Offset/none`` where nothing is committed.
    public let offset: Offset
    /// The epoch of the last record that was read; ``LeaderEpoch/none`` if not known.
    public let leaderEpoch: LeaderEpoch

    public init(partition: TopicPartition, offset: Offset, leaderEpoch: LeaderEpoch) {
        self.partition = partition
        self.offset = offset
        self.leaderEpoch = leaderEpoch
    }
}

/// A member's progress, sent to its coordinator, which writes it to `__consumer_offsets`.
public struct OffsetCommitRequest: Equatable, Sendable {
    public let membership: GroupMembership
    public let offsets: [CommittedOffset]
    /// Not on the wire: partitions that the broker refuses before its coordinator sees the request,
    /// which names them in its answer.
    public let refused: [PartitionError]

    public init(
        membership: GroupMembership,
        offsets: [CommittedOffset],
        refused: [PartitionError] = []
    ) {
        self.membership = membership
        self.offsets = offsets
        self.refused = refused
    }
}

/// What became of one partition of a request.
public struct PartitionError: Equatable, Sendable {
    public let partition: TopicPartition
    public let error: ErrorCode

    public init(partition: TopicPartition, error: ErrorCode) {
        self.partition = partition
        self.error = error
    }
}

/// A member's question to its coordinator for where its partitions were left off.
public struct OffsetFetchRequest: Equatable, Sendable {
    public let group: GroupName
    public let partitions: [TopicPartition]

    public init(group: GroupName, partitions: [TopicPartition]) {
        self.group = group
        self.partitions = partitions
    }
}

/// The committed offsets of a group, stable ones only.
public struct OffsetFetchResponse: Equatable, Sendable {
    public let error: ErrorCode
    /// One for each partition asked for; offset -1 where nothing is committed.
    public let offsets: [CommittedOffset]

    public init(error: ErrorCode, offsets: [CommittedOffset] = []) {
        self.error = error
        self.offsets = offsets
    }
}
