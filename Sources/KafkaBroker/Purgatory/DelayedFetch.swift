import KafkaProtocol
import SimBase

/// A fetch that waits for enough bytes. It keeps what was asked for: everything is read anew when
/// it is answered.
/// - Source: kafka.server.DelayedFetch.
struct DelayedFetch: DelayedOperation {
    var handle = RequestHandle(connection: -1, generation: 0, correlation: CorrelationID(0))
    var parameters = FetchParameters()
    /// What was asked for, in the order of reading.
    var partitions: [FetchPartition] = []
    var context = FetchContext.sessionless
    var watchedSlots: [Int32] = []

    init() {}

    mutating func clear() {
        partitions = []
        watchedSlots.removeAll(keepingCapacity: true)
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
