import KafkaProtocol
import Scenario
import SimBase
import SimKernel

/// Which simulated node runs which process: brokers, controllers, producers, consumers, and one
/// administrator, in this order.
struct NodeLayout {
    /// A group's member.
    struct Member: Equatable {
        /// Index into ``ScenarioDocument/consumers``.
        let spec: Int
        let group: GroupName
        /// From 1.
        let number: Int
        /// The group's position among the scenario's groups.
        let groupIndex: Int
    }

    let brokers: [BrokerID]
    let controllers: [BrokerID]
    let producerCount: Int
    let members: [Member]
    /// Groups of the scenario in order of first appearance.
    let groups: [GroupName]
    let names: [String]

    init(_ document: ScenarioDocument) {
        brokers = document.cluster.brokers.map(\.id)
        controllers = document.cluster.controllers.map(\.id)
        producerCount = document.producers.count
        var groups: [GroupName] = []
        var members: [Member] = []
        for (spec, consumer) in document.consumers.enumerated() {
            if !groups.contains(consumer.group) { groups.append(consumer.group) }
            for number in consumer.members {
                members.append(
                    Member(
                        spec: spec,
                        group: consumer.group,
                        number: number,
                        groupIndex: groups.firstIndex(of: consumer.group) ?? 0
                    )
                )
            }
        }
        self.groups = groups
        self.members = members
        names =
            document.cluster.brokers.map(\.name) + document.cluster.controllers.map(\.name)
            + document.producers.map { "producer/\($0.name)" }
            + members.map { "consumer/\(document.names.text($0.group))-\($0.number)" }
            + ["admin"]
    }

    var serverCount: Int {
        brokers.count + controllers.count
    }

    var count: Int {
        names.count
    }

    /// Ids of brokers and controllers are dense from 1.
    func node(of server: BrokerID) -> NodeIndex {
        NodeIndex(Int(server.rawValue) - 1)
    }

    func server(of node: NodeIndex) -> BrokerID {
        BrokerID(node.rawValue + 1)
    }

    func producer(_ index: Int) -> NodeIndex {
        NodeIndex(serverCount + index)
    }

    func consumer(_ index: Int) -> NodeIndex {
        NodeIndex(serverCount + producerCount + index)
    }

    var admin: NodeIndex {
        NodeIndex(count - 1)
    }

    func name(_ node: NodeIndex) -> String {
        names[node.position]
    }

    /// `billing-1` for the consumer that joined under this id.
    func memberName(_ id: MemberID, _ names: NameTable) -> String {
        let member = members[Int(id.client)]
        return "\(names.text(member.group))-\(member.number)"
    }

    enum Role {
        case server(Int)
        case producer(Int)
        case consumer(Int)
        case admin
    }

    func role(of node: NodeIndex) -> Role {
        let position = node.position
        if position < serverCount { return .server(position) }
        if position < serverCount + producerCount { return .producer(position - serverCount) }
        if position < count - 1 { return .consumer(position - serverCount - producerCount) }
        return .admin
    }

    /// The nodes that stand for users of the cluster.
    var clients: Range<Int> {
        serverCount..<count - 1
    }

    func kernelConfiguration(_ document: ScenarioDocument, start: Instant) -> KernelConfiguration {
        let disk = DiskConfiguration(
            fsync: document.disk.fsync,
            picosecondsPerByte: 1_000_000_000_000 / max(1, document.disk.throughputBytesPerSecond)
        )
        let specs = document.cluster.brokers + document.cluster.controllers
        let nodes = names.enumerated().map { index, name in
            NodeConfiguration(
                name: name,
                workers: index < specs.count ? specs[index].config.ioThreads : 1,
                disk: disk
            )
        }
        return KernelConfiguration(
            nodes: nodes,
            network: NetworkConfiguration(
                latencyMin: document.network.latency.least,
                latencyMax: document.network.latency.most,
                loopbackMin: document.network.loopback.least,
                loopbackMax: document.network.loopback.most,
                bandwidth: document.network.bandwidthBitsPerSecond
            ),
            start: start,
            timerKinds: TimerKind.limit
        )
    }
}
