import KafkaProtocol
import SimBase
import Testing

@testable import KafkaGroups

@Suite struct RecordTests {
    private let names: NameTable
    private let codec: GroupRecordCodec
    private let group: GroupName
    private let topics: [TopicName]

    init() {
        var names = NameTable()
        group = names.group("g")
        topics = [names.topic("t"), names.topic("user")]
        self.names = names
        codec = GroupRecordCodec(NameCodec(names))
    }

    private func decoded(_ record: GroupRecord) -> GroupRecord? {
        codec.record(
            key: codec.key(of: record)[...],
            value: codec.value(of: record).map { $0[...] }
        )
    }

    @Test func offsetCommitHasKafkasBytes() {
        let record = GroupRecord.offsetCommit(
            group,
            TopicPartition(topics[0], 2),
            OffsetCommitValue(
                offset: Offset(258),
                leaderEpoch: LeaderEpoch(5),
                commitTimestamp: 3,
                expireTimestamp: nil
            )
        )
        #expect(
            codec.key(of: record) == [
                0, 1,  // version
                0, 1, 0x67,  // group
                0, 1, 0x74,  // topic
                0, 0, 0, 2,  // partition
            ]
        )
        #expect(
            codec.value(of: record) == [
                0, 3,  // version
                0, 0, 0, 0, 0, 0, 1, 2,  // offset
                0, 0, 0, 5,  // leader epoch
                0, 0,  // metadata
                0, 0, 0, 0, 0, 0, 0, 3,  // commit timestamp
            ]
        )
        #expect(decoded(record) == record)
    }

    @Test func emptyGroupHasKafkasBytes() {
        let value = GroupMetadataValue(
            hasProtocolType: true,
            generation: Generation(4),
            assignor: nil,
            leader: nil,
            stateTimestamp: 9,
            members: []
        )
        let record = GroupRecord.groupMetadata(group, value)
        #expect(codec.key(of: record) == [0, 2, 0, 1, 0x67])
        #expect(
            codec.value(of: record) == [
                0, 3,  // version
                0, 8, 0x63, 0x6f, 0x6e, 0x73, 0x75, 0x6d, 0x65, 0x72,  // "consumer"
                0, 0, 0, 4,  // generation
                0xff, 0xff,  // no protocol
                0xff, 0xff,  // no leader
                0, 0, 0, 0, 0, 0, 0, 9,  // state timestamp
                0, 0, 0, 0,  // members
            ]
        )
        #expect(decoded(record) == record)
    }

    @Test func wholeGroupSurvives() {
        let owned = [
            TopicPartition(topics[1], 3), TopicPartition(topics[0], 1),
            TopicPartition(topics[0], 0),
        ]
        let members = (Int32(0)..<3).map { (index: Int32) -> StoredMember in
            StoredMember(
                id: MemberID(client: index, nonce: 0xab + UInt32(index) << 28),
                instance: index == 1 ? 12 : nil,
                client: index,
                rebalanceTimeout: .seconds(300),
                sessionTimeout: .seconds(45),
                subscription: MemberSubscription(
                    topics: topics,
                    owned: index == 2 ? owned : [],
                    ownedGeneration: Generation(index),
                    rack: index - 1
                ),
                assignment: index == 0 ? [] : owned
            )
        }
        for assignor in Assignor.allCases {
            let record = GroupRecord.groupMetadata(
                group,
                GroupMetadataValue(
                    hasProtocolType: true,
                    generation: Generation(7),
                    assignor: assignor,
                    leader: members[2].id,
                    stateTimestamp: nil,
                    members: members
                )
            )
            #expect(decoded(record) == record)
        }
    }

    @Test func tombstonesAndExpiriesSurvive() {
        let place = TopicPartition(topics[1], 0)
        let expiring = OffsetCommitValue(
            offset: Offset(1),
            leaderEpoch: .none,
            commitTimestamp: 5,
            expireTimestamp: 8
        )
        for record in [
            GroupRecord.offsetCommit(group, place, nil), .groupMetadata(group, nil),
            .offsetCommit(group, place, expiring),
        ] {
            #expect(decoded(record) == record)
        }
    }

    @Test func unknownVersionsAndTornBytesAreNoRecords() {
        #expect(codec.record(key: [0, 3, 0, 1, 0x67], value: nil) == nil)
        let record = GroupRecord.groupMetadata(
            group,
            GroupMetadataValue(
                hasProtocolType: true,
                generation: Generation(1),
                assignor: .range,
                leader: nil,
                stateTimestamp: 0,
                members: []
            )
        )
        let value = codec.value(of: record) ?? []
        for length in 0..<value.count {
            #expect(codec.record(key: codec.key(of: record)[...], value: value[..<length]) == nil)
        }
    }
}

@Suite struct DeadlineHeapTests {
    private let key = DeadlineKey(.join, 0)

    private func second(_ number: Int64) -> Instant {
        .zero + .seconds(number)
    }

    /// When `timer` turns out to be due, looking at each of its entries in turn.
    private func due(_ heap: inout DeadlineHeap, _ timer: inout LazyTimer) -> [Instant] {
        var result: [Instant] = []
        while heap.next < .distantFuture {
            let now = heap.next
            guard let entry = heap.pop(now: now) else { break }
            if heap.isDue(&timer, entry, now: now) { result.append(now) }
        }
        return result
    }

    @Test func laterDeadlinesNeedNoNewEntry() {
        var heap = DeadlineHeap()
        var timer = LazyTimer()
        for number: Int64 in 1...100 {
            heap.arm(&timer, at: second(number), key)
        }
        #expect(heap.next == second(1))
        #expect(due(&heap, &timer) == [second(100)])
        #expect(!timer.isRunning)
    }

    @Test func earlierDeadlinesReplaceLaterOnes() {
        var heap = DeadlineHeap()
        var timer = LazyTimer()
        heap.arm(&timer, at: second(300), key)
        heap.arm(&timer, at: second(45), key)
        #expect(due(&heap, &timer) == [second(45)])
    }

    @Test func cancelledTimersDoNotRunOut() {
        var heap = DeadlineHeap()
        var timer = LazyTimer()
        heap.arm(&timer, at: second(3), key)
        timer.cancel()
        #expect(due(&heap, &timer).isEmpty)
        heap.arm(&timer, at: second(9), key)
        #expect(due(&heap, &timer) == [second(9)])
    }

    @Test func tiesFireInTheOrderOfArming() {
        var heap = DeadlineHeap()
        var timers = Array(repeating: LazyTimer(), count: 50)
        for index in timers.indices {
            heap.arm(&timers[index], at: second(index % 2 == 0 ? 1 : 2), .init(.join, Int32(index)))
        }
        var order: [Int32] = []
        while let entry = heap.pop(now: second(2)) {
            order.append(entry.key.index)
        }
        let all = Array(Int32(0)..<50)
        #expect(order == all.filter { $0 % 2 == 0 } + all.filter { $0 % 2 == 1 })
    }
}
