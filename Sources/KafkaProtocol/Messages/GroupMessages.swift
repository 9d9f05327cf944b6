public import SimBase

/// The key by which a coordinator is looked up.
public enum CoordinatorKey: Hashable, Sendable {
    case group(GroupName)
}

public struct FindCoordinatorResponse: Equatable, Sendable {
    public let error: ErrorCode
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
    public let ownedGeneration: Generation
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

public struct JoinGroupRequest: Equatable, Sendable {
    public let group: GroupName
    public let member: MemberID
    /// `group.instance.id` as a dense number; -1 for a dynamic member.
    public let instance: Int32
    /// The joining client, from which a new member id is made.
    public let client: Int32
    public let sessionTimeout: Interval
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

public struct GroupMember: Equatable, Sendable {
    public let member: MemberID
    public let instance: Int32
    public let subscription: MemberSubscription

    public init(member: MemberID, instance: Int32, subscription: MemberSubscription) {
        self.member = member
        self.instance = instance
        self.subscription = subscription
    }
}

public struct JoinGroupResponse: Equatable, Sendable {
    public let error: ErrorCode
    public let generation: Generation
    public let assignor: Assignor
    public let leader: MemberID
    public let member: MemberID
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

public struct MemberAssignment: Equatable, Sendable {
    public let member: MemberID
    public let partitions: [TopicPartition]

    public init(member: MemberID, partitions: [TopicPartition]) {
        self.member = member
        self.partitions = partitions
    }
}

public struct SyncGroupRequest: Equatable, Sendable {
    public let group: GroupName
    public let member: MemberID
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

public struct SyncGroupResponse: Equatable, Sendable {
    public let error: ErrorCode
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
    public let instance: Int32
    public let generation: Generation

    public init(group: GroupName, member: MemberID, instance: Int32 = -1, generation: Generation) {
        self.group = group
        self.member = member
        self.instance = instance
        self.generation = generation
    }
}

public struct CommittedOffset: Equatable, Sendable {
    public let partition: TopicPartition
    /// The next offset to read.
    public let offset: Offset
    public let leaderEpoch: LeaderEpoch

    public init(partition: TopicPartition, offset: Offset, leaderEpoch: LeaderEpoch) {
        self.partition = partition
        self.offset = offset
        self.leaderEpoch = leaderEpoch
    }
}

public struct OffsetCommitRequest: Equatable, Sendable {
    public let membership: GroupMembership
    public let offsets: [CommittedOffset]

    public init(membership: GroupMembership, offsets: [CommittedOffset]) {
        self.membership = membership
        self.offsets = offsets
    }
}

public struct PartitionError: Equatable, Sendable {
    public let partition: TopicPartition
    public let error: ErrorCode

    public init(partition: TopicPartition, error: ErrorCode) {
        self.partition = partition
        self.error = error
    }
}

public struct OffsetFetchRequest: Equatable, Sendable {
    public let group: GroupName
    public let partitions: [TopicPartition]

    public init(group: GroupName, partitions: [TopicPartition]) {
        self.group = group
        self.partitions = partitions
    }
}

public struct OffsetFetchResponse: Equatable, Sendable {
    public let error: ErrorCode
    /// One for each partition asked for; offset -1 where nothing is committed.
    public let offsets: [CommittedOffset]

    public init(error: ErrorCode, offsets: [CommittedOffset] = []) {
        self.error = error
        self.offsets = offsets
    }
}
