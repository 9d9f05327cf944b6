import KafkaProtocol
import SimBase

/// The join phase: from the first JoinGroup of a rebalance to the answers to all of them.
///
/// Methods return the record to write if the group turns out to be empty.
extension GroupCoordinator {
    /// - Source: GroupMetadataManager.maybePrepareRebalanceOrCompleteJoin.
    mutating func rebalanceOrCompleteJoin(
        _ group: Int,
        _ now: Instant,
        _ effects: inout [Effect]
    ) -> GroupRecord? {
        groups[group].canRebalance
            ? prepareRebalance(group, now, &effects) : completeJoinIfDue(group, now, &effects)
    }

    /// - Source: GroupMetadataManager.prepareRebalance.
    mutating func prepareRebalance(
        _ group: Int,
        _ now: Instant,
        _ effects: inout [Effect]
    ) -> GroupRecord? {
        if groups[group].phase == .completingRebalance {
            resetAssignment(group, .rebalanceInProgress, now, &effects)
        }
        groups[group].pendingSync.removeAll()
        groups[group].syncTimer.cancel()
        guard groups[group].phase == .empty else {
            transition(group, to: .preparingRebalance, now, &effects)
            if groups[group].hasAllMembersJoined { return completeJoin(group, now, &effects) }
            armJoin(group, .rebalance, at: now + groups[group].rebalanceTimeout)
            return nil
        }
        // The first member of an empty group is rarely the only one: give the others time.
        let window = config.groupInitialRebalanceDelay
        let left = max(groups[group].rebalanceTimeout - window, .zero)
        armJoin(group, .initialDelay(window: window, left: left), at: now + window)
        transition(group, to: .preparingRebalance, now, &effects)
        return nil
    }

    private mutating func armJoin(
        _ group: Int,
        _ stage: ClassicGroup.JoinStage,
        at deadline: Instant
    ) {
        groups[group].joinStage = stage
        let key = DeadlineKey(.join, Int32(group))
        deadlines.arm(&groups[group].joinTimer, at: deadline, key)
    }

    /// Ends the join phase if everybody is there; the initial delay runs its course nonetheless.
    /// - Source: GroupMetadataManager.maybeCompleteJoinPhase.
    mutating func completeJoinIfDue(
        _ group: Int,
        _ now: Instant,
        _ effects: inout [Effect]
    ) -> GroupRecord? {
        guard groups[group].phase == .preparingRebalance, groups[group].previousPhase != .empty,
            groups[group].hasAllMembersJoined
        else { return nil }
        return completeJoin(group, now, &effects)
    }

    /// - Source: GroupMetadataManager.tryCompleteInitialRebalanceElseSchedule.
    mutating func joinTimerFired(
        _ group: Int,
        _ now: Instant,
        _ effects: inout [Effect]
    ) -> GroupRecord? {
        guard case .initialDelay(let window, let left) = groups[group].joinStage,
            groups[group].newMemberAdded, left > .zero
        else { return completeJoin(group, now, &effects) }
        groups[group].newMemberAdded = false
        let next = min(config.groupInitialRebalanceDelay, left)
        let rest = max(left - window, .zero)
        armJoin(group, .initialDelay(window: next, left: rest), at: now + next)
        return nil
    }

    /// - Source: GroupMetadataManager.completeClassicGroupJoin.
    mutating func completeJoin(
        _ group: Int,
        _ now: Instant,
        _ effects: inout [Effect]
    ) -> GroupRecord? {
        groups[group].joinTimer.cancel()
        dropAbsentMembers(group, &effects)
        guard groups[group].electJoinedLeader() || groups[group].members.isEmpty else {
            // Static members only, none of which rejoined: wait for them or for their sessions.
            armJoin(group, .rebalance, at: now + groups[group].rebalanceTimeout)
            return nil
        }
        groups[group].beginNextGeneration(timestamp: wallClock(now))
        observePhase(group, &effects)
        guard !groups[group].members.isEmpty else {
            return .groupMetadata(groups[group].name, groups[group].stored { _ in [] })
        }
        for index in groups[group].members.indices {
            let id = groups[group].members[index].id
            if let handle = groups[group].unparkJoin(index)?.handle {
                effects.append(.reply(handle, joinAnswer(group, id)))
            }
            renewSession(group, index, now)
            groups[group].members[index].isNew = false
            groups[group].pendingSync.append(id)
        }
        groups[group].syncGeneration = groups[group].generation
        deadlines.arm(
            &groups[group].syncTimer,
            at: now + groups[group].rebalanceTimeout,
            DeadlineKey(.sync, Int32(group))
        )
        return nil
    }

    /// Removes dynamic members that did not rejoin; static ones keep their place.
    private mutating func dropAbsentMembers(_ group: Int, _ effects: inout [Effect]) {
        guard groups[group].awaitingJoinCount < groups[group].members.count else { return }
        let absent = groups[group].members.filter { !$0.isAwaitingJoin && !$0.isStatic }
        for member in absent {
            remove(member.id, from: group, .didNotRejoin, &effects)
        }
    }
}
