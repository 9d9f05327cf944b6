import KafkaProtocol
import SimBase

/// What a deadline is for.
enum DeadlineKind: UInt8, Sendable {
    /// A member's session, a new member's join, or a member id nobody has joined with yet.
    case session
    /// The end of a join phase or of an initial delay window.
    case join
    /// The end of a sync phase.
    case sync
    /// The open batch of a partition has lingered long enough.
    case linger
    /// The oldest waiting operation of a partition has waited long enough.
    case writeTimeout
    /// Expired offsets of a partition are looked for.
    case expiration
}

/// Whose deadline it is.
struct DeadlineKey: Equatable, Sendable {
    let kind: DeadlineKind
    /// The group for `session`, `join` and `sync`; the partition for the others.
    let index: Int32
    let member: MemberID

    init(_ kind: DeadlineKind, _ index: Int32, member: MemberID = .none) {
        self.kind = kind
        self.index = index
        self.member = member
    }
}

/// One timer, which may be moved later without touching the heap.
///
/// Moving a session forward is the work of every heartbeat, so only a move to an earlier instant
/// puts a new entry on the heap; an entry that fires before its timer is due goes back.
struct LazyTimer: Equatable, Sendable {
    private(set) var deadline = Instant.distantFuture
    /// Where this timer's live entry stands in the heap; entries at other instants are stale.
    private var armedAt = Instant.distantFuture

    var isRunning: Bool {
        deadline < .distantFuture
    }

    mutating func cancel() {
        deadline = .distantFuture
    }

    /// Moves the deadline and returns where a heap entry is needed; `nil` if the live one will do.
    fileprivate mutating func move(to instant: Instant) -> Instant? {
        deadline = instant
        guard instant < armedAt else { return nil }
        armedAt = instant
        return instant
    }

    fileprivate enum Verdict {
        case stale
        case early
        case due
    }

    fileprivate mutating func entryFired(at instant: Instant, now: Instant) -> Verdict {
        guard armedAt == instant else { return .stale }
        armedAt = .distantFuture
        guard deadline < .distantFuture else { return .stale }
        guard deadline <= now else {
            armedAt = deadline
            return .early
        }
        deadline = .distantFuture
        return .due
    }
}

/// The coordinator's deadlines, soonest first; ties in the order of arming.
struct DeadlineHeap: Sendable {
    struct Entry: Equatable, Sendable {
        let instant: Instant
        let sequence: UInt64
        let key: DeadlineKey

        fileprivate func isBefore(_ other: Entry) -> Bool {
            instant == other.instant ? sequence < other.sequence : instant < other.instant
        }
    }

    private var entries: [Entry] = []
    private var sequence: UInt64 = 0

    /// When an entry fires next; it may turn out to be early or stale.
    var next: Instant {
        entries.first?.instant ?? .distantFuture
    }

    /// Starts `timer`, or moves it.
    mutating func arm(_ timer: inout LazyTimer, at deadline: Instant, _ key: DeadlineKey) {
        if let instant = timer.move(to: deadline) { push(instant, key) }
    }

    /// Takes the soonest entry that is due at `now`.
    mutating func pop(now: Instant) -> Entry? {
        guard let first = entries.first, first.instant <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown()
        }
        return first
    }

    /// Whether the timer that `entry` belongs to has really run out. It has stopped then.
    mutating func isDue(_ timer: inout LazyTimer, _ entry: Entry, now: Instant) -> Bool {
        switch timer.entryFired(at: entry.instant, now: now) {
        case .stale: return false
        case .early:
            push(timer.deadline, entry.key)
            return false
        case .due: return true
        }
    }

    private mutating func push(_ instant: Instant, _ key: DeadlineKey) {
        sequence += 1
        entries.append(Entry(instant: instant, sequence: sequence, key: key))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].isBefore(entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && entries[child].isBefore(entries[least]) {
                least = child
            }
            guard least != parent else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
