import DequeModule
import KafkaProtocol
import SimBase

/// The state and the decisions of the active controller.
struct ActiveController: Sendable {
    let epoch: QuorumEpoch
    let id: BrokerID
    let config: ServerConfig
    let features: Features
    let names: NameTable
    var random: Random

    /// Every record written so far, committed or not, applied.
    private(set) var image: MetadataImage
    /// The offset of the next record.
    private(set) var nextOffset: Offset
    var heartbeats: BrokerHeartbeats
    var schedule = ControllerSchedule()

    /// The last offset that the quorum has committed.
    private var committedOffset: Offset
    /// Answers in the order of the offsets that they wait for.
    private var deferred: Deque<DeferredAnswer> = []
    /// The last record of the activation, until it is committed.
    private var activationOffset: Offset?

    private struct DeferredAnswer {
        let offset: Offset
        let handle: RequestHandle
        let request: Request
        let response: Response
    }

    init(
        id: BrokerID,
        epoch: QuorumEpoch,
        config: ServerConfig,
        features: Features,
        names: NameTable,
        random: Random,
        image: MetadataImage,
        nextOffset: Offset,
        now: Instant
    ) {
        self.id = id
        self.epoch = epoch
        self.config = config
        self.features = features
        self.names = names
        self.random = random
        self.image = image
        self.nextOffset = nextOffset
        committedOffset = nextOffset.advanced(by: -1)
        heartbeats = BrokerHeartbeats(
            sessionTimeout: config.sessionTimeout,
            image: image,
            now: now
        )
    }

    // MARK: Activation and resignation

    /// Writes what an empty log lacks and schedules the periodic tasks. The fence check is not among
    /// them: only a processed heartbeat or an accepted registration arms it.
    mutating func activate(
        now: Instant,
        into effects: inout [Effect],
        writes: inout [MetadataWrite]
    ) {
        if image.featureLevels.isEmpty {
            write(bootstrapRecords, now: now, writes: &writes)
            activationOffset = nextOffset.advanced(by: -1)
        } else {
            effects.append(.observe(.controllerActivated(epoch)))
        }
        schedule.noOp = now + config.metadataMaxIdle
        scheduleElections(now: now)
        schedule.arm(into: &effects)
    }

    /// - Source: org.apache.kafka.metadata.bootstrap.BootstrapMetadata.
    private var bootstrapRecords: [MetadataRecord] {
        var records: [MetadataRecord] = [
            .featureLevel(
                name: "metadata.version",
                level: features.eligibleLeaderReplicas ? 23 : 22
            )
        ]
        if features.eligibleLeaderReplicas {
            records.append(.featureLevel(name: "eligible.leader.replicas.version", level: 1))
        }
        return records
    }

    mutating func resign(into effects: inout [Effect]) {
        for answer in deferred {
            effects.append(.reply(answer.handle, .failure(.notController, of: answer.request)))
        }
        deferred.removeAll()
        schedule.disarm(into: &effects)
    }

    // MARK: Writing

    /// Applies records at once and hands them out to be appended as one batch.
    mutating func write(
        _ records: [MetadataRecord],
        now: Instant,
        writes: inout [MetadataWrite]
    ) {
        guard !records.isEmpty else { return }
        let base = nextOffset
        for record in records {
            image.apply(record, at: nextOffset)
            nextOffset = nextOffset.advanced(by: 1)
            switch record {
            case .registerBroker(let registration):
                heartbeats.register(
                    registration.broker,
                    isFenced: registration.isFenced,
                    now: now
                )
            case .brokerRegistrationChange(let change):
                let isFenced = image.broker(change.broker)?.isFenced ?? true
                heartbeats.register(change.broker, isFenced: isFenced, now: now)
            default: break
            }
        }
        writes.append(MetadataWrite(baseOffset: base, values: records.map { $0.encoded() }))
        scheduleElections(now: now)
    }

    /// Answers a request once everything written so far is committed: what it reports may rest on
    /// any of that, even if it wrote nothing itself.
    mutating func answer(
        _ request: Request,
        _ handle: RequestHandle,
        with response: Response,
        into effects: inout [Effect]
    ) {
        let last = nextOffset.advanced(by: -1)
        guard last > committedOffset else {
            effects.append(.reply(handle, response))
            return
        }
        deferred.append(
            DeferredAnswer(offset: last, handle: handle, request: request, response: response)
        )
    }

    /// Releases the answers that waited for `offset` or an earlier one.
    mutating func commit(through offset: Offset, into effects: inout [Effect]) {
        committedOffset = max(committedOffset, offset)
        if let activation = activationOffset, activation <= committedOffset {
            activationOffset = nil
            effects.append(.observe(.controllerActivated(epoch)))
        }
        while let first = deferred.first, first.offset <= committedOffset {
            effects.append(.reply(first.handle, first.response))
            deferred.removeFirst()
        }
    }

    // MARK: Events

    mutating func handle(
        _ request: Request,
        _ handle: RequestHandle,
        now: Instant,
        into effects: inout [Effect],
        writes: inout [MetadataWrite]
    ) {
        let response: Response
        switch request {
        case .brokerHeartbeat(let heartbeat):
            response = .brokerHeartbeat(process(heartbeat, now: now, writes: &writes))
        case .brokerRegistration(let registration):
            let outcome = register(registration, now: now, writes: &writes)
            if outcome.error == .duplicateBrokerRegistration {
                effects.append(.observe(.mark(.registrationRefused)))
            }
            response = .brokerRegistration(outcome)
        case .alterPartition(let change):
            let outcome = alterPartition(change, now: now, writes: &writes)
            if outcome.partitions.contains(where: \.isStale) {
                effects.append(.observe(.mark(.staleAlterPartition)))
            }
            response = .alterPartition(outcome)
        case .allocateProducerIds(let broker, let epoch):
            response = allocateProducerIDs(broker, epoch, now: now, writes: &writes)
        case .createTopics(let topics):
            response = .createTopics(createTopics(topics, now: now, writes: &writes))
        case .admin(let request):
            response = .status(administer(request, now: now, writes: &writes))
        default: response = .failure(.unsupportedVersion, of: request)
        }
        answer(request, handle, with: response, into: &effects)
        fenceStaleBrokersIfDue(now: now, writes: &writes)
        schedule.arm(into: &effects)
    }

    private mutating func administer(
        _ request: AdminRequest,
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> ErrorCode {
        switch request {
        case .deleteTopic(let name): deleteTopic(name, now: now, writes: &writes)
        case .createPartitions(let topic, let count, let assignment):
            createPartitions(topic, count, assignment, now: now, writes: &writes)
        case .reassign(let partition, let replicas?):
            reassign(partition, to: replicas, now: now, writes: &writes)
        case .reassign(let partition, nil):
            cancelReassignment(of: partition, now: now, writes: &writes)
        case .electLeaders(let type, let partitions):
            electLeaders(type, partitions, now: now, writes: &writes)
        case .alterConfigs(let resource, let entries):
            alterConfigs(of: resource, entries, now: now, writes: &writes)
        case .assignReplicas(let broker, let epoch, let directory, let partitions):
            assign(partitions, of: broker, epoch, to: directory, now: now, writes: &writes)
        }
    }

    mutating func timerFired(
        now: Instant,
        into effects: inout [Effect],
        writes: inout [MetadataWrite]
    ) {
        schedule.armed = nil
        fenceStaleBrokersIfDue(now: now, writes: &writes)
        if schedule.uncleanElection <= now { electUncleanLeaders(now: now, writes: &writes) }
        if schedule.balance <= now { balanceLeaders(now: now, writes: &writes) }
        if schedule.noOp <= now {
            write([.noOp], now: now, writes: &writes)
            schedule.noOp = now + config.metadataMaxIdle
        }
        schedule.arm(into: &effects)
    }
}
