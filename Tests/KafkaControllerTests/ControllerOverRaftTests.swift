import KafkaController
import KafkaLog
import KafkaProtocol
import KafkaRaft
import SimBase
import Testing

/// A controller over a real quorum of one node, whose disk takes a millisecond to flush.
private struct QuorumOfOne {
    var raft: RaftNode
    var controller: Controller
    var handles = FileHandleAllocator()
    var now = Instant.zero
    var replies: [RequestHandle: Response] = [:]
    var observations: [Observation] = []
    private var effects: [Effect] = []
    private var timers: [(kind: TimerKind, at: Instant)] = []
    private var flushes: [(token: FlushToken, at: Instant)] = []

    init() {
        raft = RaftNode(
            id: BrokerID(1),
            voters: [BrokerID(1)],
            config: ServerConfig(),
            features: Features(),
            disk: DiskImage([]),
            random: Random(seed: 3),
            now: .zero,
            handles: &handles,
            into: &effects
        )
        controller = Controller(
            id: BrokerID(1),
            config: ServerConfig(),
            features: Features(),
            names: NameTable(),
            random: Random(seed: 4)
        )
        perform()
    }

    mutating func send(_ request: Request, as number: Int32) -> RequestHandle {
        let handle = RequestHandle(
            connection: number,
            generation: 0,
            correlation: CorrelationID(number)
        )
        var writes: [MetadataWrite] = []
        controller.handle(request, handle, now: now, into: &effects, writes: &writes)
        append(writes)
        perform()
        return handle
    }

    mutating func shutDownRaft() {
        raft.shutDown(now: now, into: &effects)
        perform()
    }

    mutating func run(for span: Interval) {
        let end = now + span
        while let next = (timers.map(\.at) + flushes.map(\.at)).min(), next <= end {
            now = max(now, next)
            if let index = flushes.firstIndex(where: { $0.at <= now }) {
                deliver(.flushCompleted(flushes.remove(at: index).token))
            } else if let index = timers.firstIndex(where: { $0.at <= now }) {
                deliver(.timerFired(timers.remove(at: index).kind))
            }
        }
        now = end
    }

    private mutating func deliver(_ event: Event) {
        var outcomes: [RaftNode.Outcome] = []
        var writes: [MetadataWrite] = []
        if case .timerFired(.controller) = event {
            controller.timerFired(now: now, into: &effects, writes: &writes)
        } else {
            _ = raft.handle(
                event,
                now: now,
                handles: &handles,
                into: &effects,
                outcomes: &outcomes
            )
        }
        for outcome in outcomes { follow(outcome, writes: &writes) }
        append(writes)
        perform()
    }

    private mutating func follow(_ outcome: RaftNode.Outcome, writes: inout [MetadataWrite]) {
        switch outcome {
        case .committed(let batches):
            controller.apply(committed: batches, isLeader: raft.isLeader, into: &effects)
        case .snapshot(let end, let batches):
            controller.load(snapshot: batches, end: end.endOffset)
        case .becameLeader(let epoch):
            controller.activate(
                epoch: epoch,
                nextOffset: raft.logEndOffset,
                now: now,
                into: &effects,
                writes: &writes
            )
        case .lostLeadership: controller.resign(into: &effects)
        case .leaderChanged: break
        }
    }

    private mutating func append(_ writes: [MetadataWrite]) {
        for write in writes {
            let offset = raft.append(write.values, wallClock: 0, now: now, into: &effects)
            if offset == nil { controller.resign(into: &effects) }
            #expect(offset == nil || offset == write.baseOffset)
        }
    }

    private mutating func perform() {
        let orders = effects
        effects.removeAll()
        for order in orders {
            switch order {
            case .flush(_, let token): flushes.append((token, now + .milliseconds(1)))
            case .replace(_, _, let token?): flushes.append((token, now + .milliseconds(1)))
            case .armTimer(let kind, let at):
                timers.removeAll { $0.kind == kind }
                timers.append((kind, at))
            case .cancelTimer(let kind): timers.removeAll { $0.kind == kind }
            case .reply(let handle, let response): replies[handle] = response
            case .observe(let observation): observations.append(observation)
            default: break
            }
        }
    }
}

@Suite struct ControllerOverRaftTests {
    private let registration = Request.brokerRegistration(
        BrokerRegistrationRequest(
            broker: BrokerID(7),
            incarnation: IncarnationID(1),
            rack: -1,
            logDirs: [DirectoryID(5)],
            previousBrokerEpoch: .none
        )
    )

    @Test func recordsAreAnsweredOnceTheQuorumHasThem() {
        var node = QuorumOfOne()
        let early = node.send(registration, as: 1)
        #expect(
            node.replies[early]
                == .brokerRegistration(BrokerRegistrationResponse(error: .notController))
        )
        node.run(for: .seconds(5))
        #expect(node.controller.isActive)
        #expect(node.observations.contains(.controllerActivated(node.raft.epoch)))

        let handle = node.send(registration, as: 2)
        #expect(node.replies[handle] == nil)
        let epoch = node.controller.latest.broker(BrokerID(7))?.epoch ?? .none
        node.run(for: .milliseconds(40))
        #expect(
            node.replies[handle]
                == .brokerRegistration(
                    BrokerRegistrationResponse(error: .none, brokerEpoch: epoch)
                )
        )
        #expect(node.observations.contains(.brokerRegistered(BrokerID(7), epoch)))
        // The epoch is where the record stands in the log.
        let stored = node.raft.batches(from: .zero, below: node.raft.logEndOffset)
        var found: [BrokerEpoch] = []
        for batch in stored {
            batch.forEachMetadataRecord { offset, record in
                if case .registerBroker(let record) = record, offset.rawValue == epoch.rawValue {
                    found.append(record.epoch)
                }
            }
        }
        #expect(found == [epoch])
    }

    @Test func anIdleQuorumGrowsByANoOpEveryHalfSecond() {
        var node = QuorumOfOne()
        node.run(for: .seconds(5))
        let end = node.raft.logEndOffset
        node.run(for: .seconds(10))
        #expect(node.raft.logEndOffset - end == 20)
        #expect(node.controller.committed == node.controller.latest)
    }

    @Test func steppingDownFailsWhatWaits() {
        var node = QuorumOfOne()
        node.run(for: .seconds(5))
        node.shutDownRaft()
        // The node takes nothing any more, so the controller steps down at its first write.
        let handle = node.send(registration, as: 1)
        #expect(!node.controller.isActive)
        #expect(
            node.replies[handle]
                == .brokerRegistration(BrokerRegistrationResponse(error: .notController))
        )
        #expect(node.controller.latest.broker(BrokerID(7)) == nil)
    }
}
