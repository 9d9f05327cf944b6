import KafkaGroups
import KafkaProtocol
import SimBase
import Testing

/// A consumer, as far as its coordinator can tell.
private struct Actor {
    enum State: Equatable {
        case idle
        case joining(Int32)
        case syncing(Int32)
        case stable
        case dead
    }

    let client: Int32
    let instance: Int32
    var id = MemberID.none
    var generation: Int32 = -1
    var state = State.idle
    var owned: [Int32] = []
    var heartbeat: Int32?

    /// Forgets requests in flight: the connection is gone.
    mutating func disconnect() {
        heartbeat = nil
        if state != .stable, state != .dead { state = .idle }
    }

    mutating func kill() {
        id = .none
        generation = -1
        owned = []
        heartbeat = nil
        state = .dead
    }
}

private struct Submission {
    let offset: Int64
    let request: Int32
}

/// Consumers, a coordinator, and everything that may happen to them.
private struct World {
    static let partitions: Int32 = 6

    let seed: UInt64
    var rig: Rig
    var random: Random
    var actors: [Actor]
    /// By generation and partition: the client that was told to own it.
    var owners: [Int32: [Int32: Int32]] = [:]
    /// By partition, in the order of sending.
    var submissions: [[Submission]]
    var nextOffset: Int64 = 0
    var seen = 0
    var lastStable: Int32 = 0
    /// By partition: the last commit that was reported durable.
    var durable: [Int64?]

    init(seed: UInt64) {
        self.seed = seed
        rig = Rig(seed: seed)
        random = Random(seed: seed)
        actors = (0..<5).map { Actor(client: $0, instance: $0 < 2 ? $0 : -1) }
        submissions = Array(repeating: [], count: Int(World.partitions))
        durable = Array(repeating: nil, count: Int(World.partitions))
    }

    // MARK: Consumers

    mutating func poll(_ index: Int) {
        switch actors[index].state {
        case .dead: return
        case .idle: join(index)
        case .joining(let request):
            guard let answer = rig.joinAnswer(request) else { return }
            joined(index, answer)
        case .syncing(let request):
            guard let answer = rig.syncAnswer(request) else { return }
            synced(index, answer)
        case .stable: beat(index)
        }
    }

    private mutating func join(_ index: Int) {
        let actor = actors[index]
        let request = rig.joinRequest(
            actor.id,
            client: actor.client,
            instance: actor.instance,
            session: 10,
            rebalance: 30
        )
        actors[index].owned = []
        actors[index].state = .joining(rig.send(request))
    }

    private mutating func joined(_ index: Int, _ answer: JoinGroupResponse) {
        switch answer.error {
        case .memberIdRequired:
            actors[index].id = answer.member
            join(index)
        case .none:
            actors[index].id = answer.member
            actors[index].generation = answer.generation.rawValue
            var shares = answer.members.map { ($0.member, [Int32]()) }
            for partition in 0..<World.partitions where !shares.isEmpty {
                shares[Int(partition) % shares.count].1.append(partition)
            }
            let assignments = answer.skipAssignment ? [] : shares
            let request = rig.sync(
                answer.member,
                answer.generation.rawValue,
                instance: actors[index].instance,
                assigning: assignments
            )
            actors[index].state = .syncing(request)
        default: failed(index, answer.error)
        }
    }

    private mutating func synced(_ index: Int, _ answer: SyncGroupResponse) {
        guard answer.error == .none else {
            failed(index, answer.error)
            return
        }
        actors[index].owned = answer.partitions.map(\.partition)
        actors[index].state = .stable
        let client = actors[index].client
        for partition in actors[index].owned {
            let other = owners[actors[index].generation, default: [:]][partition] ?? client
            #expect(
                other == client,
                "seed \(seed): two owners of \(partition) in \(actors[index].generation)"
            )
            owners[actors[index].generation, default: [:]][partition] = client
        }
    }

    private mutating func beat(_ index: Int) {
        let actor = actors[index]
        if let request = actor.heartbeat {
            guard let error = rig.error(request) else { return }
            actors[index].heartbeat = nil
            if error.isError {
                failed(index, error)
                return
            }
        }
        actors[index].heartbeat = rig.heartbeat(
            actor.id,
            actor.generation,
            instance: actor.instance
        )
    }

    private mutating func failed(_ index: Int, _ error: ErrorCode) {
        actors[index].disconnect()
        switch error {
        case .notCoordinator, .coordinatorNotAvailable, .coordinatorLoadInProgress: return
        case .fencedInstanceId: actors[index].kill()
        case .unknownMemberId: actors[index].id = .none
        default: break
        }
        if actors[index].state != .dead { actors[index].state = .idle }
    }

    private mutating func commit(_ index: Int) {
        let actor = actors[index]
        guard actor.state == .stable, let partition = actor.owned.first else { return }
        nextOffset += 1
        let request = rig.commit(nextOffset, partition, by: actor.id, actor.generation)
        submissions[Int(partition)].append(Submission(offset: nextOffset, request: request))
    }

    // MARK: Events

    mutating func step() {
        let index = random.next(below: actors.count)
        switch random.next(below: 100) {
        case 0..<40: poll(index)
        case 40..<60: commit(index)
        case 60..<63: actors[index].kill()
        case 63..<70:
            if actors[index].state == .dead { actors[index].state = .idle }
        case 70..<73:
            guard actors[index].state == .stable, actors[index].instance < 0 else { return }
            _ = rig.send(.leaveGroup(rig.membership(actors[index].id, actors[index].generation)))
            actors[index].kill()
        case 73..<75:
            rig.isReplicating.toggle()
            if rig.isReplicating { rig.commitLog() }
        case 75..<77: rig.refusal = rig.refusal == nil ? .notEnoughReplicas : nil
        case 77..<79: failOver()
        default: rig.advance(by: random.next(from: .zero, through: .seconds(4)))
        }
        check()
    }

    private mutating func failOver() {
        let ends = [rig.highWatermark] + rig.log.map(\.nextOffset)
        let possible = ends.filter { $0 >= rig.highWatermark }
        if random.chance(partsPerMillion: 500_000) { rig.resign() }
        rig.failOver(keeping: possible[random.next(below: possible.count)])
        for index in actors.indices {
            actors[index].disconnect()
        }
        // A coordinator that has just loaded a stable group answers SyncGroup at once, even if the
        // group's record is not committed yet and goes with the next failover (as Kafka does).
        let durable = lastStable
        owners = owners.filter { $0.key <= durable }
        guard rig.isReplicating else { return }
        checkOffsets()
    }

    // MARK: Properties

    private mutating func check() {
        for observation in rig.observations[seen...] {
            switch observation {
            case .groupStabilized(_, let generation, let shares):
                #expect(generation.rawValue > lastStable, "seed \(seed): generation went back")
                lastStable = generation.rawValue
                let all = shares.flatMap(\.partitions)
                #expect(Set(all).count == all.count, "seed \(seed): a partition has two owners")
            case .offsetCommitted(_, let place, let offset):
                durable[Int(place.partition)] = offset.rawValue
            default: break
            }
        }
        seen = rig.observations.count
    }

    /// What was acknowledged or reported durable is there, or something committed after it.
    mutating func checkOffsets() {
        check()
        for partition in 0..<World.partitions {
            let fetch = rig.fetch(partition)
            rig.linger()
            let all = submissions[Int(partition)]
            guard let found = rig.fetched(fetch) else {
                Issue.record("seed \(seed): no answer to OffsetFetch")
                return
            }
            let acknowledged = all.last { rig.error($0.request) == ErrorCode.none }?.offset ?? -1
            #expect(found >= acknowledged, "seed \(seed): an acknowledged commit is lost")
            #expect(
                found >= durable[Int(partition)] ?? -1,
                "seed \(seed): a durable commit is lost"
            )
            #expect(found == -1 || all.contains { $0.offset == found })
        }
    }

    /// Once everything works again, all members share all partitions.
    mutating func settle() {
        rig.refusal = nil
        rig.isReplicating = true
        rig.commitLog()
        for _ in 0..<200 {
            rig.advance(by: .seconds(1))
            for index in actors.indices {
                if actors[index].state == .dead { actors[index].state = .idle }
                poll(index)
            }
        }
        check()
        #expect(actors.allSatisfy { $0.state == .stable }, "seed \(seed): no rest")
        #expect(Set(actors.map(\.generation)).count == 1, "seed \(seed): generations differ")
        #expect(
            actors.flatMap(\.owned).sorted() == Array(0..<World.partitions),
            "seed \(seed): partitions without an owner, or with two"
        )
        checkOffsets()
    }
}

@Suite struct GroupPropertyTests {
    @Test(arguments: 1...60)
    func membershipAndOffsetsSurviveWhateverHappens(_ seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<400 {
            world.step()
        }
        world.settle()
    }

    @Test func sameSeedSameAnswers() {
        func run() -> [Observation] {
            var world = World(seed: 99)
            for _ in 0..<400 {
                world.step()
            }
            return world.rig.observations
        }
        let first = run()
        #expect(first.count > 20)
        #expect(first == run())
    }
}
