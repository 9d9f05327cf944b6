import KafkaProtocol
import SimBase

extension ActiveController {
    /// Registers a broker process, or refuses it while an earlier process of that id may be alive.
    ///
    /// A registration that is stale but not fenced is simply replaced: partitions keep the broker in
    /// their ISR and even as their leader, at the same leader epoch.
    /// - Source: org.apache.kafka.controller.ClusterControlManager.registerBroker.
    mutating func register(
        _ request: BrokerRegistrationRequest,
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> BrokerRegistrationResponse {
        let existing = image.broker(request.broker)
        let isSameProcess = existing?.incarnation == request.incarnation
        if !isSameProcess, heartbeats.hasValidSession(request.broker, now: now) {
            return BrokerRegistrationResponse(error: .duplicateBrokerRegistration)
        }
        rescheduleFenceCheck()
        var records: [MetadataRecord] = []
        let epoch: BrokerEpoch
        if isSameProcess, let existing {
            epoch = existing.epoch
        } else {
            if features.eligibleLeaderReplicas {
                // The marker of a clean shutdown tells the epoch that it ended.
                let wasClean = existing?.epoch == request.previousBrokerEpoch
                appendShutdown(of: request.broker, wasClean: wasClean, to: &records)
            }
            epoch = BrokerEpoch(nextOffset.advanced(by: Int64(records.count)).rawValue)
        }
        records.append(
            .registerBroker(
                RegisterBrokerRecord(
                    broker: request.broker,
                    incarnation: request.incarnation,
                    epoch: epoch,
                    rack: request.rack,
                    isFenced: isSameProcess ? existing?.isFenced ?? true : true,
                    inControlledShutdown: isSameProcess
                        ? existing?.inControlledShutdown ?? false : false,
                    logDirs: request.logDirs.sorted()
                )
            )
        )
        write(records, now: now, writes: &writes)
        return BrokerRegistrationResponse(error: .none, brokerEpoch: epoch)
    }

    /// Notes that the last process of a broker has ended. After a clean shutdown it counts as fenced,
    /// and stays in the ELRs; otherwise it leaves all ISRs and ELRs, for it may have lost what it had
    /// not flushed.
    /// - Source: KIP-966; org.apache.kafka.controller.ReplicationControlManager
    ///   .handleBrokerShutdown (KAFKA-18106).
    private func appendShutdown(
        of broker: BrokerID,
        wasClean: Bool,
        to records: inout [MetadataRecord]
    ) {
        if wasClean {
            appendLeaderAndISRUpdates(leaving: broker, to: &records) { $0.isr.contains(broker) }
        } else {
            appendLeaderAndISRUpdates(uncleanShutdown: broker, to: &records) {
                $0.isr.contains(broker) || $0.elr.contains(broker)
            }
        }
    }

    /// The error of a request that names `epoch` as the broker's; `none` if it is.
    func checkEpoch(of broker: BrokerID, _ epoch: BrokerEpoch) -> ErrorCode {
        image.broker(broker)?.epoch == epoch ? .none : .staleBrokerEpoch
    }
}
