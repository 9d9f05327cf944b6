import SimBase

/// What both ends of a connection share.
struct Connection {
    var generation: UInt32 = 0
    var port: UInt8 = 0
    var isInUse = false
    /// Whether a request of the connection is with the service station.
    var isMuted = false
    /// Whether the client's end arrived while requests waited; the server is told behind them.
    var isEndWaiting = false
    /// How many SYNs were sent again.
    var synRetries: Int64 = 0
    var firstSyn = Instant.zero
    /// Requests that wait in the server's socket buffer while the connection is muted.
    var waitingJobs = JobList()
}

/// One end of a connection, with what it has to send.
struct Socket {
    enum State: UInt8 {
        /// Not connected yet.
        case opening
        case open
        /// Closed by its process, or by a reset. What it has to send is still sent.
        case closed
        /// Its host lost power: nobody knows the connection there.
        case lost
    }

    var node = NodeIndex(Int32(0))
    var state = State.opening
    /// Whether an acknowledgement time-out is under way for `unacknowledgedSince`.
    var isAcknowledgementDue = false
    /// Transmissions of the first waiting segment again, so far.
    var retransmissions: Int64 = 0
    /// When what this end sent last arrives at the other.
    var lastArrival = Instant.distantPast
    /// What a shape holds back before it is sent, in order, and until when.
    var held = SegmentList()
    var heldUntil = Instant.distantPast
    /// What could not be sent, in order; not empty if and only if a retransmission is scheduled.
    var waiting = SegmentList()
    /// When the first of `waiting` was sent for the first time.
    var firstTry = Instant.zero
    /// Since when bytes have gone out that no acknowledgement can come back for.
    var unacknowledgedSince = Instant.zero

    /// Whether bytes that arrive have a process to go to. A client that is still opening has been
    /// paused: the end of its handshake stands before them in the backlog.
    var isTaking: Bool {
        state == .open || state == .opening
    }
}

/// A message, or the end of what a socket sends, that waits for a retransmission.
struct Segment {
    var bytes: Int32
    var tag: UInt8
    var isEnd: Bool
    var payload: Int32
    var next: Int32 = -1
}

/// The first and the last of a chain of segments; -1 when empty.
struct SegmentList {
    var first: Int32 = -1
    var last: Int32 = -1

    var isEmpty: Bool {
        first < 0
    }
}

/// The segments of all sockets, chained by index.
struct SegmentPool {
    private var segments: [Segment] = []
    private var firstFree: Int32 = -1

    mutating func append(_ segment: Segment, to list: inout SegmentList) {
        let index: Int32
        if firstFree >= 0 {
            index = firstFree
            firstFree = segments[Int(index)].next
            segments[Int(index)] = segment
        } else {
            index = Int32(segments.count)
            segments.append(segment)
        }
        if list.last >= 0 {
            segments[Int(list.last)].next = index
        } else {
            list.first = index
        }
        list.last = index
    }

    mutating func removeFirst(from list: inout SegmentList) -> Segment? {
        guard list.first >= 0 else { return nil }
        let index = list.first
        let segment = segments[Int(index)]
        list.first = segment.next
        if list.first < 0 {
            list.last = -1
        }
        segments[Int(index)].next = firstFree
        firstFree = index
        return segment
    }
}

/// The time-outs of Linux's TCP that show in a simulation.
/// - Source: Linux ip-sysctl, `tcp_retries2`, `tcp_orphan_retries`, `tcp_syn_retries`.
enum TCP {
    /// The shortest retransmission time-out, doubled with each retransmission.
    static let retransmissionMin = Interval.milliseconds(200)
    static let retransmissionMax = Interval.seconds(120)
    /// Retransmissions before a connection is given up: 924.6 s after the first try.
    static let retries: Int64 = 15
    static let giveUp = Interval.milliseconds(924_600)
    /// The same for a socket that its process has closed: 102.2 s.
    static let orphanRetries: Int64 = 8
    /// SYNs sent again, 1, 3, 7, 15, 31 and 63 s after the first; the client gives up after 127 s.
    static let synRetries: Int64 = 6

    /// From a transmission that had `retransmissions` before it to the next one.
    static func timeout(after retransmissions: Int64) -> Interval {
        guard retransmissions < 10 else { return retransmissionMax }
        return Interval(nanoseconds: retransmissionMin.nanoseconds << retransmissions)
    }
}
