public import KafkaProtocol
public import SimBase

/// What happened to the consumer groups.
public struct GroupHistory: Sendable {
    public struct GenerationEntry: Equatable, Sendable {
        public let at: Instant
        public let group: GroupName
        public let generation: Generation
        public let assignments: [MemberAssignment]
    }

    public struct Commit: Equatable, Sendable {
        public let partition: TopicPartition
        public var offset: Offset
    }

    /// A member's process ended, by a kill or in good order.
    struct Ending: Equatable, Sendable {
        let at: Instant
        let group: Int32
        let member: Int32
    }

    /// `auto.offset.reset` set a member's position.
    struct Reset: Equatable, Sendable {
        let at: Instant
        let group: Int32
        let partition: TopicPartition
        let offset: Offset
        let isToLatest: Bool
        /// What the group had committed by then; zero if nothing.
        let committed: Offset
    }

    public private(set) var generations: [GenerationEntry] = []
    private(set) var endings: [Ending] = []
    private(set) var resets: [Reset] = []
    /// Records whose processing failed and that the application let go, by group.
    private(set) var givenUp: [[RecordID]]
    /// Durable offsets by the scenario's group number, in partition order.
    public private(set) var commits: [[Commit]]
    public var revoked: [Int64]
    public var lost: [Int64]
    public var maxLag: [Int64]
    /// Exceptions thrown to the groups' applications: name and count, in order of appearance.
    public private(set) var exceptions: [[(name: String, count: Int64)]]
    private let groups: [GroupFacts]

    public init(groups: [GroupFacts]) {
        self.groups = groups
        commits = Array(repeating: [], count: groups.count)
        revoked = Array(repeating: 0, count: groups.count)
        lost = Array(repeating: 0, count: groups.count)
        maxLag = Array(repeating: 0, count: groups.count)
        exceptions = Array(repeating: [], count: groups.count)
        givenUp = Array(repeating: [], count: groups.count)
    }

    private func number(of group: GroupName) -> Int? {
        groups.firstIndex { $0.group == group }
    }

    mutating func stabilized(
        _ group: GroupName,
        _ generation: Generation,
        _ assignments: [MemberAssignment],
        now: Instant
    ) {
        generations.append(
            GenerationEntry(
                at: now,
                group: group,
                generation: generation,
                assignments: assignments
            )
        )
    }

    mutating func committed(_ group: GroupName, _ partition: TopicPartition, _ offset: Offset) {
        guard let number = number(of: group) else { return }
        let index =
            commits[number].firstIndex { $0.partition >= partition } ?? commits[number].count
        if index < commits[number].count, commits[number][index].partition == partition {
            commits[number][index].offset = offset
        } else {
            commits[number].insert(Commit(partition: partition, offset: offset), at: index)
        }
    }

    public func committed(group: Int, _ partition: TopicPartition) -> Offset? {
        commits[group].first { $0.partition == partition }?.offset
    }

    /// A member's process is gone; members are numbered from 0 here.
    public mutating func ended(member: Int32, of group: Int, at now: Instant) {
        endings.append(Ending(at: now, group: Int32(group), member: member))
    }

    /// A member found no position, or none that the log still has, and took the policy's.
    public mutating func positionReset(
        of group: Int,
        _ partition: TopicPartition,
        to offset: Offset,
        isToLatest: Bool,
        at now: Instant
    ) {
        resets.append(
            Reset(
                at: now,
                group: Int32(group),
                partition: partition,
                offset: offset,
                isToLatest: isToLatest,
                committed: committed(group: group, partition) ?? .zero
            )
        )
    }

    /// The application could not process a record, and goes on without it.
    public mutating func gaveUp(_ record: RecordID, group: Int) {
        givenUp[group].append(record)
    }

    /// An exception reached a group's application.
    public mutating func threw(_ name: String, group: Int) {
        if let index = exceptions[group].firstIndex(where: { $0.name == name }) {
            exceptions[group][index].count += 1
        } else {
            exceptions[group].append((name, 1))
        }
    }

    /// Completed generations of a group, the first included.
    public func rebalances(of group: Int) -> Int64 {
        Int64(generations.filter { $0.group == groups[group].group && $0.at >= .zero }.count)
    }
}
