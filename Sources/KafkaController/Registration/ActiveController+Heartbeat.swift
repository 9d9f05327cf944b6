import KafkaProtocol
import SimBase

extension ActiveController {
    /// Notes that a broker lives, and lets it change its state.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.processBrokerHeartbeat.
    mutating func process(
        _ request: BrokerHeartbeatRequest,
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> BrokerHeartbeatResponse {
        guard let broker = image.broker(request.broker), broker.epoch == request.brokerEpoch else {
            return BrokerHeartbeatResponse(error: .staleBrokerEpoch)
        }
        let (current, next) = heartbeats.transition(
            at: request,
            registeredAt: broker.registeredAt,
            leads: { leads(request.broker) }
        )
        var records: [MetadataRecord] = []
        if current != next {
            switch next {
            case .fenced, .shutdownNow: appendFencing(of: broker, to: &records)
            case .unfenced: appendUnfencing(of: broker, to: &records)
            case .controlledShutdown: appendControlledShutdown(of: broker, to: &records)
            }
        }
        heartbeats.touch(
            request.broker,
            isFenced: next.isFenced,
            metadataOffset: request.currentMetadataOffset,
            now: now
        )
        if !request.offlineLogDirs.isEmpty {
            appendOfflineDirectories(request.offlineLogDirs, of: broker, to: &records)
        }
        rescheduleFenceCheck()
        write(records, now: now, writes: &writes)
        if next == .controlledShutdown {
            let last = nextOffset.advanced(by: -1)
            heartbeats.noteControlledShutdown(request.broker, offset: last)
        }
        return BrokerHeartbeatResponse(
            error: .none,
            isCaughtUp: request.currentMetadataOffset >= broker.registeredAt,
            isFenced: next.isFenced,
            shouldShutDown: next == .shutdownNow
        )
    }

    private func leads(_ broker: BrokerID) -> Bool {
        image.topics.contains { topic in topic.partitions.contains { $0.leader == broker } }
    }

    /// Partition changes first, then the fence: whoever reads the log never sees a fenced broker in an
    /// ISR that has another member.
    func appendFencing(of broker: BrokerRegistration, to records: inout [MetadataRecord]) {
        appendLeaderAndISRUpdates(leaving: broker.id, to: &records) { $0.isr.contains(broker.id) }
        records.append(
            .brokerRegistrationChange(
                BrokerRegistrationChangeRecord(
                    broker: broker.id,
                    brokerEpoch: broker.epoch,
                    fencing: .fence
                )
            )
        )
    }

    /// The unfencing first, then leaders for leaderless partitions. No ISR gains a member.
    private func appendUnfencing(
        of broker: BrokerRegistration,
        to records: inout [MetadataRecord]
    ) {
        records.append(
            .brokerRegistrationChange(
                BrokerRegistrationChangeRecord(
                    broker: broker.id,
                    brokerEpoch: broker.epoch,
                    fencing: .unfence
                )
            )
        )
        guard image.offlinePartitionCount > 0 else { return }
        appendLeaderAndISRUpdates(returning: broker.id, to: &records) { !$0.hasLeader }
    }

    private func appendControlledShutdown(
        of broker: BrokerRegistration,
        to records: inout [MetadataRecord]
    ) {
        if !broker.inControlledShutdown {
            records.append(
                .brokerRegistrationChange(
                    BrokerRegistrationChangeRecord(
                        broker: broker.id,
                        brokerEpoch: broker.epoch,
                        entersControlledShutdown: true
                    )
                )
            )
        }
        appendLeaderAndISRUpdates(leaving: broker.id, to: &records) { $0.isr.contains(broker.id) }
    }

    // MARK: Fencing of silent brokers

    /// Fences stale brokers one after the other, the longest silent first, each in a batch of its
    /// own: the next one may well be "elected" before its own turn comes.
    mutating func fenceStaleBrokersIfDue(now: Instant, writes: inout [MetadataWrite]) {
        guard schedule.fenceCheck <= now else { return }
        while let stale = heartbeats.oldestStaleBroker(now: now), let broker = image.broker(stale) {
            var records: [MetadataRecord] = []
            appendFencing(of: broker, to: &records)
            heartbeats.fence(stale)
            write(records, now: now, writes: &writes)
        }
        schedule.fenceCheck = .distantFuture
        rescheduleFenceCheck()
    }

    /// Arms the check for staleness at the end of the oldest session. An earlier deadline stays.
    mutating func rescheduleFenceCheck() {
        guard let check = heartbeats.nextCheck else {
            schedule.fenceCheck = .distantFuture
            return
        }
        schedule.fenceCheck = min(schedule.fenceCheck, check)
    }
}
