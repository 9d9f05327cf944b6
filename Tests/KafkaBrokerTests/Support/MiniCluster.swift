import KafkaBroker
import KafkaProtocol
import SimBase

/// Several ``KafkaServer``s with an in-memory world: constant latency, a page cache that survives a
/// kill, flushes of a fixed length. Enough to prove that servers work together; nothing more.
final class MiniCluster {
    static let latency = Interval.microseconds(100)
    static let flushTime = Interval.milliseconds(1)

    final class Node {
        var server: KafkaServer?
        var roles: KafkaServer.Roles
        var files: [FileID: FileContents] = [:]
        var handles: [FileHandle: FileID] = [:]
        var listening: Set<Listener> = []
        var timers: [TimerKind: Int] = [:]
        var starts: UInt64 = 0
        var exits: [ExitReason] = []

        init(roles: KafkaServer.Roles) {
            self.roles = roles
        }
    }

    struct Connection {
        let from: BrokerID
        let to: BrokerID
        let channel: ChannelID
        let listener: Listener
        var isOpen = true
        var waiting: [(CorrelationID, Request)] = []
        var isMuted = false
    }

    enum Delivery {
        case event(BrokerID, starts: UInt64, Event)
        case timer(BrokerID, starts: UInt64, TimerKind, number: Int)
        case arrival(connection: Int, CorrelationID, Request)
        case answer(connection: Int, CorrelationID, Response)
        case opened(connection: Int)
        case closed(connection: Int)
    }

    struct Observed {
        let at: Instant
        let node: BrokerID
        let observation: Observation
    }

    private struct Scheduled {
        let at: Instant
        let sequence: Int
        let delivery: Delivery
    }

    let names: NameTable
    let config: ServerConfig
    let features: Features
    let voters: [BrokerID]
    var nodes: [BrokerID: Node] = [:]
    var order: [BrokerID] = []
    var connections: [Connection] = []
    var now = Instant.zero
    var observed: [Observed] = []
    /// Answers to the test's own requests, by their number.
    var answers: [Int32: Response] = [:]
    var closedInbound: [Int32] = []
    var nextRequest: Int32 = 1_000_000
    var isRecording = true
    var trace = Trace()
    /// Links that lose everything silently, both ways.
    var cut: Set<[BrokerID]> = []
    private var queue: [Scheduled] = []
    private var sequence = 0
    private var timerNumber = 0

    init(
        brokers: Int,
        controllers: Int,
        config: ServerConfig = ServerConfig(),
        features: Features = Features(),
        topics: [String] = ["t"],
        groups: [String] = ["g"]
    ) {
        var table = NameTable()
        for topic in topics { _ = table.topic(topic) }
        for group in groups { _ = table.group(group) }
        names = table
        self.config = config
        self.features = features
        let brokerIDs = (1...Int32(brokers)).map { BrokerID($0) }
        if controllers == 0 {
            voters = brokerIDs
            for id in brokerIDs { nodes[id] = Node(roles: [.broker, .controller]) }
            order = brokerIDs
        } else {
            voters = (1...Int32(controllers)).map { BrokerID(Int32(brokers) + $0) }
            for id in brokerIDs { nodes[id] = Node(roles: .broker) }
            for id in voters { nodes[id] = Node(roles: .controller) }
            order = brokerIDs + voters
        }
    }

    // MARK: Processes

    func startAll() {
        for id in order { start(id) }
    }

    func start(_ id: BrokerID) {
        guard let node = nodes[id] else { return }
        node.starts += 1
        node.handles = [:]
        node.timers = [:]
        node.listening = []
        let disk = DiskImage(node.files.map { StoredFile(id: $0.key, contents: $0.value) })
        var effects: [Effect] = []
        node.server = KafkaServer(
            id: id,
            roles: node.roles,
            voters: voters,
            config: config,
            features: features,
            names: names,
            rack: -1,
            disk: disk,
            seed: Seed(UInt64(id.rawValue) * 1_000 + node.starts),
            now: now,
            wallSkew: .zero,
            into: &effects
        )
        perform(effects, of: id)
        schedule(.event(id, starts: node.starts, .started), at: now)
    }

    /// SIGKILL: what was written stays, connections break.
    func kill(_ id: BrokerID) {
        nodes[id]?.server = nil
        nodes[id]?.listening = []
        for index in connections.indices
        where connections[index].isOpen
            && (connections[index].from == id || connections[index].to == id)
        {
            connections[index].isOpen = false
            if connections[index].to == id {
                schedule(.closed(connection: index), at: now + MiniCluster.latency)
            }
        }
    }

    func stop(_ id: BrokerID) {
        guard let node = nodes[id] else { return }
        schedule(.event(id, starts: node.starts, .stopRequested), at: now)
    }

    func server(_ id: Int32) -> KafkaServer? {
        nodes[BrokerID(id)]?.server
    }

    // MARK: Time

    func run(for interval: Interval) {
        run(until: now + interval) { _ in false }
    }

    /// Runs until `condition` holds, at most until `limit`.
    @discardableResult
    func run(until limit: Instant, _ condition: (MiniCluster) -> Bool) -> Bool {
        if condition(self) { return true }
        while let next = queue.first, next.at <= limit {
            pop()
            now = next.at
            deliver(next.delivery)
            if condition(self) { return true }
        }
        now = limit
        return condition(self)
    }

    private func schedule(_ delivery: Delivery, at instant: Instant) {
        sequence += 1
        queue.append(Scheduled(at: instant, sequence: sequence, delivery: delivery))
        var child = queue.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { break }
            queue.swapAt(child, parent)
            child = parent
        }
    }

    private func pop() {
        queue.swapAt(0, queue.count - 1)
        queue.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < queue.count && isBefore(child, least) {
                least = child
            }
            guard least != parent else { return }
            queue.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (queue[left].at.nanoseconds, queue[left].sequence)
            < (queue[right].at.nanoseconds, queue[right].sequence)
    }

    private func isCut(_ index: Int) -> Bool {
        cut.contains([connections[index].from, connections[index].to].sorted())
    }

    // MARK: Delivery

    private func deliver(_ delivery: Delivery) {
        switch delivery {
        case .event(let id, let starts, let event):
            guard nodes[id]?.starts == starts else { return }
            handle(event, id)
        case .timer(let id, let starts, let kind, let number):
            guard nodes[id]?.starts == starts, nodes[id]?.timers[kind] == number else { return }
            nodes[id]?.timers[kind] = nil
            handle(.timerFired(kind), id)
        case .opened(let index):
            guard connections[index].isOpen, !isCut(index) else { return }
            handle(.connected(connections[index].channel), connections[index].from)
        case .closed(let index):
            handle(.disconnected(connections[index].channel), connections[index].from)
        case .arrival(let index, let correlation, let request):
            guard connections[index].isOpen, !isCut(index) else { return }
            connections[index].waiting.append((correlation, request))
            readNext(index)
        case .answer(let index, let correlation, let response):
            guard connections[index].isOpen, !isCut(index) else { return }
            handle(
                .responseReceived(connections[index].channel, correlation, response),
                connections[index].from
            )
        }
    }

    private func readNext(_ index: Int) {
        guard !connections[index].isMuted, !connections[index].waiting.isEmpty else { return }
        connections[index].isMuted = true
        let (correlation, request) = connections[index].waiting.removeFirst()
        let handle = RequestHandle(
            connection: Int32(index),
            generation: 0,
            correlation: correlation,
            listener: connections[index].listener
        )
        self.handle(.requestReceived(handle, request), connections[index].to)
    }

    func handle(_ event: Event, _ id: BrokerID) {
        guard nodes[id]?.server != nil else { return }
        trace.note(event, at: id, now)
        var effects: [Effect] = []
        nodes[id]?.server?.handle(event, now: now, into: &effects)
        perform(effects, of: id)
    }

    // MARK: Effects

    private func perform(_ effects: [Effect], of id: BrokerID) {
        for effect in effects { perform(effect, of: id) }
    }

    private func perform(_ effect: Effect, of id: BrokerID) {
        let starts = nodes[id]?.starts ?? 0
        trace.note(effect, of: id, now)
        switch effect {
        case .connect(let channel, let to, let listener):
            connections.append(
                Connection(from: id, to: to, channel: channel, listener: listener)
            )
            let index = connections.count - 1
            let isUp = nodes[to]?.server != nil && nodes[to]?.listening.contains(listener) == true
            if isUp {
                schedule(.opened(connection: index), at: now + MiniCluster.latency * 2)
            } else {
                connections[index].isOpen = false
                schedule(
                    .event(id, starts: starts, .connectionFailed(channel)),
                    at: now + MiniCluster.latency * 2
                )
            }
        case .send(let channel, let correlation, let request):
            guard let index = connection(of: id, channel) else { return }
            schedule(
                .arrival(connection: index, correlation, request),
                at: now + MiniCluster.latency
            )
        case .close(let channel):
            if let index = connection(of: id, channel) { connections[index].isOpen = false }
        case .reply(let handle, let response):
            guard handle.connection < 1_000_000 else {
                answers[handle.connection] = response
                return
            }
            let index = Int(handle.connection)
            guard connections[index].isOpen else { return }
            schedule(
                .answer(connection: index, handle.correlation, response),
                at: now + MiniCluster.latency
            )
            connections[index].isMuted = false
            readNext(index)
        case .release(let handle):
            guard handle.connection < 1_000_000 else { return }
            connections[Int(handle.connection)].isMuted = false
            readNext(Int(handle.connection))
        case .closeInbound(let handle):
            guard handle.connection < 1_000_000 else {
                closedInbound.append(handle.connection)
                return
            }
            connections[Int(handle.connection)].isOpen = false
            schedule(.closed(connection: Int(handle.connection)), at: now + MiniCluster.latency)
        case .listen(let listener): nodes[id]?.listening.insert(listener)
        case .stopListening(let listener): nodes[id]?.listening.remove(listener)
        case .armTimer(let kind, let instant):
            timerNumber += 1
            nodes[id]?.timers[kind] = timerNumber
            schedule(
                .timer(id, starts: starts, kind, number: timerNumber),
                at: max(instant, now)
            )
        case .cancelTimer(let kind): nodes[id]?.timers[kind] = nil
        case .exit(let reason):
            nodes[id]?.exits.append(reason)
            kill(id)
        case .observe(let observation):
            if isRecording {
                observed.append(Observed(at: now, node: id, observation: observation))
            }
        case .open, .append, .flush, .truncate, .replace, .remove: performOnDisk(effect, of: id)
        }
    }

    private func performOnDisk(_ effect: Effect, of id: BrokerID) {
        let starts = nodes[id]?.starts ?? 0
        func file(_ handle: FileHandle) -> FileID {
            guard let file = nodes[id]?.handles[handle] else {
                preconditionFailure("node \(id) uses handle \(handle), which is not open")
            }
            return file
        }
        switch effect {
        case .open(let handle, let fileID):
            nodes[id]?.handles[handle] = fileID
            if nodes[id]?.files[fileID] == nil { nodes[id]?.files[fileID] = FileContents() }
        case .append(let handle, let chunk):
            let name = file(handle)
            nodes[id]?.files[name, default: FileContents()].append(chunk)
        case .flush(_, let token):
            schedule(
                .event(id, starts: starts, .flushCompleted(token)),
                at: now + MiniCluster.flushTime
            )
        case .truncate(let handle, let size):
            let name = file(handle)
            nodes[id]?.files[name]?.truncate(to: Int(size.bytes))
        case .replace(let handle, let bytes, let token):
            let name = file(handle)
            nodes[id]?.files[name] = FileContents([FileChunk(bytes)])
            if let token {
                schedule(
                    .event(id, starts: starts, .flushCompleted(token)),
                    at: now + MiniCluster.flushTime
                )
            }
        case .remove(let handle):
            let name = file(handle)
            nodes[id]?.files[name] = nil
        default: break
        }
    }

    /// The newest connection of a channel, which is the only one that may be used.
    private func connection(of id: BrokerID, _ channel: ChannelID) -> Int? {
        connections.lastIndex { $0.from == id && $0.channel == channel && $0.isOpen }
    }
}
