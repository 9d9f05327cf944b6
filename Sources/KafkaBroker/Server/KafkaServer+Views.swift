public import KafkaController
import KafkaLog
public import KafkaProtocol
import KafkaRaft
import SimBase

extension KafkaServer {
    /// The metadata as this process has it: the broker's published image, or what the controller
    /// has seen committed.
    public var metadata: MetadataImage? {
        broker?.image ?? controller?.committed
    }

    public var isActiveController: Bool {
        controller?.isActive ?? false
    }

    /// The first offset of the metadata log that is not committed, as this node knows.
    public var quorumHighWatermark: Offset {
        raft.highWatermark
    }

    /// The broker role's state; `nil` for a controller.
    public var state: BrokerState? {
        broker?.state
    }

    /// A replica as checkers look at it.
    public struct ReplicaView: Equatable, Sendable {
        public let logStart: Offset
        public let logEnd: Offset
        public let highWatermark: Offset
        public let leaderEpoch: LeaderEpoch
        public let isLeader: Bool
        /// As the leader has it confirmed; empty at followers.
        public let isr: [BrokerID]
        /// The newest epoch in the log's epoch cache.
        public let latestEpoch: LeaderEpoch?
        public let size: Int64
    }

    /// The replica of a partition on this broker, if it has one.
    ///
    /// Mutating so that the server is looked at where it is: a copy costs more than the answer.
    public mutating func replica(_ partition: TopicPartition) -> ReplicaView? {
        broker?.view(of: partition)
    }

    /// The partitions with a replica on this broker, in order.
    public var hostedPartitions: [TopicPartition] {
        guard let broker else { return [] }
        return broker.replicas.slots.map { broker.replicas.partitions[$0].id }
    }

    /// Calls `body` with each batch of a replica's log, from the log's start to its end.
    public func forEachBatch(of partition: TopicPartition, _ body: (RecordBatch) -> Void) {
        guard let broker, let slot = broker.replicas.slot(of: partition) else { return }
        let log = broker.replicas.partitions[slot].log
        log.forEachBatch(from: log.logStartOffset, below: log.logEndOffset, body)
    }
}

extension Broker {
    fileprivate mutating func view(of partition: TopicPartition) -> KafkaServer.ReplicaView? {
        guard let slot = replicas.slot(of: partition) else { return nil }
        return replicas.look(at: slot) { replica in
            KafkaServer.ReplicaView(
                logStart: replica.log.logStartOffset,
                logEnd: replica.log.logEndOffset,
                highWatermark: replica.log.highWatermark,
                leaderEpoch: replica.leaderEpoch,
                isLeader: replica.isLeader,
                isr: replica.replicas.committed,
                latestEpoch: replica.log.latestEpoch,
                size: replica.log.size.bytes
            )
        }
    }
}
