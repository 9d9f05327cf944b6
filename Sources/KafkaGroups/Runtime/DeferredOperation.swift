import KafkaProtocol
import SimBase

/// What remains to be done for an operation once its records are committed, or known not to be.
enum Completion: Sendable {
    /// Send the answer that was computed with the operation.
    case answer(RequestHandle, Response)
    /// A JoinGroup, parked or answered already: only a failure matters.
    case join(RequestHandle, GroupName)
    /// A follower's SyncGroup: only a failure matters.
    case sync(RequestHandle, GroupName)
    /// The leader's SyncGroup: distribute the assignment.
    indirect case assignment(AssignmentWrite)
    /// A restarted static member: let it in.
    indirect case staticReplacement(StaticReplacement)
    /// Nobody waits.
    case nothing
}

struct AssignmentWrite: Sendable {
    let group: GroupName
    let generation: Generation
    let handle: RequestHandle
    let assignments: [MemberAssignment]
}

/// A static member's change of id, with what it takes to go back.
struct StaticReplacement: Sendable {
    let group: GroupName
    let instance: Int32
    let handle: RequestHandle
    let newID: MemberID
    let old: ClassicMember
    let leaderBefore: MemberID?
}

/// An operation that waits for the high watermark.
struct DeferredOperation: Sendable {
    enum Position: Equatable, Sendable {
        /// Behind the records of this batch, which is not in the log yet.
        case batch(Int64)
        /// Committed when the high watermark is here (the offset after the last record).
        case offset(Offset)
    }

    var position: Position
    /// `offsets.commit.timeout.ms` after the operation.
    let deadline: Instant
    let completion: Completion
}

/// What an operation wants written.
struct Operation: Sendable {
    var records: [GroupRecord] = []
    /// The records are applied to the state as they are written; those of groups are not, for the
    /// state has already changed.
    var isReplayed = false
    /// All in one batch or none.
    var isAtomic = true
    /// A group that exists only if the write succeeds.
    var createdGroup: GroupName?
    var completion: Completion

    init(_ completion: Completion, record: GroupRecord? = nil) {
        self.completion = completion
        if let record { records = [record] }
    }
}
