import KafkaBroker
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

extension ClusterHost {
    var activeController: BrokerID? {
        servers.indices.first { index in
            servers[index]?.isActiveController ?? false
        }.map { layout.server(of: NodeIndex($0)) }
    }

    func coordinator(of group: GroupName) -> BrokerID? {
        let count = document.cluster.config.offsetsTopicPartitions
        let number = NameTable.internalPartition(of: document.names.text(group), count: count)
        guard let change = view.partition(TopicPartition(.consumerOffsets, number)),
            change.leader != .none
        else { return nil }
        return change.leader
    }

    /// The nodes that a selector means now; empty if it means none.
    mutating func resolve(_ selector: NodeSelector) -> [NodeIndex] {
        switch selector {
        case .node(let name):
            return [node(of: name)]
        case .leader(let partition):
            guard let change = view.partition(partition), change.leader != .none else { return [] }
            return [layout.node(of: change.leader)]
        case .followers(let partition):
            return followers(of: partition)
        case .follower(let partition, let number):
            let all = followers(of: partition)
            return number >= 1 && number <= all.count ? [all[number - 1]] : []
        case .isr(let partition):
            return (view.partition(partition)?.isr ?? []).map { layout.node(of: $0) }
        case .controller:
            return activeController.map { [layout.node(of: $0)] } ?? []
        case .coordinator(let group):
            return coordinator(of: group).map { [layout.node(of: $0)] } ?? []
        case .all(let pool):
            return nodes(of: pool)
        case .random(let inner):
            let candidates = resolve(inner)
            guard !candidates.isEmpty else { return [] }
            return [candidates[selectorStream.next(below: candidates.count)]]
        case .reference(let name):
            return timeline.references[name] ?? []
        case .list(let selectors):
            var result: [NodeIndex] = []
            for selector in selectors {
                for node in resolve(selector) where !result.contains(node) { result.append(node) }
            }
            return result
        }
    }

    private func followers(of partition: TopicPartition) -> [NodeIndex] {
        guard let change = view.partition(partition) else { return [] }
        return change.replicas.filter { $0 != change.leader }.map { layout.node(of: $0) }
    }

    private func node(of name: NodeName) -> NodeIndex {
        switch name {
        case .broker(let id), .controller(let id): return layout.node(of: id)
        case .producer(let index): return layout.producer(index)
        case .consumer(let group, let member):
            let index = layout.members.firstIndex { $0.group == group && $0.number == member }
            return layout.consumer(index ?? 0)
        }
    }

    private func nodes(of pool: NodePool) -> [NodeIndex] {
        switch pool {
        case .brokers: layout.brokers.map { layout.node(of: $0) }
        case .controllers: document.cluster.voters.map { layout.node(of: $0) }
        case .producers: producers.indices.map { layout.producer($0) }
        case .consumers: consumers.indices.map { layout.consumer($0) }
        case .clients: layout.clients.map { NodeIndex($0) }
        case .servers: (0..<layout.serverCount).map { NodeIndex($0) }
        }
    }

    func names(of nodes: [NodeIndex]) -> String {
        nodes.map { layout.name($0) }.joined(separator: ", ")
    }
}
