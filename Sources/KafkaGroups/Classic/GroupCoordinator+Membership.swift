import KafkaProtocol
import SimBase

/// Heartbeats, leaving, and the end of sessions.
extension GroupCoordinator {
    /// - Source: GroupMetadataManager.classicGroupHeartbeatToClassicGroup.
    mutating func heartbeat(
        _ handle: RequestHandle,
        _ request: GroupMembership,
        _ partition: Int32,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let group = Int(request.group.rawValue)
        let error = heartbeatError(group, request)
        guard !error.isError else {
            effects.append(.reply(handle, .status(error)))
            return
        }
        let answer: ErrorCode
        switch groups[group].phase {
        case .empty, .dead: answer = .unknownMemberId
        case .preparingRebalance: answer = .rebalanceInProgress
        case .completingRebalance, .stable: answer = .none
        }
        if groups[group].phase != .empty, let index = groups[group].index(of: request.member) {
            renewSession(group, index, now)
        }
        answerWhenCommitted(handle, .status(answer), partition, now, &effects)
    }

    private func heartbeatError(_ group: Int, _ request: GroupMembership) -> ErrorCode {
        guard groups[group].exists else { return .unknownMemberId }
        guard groups[group].phase != .dead else { return .coordinatorNotAvailable }
        let error = groups[group].validate(member: request.member, instance: request.instance)
        if error.isError { return error }
        return request.generation == groups[group].generation ? .none : .illegalGeneration
    }

    // MARK: Leaving

    /// - Source: GroupMetadataManager.classicGroupLeaveToClassicGroup.
    mutating func leave(
        _ handle: RequestHandle,
        _ request: GroupMembership,
        _ now: Instant,
        _ effects: inout [Effect]
    ) -> Operation {
        let group = Int(request.group.rawValue)
        guard groups[group].exists else {
            effects.append(.reply(handle, .status(.unknownMemberId)))
            return Operation(.nothing)
        }
        let error = removeLeaving(request, group, &effects)
        var operation = Operation(.answer(handle, .status(error)))
        guard !error.isError else { return operation }
        switch groups[group].phase {
        case .stable, .completingRebalance, .preparingRebalance:
            operation.add(rebalanceOrCompleteJoin(group, now, &effects))
        case .empty, .dead: break
        }
        return operation
    }

    private mutating func removeLeaving(
        _ request: GroupMembership,
        _ group: Int,
        _ effects: inout [Effect]
    ) -> ErrorCode {
        if request.member.isUnknown {
            // An administrator removes a static member by its instance id.
            guard request.instance >= 0, let id = groups[group].staticMember(request.instance)
            else { return .unknownMemberId }
            removeAnswering(id, from: group, .left, &effects)
            return .none
        }
        if groups[group].pendingIndex(of: request.member) != nil {
            groups[group].remove(request.member)
            return .none
        }
        let error = groups[group].validate(member: request.member, instance: request.instance)
        if !error.isError { removeAnswering(request.member, from: group, .left, &effects) }
        return error
    }

    // MARK: Expiry

    /// A session, a new member's join or a pending id has run out.
    /// - Source: GroupMetadataManager.expireClassicGroupMemberHeartbeat.
    mutating func sessionExpired(
        _ id: MemberID,
        in group: Int,
        _ now: Instant,
        _ effects: inout [Effect]
    ) -> GroupRecord? {
        if groups[group].pendingIndex(of: id) != nil {
            groups[group].remove(id)
        } else {
            guard let index = groups[group].index(of: id),
                !groups[group].members[index].hasSatisfiedHeartbeat
            else { return nil }
            removeAnswering(id, from: group, .sessionExpired, &effects)
            if groups[group].phase == .stable || groups[group].phase == .completingRebalance {
                return rebalanceOrCompleteJoin(group, now, &effects)
            }
        }
        // Unlike a member's leaving, this may end an initial delay.
        guard groups[group].phase == .preparingRebalance, groups[group].hasAllMembersJoined
        else { return nil }
        return completeJoin(group, now, &effects)
    }

    // MARK: Removal

    /// Answers a parked JoinGroup, so that a client that is still there asks again, and removes.
    private mutating func removeAnswering(
        _ id: MemberID,
        from group: Int,
        _ reason: MemberRemoval,
        _ effects: inout [Effect]
    ) {
        guard let index = groups[group].index(of: id) else { return }
        if let handle = groups[group].unparkJoin(index)?.handle {
            let response = JoinGroupResponse(error: .unknownMemberId)
            effects.append(.reply(handle, .joinGroup(response)))
        }
        remove(id, from: group, reason, &effects)
    }

    mutating func remove(
        _ id: MemberID,
        from group: Int,
        _ reason: MemberRemoval,
        _ effects: inout [Effect]
    ) {
        guard groups[group].hasMember(id) else { return }
        groups[group].remove(id)
        effects.append(.observe(.memberRemoved(groups[group].name, id, reason)))
    }
}
