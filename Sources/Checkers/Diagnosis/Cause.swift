/// Why records were lost, doubled or put out of order. The raw value is the stable slug.
public enum Cause: String, CaseIterable, Sendable {
    // Lost although acknowledged.
    case ackedByLeaderAlone = "acked-by-leader-alone"
    case uncleanElection = "unclean-election"
    case powerLossBeforeFsync = "power-loss-before-fsync"
    case diskLost = "disk-lost"
    case corruptedOnDisk = "corrupted-on-disk"
    case inSyncReplicaSetOfOne = "isr-of-one"
    case divergedLog = "diverged-log"
    case lostWithoutTrace = "lost-without-trace"

    // Lost and nobody was told.
    case fireAndForget = "fire-and-forget"
    case diedInProducerBuffer = "died-in-producer-buffer"
    case neverResolved = "never-resolved"

    // Lost, and the application was told.
    case aboveMaxRequestSize = "above-max-request-size"
    case aboveMaxMessageBytes = "above-max-message-bytes"
    case aboveSegmentBytes = "above-segment-bytes"
    case bufferExhausted = "buffer-exhausted"
    case notEnoughReplicas = "not-enough-replicas"
    case noReachableLeader = "no-reachable-leader"
    case deliveryTimeout = "delivery-timeout"
    case producerClosed = "producer-closed"
    case abortedByClose = "aborted-by-close"
    case refusedByBroker = "refused-by-broker"

    // Removed on purpose before anybody read it.
    case removedByRetention = "removed-by-retention"
    case deletedOnRequest = "deleted-on-request"

    // In the log twice.
    case applicationResend = "application-resend"
    case retryWithoutIdempotence = "retry-without-idempotence"
    case sequenceReset = "sequence-reset"
    case producerIDExpired = "producer-id-expired"

    // Out of order.
    case retriedBehindLater = "retried-behind-later"
    case resentBehindLater = "resent-behind-later"

    // Consumers.
    case committedBeforeProcessing = "committed-before-processing"
    case startedAtLatest = "started-at-latest"
    case removedBeforeRead = "removed-before-read"
    case notYetRead = "not-yet-read"
    case neverInLog = "never-in-log"
    case reprocessedAfterRestart = "reprocessed-after-restart"
    case reprocessedAfterRebalance = "reprocessed-after-rebalance"
    case reprocessedAfterReset = "reprocessed-after-reset"
    case processingFailed = "processing-failed"
    case replacedAfterRead = "replaced-after-read"
    case readTwiceFromLog = "read-twice-from-log"

    var category: FindingCategory {
        switch self {
        case .ackedByLeaderAlone, .inSyncReplicaSetOfOne, .fireAndForget, .notEnoughReplicas:
            .configuration
        case .uncleanElection: .topic
        case .powerLossBeforeFsync, .diskLost, .corruptedOnDisk, .divergedLog, .lostWithoutTrace,
            .noReachableLeader:
            .server
        case .diedInProducerBuffer, .neverResolved, .bufferExhausted, .deliveryTimeout,
            .producerClosed, .abortedByClose, .refusedByBroker, .applicationResend, .sequenceReset,
            .resentBehindLater:
            .producer
        case .retryWithoutIdempotence, .retriedBehindLater, .producerIDExpired: .configuration
        case .aboveMaxRequestSize, .aboveMaxMessageBytes, .aboveSegmentBytes: .messageSize
        case .removedByRetention, .deletedOnRequest: .topic
        case .committedBeforeProcessing, .startedAtLatest, .removedBeforeRead, .notYetRead,
            .neverInLog, .reprocessedAfterRestart, .reprocessedAfterRebalance,
            .reprocessedAfterReset, .processingFailed, .replacedAfterRead, .readTwiceFromLog:
            .consumer
        }
    }

    /// What would have prevented it, in one sentence.
    var remedy: String {
        switch self {
        case .ackedByLeaderAlone:
            "Use acks=all with min.insync.replicas=2: then an acknowledged record is on two brokers."
        case .uncleanElection:
            "Set unclean.leader.election.enable=false: the partition then waits for an in-sync replica."
        case .powerLossBeforeFsync:
            "Put replicas on independent power, or pay for flush.messages=1 on topics that need it."
        case .diskLost:
            "Keep replication.factor at 3 and min.insync.replicas at 2, so that no disk holds the only copy."
        case .corruptedOnDisk:
            "Keep replication.factor at 3 and min.insync.replicas at 2: recovery cuts a log at what it cannot read."
        case .inSyncReplicaSetOfOne:
            "Set min.insync.replicas=2: acks=all waits for the current ISR, which may be one broker."
        case .divergedLog:
            "Use acks=all and min.insync.replicas=2, and disable unclean leader election."
        case .lostWithoutTrace:
            "Report this run: the simulator cannot say where the record went."
        case .fireAndForget:
            "Use acks=1 or acks=all: with acks=0 no broker ever tells the producer of an error."
        case .diedInProducerBuffer:
            "Flush and close the producer at shutdown, keep linger.ms small, or keep an outbox."
        case .neverResolved:
            "Wait for the callback before you consider a record sent."
        case .aboveMaxRequestSize:
            "Raise max.request.size (and the topic's max.message.bytes), or split the message."
        case .aboveMaxMessageBytes:
            "Raise the topic's max.message.bytes, or lower max.request.size so that the client refuses first."
        case .aboveSegmentBytes:
            "Raise the topic's segment.bytes, or lower the producer's batch.size: a batch has to fit into a segment."
        case .bufferExhausted:
            "Raise buffer.memory or max.block.ms, or slow down while the cluster cannot keep up."
        case .notEnoughReplicas:
            "Bring the replicas back within delivery.timeout.ms, or raise it; then handle the error in the callback."
        case .noReachableLeader:
            "Raise delivery.timeout.ms above the longest outage, and handle the error in the callback."
        case .deliveryTimeout:
            "Raise delivery.timeout.ms above the longest outage, and handle the error in the callback."
        case .producerClosed:
            "Do not close a shared producer on one record's exception; close with a time-out."
        case .abortedByClose:
            "Give close() the time that it needs: what is buffered goes out before it returns."
        case .refusedByBroker:
            "Handle the error in the callback: the broker refused the record for good."
        case .removedByRetention:
            "Raise retention.ms or retention.bytes above the longest time that a consumer may be down."
        case .deletedOnRequest:
            "Do not delete records or topics that a group has yet to read."
        case .applicationResend:
            "Leave retries to the producer: it can tell a repeated batch, an application's re-send is a new record."
        case .retryWithoutIdempotence:
            "Set enable.idempotence=true: the broker then recognises a batch that it has already stored."
        case .sequenceReset:
            "Raise delivery.timeout.ms and retries: a producer that gives a batch up starts new sequences."
        case .producerIDExpired:
            "Raise producer.id.expiration.ms above the longest time for which a batch may be tried."
        case .retriedBehindLater:
            "Set enable.idempotence=true, or max.in.flight.requests.per.connection=1."
        case .resentBehindLater:
            "Leave retries to the producer: what an application sends again goes behind what it sent since."
        case .committedBeforeProcessing:
            "Commit after processing: a committed offset says that the record is done."
        case .startedAtLatest:
            "Set auto.offset.reset=earliest: latest skips what was written before the first position was set."
        case .removedBeforeRead:
            "Raise the topic's retention above the longest time that the group may be down."
        case .notYetRead:
            "Give the group time or members to catch up."
        case .neverInLog:
            "See the causes on the producing side."
        case .reprocessedAfterRestart:
            "Make processing idempotent, or commit more often: what is done but not committed is read again."
        case .reprocessedAfterRebalance:
            "Commit when partitions are revoked, and keep processing well below max.poll.interval.ms."
        case .reprocessedAfterReset:
            "Keep what the log has below the group's position: no unclean election, longer retention."
        case .replacedAfterRead:
            "Keep read records in the log: min.insync.replicas=2 and no unclean leader election."
        case .processingFailed:
            "Park a record that cannot be processed in a dead letter topic before you commit past it."
        case .readTwiceFromLog:
            "See the duplicates in the log: each copy was processed."
        }
    }
}
