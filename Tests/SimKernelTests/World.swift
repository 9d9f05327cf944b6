import SimBase
import SimKernel

/// A kernel with a host that writes down what happens, a line for each event:
/// `2ms delivered 7 to 1`.
final class World {
    var kernel: Kernel
    var lines: [String] = []

    init(
        _ count: Int = 2,
        workers: Int = 1,
        network: NetworkConfiguration = .still,
        start: Instant = .zero,
        seed: UInt64 = 1,
        started: Bool = true
    ) {
        let nodes = (0..<count).map { NodeConfiguration(name: "node-\($0)", workers: workers) }
        let configuration = KernelConfiguration(nodes: nodes, network: network, start: start)
        kernel = Kernel(configuration, seed: Seed(seed))
        guard started else { return }
        for node in 0..<count {
            kernel.start(NodeIndex(node))
            kernel.listen(NodeIndex(node), port: 9)
        }
    }

    /// Runs until `limit`; the lines of what happened come back.
    @discardableResult
    func run(until limit: Instant = .distantFuture) -> [String] {
        lines = []
        while let event = kernel.next(until: limit) {
            lines.append("\(World.text(kernel.now)) \(World.text(event))")
        }
        return lines
    }

    /// A connection that stands, from one node to another.
    func connect(_ client: Int, _ server: Int) -> ConnectionIndex {
        let connection = kernel.connect(from: NodeIndex(client), to: NodeIndex(server), port: 9)
        run(until: kernel.now + .milliseconds(2))
        return connection
    }

    func send(_ connection: ConnectionIndex, _ payload: Int32, from side: ConnectionSide = .client)
    {
        kernel.send(connection, from: side, bytes: 0, payload: payload)
    }

    func block(_ source: Int, _ target: Int) {
        kernel.block(from: NodeIndex(source), to: NodeIndex(target))
    }

    func unblock(_ source: Int, _ target: Int) {
        kernel.unblock(from: NodeIndex(source), to: NodeIndex(target))
    }

    var discarded: [Int32] {
        var payloads: [Int32] = []
        kernel.takeDiscarded(into: &payloads)
        return payloads
    }

    private static func text(_ time: Instant) -> String {
        let part = time.nanoseconds % 1_000_000
        guard part != 0 else { return "\(time.milliseconds)ms" }
        return "\(time.nanoseconds / 1_000)us"
    }

    private static func text(_ event: KernelEvent) -> String {
        switch event {
        case .world(let payload, _): "world \(payload)"
        case .process(let node, let payload, _): "process \(payload) on \(node.rawValue)"
        case .timerFired(let node, let kind): "timer \(kind) on \(node.rawValue)"
        case .connected(let node, _): "connected \(node.rawValue)"
        case .connectFailed(let node, _): "failed \(node.rawValue)"
        case .delivered(let node, _, _, let payload): "delivered \(payload) to \(node.rawValue)"
        case .disconnected(let node, _, let side): "disconnected \(node.rawValue) \(side)"
        case .serviceCompleted(let node, _, let payload): "served \(payload) on \(node.rawValue)"
        case .flushed(let node, let token): "flushed \(token) on \(node.rawValue)"
        case .flushFailed(let node, let token): "flush failed \(token) on \(node.rawValue)"
        }
    }
}

extension NetworkConfiguration {
    /// One millisecond each way, always.
    static let still = NetworkConfiguration(
        latencyMin: .milliseconds(1),
        latencyMax: .milliseconds(1),
        loopbackMin: .microseconds(20),
        loopbackMax: .microseconds(20)
    )
}

extension NodeIndex {
    static let first = NodeIndex(Int32(0))
    static let second = NodeIndex(Int32(1))
    static let third = NodeIndex(Int32(2))
}

extension Instant {
    static func ms(_ count: Int64) -> Instant {
        Instant(nanoseconds: count * 1_000_000)
    }
}
