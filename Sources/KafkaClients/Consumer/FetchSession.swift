import KafkaProtocol
import SimBase

/// The client's half of an incremental fetch session with one broker (KIP-227).
/// - Source: org.apache.kafka.clients.FetchSessionHandler.
struct FetchSession: Sendable {
    let node: BrokerID
    private var id: Int32 = 0
    private var epoch: Int32 = 0
    /// What the broker knows of, in the order of the partitions' numbers.
    private var known: [FetchPartition] = []
    private var isOpen: Bool { epoch > 0 }

    init(node: BrokerID) {
        self.node = node
    }

    struct Contents: Sendable {
        let sessionID: Int32
        let sessionEpoch: Int32
        let partitions: [FetchPartition]
        let forgotten: [TopicPartition]
    }

    /// What to send so that the broker reads exactly `wanted` (ascending).
    mutating func next(_ wanted: [FetchPartition]) -> Contents {
        defer { known = wanted }
        guard isOpen else {
            return Contents(sessionID: id, sessionEpoch: 0, partitions: wanted, forgotten: [])
        }
        var forgotten: [TopicPartition] = []
        var changed: [FetchPartition] = []
        var old = 0
        for partition in wanted {
            while old < known.count, known[old].partition < partition.partition {
                forgotten.append(known[old].partition)
                old += 1
            }
            if old < known.count, known[old].partition == partition.partition {
                if known[old] != partition { changed.append(partition) }
                old += 1
            } else {
                changed.append(partition)
            }
        }
        while old < known.count {
            forgotten.append(known[old].partition)
            old += 1
        }
        return Contents(
            sessionID: id,
            sessionEpoch: epoch,
            partitions: changed,
            forgotten: forgotten
        )
    }

    /// The offset that the session asks for in a partition.
    func fetchOffset(of partition: TopicPartition) -> Offset? {
        known.first { $0.partition == partition }?.fetchOffset
    }

    /// - Returns: whether the response's partitions may be used.
    mutating func answered(_ response: FetchResponse) -> Bool {
        guard !response.error.isError else {
            if response.error == .fetchSessionIdNotFound { id = 0 }
            // Otherwise the existing session is closed as a new one is opened.
            epoch = 0
            return false
        }
        if response.sessionID == 0 {
            id = 0
            epoch = 0
        } else if isOpen {
            epoch = epoch == Int32.max ? 1 : epoch + 1
        } else {
            id = response.sessionID
            epoch = 1
        }
        return true
    }

    mutating func failed() {
        epoch = 0
    }
}
