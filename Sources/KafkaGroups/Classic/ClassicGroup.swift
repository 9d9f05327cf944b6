import KafkaProtocol
import SimBase

/// A consumer group of the classic protocol, with its offsets.
///
/// Holds the rules that concern the group's own state; timers, answers and records are the
/// coordinator's part.
/// - Source: org.apache.kafka.coordinator.group.classic.ClassicGroup.
struct ClassicGroup: Sendable {
    /// What the join timer means when it fires.
    enum JoinStage: Equatable, Sendable {
        /// The join phase ends.
        case rebalance
        /// One window of the initial delay ends; as much of the first member's rebalance timeout
        /// is left.
        case initialDelay(window: Interval, left: Interval)
    }

    let name: GroupName
    /// Whether the coordinator knows the group. Everything else is meaningless if it does not,
    /// except the offsets, which are stored apart from groups.
    var exists = false
    private(set) var phase = GroupPhase.empty
    private(set) var previousPhase = GroupPhase.dead
    private(set) var generation = Generation(0)
    /// Set by the first member, and never forgotten; a group without one only stores offsets.
    private(set) var hasProtocolType = false
    private(set) var assignor: Assignor?
    private(set) var leader: MemberID?
    /// Milliseconds since 1970 at the last state change.
    private(set) var stateTimestamp: Int64?
    /// In the order of joining.
    var members: [ClassicMember] = []
    private(set) var awaitingJoinCount = 0
    var pendingMembers: [PendingMember] = []
    /// Members that have their Join answer and have not sent SyncGroup.
    var pendingSync: [MemberID] = []
    /// Sorted; `nil` if unknown.
    private(set) var subscribedTopics: [TopicName]?
    /// Somebody joined during the current window of the initial delay.
    var newMemberAdded = false
    var joinStage = JoinStage.rebalance
    var joinTimer = LazyTimer()
    var syncTimer = LazyTimer()
    var syncGeneration = Generation.none
    var offsets = OffsetStore()

    init(name: GroupName) {
        self.name = name
    }

    /// Makes the group known, as new.
    mutating func create(timestamp: Int64) {
        let kept = offsets
        self = ClassicGroup(name: name)
        offsets = kept
        exists = true
        stateTimestamp = timestamp
    }

    /// Forgets the group; its offsets stay.
    mutating func forget() {
        let kept = offsets
        self = ClassicGroup(name: name)
        offsets = kept
    }

    // MARK: Members

    func index(of id: MemberID) -> Int? {
        members.firstIndex { $0.id == id }
    }

    func hasMember(_ id: MemberID) -> Bool {
        index(of: id) != nil
    }

    func pendingIndex(of id: MemberID) -> Int? {
        pendingMembers.firstIndex { $0.id == id }
    }

    /// The member that holds a `group.instance.id`.
    func staticMember(_ instance: Int32) -> MemberID? {
        members.first { $0.instance == instance }?.id
    }

    func isLeader(_ id: MemberID) -> Bool {
        leader == id
    }

    var hasAllMembersJoined: Bool {
        members.count == awaitingJoinCount && pendingMembers.isEmpty
    }

    /// The longest rebalance timeout of any member.
    var rebalanceTimeout: Interval {
        members.reduce(.zero) { max($0, $1.rebalanceTimeout) }
    }

    mutating func add(_ member: ClassicMember, parked handle: RequestHandle?) {
        precondition(!hasMember(member.id), "member \(member.id) joins group \(name) twice")
        hasProtocolType = true
        if leader == nil { leader = member.id }
        var added = member
        if let handle {
            added.join = ParkedRequest(handle: handle)
            awaitingJoinCount += 1
        }
        if let pending = pendingIndex(of: member.id) {
            added.session = pendingMembers[pending].session
            pendingMembers.remove(at: pending)
        }
        members.append(added)
    }

    /// Removes a member or a pending id. If it led the group, the next in order does now.
    mutating func remove(_ id: MemberID) {
        if let index = index(of: id) {
            if members[index].isAwaitingJoin { awaitingJoinCount -= 1 }
            members.remove(at: index)
        }
        if leader == id { leader = members.first?.id }
        pendingMembers.removeAll { $0.id == id }
        pendingSync.removeAll { $0 == id }
    }

    /// Takes over what a JoinGroup says of its member, and parks the request (or unparks it).
    mutating func update(_ index: Int, with request: JoinGroupRequest, parked: RequestHandle?) {
        update(
            index,
            protocols: request.protocols,
            subscription: request.subscription,
            rebalanceTimeout: request.rebalanceTimeout,
            sessionTimeout: request.sessionTimeout,
            parked: parked
        )
    }

    mutating func update(
        _ index: Int,
        protocols: [Assignor],
        subscription: MemberSubscription,
        rebalanceTimeout: Interval,
        sessionTimeout: Interval,
        parked: RequestHandle?
    ) {
        members[index].protocols = protocols
        members[index].subscription = subscription
        members[index].rebalanceTimeout = rebalanceTimeout
        members[index].sessionTimeout = sessionTimeout
        if members[index].isAwaitingJoin { awaitingJoinCount -= 1 }
        if parked != nil { awaitingJoinCount += 1 }
        members[index].join = parked.map { ParkedRequest(handle: $0) }
    }

    /// Ends a member's parked JoinGroup; returns the request.
    mutating func unparkJoin(_ index: Int) -> ParkedRequest? {
        guard let parked = members[index].join else { return nil }
        members[index].join = nil
        awaitingJoinCount -= 1
        return parked
    }

    /// Gives the place of a static member to a new id; returns the new index.
    ///
    /// The caller has answered the old member's parked requests.
    mutating func replaceStaticMember(_ old: MemberID, by new: MemberID) -> Int {
        guard let index = index(of: old) else {
            preconditionFailure("member \(old) of group \(name) is to be replaced and not there")
        }
        let removed = members[index]
        if removed.isAwaitingJoin { awaitingJoinCount -= 1 }
        members.remove(at: index)
        members.append(
            ClassicMember(
                id: new,
                instance: removed.instance,
                client: removed.client,
                rebalanceTimeout: removed.rebalanceTimeout,
                sessionTimeout: removed.sessionTimeout,
                protocols: removed.protocols,
                subscription: removed.subscription,
                assignment: removed.assignment
            )
        )
        if leader == old { leader = new }
        return members.count - 1
    }

    /// Hands the leadership to the first member that rejoined, if the leader did not.
    /// - Returns: whether a leader has rejoined.
    mutating func electJoinedLeader() -> Bool {
        guard let leader, let index = index(of: leader) else { return false }
        if members[index].isAwaitingJoin { return true }
        guard let next = members.first(where: \.isAwaitingJoin) else { return false }
        self.leader = next.id
        return true
    }

    // MARK: Phases

    /// - Precondition: the move is one that Kafka knows (see ``GroupPhase``).
    mutating func transition(to next: GroupPhase, timestamp: Int64) {
        let isValid =
            switch next {
            case .empty, .completingRebalance: phase == .preparingRebalance
            case .preparingRebalance: canRebalance
            case .stable: phase == .completingRebalance
            case .dead: true
            }
        precondition(isValid, "group \(name) cannot go from \(phase) to \(next)")
        previousPhase = phase
        phase = next
        stateTimestamp = timestamp
    }

    var canRebalance: Bool {
        phase == .stable || phase == .completingRebalance || phase == .empty
    }

    /// Counts the next generation, whose members are those present.
    mutating func beginNextGeneration(timestamp: Int64) {
        generation = Generation(generation.rawValue + 1)
        assignor = members.isEmpty ? nil : selectAssignor()
        subscribedTopics = computeSubscribedTopics()
        transition(
            to: members.isEmpty ? .empty : .completingRebalance,
            timestamp: timestamp
        )
        pendingSync.removeAll()
    }

    private func computeSubscribedTopics() -> [TopicName]? {
        guard hasProtocolType else { return nil }
        guard members.isEmpty || assignor != nil else { return nil }
        var topics = members.flatMap(\.subscription.topics)
        topics.sort()
        return topics.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    /// Whether the group counts as a reader of `topic`, whose offsets then never expire.
    func isSubscribed(to topic: TopicName) -> Bool {
        subscribedTopics?.contains(topic) ?? hasProtocolType
    }

    // MARK: Storage

    /// The group as it is stored, with the assignments that `assignment` names for its members.
    func stored(_ assignment: (ClassicMember) -> [TopicPartition]) -> GroupMetadataValue {
        GroupMetadataValue(
            hasProtocolType: hasProtocolType,
            generation: generation,
            assignor: assignor,
            leader: leader,
            stateTimestamp: stateTimestamp,
            members: members.map {
                StoredMember(
                    id: $0.id,
                    instance: $0.instance,
                    client: $0.client,
                    rebalanceTimeout: $0.rebalanceTimeout,
                    sessionTimeout: $0.sessionTimeout,
                    subscription: $0.subscription,
                    assignment: assignment($0)
                )
            }
        )
    }

    /// A group nobody has completed a join of.
    var storedAsNew: GroupMetadataValue {
        GroupMetadataValue(
            hasProtocolType: false,
            generation: Generation(0),
            assignor: nil,
            leader: nil,
            stateTimestamp: stateTimestamp,
            members: []
        )
    }

    /// Becomes the group that the log holds.
    mutating func load(_ value: GroupMetadataValue) {
        let kept = offsets
        self = ClassicGroup(name: name)
        offsets = kept
        exists = true
        phase = value.members.isEmpty ? .empty : .stable
        generation = value.generation
        assignor = value.assignor
        leader = value.leader
        stateTimestamp = value.stateTimestamp
        members = value.members.map { ClassicMember($0, assignor: value.assignor) }
        hasProtocolType = value.hasProtocolType
        subscribedTopics = computeSubscribedTopics()
    }
}
