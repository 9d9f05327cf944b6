import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@testable import KafkaRaft

/// Several Raft nodes, a network and disks, in virtual time. Checks safety at every step.
struct TestCluster {
    struct Member {
        let id: BrokerID
        var node: RaftNode?
        var disk = TestDisk()
        var handles = FileHandleAllocator()
        var files: [FileHandle: FileID] = [:]
        /// Counts the starts of the process: what belongs to an earlier one is dropped.
        var incarnation: Int32 = 0
        var timer: Int = 0
        /// Connection attempts by peer; closing counts as well.
        var attempts: [Int32: Int32] = [:]
        var delivered: [RecordBatch] = []
        var outcomes: [RaftNode.Outcome] = []
        var hasFailed = false
        var observations: [Observation] = []
    }

    private enum Happening {
        case event(Event)
        case timer(Int)
        case flushed(FlushToken, FileID, FileContents)
        /// An attempt to connect arrives at this node.
        case knock(from: BrokerID, ChannelID, incarnation: Int32, Attempt)
        case request(from: BrokerID, ChannelID, CorrelationID, Request, incarnation: Int32)
    }

    /// A connection attempt: its number on the channel, and how often it was retransmitted.
    private struct Attempt {
        let number: Int32
        let retransmissions: Int64
    }

    private struct Entry {
        let time: Instant
        let target: BrokerID
        /// The process it is meant for; `nil` for whoever runs.
        let incarnation: Int32?
        let happening: Happening
    }

    private struct Origin {
        let node: BrokerID
        let channel: ChannelID
        let correlation: CorrelationID
        let incarnation: Int32
    }

    let voters: [BrokerID]
    var config = ServerConfig()
    var features = Features()
    var latency = Interval.milliseconds(1)
    var fsync = Interval.milliseconds(2)
    private(set) var now = Instant.zero
    private(set) var members: [Member]
    /// Pairs that cannot reach each other, low id first.
    private var cuts: Set<[Int32]> = []
    private var queue: [Entry] = []
    private var origins: [Int32: Origin] = [:]
    private var nextConnection: Int32 = 0
    var random: Random

    // What may never change.
    private(set) var history: [RecordBatch] = []
    private(set) var leaders: [Int32: BrokerID] = [:]
    private(set) var violations: [String] = []
    private(set) var requests: [(time: Instant, from: BrokerID, to: BrokerID, Request)] = []
    private(set) var trace: [(time: Instant, node: BrokerID, Observation)] = []

    init(voters count: Int32, observers: Int32 = 0, seed: UInt64 = 1) {
        voters = (1...count).map { BrokerID($0) }
        members = (1...(count + observers)).map { Member(id: BrokerID($0)) }
        random = Random(seed: seed)
    }

    // MARK: Faults

    mutating func startAll() {
        for member in members { start(member.id) }
    }

    mutating func start(_ id: BrokerID) {
        let index = position(id)
        guard members[index].node == nil else { return }
        members[index].incarnation += 1
        members[index].files = [:]
        members[index].delivered = []
        members[index].outcomes = []
        members[index].hasFailed = false
        var effects: [Effect] = []
        members[index].node = RaftNode(
            id: id,
            voters: voters,
            config: config,
            features: features,
            disk: members[index].disk.image,
            random: Random(seed: random.next()),
            now: now,
            handles: &members[index].handles,
            into: &effects
        )
        perform(effects, index)
    }

    /// The process dies; its page cache stays.
    mutating func kill(_ id: BrokerID) {
        let index = position(id)
        guard members[index].node != nil else { return }
        members[index].node = nil
        for other in members where other.node != nil && other.id != id && isLinked(id, other.id) {
            let channel = ChannelID(.quorum, id.rawValue)
            schedule(.event(.disconnected(channel)), for: other.id, other.incarnation, in: latency)
        }
    }

    /// The machine loses power.
    mutating func crash(_ id: BrokerID) {
        kill(id)
        members[position(id)].disk.crash(&random)
    }

    mutating func restart(_ id: BrokerID) {
        kill(id)
        start(id)
    }

    mutating func cut(_ left: BrokerID, _ right: BrokerID) {
        cuts.insert([min(left, right).rawValue, max(left, right).rawValue])
    }

    mutating func isolate(_ id: BrokerID) {
        for other in members where other.id != id { cut(id, other.id) }
    }

    mutating func heal() {
        cuts.removeAll()
    }

    func isLinked(_ left: BrokerID, _ right: BrokerID) -> Bool {
        !cuts.contains([min(left, right).rawValue, max(left, right).rawValue])
    }

    // MARK: Views

    subscript(_ id: Int32) -> RaftNode {
        guard let node = members[position(BrokerID(id))].node else {
            preconditionFailure("node \(id) is down")
        }
        return node
    }

    func member(_ id: Int32) -> Member {
        members[position(BrokerID(id))]
    }

    /// The running leader of the highest epoch.
    var leader: RaftNode? {
        members.compactMap(\.node).filter(\.isLeader).max { $0.epoch < $1.epoch }
    }

    func observed(_ id: Int32) -> [Observation] {
        trace.filter { $0.node == BrokerID(id) }.map(\.2)
    }

    // MARK: Time

    mutating func run(for interval: Interval) {
        run(until: now + interval)
    }

    mutating func run(until end: Instant) {
        while let first = queue.first, first.time <= end {
            queue.removeFirst()
            now = first.time
            happen(first)
        }
        now = end
    }

    /// Runs until `condition` holds.
    /// - Returns: whether it did within `limit`.
    @discardableResult
    mutating func run(
        atMost limit: Interval = .seconds(30),
        until condition: (borrowing TestCluster) -> Bool
    ) -> Bool {
        let end = now + limit
        while !condition(self) {
            guard let first = queue.first, first.time <= end else { return false }
            queue.removeFirst()
            now = first.time
            happen(first)
        }
        return true
    }

    // MARK: Orders

    @discardableResult
    mutating func append(_ text: String, at id: BrokerID) -> Offset? {
        let index = position(id)
        var effects: [Effect] = []
        let offset = members[index].node?.append(
            [Array(text.utf8)],
            wallClock: now.milliseconds,
            now: now,
            into: &effects
        )
        perform(effects, index)
        return offset ?? nil
    }

    @discardableResult
    mutating func snapshot(_ text: String, at id: Int32, end: Offset) -> Bool {
        let index = position(BrokerID(id))
        var effects: [Effect] = []
        var handles = members[index].handles
        let result = members[index].node?.createSnapshot(
            [Array(text.utf8)],
            at: end,
            wallClock: now.milliseconds,
            handles: &handles,
            into: &effects
        )
        members[index].handles = handles
        perform(effects, index)
        return result ?? false
    }

    mutating func shutDown(_ id: BrokerID) {
        let index = position(id)
        var effects: [Effect] = []
        members[index].node?.shutDown(now: now, into: &effects)
        perform(effects, index)
    }

    // MARK: Steps

    private func position(_ id: BrokerID) -> Int {
        Int(id.rawValue) - 1
    }

    private mutating func schedule(
        _ happening: Happening,
        for target: BrokerID,
        _ incarnation: Int32?,
        in delay: Interval
    ) {
        let entry = Entry(
            time: now + delay,
            target: target,
            incarnation: incarnation,
            happening: happening
        )
        var place = queue.count
        while place > 0, queue[place - 1].time > entry.time { place -= 1 }
        queue.insert(entry, at: place)
    }

    private mutating func happen(_ entry: Entry) {
        let index = position(entry.target)
        // No copy of the member is held: the node would be copied with every change.
        let isUp = members[index].node != nil
        if let incarnation = entry.incarnation, incarnation != members[index].incarnation {
            return
        }
        switch entry.happening {
        case .event(let event): feed(event, index)
        case .timer(let generation):
            if generation == members[index].timer { feed(.timerFired(.quorum), index) }
        case .flushed(let token, let file, let contents):
            guard isUp else { return }
            members[index].disk.harden(file, contents)
            feed(.flushCompleted(token), index)
        case .knock(let peer, let channel, let incarnation, let attempt):
            guard incarnation == members[position(peer)].incarnation,
                attempt.number == members[position(peer)].attempts[channel.index]
            else { return }
            guard isLinked(peer, entry.target) else {
                // As TCP does: after 1, 2, 4... seconds.
                let next = Attempt(
                    number: attempt.number,
                    retransmissions: attempt.retransmissions + 1
                )
                schedule(
                    .knock(from: peer, channel, incarnation: incarnation, next),
                    for: entry.target,
                    nil,
                    in: .seconds(1 << attempt.retransmissions)
                )
                return
            }
            let event: Event =
                isUp ? .connected(channel) : .connectionFailed(channel)
            schedule(.event(event), for: peer, incarnation, in: latency)
        case .request(let peer, let channel, let correlation, let request, let incarnation):
            guard isLinked(peer, entry.target), isUp else { return }
            guard request != .apiVersions else {
                let event = Event.responseReceived(channel, correlation, .status(.none))
                schedule(.event(event), for: peer, incarnation, in: latency)
                return
            }
            requests.append((now, peer, entry.target, request))
            nextConnection += 1
            origins[nextConnection] = Origin(
                node: peer,
                channel: channel,
                correlation: correlation,
                incarnation: incarnation
            )
            let handle = RequestHandle(
                connection: nextConnection,
                generation: 0,
                correlation: correlation
            )
            feed(.requestReceived(handle, request), index)
        }
    }

    private mutating func feed(_ event: Event, _ index: Int) {
        guard members[index].node != nil else { return }
        var effects: [Effect] = []
        var outcomes: [RaftNode.Outcome] = []
        var handles = members[index].handles
        let wasTaken = members[index].node?.handle(
            event,
            now: now,
            handles: &handles,
            into: &effects,
            outcomes: &outcomes
        )
        members[index].handles = handles
        #expect(wasTaken == true)
        note(outcomes, index)
        perform(effects, index)
    }

    private mutating func perform(_ effects: [Effect], _ index: Int) {
        let id = members[index].id
        let incarnation = members[index].incarnation
        for effect in effects {
            switch effect {
            case .connect(let channel, let peer, let listener):
                #expect(listener == .controller)
                let number = (members[index].attempts[channel.index] ?? 0) + 1
                members[index].attempts[channel.index] = number
                let attempt = Attempt(number: number, retransmissions: 0)
                schedule(
                    .knock(from: id, channel, incarnation: incarnation, attempt),
                    for: peer,
                    nil,
                    in: latency
                )
            case .send(let channel, let correlation, let request):
                schedule(
                    .request(from: id, channel, correlation, request, incarnation: incarnation),
                    for: BrokerID(channel.index),
                    members[position(BrokerID(channel.index))].incarnation,
                    in: latency
                )
            case .reply(let handle, let response):
                guard let origin = origins.removeValue(forKey: handle.connection),
                    isLinked(id, origin.node)
                else { continue }
                schedule(
                    .event(.responseReceived(origin.channel, origin.correlation, response)),
                    for: origin.node,
                    origin.incarnation,
                    in: latency
                )
            case .armTimer(_, let deadline):
                members[index].timer += 1
                schedule(
                    .timer(members[index].timer),
                    for: id,
                    incarnation,
                    in: max(.zero, deadline - now)
                )
            case .cancelTimer: members[index].timer += 1
            case .open(let handle, let file):
                members[index].files[handle] = file
                members[index].disk.open(file)
            case .append(let handle, let chunk): members[index].disk.append(chunk, to: file(handle))
            case .truncate(let handle, let size):
                members[index].disk.truncate(file(handle), to: Int(size.bytes))
            case .remove(let handle): members[index].disk.remove(file(handle))
            case .flush(let handle, let token): flush(file(handle), token)
            case .replace(let handle, let bytes, let token):
                members[index].disk.replace(file(handle), bytes)
                if let token {
                    flush(file(handle), token)
                } else {
                    members[index].disk.harden(file(handle), FileContents([FileChunk(bytes)]))
                }
            case .exit:
                members[index].hasFailed = true
                members[index].node = nil
                return
            case .observe(let observation): note(observation, index)
            case .close(let channel): members[index].attempts[channel.index, default: 0] += 1
            case .release, .closeInbound, .listen, .stopListening: break
            }
        }

        func file(_ handle: FileHandle) -> FileID {
            guard let file = members[index].files[handle] else {
                preconditionFailure("node \(id) did not open \(handle)")
            }
            return file
        }

        func flush(_ file: FileID, _ token: FlushToken) {
            let contents = members[index].disk.cache(of: file) ?? FileContents()
            let delay = fsync + .microseconds(Int64(random.next(below: 500)))
            schedule(.flushed(token, file, contents), for: id, incarnation, in: delay)
        }
    }

    // MARK: Safety

    private mutating func note(_ observation: Observation, _ index: Int) {
        trace.append((now, members[index].id, observation))
        guard case .quorumStateChanged(let epoch, .leader, _) = observation else { return }
        let id = members[index].id
        if let other = leaders[epoch.rawValue] {
            violations.append("\(id) leads epoch \(epoch) at \(now) after \(other)")
        }
        leaders[epoch.rawValue] = id
    }

    private mutating func note(_ outcomes: [RaftNode.Outcome], _ index: Int) {
        members[index].outcomes += outcomes
        for outcome in outcomes {
            switch outcome {
            case .committed(let batches):
                for batch in batches {
                    members[index].delivered.append(batch)
                    compare(batch, index)
                }
            case .snapshot(_, let batches): members[index].delivered = batches
            case .becameLeader, .lostLeadership, .leaderChanged: break
            }
        }
    }

    /// What is committed is the same everywhere and for ever, and was durable at a majority first.
    private mutating func compare(_ batch: RecordBatch, _ index: Int) {
        let place = history.partitionPoint { $0.baseOffset < batch.baseOffset }
        if place < history.count {
            if history[place] != batch {
                violations.append("offset \(batch.baseOffset) changed at \(members[index].id)")
            }
            return
        }
        if let last = history.last, last.nextOffset != batch.baseOffset {
            violations.append("offset \(batch.baseOffset) committed after \(last.nextOffset)")
        }
        history.append(batch)
        guard voters.count > 1 else { return }
        let holders = voters.filter { voter in
            members[position(voter)].disk.durableEnd >= batch.nextOffset
        }
        if holders.count <= voters.count / 2 {
            violations.append("offset \(batch.baseOffset) is durable at \(holders) only")
        }
    }
}

extension Array {
    /// The index of the first element that does not precede, in an ordered array.
    fileprivate func partitionPoint(_ precedes: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if precedes(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
