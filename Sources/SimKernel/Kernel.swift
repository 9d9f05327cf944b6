public import SimBase

/// The simulated world below the machines: time, network, disks, clocks, life and death of nodes.
///
/// The host owns one kernel and drives it: `while let event = kernel.next(until: limit)`. Payloads
/// are numbers that the host resolves in a slab of its own; those that will never be delivered
/// come back through ``takeDiscarded(into:)``.
///
/// All state is in one value without references: no reference counting and no run-time check of
/// exclusive access inside the kernel, which cost ten times the queue's own work when its arrays
/// are a class's properties.
public struct Kernel: ~Copyable {
    var queue = EventQueue()
    var nodes: [Node]
    var timers: [Timer]
    let timerKinds: Int

    let network: NetworkConfiguration
    var networkStream: Random
    var links: [Link]
    var shapes: [ActiveShape] = []
    var nextShapeToken: Int32 = 0
    /// How many ordered pairs of nodes are blocked.
    var blockedLinks = 0
    var connections: [Connection] = []
    /// Two for each connection: the client's, then the server's.
    var sockets: [Socket] = []
    var freeConnections: [Int32] = []
    var segments = SegmentPool()

    var jobs = JobPool()
    var disks: [Disk]
    var wallClocks: [WallClock]
    var discarded: [Int32] = []

    /// The instant of the event in hand.
    public internal(set) var now: Instant
    /// The fingerprint of the run; see ``record(_:content:)``.
    public private(set) var digest = Digest()
    /// Bytes that sockets have taken, retransmissions not counted.
    public internal(set) var bytesSent: Int64 = 0
    /// Messages that sockets have taken.
    public internal(set) var messagesSent: Int64 = 0

    /// The world of `configuration`: every host is up, no process runs.
    ///
    /// Traps with timer kinds out of 1 ... 256 or a bandwidth below 1,000 bits a second.
    public init(_ configuration: KernelConfiguration, seed: Seed) {
        precondition((1...256).contains(configuration.timerKinds), "timer kinds number 1 to 256")
        precondition(
            configuration.network.bandwidth >= LinkShape.leastBandwidth,
            "a bandwidth of \(configuration.network.bandwidth) bits a second is too small"
        )
        let count = configuration.nodes.count
        nodes = configuration.nodes.map { Node(workers: $0.workers) }
        timerKinds = configuration.timerKinds
        timers = Array(repeating: Timer(), count: count * configuration.timerKinds)
        network = configuration.network
        networkStream = seed.stream("network")
        let picoseconds = LinkShape.picosecondsPerByte(bandwidth: configuration.network.bandwidth)
        links = Array(repeating: Link(picosecondsPerByte: picoseconds), count: count * count)
        disks = configuration.nodes.map {
            Disk($0.disk, stream: seed.stream("disk(\($0.name))"))
        }
        wallClocks = Array(repeating: WallClock(), count: count)
        now = configuration.start
    }

    /// How many events wait, those that end in nothing included.
    public var waitingEvents: Int {
        queue.count
    }

    /// The instant of the next thing that may happen, which may end in nothing.
    public mutating func timeOfNext() -> Instant? {
        queue.timeOfNext()
    }

    /// The next event that is due at `limit` or before, with ``now`` moved to its instant.
    ///
    /// When there is none, ``now`` moves to `limit`, unless that is the distant future.
    public mutating func next(until limit: Instant) -> KernelEvent? {
        while let due = queue.popNext(upTo: limit) {
            now = queue.now
            if let event = dispatch(due) {
                return event
            }
        }
        if limit > now, limit < .distantFuture {
            now = limit
        }
        return nil
    }

    /// Schedules the host's own event, bound to no node. A time gone by means now.
    public mutating func schedule(at time: Instant, payload: Int32, token: Int64 = 0) {
        let event = QueuedEvent(kind: .world, subject: -1, payload: payload, token: token)
        queue.schedule(at: max(time, now), event)
    }

    /// Schedules an event for the process that runs on `node`: it waits while the node is paused
    /// and is dropped when the process dies. A time gone by means now.
    public mutating func schedule(
        at time: Instant,
        for node: NodeIndex,
        payload: Int32,
        token: Int64 = 0
    ) {
        let event = QueuedEvent(
            kind: .process,
            subject: node.rawValue,
            generation: nodes[node.position].incarnation,
            payload: payload,
            token: token
        )
        queue.schedule(at: max(time, now), event)
    }

    /// Adds an event that the host executes to the ``digest``, with a hash of its content.
    public mutating func record(_ event: KernelEvent, content: UInt64) {
        digest.mix(time: now, node: event.node, kind: event.code, content: content)
    }

    /// Adds something else that happened at the current instant to the ``digest``; `kind` from 128.
    public mutating func record(node: NodeIndex?, kind: UInt8, content: UInt64) {
        digest.mix(time: now, node: node, kind: kind, content: content)
    }

    /// Hands over the payloads of messages and requests that will never be delivered, each once,
    /// so that the host can free what they stand for.
    public mutating func takeDiscarded(into payloads: inout [Int32]) {
        guard !discarded.isEmpty else { return }
        payloads.append(contentsOf: discarded)
        discarded.clear()
    }

    mutating func discard(_ payload: Int32) {
        if payload >= 0 {
            discarded.append(payload)
        }
    }
}
