public import KafkaProtocol
public import KafkaRaft
public import SimBase

/// The controller over this process's node of the quorum: what it decides is appended at once.
extension Controller {
    /// Serves a request, or refuses it with `NOT_CONTROLLER`.
    /// - Parameters:
    ///   - handle: whom to answer, now or once the records are committed.
    ///   - request: one that ``serves(_:)`` accepts.
    ///   - wallClock: the node's clock, in milliseconds since 1970, for the log's timestamps.
    ///   - now: the time.
    ///   - raft: this process's node of the quorum.
    ///   - effects: receives answers and timers.
    public mutating func handleRequest(
        _ handle: RequestHandle,
        _ request: Request,
        wallClock: Int64,
        now: Instant,
        raft: inout RaftNode,
        into effects: inout [Effect]
    ) {
        var writes: [MetadataWrite] = []
        self.handle(request, handle, now: now, into: &effects, writes: &writes)
        append(writes, wallClock: wallClock, now: now, raft: &raft, into: &effects)
    }

    /// Follows the quorum: applies what is committed, takes over or steps down.
    public mutating func handleRaft(
        _ outcome: RaftNode.Outcome,
        wallClock: Int64,
        now: Instant,
        raft: inout RaftNode,
        into effects: inout [Effect]
    ) {
        switch outcome {
        case .committed(let batches):
            apply(committed: batches, isLeader: raft.isLeader, into: &effects)
        case .snapshot(let end, let batches): load(snapshot: batches, end: end.endOffset)
        case .becameLeader(let epoch):
            var writes: [MetadataWrite] = []
            activate(
                epoch: epoch,
                nextOffset: raft.logEndOffset,
                now: now,
                into: &effects,
                writes: &writes
            )
            append(writes, wallClock: wallClock, now: now, raft: &raft, into: &effects)
        case .lostLeadership: resign(into: &effects)
        case .leaderChanged: break
        }
    }

    /// Does what is due when ``TimerKind/controller`` has fired.
    public mutating func timerFired(
        wallClock: Int64,
        now: Instant,
        raft: inout RaftNode,
        into effects: inout [Effect]
    ) {
        var writes: [MetadataWrite] = []
        timerFired(now: now, into: &effects, writes: &writes)
        append(writes, wallClock: wallClock, now: now, raft: &raft, into: &effects)
    }

    /// A node that does not lead any more takes nothing: the controller steps down at once, and
    /// forgets what it wrote.
    /// - Source: org.apache.kafka.controller.QuorumController.renounce.
    private mutating func append(
        _ writes: [MetadataWrite],
        wallClock: Int64,
        now: Instant,
        raft: inout RaftNode,
        into effects: inout [Effect]
    ) {
        for write in writes {
            let offset = raft.append(
                write.values,
                wallClock: wallClock,
                now: now,
                into: &effects
            )
            guard let offset else {
                resign(into: &effects)
                return
            }
            precondition(
                offset == write.baseOffset,
                "records for offset \(write.baseOffset) went to \(offset) at \(now)"
            )
        }
    }
}
