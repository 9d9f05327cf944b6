import KafkaProtocol

extension ClassicGroup {
    /// Whether the requester is who the group knows.
    /// - Source: ClassicGroup.validateMember.
    func validate(member: MemberID, instance: Int32) -> ErrorCode {
        if instance >= 0 {
            guard let holder = staticMember(instance) else { return .unknownMemberId }
            guard holder == member else { return .fencedInstanceId }
        }
        return hasMember(member) ? .none : .unknownMemberId
    }

    /// - Source: ClassicGroup.validateOffsetCommit.
    func validateOffsetCommit(_ membership: GroupMembership) -> ErrorCode {
        if phase == .dead { return .coordinatorNotAvailable }
        let generation = membership.generation
        if generation.rawValue < 0, phase == .empty { return .none }
        guard generation.rawValue >= 0 || !membership.member.isUnknown || membership.instance >= 0
        else { return phase == .empty ? .none : .unknownMemberId }
        let error = validate(member: membership.member, instance: membership.instance)
        if error.isError { return error }
        if generation != self.generation { return .illegalGeneration }
        // The member has its Join answer and not its assignment: what it commits belongs to the
        // generation before.
        return phase == .completingRebalance ? .rebalanceInProgress : .none
    }
}

extension MemberID {
    /// The "none yet" of a first JoinGroup.
    var isUnknown: Bool {
        nonce == 0
    }
}
