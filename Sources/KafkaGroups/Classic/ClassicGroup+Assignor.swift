import KafkaProtocol

extension ClassicGroup {
    /// Ties between assignors fall to the first of these.
    ///
    /// Kafka takes the first maximum in the iteration order of a `HashMap` of sixteen buckets; the
    /// names' hashes put them so: sticky 8, range 9, roundrobin 10, cooperative-sticky 15.
    private static let tieOrder: [Assignor] = [.sticky, .range, .roundRobin, .cooperativeSticky]

    /// The assignor of the next generation: each member votes for the first of its list that all
    /// members know.
    /// - Source: ClassicGroup.selectProtocol.
    /// - Precondition: there are members, and they have an assignor in common.
    func selectAssignor() -> Assignor {
        var best: (assignor: Assignor, votes: Int)?
        for candidate in ClassicGroup.tieOrder where isKnownToAll(candidate) {
            let votes = members.count { $0.protocols.first(where: isKnownToAll) == candidate }
            if votes > best?.votes ?? 0 { best = (candidate, votes) }
        }
        guard let best else {
            preconditionFailure("the \(members.count) members of group \(name) share no assignor")
        }
        return best.assignor
    }

    /// Whether a member with these assignors may join.
    func supports(_ protocols: [Assignor]) -> Bool {
        switch phase {
        case .empty: !protocols.isEmpty
        case .preparingRebalance, .completingRebalance, .stable, .dead:
            hasProtocolType && protocols.contains(where: isKnownToAll)
        }
    }

    private func isKnownToAll(_ assignor: Assignor) -> Bool {
        members.allSatisfy { $0.protocols.contains(assignor) }
    }
}
