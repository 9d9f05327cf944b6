internal import DequeModule
internal import KafkaProtocol
internal import SimBase

/// What the node's only thread has ordered and reported, held back where it waits for the disk.
///
/// Kafka's Raft thread blocks in `fsync`: nothing that comes after a flush leaves before it is
/// done, and no message is read meanwhile. An order that carries a token is such a place.
/// - Source: org.apache.kafka.raft.KafkaRaftClient (one message or timer a turn, fsync included).
struct Outbox: Sendable {
    private enum Item: Sendable {
        case effect(Effect)
        case outcome(RaftNode.Outcome)
    }

    private var items = Deque<Item>()
    /// Flushes that were ordered and are not known to be done, released or not.
    private var barriers = 0
    /// The released one among them: the thread stands here.
    private var awaited: FlushToken?
    private var nextToken: Int64

    /// - Parameter firstToken: tokens count up from here. A later start of the same node begins
    ///   higher, so that a late completion of an earlier process finds nobody.
    init(firstToken: Int64) {
        nextToken = firstToken
    }

    /// Whether the thread waits for the disk.
    var isBlocked: Bool {
        barriers > 0
    }

    var isEmpty: Bool {
        items.isEmpty
    }

    mutating func order(_ effect: Effect) {
        items.append(.effect(effect))
    }

    mutating func order(_ effects: [Effect]) {
        for effect in effects { items.append(.effect(effect)) }
    }

    mutating func observe(_ observation: Observation) {
        items.append(.effect(.observe(observation)))
    }

    mutating func report(_ outcome: RaftNode.Outcome) {
        items.append(.outcome(outcome))
    }

    /// Flushes a file and waits until it is done.
    mutating func flush(_ file: FileHandle) {
        items.append(.effect(.flush(file, barrier())))
    }

    /// Replaces a file durably and waits until it is done.
    mutating func replace(_ file: FileHandle, _ bytes: SharedBytes) {
        items.append(.effect(.replace(file, bytes, barrier())))
    }

    private mutating func barrier() -> FlushToken {
        barriers += 1
        defer { nextToken += 1 }
        return FlushToken(nextToken)
    }

    /// Takes the completion of a flush.
    mutating func complete(_ token: FlushToken) {
        guard token == awaited else { return }
        awaited = nil
        barriers -= 1
    }

    /// Lets out everything up to the next place where the thread waits.
    mutating func release(into effects: inout [Effect], outcomes: inout [RaftNode.Outcome]) {
        while awaited == nil, let item = items.popFirst() {
            switch item {
            case .outcome(let outcome): outcomes.append(outcome)
            case .effect(let effect):
                awaited = effect.token
                effects.append(effect)
            }
        }
    }
}

extension Effect {
    /// What a flush or replacement reports when it is done.
    fileprivate var token: FlushToken? {
        switch self {
        case .flush(_, let token): token
        case .replace(_, _, let token): token
        default: nil
        }
    }
}
