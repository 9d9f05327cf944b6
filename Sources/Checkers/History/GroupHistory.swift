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

    public private(set) var generations: [GenerationEntry] = []
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
