import KafkaProtocol
import SimBase

/// Members with a `group.instance.id`, which keep their place over a restart (KIP-345).
extension GroupCoordinator {
    mutating func joinStatic(
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
        // It may have gone on to the next generation's SyncGroup in the meantime.
        fence(group, index, &effects)
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
}
