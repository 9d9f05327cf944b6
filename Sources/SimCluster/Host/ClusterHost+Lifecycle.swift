import Checkers
import KafkaBroker
import KafkaClients
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

extension ClusterHost {
    /// Starts a server's process from what its disk holds.
    mutating func startServer(_ server: BrokerID) {
        let node = layout.node(of: server)
        let index = node.position
        guard servers[index] == nil else { return }
        kernel.start(node)
        starts[index] += 1
        let image = DiskImage(
            kernel.files(of: node).compactMap { file in
                files[index].name(of: file.index).map {
                    StoredFile(id: $0, contents: file.contents)
                }
            }
        )
        let isBroker = index < layout.brokers.count
        let spec =
            isBroker
            ? document.cluster.brokers[index]
            : document.cluster.controllers[index - layout.brokers.count]
        var roles: KafkaServer.Roles = isBroker ? [.broker] : [.controller]
        if document.cluster.isCombined { roles = [.broker, .controller] }
        knownSkews[index] = kernel.wallOffset(node)
        servers[index] = KafkaServer(
            id: server,
            roles: roles,
            voters: document.cluster.voters,
            config: config(of: spec),
            features: document.cluster.features,
            names: document.names,
            rack: spec.rack,
            disk: image,
            seed: seed.derived("server(\(spec.name))/\(starts[index])"),
            now: kernel.now,
            wallSkew: knownSkews[index],
            into: &effects
        )
        perform(for: node)
        hand(.started, to: node)
        meetDisk(of: node)
    }

    /// A server's configuration. Who has fewer brokers than the offsets topic has replicas by
    /// default has configured it, or has no working groups: we take it that he has.
    private func config(of spec: ServerSpec) -> ServerConfig {
        var config = spec.config
        let isExplicit = document.settings.contains {
            $0.path.hasSuffix(".offsets.topic.replication.factor")
        }
        if !isExplicit {
            config.offsetsTopicReplicationFactor = min(
                config.offsetsTopicReplicationFactor,
                Int16(layout.brokers.count)
            )
        }
        return config
    }

    /// A process is gone: its machine with it, its disk stays.
    mutating func processDied(_ node: NodeIndex) {
        connections.clear(node)
        isListening[node.position] = false
        files[node.position].forgetHandles()
        timeline.stopping.removeAll { $0 == node }
        switch layout.role(of: node) {
        case .server(let index):
            servers[index] = nil
            leaders.forget(layout.server(of: node))
        case .producer(let index):
            producers[index].died(at: now, ledger: &recorder.ledger)
            counters.collect(producers[index], index)
        case .consumer(let index):
            consumers[index].died(at: now, recorder: &recorder)
        case .admin:
            break
        }
        leadershipMayHaveChanged()
    }

    mutating func kill(_ node: NodeIndex) {
        guard kernel.state(of: node).hasProcess else { return }
        timeline.restarts.removeAll { $0.node == node }
        settleApplications()
        kernel.kill(node)
        processDied(node)
    }

    mutating func crash(_ node: NodeIndex, keep: CrashSurvival) {
        if case .down(let hostUp) = kernel.state(of: node), !hostUp { return }
        timeline.restarts.removeAll { $0.node == node }
        settleApplications()
        kernel.crash(node, keep: keep)
        processDied(node)
        // A leader counts its own append before the fsync: alone, it may have committed what is lost.
        if document.cluster.voters.count == 1, document.cluster.voters.contains(serverID(node)) {
            recorder.invariants.permitForgottenEpochs()
        }
    }

    /// A process ended by itself.
    mutating func processExited(_ node: NodeIndex, _ reason: ExitReason) {
        if reason == .storageFailed || reason == .fatalFault || reason == .registrationTimedOut {
            timeline.reacted(now, "\(layout.name(node)) ends itself (\(reason.text))")
        }
        if reason == .fatalFault, !recorder.invariants.toleratesFatalFaults {
            recorder.invariants.found(
                "no process meets a fatal fault",
                "\(layout.name(node)) gave up",
                at: now
            )
        }
        kernel.kill(node)
        processDied(node)
        if timeline.restarts.contains(where: { $0.node == node }) {
            kernel.schedule(
                at: now,
                payload: WorldEvent.restart.rawValue,
                token: Int64(node.position)
            )
        }
    }

    /// Counts what applications have processed up to now, before something changes.
    mutating func settleApplications() {
        for index in consumers.indices {
            consumers[index].settle(at: now, recorder: &recorder)
        }
    }
}

extension Seed {
    /// A seed of its own for a part that draws streams itself.
    func derived(_ purpose: String) -> Seed {
        var stream = stream(purpose)
        return Seed(stream.next())
    }
}

extension ExitReason {
    var text: String {
        switch self {
        case .stopped: "stopped"
        case .storageFailed: "no log directory is left"
        case .registrationTimedOut: "it could not register in time"
        case .fatalFault: "a fatal fault"
        }
    }
}
