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

    private func refuseJoin(
        _ handle: RequestHandle,
        _ error: ErrorCode,
        _ member: MemberID,
        _ effects: inout [Effect]
    ) {
        let response = JoinGroupResponse(error: error, member: member)
        effects.append(.reply(handle, .joinGroup(response)))
    }

    private mutating func drawMemberID(_ client: Int32) -> MemberID {
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

    private mutating func addMember(
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

    // MARK: Static members

    private mutating func joinStatic(
        _ handle: RequestHandle,
        _ request: JoinGroupRequest,
        _ group: Int,
        _ now: Instant,
        _ operation: inout Operation,
        _ effects: inout [Effect]
    ) {
        let id = drawMemberID(request.client)
        guard let old = groups[group].staticMember(request.instance) else {
            addMember(id, handle, request, group, now, &operation, &effects)
            return
        }
        replaceStaticMember(old, by: id, handle, request, group, now, &operation, &effects)
    }

    /// A static member came back without its id: the new incarnation takes the old one's place.
    /// - Source: GroupMetadataManager.updateStaticMemberThenRebalanceOrCompleteJoin.
    private mutating func replaceStaticMember(
        _ oldID: MemberID,
        by newID: MemberID,
        _ handle: RequestHandle,
        _ request: JoinGroupRequest,
        _ group: Int,
        _ now: Instant,
        _ operation: inout Operation,
        _ effects: inout [Effect]
    ) {
        guard let oldIndex = groups[group].index(of: oldID) else { return }
        let old = groups[group].members[oldIndex]
        let leaderBefore = groups[group].leader
        fence(group, oldIndex, &effects)
        let index = groups[group].replaceStaticMember(oldID, by: newID)
        effects.append(.observe(.memberRemoved(groups[group].name, oldID, .replaced)))
        renewSession(group, index, now)
        groups[group].update(index, with: request, parked: handle)
        switch groups[group].phase {
        case .stable:
            guard groups[group].assignor == groups[group].selectAssignor() else {
                operation.add(rebalanceOrCompleteJoin(group, now, &effects))
                return
            }
            let stored = groups[group].stored(\.assignment)
            operation.records = [.groupMetadata(groups[group].name, stored)]
            operation.completion = .staticReplacement(
                StaticReplacement(
                    group: groups[group].name,
                    instance: request.instance,
                    handle: handle,
                    newID: newID,
                    old: old,
                    leaderBefore: leaderBefore
                )
            )
        case .completingRebalance:
            // The leader may be assigning partitions to the old id right now.
            operation.add(prepareRebalance(group, now, &effects))
        case .preparingRebalance: operation.add(completeJoinIfDue(group, now, &effects))
        case .empty, .dead:
            preconditionFailure("static member \(oldID) in empty group \(groups[group].name)")
        }
    }

    private mutating func fence(_ group: Int, _ index: Int, _ effects: inout [Effect]) {
        let id = groups[group].members[index].id
        if let parked = groups[group].unparkJoin(index), let handle = parked.handle {
            refuseJoin(handle, .fencedInstanceId, id, &effects)
        }
        if let handle = groups[group].members[index].sync?.handle {
            let response = SyncGroupResponse(error: .fencedInstanceId)
            effects.append(.reply(handle, .syncGroup(response)))
        }
        groups[group].members[index].sync = nil
    }

    /// The new incarnation's record is committed: it goes on where the old one was.
    mutating func finish(_ replacement: StaticReplacement, _ effects: inout [Effect]) {
        let group = Int(replacement.group.rawValue)
        guard let index = groups[group].index(of: replacement.newID) else { return }
        let isLeader = groups[group].isLeader(replacement.newID)
        // Members cannot be listed while they gather: the join's own end answers then.
        guard !isLeader || groups[group].phase != .preparingRebalance else { return }
        guard let handle = groups[group].unparkJoin(index)?.handle else { return }
        let answer = joinAnswer(group, replacement.newID, skipAssignment: isLeader)
        effects.append(.reply(handle, answer))
    }

    /// The new incarnation's record could not be written: the old id is back.
    mutating func fail(
        _ replacement: StaticReplacement,
        _ error: ErrorCode,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let group = Int(replacement.group.rawValue)
        // Fenced in its turn, or removed: it has its answer.
        guard let index = groups[group].index(of: replacement.newID) else { return }
        let parked = groups[group].members[index].join
        let old = replacement.old
        groups[group].update(
            index,
            protocols: old.protocols,
            subscription: old.subscription,
            rebalanceTimeout: old.rebalanceTimeout,
            sessionTimeout: old.sessionTimeout,
            parked: nil
        )
        let restored = groups[group].replaceStaticMember(replacement.newID, by: old.id)
        renewSession(group, restored, now)
        guard let handle = parked?.handle, handle == replacement.handle else { return }
        let response = JoinGroupResponse(
            error: error,
            generation: groups[group].generation,
            assignor: groups[group].assignor ?? .range,
            leader: replacement.leaderBefore ?? .none
        )
        effects.append(.reply(handle, .joinGroup(response)))
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
