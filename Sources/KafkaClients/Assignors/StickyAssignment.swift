import KafkaProtocol

/// Assignment that moves as few partitions as balance allows.
/// - Source: org.apache.kafka.clients.consumer.internals.AbstractStickyAssignor (KIP-54, KIP-429).
/// - Simplification: the general algorithm does not track pairs of movements.
struct StickyAssignment {
    private let members: [GroupMember]
    private let topics: [PartitionAssignment.Topic]
    /// Every partition that somebody subscribes to, by topic and number.
    private let partitions: [TopicPartition]
    /// The member that claims a partition rightly; -1 for none.
    private var owner: [Int]
    /// Claims, contested ones included, for the cooperative correction.
    private var claimants: [[Int]]
    private var result: [[TopicPartition]]

    init(_ members: [GroupMember], _ topics: [PartitionAssignment.Topic]) {
        let members = members.sorted { $0.member < $1.member }
        self.members = members
        self.topics = topics.filter { topic in
            members.contains { $0.subscription.topics.contains(topic.name) }
        }
        partitions = self.topics.flatMap { topic in
            (0..<topic.partitions).map { TopicPartition(topic.name, $0) }
        }
        owner = partitions.map { _ in -1 }
        claimants = partitions.map { _ in [] }
        result = members.map { _ in [] }
        settleClaims()
    }

    /// The higher generation's claim wins; of equal ones none does.
    private mutating func settleClaims() {
        var generations = partitions.map { _ in Generation.none }
        for (index, member) in members.enumerated() {
            for claimed in member.subscription.owned {
                guard let place = place(of: claimed),
                    member.subscription.topics.contains(claimed.topic)
                else { continue }
                let generation = member.subscription.ownedGeneration
                claimants[place].append(index)
                if claimants[place].count == 1 || generation > generations[place] {
                    owner[place] = index
                    generations[place] = generation
                } else if generation == generations[place] {
                    owner[place] = -1
                }
            }
        }
    }

    private func place(of partition: TopicPartition) -> Int? {
        var low = 0
        var high = partitions.count
        while low < high {
            let middle = (low + high) / 2
            if partitions[middle] < partition { low = middle + 1 } else { high = middle }
        }
        return low < partitions.count && partitions[low] == partition ? low : nil
    }

    func assigned(isCooperative: Bool) -> [MemberAssignment] {
        var copy = self
        let first = Set(members.first?.subscription.topics ?? [])
        if members.allSatisfy({ Set($0.subscription.topics) == first }) {
            copy.assignEqually()
        } else {
            copy.assignGenerally()
        }
        if isCooperative { copy.withholdMoved() }
        return PartitionAssignment.assignments(copy.members, copy.result.map { $0.sorted() })
    }

    // MARK: Equal subscriptions

    private mutating func assignEqually() {
        let least = partitions.count / max(members.count, 1)
        let most = least + (partitions.count % max(members.count, 1) == 0 ? 0 : 1)
        let mayHoldMost = partitions.count % max(members.count, 1)
        var holdMost = 0
        var unassigned = partitions.map { _ in true }
        var underLeast: [Int] = []
        var exactlyLeast: [Int] = []
        for index in members.indices {
            let owned = partitions.indices.filter { owner[$0] == index }.sorted {
                (partitions[$0].partition, partitions[$0].topic)
                    < (partitions[$1].partition, partitions[$1].topic)
            }
            let kept: Int
            if owned.count < least {
                kept = owned.count
                underLeast.append(index)
            } else if owned.count >= most, holdMost < mayHoldMost {
                kept = most
                holdMost += 1
            } else {
                kept = least
                exactlyLeast.append(index)
            }
            for place in owned.prefix(kept) {
                result[index].append(partitions[place])
                unassigned[place] = false
            }
        }
        fill(
            partitions.indices.filter { unassigned[$0] },
            underLeast: underLeast,
            exactlyLeast: exactlyLeast,
            least: least
        )
    }

    /// Around the members below the minimum until none is left, then one each to those at it.
    private mutating func fill(
        _ unassigned: [Int],
        underLeast: [Int],
        exactlyLeast: [Int],
        least: Int
    ) {
        var under = underLeast
        var exactly = exactlyLeast
        var turn = 0
        for place in unassigned {
            if !under.isEmpty {
                if turn >= under.count { turn = 0 }
                let member = under[turn]
                result[member].append(partitions[place])
                if result[member].count >= least {
                    under.remove(at: turn)
                    exactly.append(member)
                } else {
                    turn += 1
                }
            } else if !exactly.isEmpty {
                result[exactly.removeFirst()].append(partitions[place])
            }
        }
    }

    // MARK: Unequal subscriptions

    private mutating func assignGenerally() {
        for place in partitions.indices where owner[place] >= 0 {
            result[owner[place]].append(partitions[place])
        }
        let order = topics.sorted { left, right in
            let fewer = (subscribers(of: left.name).count, subscribers(of: right.name).count)
            return fewer.0 == fewer.1 ? left.name < right.name : fewer.0 < fewer.1
        }
        for topic in order {
            for number in 0..<topic.partitions {
                let partition = TopicPartition(topic.name, number)
                guard let place = place(of: partition), owner[place] < 0,
                    let target = lightest(of: subscribers(of: topic.name))
                else { continue }
                result[target].append(partition)
            }
        }
        let before = result
        let score = imbalance()
        balance()
        if imbalance() >= score { result = before }
    }

    private func subscribers(of topic: TopicName) -> [Int] {
        members.indices.filter { members[$0].subscription.topics.contains(topic) }
    }

    private func lightest(of candidates: [Int]) -> Int? {
        candidates.min { (result[$0].count, $0) < (result[$1].count, $1) }
    }

    /// The sum of all pairs' differences.
    private func imbalance() -> Int {
        var sum = 0
        for left in result.indices {
            for right in result.indices where right > left {
                sum += abs(result[left].count - result[right].count)
            }
        }
        return sum
    }

    private mutating func balance() {
        var hasMoved = true
        while hasMoved {
            hasMoved = false
            for partition in partitions {
                guard let holder = result.firstIndex(where: { $0.contains(partition) }),
                    let target = lightest(of: subscribers(of: partition.topic)),
                    result[holder].count > result[target].count + 1
                else { continue }
                result[holder].removeAll { $0 == partition }
                result[target].append(partition)
                hasMoved = true
            }
        }
    }

    // MARK: Cooperative

    /// Whoever still owns a partition has to give it up first: nobody else gets it this time.
    private mutating func withholdMoved() {
        for index in members.indices {
            let kept = result[index].filter { partition in
                guard let place = place(of: partition) else { return true }
                return claimants[place].isEmpty || claimants[place].contains(index)
            }
            result[index] = kept
        }
    }
}
