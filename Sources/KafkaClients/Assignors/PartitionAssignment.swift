import KafkaProtocol

/// Distributes partitions over a group's members, as the group's leader does.
///
/// Orders by text are orders by dense numbers here: of topics, members and instances.
/// - Source: org.apache.kafka.clients.consumer.RangeAssignor, RoundRobinAssignor, StickyAssignor,
///   CooperativeStickyAssignor.
enum PartitionAssignment {
    struct Topic: Equatable, Sendable {
        let name: TopicName
        let partitions: Int32
    }

    /// Runs one assignor.
    ///
    /// - Parameters:
    ///   - assignor: the protocol that the group selected.
    ///   - members: everyone with subscription and owned partitions.
    ///   - topics: the topics that exist, ascending.
    /// - Returns: one assignment a member, in member order.
    static func assign(_ assignor: Assignor, members: [GroupMember], topics: [Topic])
        -> [MemberAssignment]
    {
        switch assignor {
        case .range: range(members, topics)
        case .roundRobin: roundRobin(members, topics)
        case .sticky: StickyAssignment(members, topics).assigned(isCooperative: false)
        case .cooperativeSticky: StickyAssignment(members, topics).assigned(isCooperative: true)
        }
    }

    /// Static members first by instance, then the others by id.
    static func ordered(_ members: [GroupMember]) -> [GroupMember] {
        members.sorted { left, right in
            switch (left.instance >= 0, right.instance >= 0) {
            case (true, true): left.instance < right.instance
            case (true, false): true
            case (false, true): false
            case (false, false): left.member < right.member
            }
        }
    }

    /// Per topic: contiguous ranges, the first members taking one more where it does not divide.
    private static func range(_ members: [GroupMember], _ topics: [Topic]) -> [MemberAssignment] {
        let members = ordered(members)
        var result = members.map { _ in [TopicPartition]() }
        for topic in topics {
            let subscribed = members.indices.filter {
                members[$0].subscription.topics.contains(topic.name)
            }
            guard !subscribed.isEmpty else { continue }
            let quota = topic.partitions / Int32(subscribed.count)
            let extra = topic.partitions % Int32(subscribed.count)
            var next: Int32 = 0
            for (place, member) in subscribed.enumerated() {
                let count = quota + (Int32(place) < extra ? 1 : 0)
                for partition in next..<next + count {
                    result[member].append(TopicPartition(topic.name, partition))
                }
                next += count
            }
        }
        return assignments(members, result)
    }

    /// Partition by partition around the members; the place carries over from topic to topic.
    private static func roundRobin(_ members: [GroupMember], _ topics: [Topic])
        -> [MemberAssignment]
    {
        let members = ordered(members)
        var result = members.map { _ in [TopicPartition]() }
        var place = 0
        for topic in topics {
            let isWanted = members.contains { $0.subscription.topics.contains(topic.name) }
            guard isWanted else { continue }
            for partition in 0..<topic.partitions {
                while !members[place % members.count].subscription.topics.contains(topic.name) {
                    place += 1
                }
                result[place % members.count].append(TopicPartition(topic.name, partition))
                place += 1
            }
        }
        return assignments(members, result)
    }

    static func assignments(_ members: [GroupMember], _ partitions: [[TopicPartition]])
        -> [MemberAssignment]
    {
        zip(members, partitions)
            .map { MemberAssignment(member: $0.member, partitions: $1) }
            .sorted { $0.member < $1.member }
    }
}
