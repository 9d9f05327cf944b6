import KafkaGroups
import KafkaProtocol
import SimBase
import Testing

extension Rig {
    func joinRequest(
        _ member: MemberID = .none,
        client: Int32,
        instance: Int32 = -1,
        session: Int64 = 45,
        rebalance: Int64 = 300,
        protocols: [Assignor] = [.range],
        topics: [TopicName]? = nil
    ) -> Request {
        .joinGroup(
            JoinGroupRequest(
                group: group,
                member: member,
                instance: instance,
                client: client,
                sessionTimeout: .seconds(session),
                rebalanceTimeout: .seconds(rebalance),
                protocols: protocols,
                subscription: MemberSubscription(topics: topics ?? [orders])
            )
        )
    }

    /// The id a client gets with MEMBER_ID_REQUIRED.
    mutating func newMemberID(client: Int32, protocols: [Assignor] = [.range]) -> MemberID {
        let request = send(joinRequest(client: client, protocols: protocols))
        let answer = joinAnswer(request)
        #expect(answer?.error == .memberIdRequired)
        return answer?.member ?? .none
    }

    /// Both JoinGroup requests of a dynamic client; the second is parked.
    mutating func join(
        client: Int32,
        session: Int64 = 45,
        rebalance: Int64 = 300,
        protocols: [Assignor] = [.range]
    ) -> (id: MemberID, request: Int32) {
        let id = newMemberID(client: client, protocols: protocols)
        let request = send(
            joinRequest(
                id,
                client: client,
                session: session,
                rebalance: rebalance,
                protocols: protocols
            )
        )
        return (id, request)
    }

    func membership(
        _ member: MemberID,
        _ generation: Int32,
        instance: Int32 = -1
    ) -> GroupMembership {
        GroupMembership(
            group: group,
            member: member,
            instance: instance,
            generation: Generation(generation)
        )
    }

    mutating func sync(
        _ member: MemberID,
        _ generation: Int32,
        instance: Int32 = -1,
        assignor: Assignor = .range,
        assigning assignments: [(MemberID, [Int32])] = []
    ) -> Int32 {
        send(
            .syncGroup(
                SyncGroupRequest(
                    group: group,
                    member: member,
                    instance: instance,
                    generation: Generation(generation),
                    assignor: assignor,
                    assignments: assignments.map { member, partitions in
                        MemberAssignment(member: member, partitions: partitions.map(tp))
                    }
                )
            )
        )
    }

    mutating func heartbeat(
        _ member: MemberID,
        _ generation: Int32,
        instance: Int32 = -1
    ) -> Int32 {
        send(.heartbeat(membership(member, generation, instance: instance)))
    }

    mutating func commit(
        _ offset: Int64,
        _ index: Int32 = 0,
        by member: MemberID = .none,
        _ generation: Int32 = -1,
        topic: TopicName? = nil
    ) -> Int32 {
        send(
            .offsetCommit(
                OffsetCommitRequest(
                    membership: membership(member, generation),
                    offsets: [
                        CommittedOffset(
                            partition: TopicPartition(topic ?? orders, index),
                            offset: Offset(offset),
                            leaderEpoch: LeaderEpoch(0)
                        )
                    ]
                )
            )
        )
    }

    mutating func fetch(_ index: Int32 = 0, topic: TopicName? = nil) -> Int32 {
        let place = TopicPartition(topic ?? orders, index)
        return send(.offsetFetch(OffsetFetchRequest(group: group, partitions: [place])))
    }

    /// Expects `request` to have been answered with `error`.
    mutating func expect(
        _ request: Int32,
        answers error: ErrorCode,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let answer = self.error(request)
        #expect(answer == error, sourceLocation: sourceLocation)
    }

    /// The offset an OffsetFetch was answered with; `nil` while there is no answer.
    func fetched(_ request: Int32) -> Int64? {
        guard case .offsetFetch(let answer) = response(request) else { return nil }
        return answer.offsets.first?.offset.rawValue
    }

    /// One dynamic member, alone, with partition 0, in generation 1 and stable, at 3 s.
    mutating func stableMember(client: Int32 = 7) -> MemberID {
        let (id, request) = join(client: client)
        advance(by: .seconds(3))
        #expect(joinAnswer(request)?.generation == Generation(1))
        let sync = sync(id, 1, assigning: [(id, [0])])
        linger()
        #expect(syncAnswer(sync)?.partitions == [tp(0)])
        return id
    }

    /// Two dynamic members with a partition each, in generation 1 and stable, after 6 s.
    mutating func stablePair() -> (first: MemberID, second: MemberID) {
        let first = join(client: 1)
        let second = join(client: 2)
        advance(by: .seconds(6))
        let leaderSync = sync(first.id, 1, assigning: [(first.id, [0]), (second.id, [1])])
        let followerSync = sync(second.id, 1)
        linger()
        #expect(syncAnswer(leaderSync)?.partitions == [tp(0)])
        #expect(syncAnswer(followerSync)?.partitions == [tp(1)])
        return (first.id, second.id)
    }

    var phases: [GroupPhase] {
        observations.compactMap {
            if case .groupStateChanged(_, let phase, _) = $0 { phase } else { nil }
        }
    }

    var removals: [MemberRemoval] {
        observations.compactMap {
            if case .memberRemoved(_, _, let reason) = $0 { reason } else { nil }
        }
    }

    var durableCommits: [Int64] {
        observations.compactMap {
            if case .offsetCommitted(_, _, let offset) = $0 { offset.rawValue } else { nil }
        }
    }
}
