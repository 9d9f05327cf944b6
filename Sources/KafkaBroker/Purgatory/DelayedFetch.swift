import KafkaProtocol
import SimBase

/// A fetch that waits for enough bytes. It keeps what was asked for: everything is read anew when
/// it is answered.
/// - Source: kafka.server.DelayedFetch.
struct DelayedFetch: DelayedOperation {
    var handle = RequestHandle(connection: -1, generation: 0, correlation: CorrelationID(0))
    var parameters = FetchParameters()
    /// What was asked for, in the order of reading; empty if the session knows it.
    var partitions: [FetchPartition] = []
    var context = FetchContext.sessionless
    /// Counts the broker's parked fetches: they are looked at in this order.
    var arrival: Int64 = 0
    /// Empty while a session watches for the fetch.
    var watchedSlots: [Int32] = []
    /// What was refused when the fetch came, because nobody knew the topic. It is told with the
    /// answer, whatever becomes of the topic until then, and nothing is waited for in it.
    var refused: [FetchPartitionResponse] = []
    /// The session as it was when the broker threw it out while the fetch waited: one, or none.
    var lostSession: [FetchSession] = []

    init() {}

    mutating func clear() {
        partitions = []
        watchedSlots.clear()
        refused.clear()
        lostSession.clear()
    }
}

extension FetchParameters {
    /// Whether both come from the same incarnation of the same reader.
    func isSameReader(as other: FetchParameters) -> Bool {
        replica == other.replica && replicaEpoch == other.replicaEpoch
            && isolation == other.isolation
    }
}

/// What a fetch asks for besides its partitions.
/// - Source: org.apache.kafka.server.storage.log.FetchParams.
struct FetchParameters: Equatable, Sendable {
    /// ``BrokerID/none`` for a consumer.
    var replica = BrokerID.none
    var replicaEpoch = BrokerEpoch.none
    var minBytes: Int32 = 1
    /// Already cut to the broker's `fetch.max.bytes`.
    var maxBytes: Int32 = 0
    var isolation = IsolationLevel.readUncommitted

    @inlinable
    var isFromFollower: Bool {
        replica.rawValue >= 0
    }
}
