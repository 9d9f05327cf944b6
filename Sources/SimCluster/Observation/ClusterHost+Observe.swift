import Checkers
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

extension ClusterHost {
    /// Passes an observation to ledger, invariants, views and the timeline.
    mutating func observe(_ observation: Observation, by node: NodeIndex) {
        tracer.note(observation, at: now, node: node, layout: layout, names: document.names)
        switch layout.role(of: node) {
        case .server:
            observe(observation, by: layout.server(of: node))
        case .producer(let index):
            observe(observation, producer: index)
        case .consumer, .admin:
            break
        }
    }

    private mutating func observe(_ observation: Observation, producer: Int) {
        guard phase != .booting else { return }
        switch observation {
        case .producerRetried: counters.retries[producer] += 1
        case .producerEpochBumped: counters.epochBumps[producer] += 1
        default: break
        }
    }

    private mutating func observe(_ observation: Observation, by server: BrokerID) {
        switch observation {
        case .partitionChanged(let change):
            let before = view.partition(change.partition)
            view.note(change)
            if !change.partition.topic.isInternal {
                if before == nil { leaders.watch(change.partition) }
                timeline.partitionChanged(change, from: before, at: now, names: document.names)
            }
        case .topicDeleted(let topic):
            view.deleted(topic)
            leaders.unwatch(topic)
            timeline.reacted(now, "topic \(document.names.text(topic)) is deleted")
        case .becameLeader(let partition, let epoch, let startOffset):
            leaders.claimed(partition, by: server, epoch)
            timeline.becameLeader(
                partition,
                epoch,
                startOffset,
                server,
                at: now,
                names: document.names
            )
            leadershipMayHaveChanged()
        case .becameFollower(let partition, _, _):
            leaders.resigned(partition, server)
            leadershipMayHaveChanged()
        case .controllerActivated:
            if phase != .booting, view.activeController != server, view.activeController != .none {
                counters.controllerFailovers += 1
                timeline.reacted(now, "\(name(of: server)) becomes the active controller")
            }
            view.activated(server)
        case .brokerFenced(let broker):
            timeline.reacted(now, "the controller fences \(name(of: broker))")
        case .brokerUnfenced(let broker):
            timeline.reacted(now, "\(name(of: broker)) is back (unfenced)")
        case .truncated(let partition, let from, let to, _) where from > to:
            if !partition.topic.isInternal {
                timeline.reacted(
                    now,
                    "\(name(of: server)) truncates \(document.names.text(partition)) from "
                        + "\(from) to \(to)"
                )
            }
        case .groupStabilized(let group, let generation, let assignments):
            timeline.reacted(now, text(of: generation, of: group, assignments))
        case .memberRemoved(let group, let member, let reason):
            timeline.reacted(now, text(ofRemovalOf: member, from: group, reason))
        default:
            break
        }
        recorder.observe(observation, by: server, now: now)
    }

    func name(of server: BrokerID) -> String {
        layout.name(layout.node(of: server))
    }

    /// Asks again which partitions have a leader that a client can reach.
    mutating func leadershipMayHaveChanged() {
        let reachable = (0..<layout.serverCount).map { isReachable(NodeIndex($0)) }
        leaders.update(at: now) { reachable[Int($0.rawValue) - 1] }
    }

    /// Whether a broker runs, serves, and exchanges packets with at least one client (or, where
    /// there is none, with another server).
    private func isReachable(_ node: NodeIndex) -> Bool {
        guard kernel.state(of: node) == .running, isListening[node.position] else { return false }
        let peers = layout.clients.isEmpty ? 0..<layout.serverCount : layout.clients
        return peers.contains { peer in
            let peer = NodeIndex(peer)
            return peer != node && !kernel.isBlocked(from: peer, to: node)
                && !kernel.isBlocked(from: node, to: peer)
        }
    }
}

extension RunCounters {
    mutating func count(_ error: ErrorCode) {
        if let index = ErrorCode.allCases.firstIndex(of: error) { responses[index] += 1 }
    }

    mutating func collect(_ producer: ProducerProcess, _ index: Int) {
        blocked[index] = producer.blockedTime
    }
}
