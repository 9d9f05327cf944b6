import KafkaProtocol

extension ElectionKind {
    /// How `change` made a leader out of the partition that was `before`; `nil` if it elected none.
    ///
    /// A record says who leads, not why. Who led, and who is in the ISR, tells the rest.
    init?(before: PartitionRegistration, change: PartitionChangeRecord) {
        guard let leader = change.leader, leader != before.leader else { return nil }
        guard leader != .none else {
            self = .offline
            return
        }
        let isr = change.isr ?? before.isr
        let replicas = change.replicas ?? before.replicas
        let wasEligible = before.isr.contains(leader) || before.elr.contains(leader)
        if change.leaderRecoveryState == .recovering
            || !wasEligible && isr == [leader] && change.replicas == nil
        {
            self = .unclean
        } else if leader == replicas.first, isr.contains(before.leader) {
            self = .preferred
        } else {
            self = .clean
        }
    }
}
