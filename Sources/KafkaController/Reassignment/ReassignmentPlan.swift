import KafkaProtocol

/// What a reassignment to `target` makes of a partition's replicas.
/// - Source: org.apache.kafka.controller.PartitionReassignmentReplicas.
struct ReassignmentPlan: Equatable {
    /// The target, then what is to be removed.
    let replicas: [BrokerID]
    /// Ascending.
    let removing: [BrokerID]
    /// Ascending.
    let adding: [BrokerID]

    init(from current: [BrokerID], to target: [BrokerID]) {
        removing = current.filter { !target.contains($0) }.sorted()
        adding = target.filter { !current.contains($0) }.sorted()
        replicas = target + removing
    }
}

/// What cancelling a reassignment makes of a partition.
/// - Source: org.apache.kafka.controller.PartitionReassignmentRevert.
struct ReassignmentRevert: Equatable {
    let replicas: [BrokerID]
    let isr: [BrokerID]
    /// Whether no original replica is in the ISR, so that the first of them is put there unclean.
    let isUnclean: Bool

    /// - Returns: `nil` if no original replica is left to go back to.
    init?(_ partition: PartitionRegistration) {
        replicas = partition.replicas.filter { !partition.adding.contains($0) }
        let kept = partition.isr.filter { !partition.adding.contains($0) }
        guard let first = replicas.first else { return nil }
        isUnclean = kept.isEmpty
        isr = kept.isEmpty ? [first] : kept
    }
}
