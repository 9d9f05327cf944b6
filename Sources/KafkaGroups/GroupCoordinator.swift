public import KafkaProtocol
public import SimBase

/// The coordinator of the consumer groups whose offsets partitions this broker leads.
///
/// Group state changes when a request is handled; the records that describe it are gathered into
/// a batch for `group.coordinator.append.linger.ms` and answers that depend on them wait until the
/// high watermark has passed. The owner appends batches, tells what became of them, and arms one
/// timer at ``nextDeadline``.
/// - Source: GroupCoordinatorService, GroupMetadataManager, OffsetMetadataManager, CoordinatorRuntime.
public struct GroupCoordinator: Sendable {
    /// What the coordinator wants of the broker that holds its partitions.
    public enum Outcome: Sendable {
        /// Append to this partition of `__consumer_offsets` at once, as its leader, and call
        /// ``GroupCoordinator/appended(partition:token:result:now:into:outcomes:)``.
        case append(partition: Int32, BatchBody, token: Int64)
    }

    /// What became of a batch.
    public enum AppendResult: Equatable, Sendable {
        /// In the leader's log; `end` is the offset after its last record.
        case appended(end: Offset)
        case refused(ErrorCode)
    }

    let config: ServerConfig
    let names: NameCodec
    let codec: GroupRecordCodec
    var random: Random
    /// By group name.
    var groups: [ClassicGroup]
    /// By group name: the partition of `__consumer_offsets` that holds it.
    let homePartitions: [Int32]
    /// By partition of `__consumer_offsets`.
    var shards: [CoordinatorShard]
    var deadlines = DeadlineHeap()
    var nextToken: Int64 = 0
    /// The wall clock's milliseconds less the run's.
    var wallClockLead = WallClock.epochMilliseconds

    /// - Parameters:
    ///   - config: the broker's.
    ///   - names: all topics and groups of the run.
    ///   - random: the stream that member ids are drawn from.
    public init(config: ServerConfig, names: NameTable, random: Random) {
        self.config = config
        self.names = NameCodec(names)
        codec = GroupRecordCodec(self.names)
        self.random = random
        groups = names.groups.indices.map { ClassicGroup(name: GroupName(Int32($0))) }
        var homes: [[GroupName]] = Array(
            repeating: [],
            count: Int(config.offsetsTopicPartitions)
        )
        homePartitions = names.groups.map {
            NameTable.internalPartition(of: $0, count: config.offsetsTopicPartitions)
        }
        for (number, home) in homePartitions.enumerated() {
            homes[Int(home)].append(GroupName(Int32(number)))
        }
        shards = homes.map(CoordinatorShard.init(groups:))
    }

    /// When ``timerFired(now:wallClock:into:outcomes:)`` is wanted; may be early, never late.
    public var nextDeadline: Instant {
        deadlines.next
    }

    /// Answers a group request now, or parks it.
    ///
    /// - Parameters:
    ///   - handle: what the answer goes to.
    ///   - request: JoinGroup, SyncGroup, Heartbeat, LeaveGroup, OffsetCommit or OffsetFetch.
    ///   - partition: the partition of `__consumer_offsets` that the group's name hashes to.
    ///   - now: the time.
    ///   - wallClock: the broker's clock, in milliseconds since 1970.
    ///   - effects: where answers go.
    ///   - outcomes: where batches go.
    public mutating func handleRequest(
        _ handle: RequestHandle,
        _ request: Request,
        partition: Int32,
        now: Instant,
        wallClock: Int64,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        noteWallClock(wallClock, now)
        if let error = refusal(of: request, partition) {
            effects.append(.reply(handle, .failure(error, of: request)))
            return
        }
        switch request {
        case .joinGroup(let join):
            let operation = self.join(handle, join, now, &effects)
            settle(operation, in: partition, now, &effects, &outcomes)
        case .syncGroup(let sync):
            let operation = self.sync(handle, sync, now, &effects)
            settle(operation, in: partition, now, &effects, &outcomes)
        case .heartbeat(let membership):
            heartbeat(handle, membership, partition, now, &effects)
        case .leaveGroup(let membership):
            let operation = leave(handle, membership, now, &effects)
            settle(operation, in: partition, now, &effects, &outcomes)
        case .offsetCommit(let commit):
            let operation = self.commit(handle, commit, now, &effects)
            settle(operation, in: partition, now, &effects, &outcomes)
        case .offsetFetch(let fetch):
            self.fetch(handle, fetch, partition, now, &effects)
        default: preconditionFailure("\(request.api) is no request for a group coordinator")
        }
    }

    /// The errors that do not depend on any group; `nil` to go on. A heartbeat while loading is
    /// "refused" with NONE.
    /// - Source: GroupCoordinatorService.
    private func refusal(of request: Request, _ partition: Int32) -> ErrorCode? {
        var isHeartbeat = false
        switch request {
        case .joinGroup(let join):
            guard names.isValid(join.group) else { return .invalidGroupId }
            guard join.sessionTimeout >= config.groupMinSessionTimeout,
                join.sessionTimeout <= config.groupMaxSessionTimeout
            else { return .invalidSessionTimeout }
        case .syncGroup(let sync):
            guard names.isValid(sync.group) else { return .invalidGroupId }
        case .heartbeat(let membership):
            guard names.isValid(membership.group) else { return .invalidGroupId }
            isHeartbeat = true
        case .leaveGroup(let membership):
            guard names.isValid(membership.group) else { return .invalidGroupId }
        default: break
        }
        switch shards[Int(partition)].state {
        case .inactive: return .notCoordinator
        case .loading: return isHeartbeat ? ErrorCode.none : .coordinatorLoadInProgress
        case .active: return nil
        }
    }

    // MARK: Common

    mutating func noteWallClock(_ wallClock: Int64, _ now: Instant) {
        wallClockLead = wallClock - now.milliseconds
    }

    /// The broker's clock, in milliseconds since 1970.
    func wallClock(_ now: Instant) -> Int64 {
        now.milliseconds + wallClockLead
    }

    /// Moves a group to another phase and says so.
    mutating func transition(
        _ group: Int,
        to phase: GroupPhase,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        groups[group].transition(to: phase, timestamp: wallClock(now))
        observePhase(group, &effects)
    }

    func observePhase(_ group: Int, _ effects: inout [Effect]) {
        let state = groups[group]
        effects.append(
            .observe(.groupStateChanged(state.name, state.phase, state.generation))
        )
    }

    /// Restarts a member's session.
    mutating func renewSession(_ group: Int, _ member: Int, _ now: Instant) {
        let timeout = groups[group].members[member].sessionTimeout
        armSession(group, member, at: now + timeout)
    }

    mutating func armSession(_ group: Int, _ member: Int, at deadline: Instant) {
        let key = DeadlineKey(.session, Int32(group), member: groups[group].members[member].id)
        deadlines.arm(&groups[group].members[member].session, at: deadline, key)
    }
}
