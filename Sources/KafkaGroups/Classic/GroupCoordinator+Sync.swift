import KafkaProtocol
import SimBase

extension GroupCoordinator {
    /// - Source: GroupMetadataManager.classicGroupSyncToClassicGroup.
    mutating func sync(
        _ handle: RequestHandle,
        _ request: SyncGroupRequest,
        _ now: Instant,
        _ effects: inout [Effect]
    ) -> Operation {
        let group = Int(request.group.rawValue)
        let error = syncError(group, request)
        guard !error.isError, let index = groups[group].index(of: request.member) else {
            answerSync(handle, error, [], &effects)
            return Operation(.nothing)
        }
        switch groups[group].phase {
        case .stable:
            removePendingSync(group, request.member)
            answerSync(handle, .none, groups[group].members[index].assignment, &effects)
        case .completingRebalance:
            groups[group].members[index].sync = ParkedRequest(handle: handle)
            removePendingSync(group, request.member)
            guard groups[group].isLeader(request.member) else {
                return Operation(.sync(handle, request.group))
            }
            return assignmentWrite(handle, request, group)
        case .preparingRebalance, .empty, .dead: break
        }
        return Operation(.nothing)
    }

    private func syncError(_ group: Int, _ request: SyncGroupRequest) -> ErrorCode {
        guard groups[group].exists, groups[group].phase != .empty else { return .unknownMemberId }
        guard groups[group].phase != .dead else { return .coordinatorNotAvailable }
        let error = groups[group].validate(member: request.member, instance: request.instance)
        if error.isError { return error }
        if request.generation != groups[group].generation { return .illegalGeneration }
        if let assignor = groups[group].assignor, request.assignor != assignor {
            return .inconsistentGroupProtocol
        }
        return groups[group].phase == .preparingRebalance ? .rebalanceInProgress : .none
    }

    private func answerSync(
        _ handle: RequestHandle,
        _ error: ErrorCode,
        _ partitions: [TopicPartition],
        _ effects: inout [Effect]
    ) {
        let response = SyncGroupResponse(error: error, partitions: partitions)
        effects.append(.reply(handle, .syncGroup(response)))
    }

    private mutating func removePendingSync(_ group: Int, _ member: MemberID) {
        groups[group].pendingSync.removeAll { $0 == member }
        if groups[group].pendingSync.isEmpty { groups[group].syncTimer.cancel() }
    }

    /// The leader's assignment, completed with empty ones, is stored before it is distributed.
    private func assignmentWrite(
        _ handle: RequestHandle,
        _ request: SyncGroupRequest,
        _ group: Int
    ) -> Operation {
        let stored = groups[group].stored { request.partitions(of: $0.id) }
        return Operation(
            .assignment(
                AssignmentWrite(
                    group: request.group,
                    generation: request.generation,
                    handle: handle,
                    assignments: request.assignments
                )
            ),
            record: .groupMetadata(request.group, stored)
        )
    }

    // MARK: Distribution

    /// The assignment is committed: everybody gets a share, unless a rebalance came in between.
    mutating func finish(
        _ write: AssignmentWrite,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let group = Int(write.group.rawValue)
        guard isAwaited(write) else { return }
        for index in groups[group].members.indices {
            let id = groups[group].members[index].id
            groups[group].members[index].assignment = write.assignments.partitions(of: id)
        }
        propagateAssignment(group, .none, now, &effects)
        transition(group, to: .stable, now, &effects)
        let shares = groups[group].members.map {
            MemberAssignment(member: $0.id, partitions: $0.assignment)
        }
        effects.append(
            .observe(.groupStabilized(write.group, groups[group].generation, shares))
        )
    }

    /// The assignment could not be stored: nobody gets one, and the group starts over.
    mutating func fail(
        _ write: AssignmentWrite,
        _ error: ErrorCode,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let group = Int(write.group.rawValue)
        if isAwaited(write) {
            resetAssignment(group, error, now, &effects)
            // Nobody has rejoined yet, so that this writes nothing.
            _ = rebalanceOrCompleteJoin(group, now, &effects)
        }
        failSync(write.handle, write.group, error, &effects)
    }

    private func isAwaited(_ write: AssignmentWrite) -> Bool {
        let state = groups[Int(write.group.rawValue)]
        return state.exists && state.phase == .completingRebalance
            && state.generation == write.generation
    }

    /// Takes everybody's assignment away and answers the parked SyncGroups with `error`.
    mutating func resetAssignment(
        _ group: Int,
        _ error: ErrorCode,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        for index in groups[group].members.indices {
            groups[group].members[index].assignment = []
        }
        propagateAssignment(group, error, now, &effects)
    }

    private mutating func propagateAssignment(
        _ group: Int,
        _ error: ErrorCode,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        for index in groups[group].members.indices {
            guard let parked = groups[group].members[index].sync else { continue }
            groups[group].members[index].sync = nil
            if let handle = parked.handle {
                answerSync(handle, error, groups[group].members[index].assignment, &effects)
            }
            // A session that ran out while the SyncGroup was parked was overlooked.
            renewSession(group, index, now)
        }
    }

    /// Answers a SyncGroup that is still parked, and keeps the member waiting.
    mutating func failSync(
        _ handle: RequestHandle,
        _ name: GroupName,
        _ error: ErrorCode,
        _ effects: inout [Effect]
    ) {
        let group = Int(name.rawValue)
        guard let index = groups[group].members.firstIndex(where: { $0.sync?.handle == handle })
        else { return }
        groups[group].members[index].sync = ParkedRequest(handle: nil)
        answerSync(handle, error, [], &effects)
    }

    /// Answers a JoinGroup that is still parked, and keeps the member waiting.
    mutating func failJoin(
        _ handle: RequestHandle,
        _ name: GroupName,
        _ error: ErrorCode,
        _ effects: inout [Effect]
    ) {
        let group = Int(name.rawValue)
        guard let index = groups[group].members.firstIndex(where: { $0.join?.handle == handle })
        else { return }
        groups[group].members[index].join = ParkedRequest(handle: nil)
        effects.append(.reply(handle, .joinGroup(JoinGroupResponse(error: error))))
    }

    // MARK: Timer

    /// Members that have not sent SyncGroup in time are removed.
    /// - Source: GroupMetadataManager.expirePendingSync.
    mutating func syncTimerFired(
        _ group: Int,
        _ now: Instant,
        _ effects: inout [Effect]
    ) -> GroupRecord? {
        guard groups[group].syncGeneration == groups[group].generation else { return nil }
        switch groups[group].phase {
        case .empty, .dead, .preparingRebalance: return nil
        case .completingRebalance, .stable:
            let late = groups[group].pendingSync
            guard !late.isEmpty else { return nil }
            for id in late {
                remove(id, from: group, .didNotSync, &effects)
            }
            return prepareRebalance(group, now, &effects)
        }
    }
}

extension SyncGroupRequest {
    fileprivate func partitions(of member: MemberID) -> [TopicPartition] {
        assignments.partitions(of: member)
    }
}

extension [MemberAssignment] {
    fileprivate func partitions(of member: MemberID) -> [TopicPartition] {
        first { $0.member == member }?.partitions ?? []
    }
}
