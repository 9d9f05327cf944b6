import SimBase

/// Whether code runs on a node.
public enum NodeState: Equatable, Sendable {
    /// A process runs.
    case running
    /// No code runs, as under SIGSTOP; the host's network stack goes on.
    case paused
    /// No process runs. With its host up, connects are refused and the page cache stands; else the
    /// power is off and there is silence.
    case down(hostUp: Bool)

    /// Whether the node's host answers on the network.
    public var isHostUp: Bool {
        self != .down(hostUp: false)
    }

    /// Whether there is a process, be it paused.
    public var hasProcess: Bool {
        self == .running || self == .paused
    }
}

/// A node's process: its life, what waits for it, and its service station.
struct Node {
    var state = NodeState.down(hostUp: true)
    /// Whether events for the process go to the backlog: while paused, and until it is drained.
    var isHolding = false
    /// Whether an event is on its way that lets the backlog out.
    var isDraining = false
    /// Grows with each start and each death, so that events for an earlier process are known.
    var incarnation: UInt32 = 0
    /// The ports that are listened on, a bit for each.
    var listening: UInt64 = 0
    var pausedSince = Instant.zero
    /// The length of all pauses of this process that have ended.
    var pausedTotal = Interval.zero

    var workers: Int
    var busyWorkers = 0
    /// Requests that wait for a worker, in the order in which they were taken.
    var waitingJobs = JobList()

    /// Events that fell due while they could not be taken, from `backlogStart` on.
    var backlog: [QueuedEvent] = []
    private var backlogStart = 0

    init(workers: Int) {
        precondition(workers > 0, "a node needs a worker")
        self.workers = workers
    }

    /// The first event of the backlog; without more, the node holds no longer.
    mutating func takeFromBacklog() -> QueuedEvent? {
        guard backlogStart < backlog.count else { return nil }
        let event = backlog[backlogStart]
        backlogStart += 1
        if backlogStart == backlog.count {
            backlog.clear()
            backlogStart = 0
            isHolding = false
        }
        return event
    }

    /// Empties the backlog; what was in it comes back.
    mutating func dropBacklog() -> ArraySlice<QueuedEvent> {
        let dropped = backlog[backlogStart...]
        backlog = []
        backlogStart = 0
        isHolding = false
        isDraining = false
        return dropped
    }
}
