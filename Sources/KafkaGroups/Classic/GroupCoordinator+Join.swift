import KafkaProtocol
import SimBase

extension GroupCoordinator {
    /// How long a new member's JoinGroup may be parked.
    /// - Source: GroupCoordinatorConfig.CLASSIC_GROUP_NEW_MEMBER_JOIN_TIMEOUT_MS.
    private static let newMemberJoinTimeout = Interval.milliseconds(300_000)

    /// - Source: GroupMetadataManager.classicGroupJoinToClassicGroup.
    mutating func join(
        _ handle: RequestHandle,
        _ request: JoinGroupRequest,
        _ now: Instant,
        _ effects: inout [Effect]
    ) -> Operation {
        let group = Int(request.group.rawValue)
        let isNewGroup = !groups[group].exists
        if isNewGroup {
            guard request.member.isUnknown else {
                refuseJoin(handle, .unknownMemberId, request.member, &effects)
                return Operation(.nothing)
            }
            groups[group].create(timestamp: wallClock(now))
        }
        var operation = Operation(.join(handle, request.group))
        if !accepts(request.member, into: group) {
            remove(request.member, from: group, .didNotRejoin, &effects)
            refuseJoin(handle, .groupMaxSizeReached, .none, &effects)
        } else if !groups[group].supports(request.protocols) {
            refuseJoin(handle, .inconsistentGroupProtocol, request.member, &effects)
        } else if request.member.isUnknown {
            if request.instance >= 0 {
                joinStatic(handle, request, group, now, &operation, &effects)
            } else {
                let id = drawMemberID(request.client)
                groups[group].pendingMembers.append(PendingMember(id: id))
                let index = groups[group].pendingMembers.count - 1
                deadlines.arm(
                    &groups[group].pendingMembers[index].session,
                    at: now + request.sessionTimeout,
                    DeadlineKey(.session, Int32(group), member: id)
                )
                refuseJoin(handle, .memberIdRequired, id, &effects)
            }
        } else {
            rejoin(handle, request, group, now, &operation, &effects)
        }
        if isNewGroup, operation.records.isEmpty {
            operation.records = [.groupMetadata(request.group, groups[group].storedAsNew)]
            operation.createdGroup = request.group
        }
        return operation
    }

    func refuseJoin(
        _ handle: RequestHandle,
        _ error: ErrorCode,
        _ member: MemberID,
        _ effects: inout [Effect]
    ) {
        let response = JoinGroupResponse(error: error, member: member)
        effects.append(.reply(handle, .joinGroup(response)))
    }

    mutating func drawMemberID(_ client: Int32) -> MemberID {
        var nonce: UInt32 = 0
        while nonce == 0 {
            nonce = UInt32(truncatingIfNeeded: random.next())
        }
        return MemberID(client: client, nonce: nonce)
    }

    /// Whether the group has room. While it gathers, those count who have rejoined.
    /// - Source: GroupMetadataManager.acceptJoiningMember.
    private func accepts(_ member: MemberID, into group: Int) -> Bool {
        let limit = Int(config.groupMaxSize)
        let known = groups[group].index(of: member)
        switch groups[group].phase {
        case .empty, .dead: return true
        case .preparingRebalance:
            let isWaiting = known.map { groups[group].members[$0].isAwaitingJoin } ?? false
            return isWaiting || groups[group].awaitingJoinCount < limit
        case .completingRebalance, .stable:
            return known != nil || groups[group].members.count < limit
        }
    }

    // MARK: Members

    /// - Source: GroupMetadataManager.classicGroupJoinExistingMember.
    private mutating func rejoin(
        _ handle: RequestHandle,
        _ request: JoinGroupRequest,
        _ group: Int,
        _ now: Instant,
        _ operation: inout Operation,
        _ effects: inout [Effect]
    ) {
        let id = request.member
        if groups[group].pendingIndex(of: id) != nil {
            addMember(id, handle, request, group, now, &operation, &effects)
            return
        }
        let error = groups[group].validate(member: id, instance: request.instance)
        guard !error.isError, let index = groups[group].index(of: id) else {
            refuseJoin(handle, error, id, &effects)
            return
        }
        let isUnchanged = groups[group].members[index].matches(request)
        switch groups[group].phase {
        case .completingRebalance where isUnchanged:
            // The answer to the first JoinGroup was lost.
            effects.append(.reply(handle, joinAnswer(group, id)))
        case .stable where isUnchanged && !groups[group].isLeader(id):
            effects.append(.reply(handle, joinAnswer(group, id)))
        case .preparingRebalance, .completingRebalance, .stable:
            groups[group].update(index, with: request, parked: handle)
            operation.add(rebalanceOrCompleteJoin(group, now, &effects))
        case .empty, .dead: refuseJoin(handle, .unknownMemberId, id, &effects)
        }
    }

    mutating func addMember(
        _ id: MemberID,
        _ handle: RequestHandle,
        _ request: JoinGroupRequest,
        _ group: Int,
        _ now: Instant,
        _ operation: inout Operation,
        _ effects: inout [Effect]
    ) {
        var member = ClassicMember(
            id: id,
            instance: request.instance >= 0 ? request.instance : nil,
            client: request.client,
            rebalanceTimeout: request.rebalanceTimeout,
            sessionTimeout: request.sessionTimeout,
            protocols: request.protocols,
            subscription: request.subscription
        )
        member.isNew = true
        if groups[group].phase == .preparingRebalance, groups[group].previousPhase == .empty {
            groups[group].newMemberAdded = true
        }
        groups[group].add(member, parked: handle)
        // It cannot send heartbeats while its connection is muted. Should the client be gone, the
        // join times out; should it be there, it asks again.
        armSession(
            group,
            groups[group].members.count - 1,
            at: now + GroupCoordinator.newMemberJoinTimeout
        )
        operation.add(rebalanceOrCompleteJoin(group, now, &effects))
    }

    // MARK: Answers

    /// The group's current generation, as `member` is told of it.
    func joinAnswer(_ group: Int, _ member: MemberID, skipAssignment: Bool = false) -> Response {
        let state = groups[group]
        return .joinGroup(
            JoinGroupResponse(
                error: .none,
                generation: state.generation,
                assignor: state.assignor ?? .range,
                leader: state.leader ?? .none,
                member: member,
                skipAssignment: skipAssignment,
                members: state.isLeader(member)
                    ? state.members.map {
                        GroupMember(
                            member: $0.id,
                            instance: $0.instance ?? -1,
                            subscription: $0.subscription
                        )
                    } : []
            )
        )
    }
}

extension Operation {
    mutating func add(_ record: GroupRecord?) {
        if let record { records.append(record) }
    }
}
