import KafkaProtocol
import Testing

@testable import KafkaClients

private let topicA = TopicName(3)
private let topicB = TopicName(4)

private func member(
    _ client: Int32,
    topics: [TopicName] = [topicA],
    owned: [Int32] = [],
    generation: Int32 = 1,
    instance: Int32 = -1
) -> GroupMember {
    GroupMember(
        member: MemberID(client: client, nonce: 1),
        instance: instance,
        subscription: MemberSubscription(
            topics: topics,
            owned: owned.map { TopicPartition(topicA, $0) },
            ownedGeneration: Generation(generation)
        )
    )
}

private func assign(
    _ assignor: Assignor,
    _ members: [GroupMember],
    a: Int32,
    b: Int32 = 0
) -> [String] {
    var topics = [PartitionAssignment.Topic(name: topicA, partitions: a)]
    if b > 0 { topics.append(PartitionAssignment.Topic(name: topicB, partitions: b)) }
    return PartitionAssignment.assign(assignor, members: members, topics: topics).map { item in
        item.partitions.map { ($0.topic == topicA ? "a" : "b") + "\($0.partition)" }
            .joined(separator: " ")
    }
}

@Suite struct AssignorTests {
    @Test func rangeGivesTheFirstMembersTheExtraPartitions() {
        #expect(assign(.range, [member(1), member(2)], a: 3) == ["a0 a1", "a2"])
        let both = [member(1, topics: [topicA, topicB]), member(2, topics: [topicA, topicB])]
        #expect(assign(.range, both, a: 3, b: 3) == ["a0 a1 b0 b1", "a2 b2"])
        #expect(assign(.range, [member(1), member(2), member(3)], a: 2) == ["a0", "a1", ""])
    }

    @Test func staticMembersComeFirst() {
        #expect(assign(.range, [member(1), member(2, instance: 0)], a: 3) == ["a2", "a0 a1"])
    }

    @Test func roundRobinCarriesThePlaceOverTopics() {
        let both = [member(1, topics: [topicA, topicB]), member(2, topics: [topicA, topicB])]
        #expect(assign(.roundRobin, both, a: 3, b: 3) == ["a0 a2 b1", "a1 b0 b2"])
        let one = [member(1, topics: [topicA]), member(2, topics: [topicA, topicB])]
        #expect(assign(.roundRobin, one, a: 2, b: 2) == ["a0", "a1 b0 b1"])
    }

    @Test func stickyKeepsWhatIsOwned() {
        #expect(
            assign(.sticky, [member(1, owned: [1, 3]), member(2, owned: [0, 2])], a: 4)
                == ["a1 a3", "a0 a2"]
        )
        #expect(
            assign(.sticky, [member(1, owned: [0, 1, 2, 3]), member(2)], a: 4)
                == ["a0 a1", "a2 a3"]
        )
        #expect(assign(.sticky, [member(1), member(2), member(3)], a: 4) == ["a0 a3", "a1", "a2"])
    }

    @Test func higherGenerationWinsAPartitionClaimedTwice() {
        #expect(
            assign(
                .sticky,
                [member(1, owned: [0], generation: 1), member(2, owned: [0], generation: 2)],
                a: 2
            ) == ["a1", "a0"]
        )
        // Of equal generations nobody keeps it.
        #expect(
            assign(.sticky, [member(1, owned: [1]), member(2, owned: [1])], a: 2) == ["a0", "a1"]
        )
    }

    @Test func cooperativeWithholdsWhatSomebodyStillOwns() {
        #expect(
            assign(.cooperativeSticky, [member(1, owned: [0, 1, 2, 3]), member(2)], a: 4)
                == ["a0 a1", ""]
        )
        #expect(
            assign(.cooperativeSticky, [member(1, owned: [0, 1]), member(2)], a: 4)
                == ["a0 a1", "a2 a3"]
        )
    }

    @Test func unequalSubscriptionsBalanceWithinThem() {
        let members = [member(1, topics: [topicA]), member(2, topics: [topicA, topicB])]
        #expect(assign(.sticky, members, a: 2, b: 2) == ["a0 a1", "b0 b1"])
    }
}
