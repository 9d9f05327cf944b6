import KafkaController
import KafkaProtocol
import SimBase

/// A controller over a log that commits when it is told to, and the brokers that talk to it.
struct Cluster {
    static let topicID = TopicName(3)

    var controller: Controller
    var now = Instant.zero
    /// What the controller ordered since the last look.
    var effects: [Effect] = []
    /// Records in the log, committed or not, in order.
    private(set) var log: [MetadataRecord] = []
    private(set) var deadline: Instant?
    var names: NameTable
    private var uncommitted: [RecordBatch] = []
    private var requests: Int32 = 0
    private var incarnations: UInt64 = 100

    init(
        features: Features = Features(),
        config: ServerConfig = ServerConfig(),
        topics: [String] = ["orders", "shop", "a.b", "a_b"],
        seed: UInt64 = 7
    ) {
        names = NameTable()
        for topic in topics { _ = names.topic(topic) }
        controller = Controller(
            id: BrokerID(101),
            config: config,
            features: features,
            names: names,
            random: Random(seed: seed)
        )
        activate()
    }

    /// A cluster of `brokers` that are registered and unfenced, with directory `1000 + id`.
    init(
        brokers: Int32,
        racks: [Int32] = [],
        features: Features = Features(),
        config: ServerConfig = ServerConfig()
    ) {
        self.init(features: features, config: config)
        for id in 1...brokers {
            register(id, rack: racks.isEmpty ? -1 : racks[Int(id) - 1])
            unfence(id)
        }
    }

    // MARK: The quorum

    mutating func activate(epoch: Int32 = 1) {
        var writes: [MetadataWrite] = []
        controller.activate(
            epoch: QuorumEpoch(epoch),
            nextOffset: Offset(Int64(log.count)),
            now: now,
            into: &effects,
            writes: &writes
        )
        append(writes)
        commit()
    }

    mutating func commit() {
        let batches = uncommitted
        uncommitted = []
        controller.apply(committed: batches, isLeader: true, into: &effects)
        noteTimers()
    }

    /// Another node leads: what is not committed is gone from the log.
    mutating func loseLeadership() {
        let lost = uncommitted.reduce(0) { $0 + Int($1.body.recordCount) }
        log.removeLast(lost)
        uncommitted = []
        controller.resign(into: &effects)
    }

    private mutating func append(_ writes: [MetadataWrite]) {
        for write in writes {
            precondition(write.baseOffset == Offset(Int64(log.count)), "a hole in the log")
            var builder = RecordBatchBuilder(capacity: 1_024)
            for value in write.values {
                builder.append(timestamp: 0, key: nil, value: value)
                guard let record = MetadataRecord.decode(value) else {
                    preconditionFailure("a record that cannot be read")
                }
                log.append(record)
            }
            uncommitted.append(
                RecordBatch(
                    baseOffset: write.baseOffset,
                    partitionLeaderEpoch: LeaderEpoch(1),
                    body: builder.finish()
                )
            )
        }
        noteTimers()
    }

    private mutating func noteTimers() {
        for effect in effects {
            switch effect {
            case .armTimer(.controller, let instant): deadline = instant
            case .cancelTimer(.controller): deadline = nil
            default: break
            }
        }
    }

    // MARK: Time

    /// Fires the timer whenever it is due up to `instant`, and commits at once.
    mutating func advance(to instant: Instant) {
        while let next = deadline, next <= instant {
            now = max(now, next)
            deadline = nil
            var writes: [MetadataWrite] = []
            controller.timerFired(now: now, into: &effects, writes: &writes)
            append(writes)
            commit()
        }
        now = instant
    }

    // MARK: Requests

    /// Sends a request, commits what it wrote, and gives the answer.
    @discardableResult
    mutating func send(_ request: Request) -> Response? {
        let handle = post(request)
        commit()
        return answer(to: handle)
    }

    /// Sends a request without committing anything.
    mutating func post(_ request: Request) -> RequestHandle {
        requests += 1
        let handle = RequestHandle(
            connection: requests,
            generation: 0,
            correlation: CorrelationID(requests)
        )
        effects.removeAll()
        var writes: [MetadataWrite] = []
        controller.handle(request, handle, now: now, into: &effects, writes: &writes)
        append(writes)
        return handle
    }

    func answer(to handle: RequestHandle) -> Response? {
        for case .reply(handle, let response) in effects { return response }
        return nil
    }

    var observations: [Observation] {
        effects.compactMap { effect in
            if case .observe(let observation) = effect { observation } else { nil }
        }
    }

    // MARK: Brokers

    @discardableResult
    mutating func register(
        _ id: Int32,
        rack: Int32 = -1,
        incarnation: UInt64? = nil,
        logDirs: [UInt64]? = nil
    ) -> ErrorCode {
        incarnations += 1
        let response = send(
            .brokerRegistration(
                BrokerRegistrationRequest(
                    broker: BrokerID(id),
                    incarnation: IncarnationID(incarnation ?? incarnations),
                    rack: rack,
                    logDirs: (logDirs ?? [1_000 + UInt64(id)]).map { DirectoryID($0) },
                    previousBrokerEpoch: .none
                )
            )
        )
        guard case .brokerRegistration(let answer) = response else { return .unknownServerError }
        return answer.error
    }

    func heartbeatRequest(
        _ id: Int32,
        offset: Int64? = nil,
        epoch: BrokerEpoch? = nil,
        wantsFence: Bool = false,
        wantsShutdown: Bool = false,
        offline: [UInt64] = []
    ) -> Request {
        .brokerHeartbeat(
            BrokerHeartbeatRequest(
                broker: BrokerID(id),
                brokerEpoch: epoch ?? controller.latest.broker(BrokerID(id))?.epoch ?? .none,
                currentMetadataOffset: Offset(offset ?? Int64(log.count) - 1),
                wantsFence: wantsFence,
                wantsShutdown: wantsShutdown,
                offlineLogDirs: offline.map { DirectoryID($0) }
            )
        )
    }

    @discardableResult
    mutating func heartbeat(
        _ id: Int32,
        offset: Int64? = nil,
        wantsFence: Bool = false,
        wantsShutdown: Bool = false,
        offline: [UInt64] = []
    ) -> BrokerHeartbeatResponse {
        let request = heartbeatRequest(
            id,
            offset: offset,
            wantsFence: wantsFence,
            wantsShutdown: wantsShutdown,
            offline: offline
        )
        guard case .brokerHeartbeat(let answer) = send(request) else {
            return BrokerHeartbeatResponse(error: .unknownServerError)
        }
        return answer
    }

    mutating func unfence(_ id: Int32) {
        heartbeat(id)
    }

    mutating func fence(_ id: Int32) {
        heartbeat(id, wantsFence: true)
    }

    // MARK: Topics

    @discardableResult
    mutating func create(
        _ assignment: [[Int32]],
        name: String = "orders",
        configs: [(String, String)] = []
    ) -> ErrorCode {
        let request = CreateTopicRequest(
            name: topic(name),
            partitions: -1,
            replicationFactor: -1,
            assignment: assignment.map(ids),
            configs: configs.map { ConfigEntry(name: $0.0, value: $0.1) },
            timeout: .seconds(30)
        )
        return create([request])[0]
    }

    mutating func create(_ requests: [CreateTopicRequest]) -> [ErrorCode] {
        guard case .createTopics(let errors) = send(.createTopics(requests)) else {
            return [.unknownServerError]
        }
        return errors
    }

    mutating func admin(_ request: AdminRequest) -> ErrorCode {
        guard case .status(let error) = send(.admin(request)) else { return .unknownServerError }
        return error
    }

    func topic(_ name: String) -> TopicName {
        var table = names
        return table.topic(name)
    }

    func partition(_ index: Int32 = 0, of name: String = "orders") -> TopicPartition {
        TopicPartition(topic(name), index)
    }

    func state(_ index: Int32 = 0, of name: String = "orders") -> PartitionRegistration {
        guard let state = controller.latest.partition(partition(index, of: name)) else {
            preconditionFailure("\(name)-\(index) does not exist")
        }
        return state
    }

    /// `leader 2 isr [2,3] le 1 pe 1`.
    func summary(_ index: Int32 = 0, of name: String = "orders") -> String {
        state(index, of: name).summary
    }

    @discardableResult
    mutating func alterISR(
        _ isr: [Int32],
        leader: Int32? = nil,
        leaderEpoch: Int32? = nil,
        partitionEpoch: Int32? = nil,
        recovery: LeaderRecoveryState = .recovered,
        index: Int32 = 0,
        name: String = "orders",
        memberEpoch: (Int32) -> BrokerEpoch = { _ in .none }
    ) -> AlterPartitionAnswer {
        let state = state(index, of: name)
        let sender = leader.map { BrokerID($0) } ?? state.leader
        let response = send(
            .alterPartition(
                AlterPartitionRequest(
                    broker: sender,
                    brokerEpoch: controller.latest.broker(sender)?.epoch ?? .none,
                    partitions: [
                        AlterPartitionItem(
                            partition: partition(index, of: name),
                            topicID: controller.latest.topic(named: topic(name))?.id ?? .none,
                            leaderEpoch: leaderEpoch.map { LeaderEpoch($0) } ?? state.leaderEpoch,
                            partitionEpoch: partitionEpoch.map { PartitionEpoch($0) }
                                ?? state.partitionEpoch,
                            newISR: isr.map {
                                IsrMember(broker: BrokerID($0), epoch: memberEpoch($0))
                            },
                            recoveryState: recovery
                        )
                    ]
                )
            )
        )
        guard case .alterPartition(let answer) = response, let first = answer.partitions.first
        else {
            return AlterPartitionAnswer(
                partition: partition(index, of: name),
                error: .unknownServerError
            )
        }
        return first
    }
}

func ids(_ numbers: [Int32]) -> [BrokerID] {
    numbers.map { BrokerID($0) }
}

extension PartitionRegistration {
    var summary: String {
        let members = isr.map(\.description).joined(separator: ",")
        var text = "leader \(leader) isr [\(members)] le \(leaderEpoch) pe \(partitionEpoch)"
        if !elr.isEmpty { text += " elr [\(elr.map(\.description).joined(separator: ","))]" }
        if !lastKnownElr.isEmpty {
            text += " last [\(lastKnownElr.map(\.description).joined(separator: ","))]"
        }
        if leaderRecoveryState == .recovering { text += " recovering" }
        return text
    }
}

extension MetadataRecord {
    /// The record in a few words, to compare the order of records.
    var word: String {
        switch self {
        case .registerBroker(let record): "register \(record.broker)"
        case .topic: "topic"
        case .partition(let record): "partition \(record.partition)"
        case .config(let record): "config \(record.name)"
        case .partitionChange(let record): "change \(record.partition)"
        case .removeTopic: "remove"
        case .featureLevel(let name, _): "feature \(name)"
        case .producerIDs(let record): "ids \(record.nextProducerID)"
        case .brokerRegistrationChange(let record):
            record.entersControlledShutdown
                ? "shutdown \(record.broker)"
                : record.logDirs != nil
                    ? "dirs \(record.broker)" : "\(record.fencing) \(record.broker)"
        case .noOp: "noop"
        }
    }
}
