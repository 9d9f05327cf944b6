import DequeModule
import KafkaProtocol
import SimBase

/// The coordinator's part for one partition of `__consumer_offsets`.
/// - Source: org.apache.kafka.coordinator.common.runtime.CoordinatorRuntime.CoordinatorContext.
struct CoordinatorShard: Sendable {
    enum State: Equatable, Sendable {
        /// Led by somebody else. To `loading`.
        case inactive
        /// The log is being read. To `active` or `inactive`.
        case loading
        /// To `inactive`.
        case active
    }

    /// How to take back one change of a batch that was not appended.
    enum Undo: Sendable {
        case offset(GroupName, TopicPartition, OffsetStore.Entry?)
        case createdGroup(GroupName)
        indirect case removedGroup(ClassicGroup)
    }

    /// A commit whose record is written and not yet known to be durable.
    struct WrittenCommit: Equatable, Sendable {
        let group: GroupName
        let partition: TopicPartition
        let offset: Offset
        /// Where the record stands: in its batch until that is appended, then in the log.
        var position: Offset
    }

    /// What must be known of a batch until the log has taken it.
    struct BatchNotes: Sendable {
        let token: Int64
        var recordCount: Int64 = 0
        var undo: [Undo] = []
        var commits: [WrittenCommit] = []
    }

    struct OpenBatch: Sendable {
        var builder: RecordBatchBuilder
        var notes: BatchNotes
    }

    var state = State.inactive
    var epoch: LeaderEpoch?
    /// Of the partition, as far as known.
    var highWatermark = Offset.zero
    /// The end of the log, as far as this coordinator has written or read it.
    var lastWritten = Offset.zero
    var batch: OpenBatch?
    /// Batches handed to the log and not yet answered for, oldest first.
    var inFlight: [BatchNotes] = []
    /// In the order of their operations.
    var deferred = Deque<DeferredOperation>()
    /// In log order.
    var writtenCommits = Deque<WrittenCommit>()
    var linger = LazyTimer()
    var writeTimeout = LazyTimer()
    var expiration = LazyTimer()
    /// The groups whose name hashes to this partition.
    let groups: [GroupName]

    init(groups: [GroupName]) {
        self.groups = groups
    }

    /// Behind what an operation without records has to wait; `nil` if all is committed.
    var pendingPosition: DeferredOperation.Position? {
        if let token = batch?.notes.token { return .batch(token) }
        if let last = inFlight.last { return .batch(last.token) }
        return highWatermark < lastWritten ? .offset(lastWritten) : nil
    }

    /// Back to `state`, with nothing pending.
    mutating func reset(to state: State) {
        self.state = state
        highWatermark = .zero
        lastWritten = .zero
        batch = nil
        inFlight.removeAll()
        deferred.removeAll()
        writtenCommits.removeAll()
        linger.cancel()
        writeTimeout.cancel()
        expiration.cancel()
    }
}
