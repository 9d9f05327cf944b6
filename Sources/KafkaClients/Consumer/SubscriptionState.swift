import KafkaProtocol
import SimBase

/// Where a consumer stands in a partition: the next offset to read, and under which leader.
/// - Source: org.apache.kafka.clients.consumer.internals.SubscriptionState.FetchPosition.
struct FetchPosition: Equatable, Sendable {
    var offset: Offset
    /// The epoch of the last record read, or committed with the offset; `nil` skips validation.
    var offsetEpoch: LeaderEpoch?
    var leader: CurrentLeader
}

/// A partition's leader as the metadata has it.
struct CurrentLeader: Equatable, Sendable {
    var leader: BrokerID?
    var epoch: LeaderEpoch?

    static let unknown = CurrentLeader(leader: nil, epoch: nil)
}

/// One assigned partition.
struct AssignedPartition: Sendable {
    enum State: Equatable, Sendable {
        /// To: fetching or awaitingValidation by a committed offset, awaitingReset without one.
        case initializing
        /// To: awaitingValidation when the leader changes, awaitingReset when out of range.
        case fetching
        /// To: fetching.
        case awaitingReset(OffsetReset)
        /// To: fetching, or awaitingReset if the epoch is unknown.
        case awaitingValidation
    }

    let partition: TopicPartition
    var state = State.initializing
    var position: FetchPosition?
    /// No lookup for the partition before this.
    var nextRetry = Instant.distantPast
    /// About to be revoked with the eager protocol: not fetched, and its buffers not returned.
    var isPendingRevocation = false

    var hasValidPosition: Bool { state == .fetching }

    mutating func seek(_ position: FetchPosition) {
        state = .fetching
        nextRetry = .distantPast
        validate(position)
    }

    /// Takes a position; it needs a validation if both epochs are known (KIP-320).
    mutating func validate(_ position: FetchPosition) {
        self.position = position
        nextRetry = .distantPast
        if position.offsetEpoch != nil, position.leader.epoch != nil {
            state = .awaitingValidation
        } else {
            state = .fetching
        }
    }

    mutating func leaderChanged(to current: CurrentLeader) {
        if case .awaitingReset = state { return }
        guard current.leader != nil, var moved = position, moved.leader != current else { return }
        moved.leader = current
        validate(moved)
    }

    mutating func requestReset(_ policy: OffsetReset) {
        state = .awaitingReset(policy)
        position = nil
        nextRetry = .distantPast
    }
}

/// The partitions a consumer owns and how far it is in each. Ascending by partition.
struct SubscriptionState: Sendable {
    private(set) var partitions: [AssignedPartition] = []

    var assigned: [TopicPartition] { partitions.map(\.partition) }

    func index(of partition: TopicPartition) -> Int? {
        var low = 0
        var high = partitions.count
        while low < high {
            let middle = (low + high) / 2
            if partitions[middle].partition < partition { low = middle + 1 } else { high = middle }
        }
        guard low < partitions.count, partitions[low].partition == partition else { return nil }
        return low
    }

    subscript(index: Int) -> AssignedPartition {
        get { partitions[index] }
        set { partitions[index] = newValue }
    }

    mutating func update(_ index: Int, _ change: (inout AssignedPartition) -> Void) {
        change(&partitions[index])
    }

    /// Replaces the assignment; partitions that stay keep their positions.
    mutating func assign(_ assignment: [TopicPartition]) {
        partitions = assignment.sorted().map { partition in
            index(of: partition).map { partitions[$0] } ?? AssignedPartition(partition: partition)
        }
    }

    var hasAllPositions: Bool { partitions.allSatisfy(\.hasValidPosition) }

    /// Everything returned by earlier polls: what a commit without offsets commits.
    var allConsumed: [CommittedOffset] {
        partitions.compactMap { item in
            guard item.hasValidPosition, let position = item.position else { return nil }
            return CommittedOffset(
                partition: item.partition,
                offset: position.offset,
                leaderEpoch: position.offsetEpoch ?? .none
            )
        }
    }

    mutating func markAllPendingRevocation() {
        for index in partitions.indices { partitions[index].isPendingRevocation = true }
    }
}
