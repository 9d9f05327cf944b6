import KafkaLog
import KafkaProtocol
import SimBase

extension Broker {
    /// The controller gets this long to move leaderships away.
    private static let shutdownLimit = Interval.seconds(300)

    /// Whether the broker has come to its end: all is flushed and marked.
    var hasStopped: Bool {
        phase == .stopping(.done)
    }

    /// SIGTERM: the controller is asked to take leaderships away first.
    mutating func beginShutdown(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        if case .stopping = phase { return }
        let wasServing = phase == .serving
        let limit = now + Broker.shutdownLimit
        phase = .stopping(.handingOver(until: limit))
        effects.append(.armTimer(.lifecycle, at: limit))
        guard wasServing, config.controlledShutdown else {
            lifecycle.giveUpControlledShutdown(outcomes: &lifecycleOutcomes)
            channelsNeedCare = true
            if !wasServing { stopWithoutLogs(now: now, into: &effects) }
            return
        }
        _ = lifecycle.beginControlledShutdown(now: now, outcomes: &lifecycleOutcomes)
        channelsNeedCare = true
    }

    /// The logs were never loaded: there is nothing to write.
    private mutating func stopWithoutLogs(now: Instant, into effects: inout [Effect]) {
        lifecycle.close(now: now, into: &effects)
        phase = .stopping(.done)
    }

    mutating func shutdownTimeout(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        guard case .stopping(let step) = phase else { return }
        switch step {
        case .handingOver:
            lifecycle.giveUpControlledShutdown(outcomes: &lifecycleOutcomes)
            channelsNeedCare = true
        case .flushing, .checkpointing, .marking: phase = .stopping(.done)
        case .done: break
        }
    }

    /// The controller lets the broker go: requests end, fetchers end, high watermarks are written,
    /// then every log is flushed and closed.
    /// - Source: kafka.server.BrokerServer.shutdown, kafka.log.LogManager.shutdown.
    mutating func handedOver(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        guard case .stopping(.handingOver) = phase else { return }
        phase = .stopping(.flushing)
        effects.append(.stopListening(.broker))
        effects.append(.cancelTimer(.isrExpiration))
        maintenance.stop()
        lifecycle.close(now: now, into: &effects)
        alterPartitions.close(now: now, into: &effects)
        controllerRequests.close(now: now, into: &effects)
        for index in fetchers.indices { fetchers[index].close(now: now, into: &effects) }
        fetchers.removeAll()
        checkpointHighWatermarks(now: now, handles: &handles, into: &effects)
        for slot in replicas.slots {
            replicas[changing: slot].log.close(handles: &handles, into: &effects)
            if let token = replicas.partitions[slot].log.awaitedFlush {
                shutdownTokens.append(token)
            }
        }
        continueShutdown(now: now, handles: &handles, into: &effects)
    }

    /// Goes on when everything ordered so far is on the platter: recovery points and log starts,
    /// then the marker, then nothing.
    mutating func continueShutdown(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        guard shutdownTokens.isEmpty, case .stopping(let step) = phase else { return }
        switch step {
        case .handingOver, .done: return
        case .flushing:
            phase = .stopping(.checkpointing)
            for directory in directories.directories where !directory.isOffline {
                let points = makeToken()
                let starts = makeToken()
                shutdownTokens.append(points)
                shutdownTokens.append(starts)
                checkpointRecoveryPoints(
                    directory.number,
                    token: points,
                    handles: &handles,
                    into: &effects
                )
                checkpointLogStarts(
                    directory.number,
                    token: starts,
                    handles: &handles,
                    into: &effects
                )
            }
        case .checkpointing:
            phase = .stopping(.marking)
            for directory in directories.directories where !directory.isOffline {
                let token = makeToken()
                shutdownTokens.append(token)
                directories.writeMarker(
                    brokerEpoch: lifecycle.brokerEpoch,
                    in: directory.number,
                    token: token,
                    handles: &handles,
                    into: &effects
                )
            }
        case .marking:
            phase = .stopping(.done)
            effects.append(.cancelTimer(.lifecycle))
        }
        if shutdownTokens.isEmpty { continueShutdown(now: now, handles: &handles, into: &effects) }
    }
}
