import KafkaProtocol
import SimBase

extension ActiveController {
    /// How many ids a broker gets at a time.
    /// - Source: org.apache.kafka.server.common.ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE.
    private static let blockSize: Int32 = 1_000

    /// Hands out the next block of producer ids.
    /// - Source: org.apache.kafka.controller.ProducerIdControlManager (KIP-730).
    mutating func allocateProducerIDs(
        _ broker: BrokerID,
        _ epoch: BrokerEpoch,
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> Response {
        let error = checkEpoch(of: broker, epoch)
        guard error == .none else { return .allocateProducerIds(error, first: .none, count: 0) }
        let first = image.nextProducerID
        let next = ProducerID(first.rawValue + Int64(ActiveController.blockSize))
        write(
            [
                .producerIDs(
                    ProducerIDsRecord(broker: broker, brokerEpoch: epoch, nextProducerID: next)
                )
            ],
            now: now,
            writes: &writes
        )
        return .allocateProducerIds(.none, first: first, count: ActiveController.blockSize)
    }
}
