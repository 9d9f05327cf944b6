import KafkaController
import KafkaGroups
import KafkaLog
import KafkaProtocol
import KafkaRaft
import SimBase

/// The broker role of a process: it hosts replicas, serves clients and followers, and obeys the
/// metadata that the controller writes.
/// - Source: kafka.server.BrokerServer, ReplicaManager, KafkaApis.
struct Broker: Sendable {
    /// How far the process has come on its way up or down.
    ///
    /// awaiting metadata -> recovering logs -> serving -> stopping.
    enum Phase: Equatable, Sendable {
        /// The quorum has not delivered the metadata yet.
        case awaitingMetadata
        /// The logs are being read; publishing goes on when it is done.
        case recovering
        /// Metadata is applied as it comes.
        case serving
        case stopping(Shutdown)
    }

    /// Steps of an orderly shutdown.
    enum Shutdown: Equatable, Sendable {
        /// The controller moves leaderships away; given up at the instant.
        case handingOver(until: Instant)
        /// Logs are being flushed.
        case flushing
        /// Checkpoints are being written.
        case checkpointing
        /// The markers are being written.
        case marking
        case done
    }

    let id: BrokerID
    /// Static configuration, with the dynamic entries for brokers over it.
    var config: ServerConfig
    private(set) var staticConfig: ServerConfig
    let features: Features
    let names: NameTable
    var skew: Interval
    var phase = Phase.awaitingMetadata
    var random: Random

    // Metadata
    var loader = MetadataLoader()
    var brokers = BrokerTable()
    var topicConfigs = TopicConfigMemory()
    /// The last metadata offset that has been published here.
    var publishedOffset = Offset.none
    /// What the quorum delivered while the logs were read.
    var heldOutcomes: [RaftNode.Outcome] = []
    /// The quorum's leader as this process knows it.
    var controller: BrokerID?

    // Replicas
    var directories: LogDirectories
    /// What the process found on its disks; `nil` once the logs are loaded.
    var disk: DiskImage?
    var replicas = ReplicaTable()
    var fetchers: [ReplicaFetcher] = []
    /// Java's hash of each topic's name, for the choice of fetcher threads.
    let topicHashes: [Int32]

    // Parked requests
    var produces = Purgatory<DelayedProduce>()
    var fetches = Purgatory<DelayedFetch>()
    var deletions = Purgatory<DelayedDeleteRecords>()
    var sessions: FetchSessionCache
    /// How many fetches have been parked so far.
    var parkedFetches: Int64 = 0
    /// Produces that wait for `flush.messages`, by the place in ``produces``.
    var flushWaits: [FlushWait] = []
    /// Appends that are not over before a flush is.
    var flushedAppends: [FlushedAppend] = []

    // The controller
    var lifecycle: BrokerLifecycle
    var alterPartitions: AlterPartitionManager
    var controllerRequests: ControllerRequests
    var producerIDs = ProducerIDBlocks()
    var assignments = DirectoryAssignments()
    /// Whether the controller channels have to be looked after before this event ends.
    var channelsNeedCare = true

    var groups: GroupCoordinator
    var groupOutcomes: [GroupCoordinator.Outcome] = []

    var maintenance: LogMaintenance
    var channelTimer = DeadlineTimer(.controllerChannel)
    var fetcherTimer = DeadlineTimer(.replicaFetchers)
    var purgatoryTimer = DeadlineTimer(.purgatory)
    var groupTimer = DeadlineTimer(.groups)
    var maintenanceTimer = DeadlineTimer(.logMaintenance)
    /// Flushes and replacements that the shutdown waits for.
    var shutdownTokens: [FlushToken] = []
    var nextToken: Int64 = 0

    // Buffers, kept for their memory.
    var spareReadings: [Reading] = []
    /// Parked fetches that wait for a partition that has changed.
    var waiting: [Int32] = []
    var pendingProduces: [DelayedProduce.Pending] = []
    var wakes: [Wake] = []
    var fetcherOutcomes: [ReplicaFetcher.Outcome] = []
    var lifecycleOutcomes: [BrokerLifecycle.Outcome] = []
    var alterOutcomes: [AlterPartitionManager.Outcome] = []
    var requestOutcomes: [ControllerRequests.Outcome] = []

    /// A change of a partition that parked requests may wait for.
    struct Wake: Equatable, Sendable {
        let slot: Int
        let isHighWatermark: Bool
    }

    /// An append that Kafka's thread is still busy flushing.
    struct FlushedAppend: Equatable, Sendable {
        let token: FlushToken
        let slot: Int
    }

    /// A produce that may not be answered before a flush.
    struct FlushWait: Sendable {
        let token: FlushToken
        let handle: RequestHandle
        let response: Response
    }

    init(
        id: BrokerID,
        config: ServerConfig,
        features: Features,
        names: NameTable,
        rack: Int32,
        disk: DiskImage,
        seed: Seed,
        now: Instant,
        wallSkew: Interval,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        self.id = id
        self.config = config
        staticConfig = config
        self.features = features
        self.names = names
        self.disk = disk
        skew = wallSkew
        random = seed.stream("broker")
        topicHashes = names.topics.map(NameTable.javaHash)
        directories = LogDirectories(
            count: config.logDirCount,
            disk: disk,
            random: &random,
            handles: &handles,
            into: &effects
        )
        sessions = FetchSessionCache(
            slots: config.fetchSessionSlots,
            random: seed.stream("fetch-sessions")
        )
        lifecycle = BrokerLifecycle(
            id: id,
            incarnation: IncarnationID(random.next()),
            rack: rack,
            logDirs: directories.onlineIDs,
            previousBrokerEpoch: directories.previousBrokerEpoch,
            config: config,
            random: seed.stream("lifecycle"),
            now: now
        )
        alterPartitions = AlterPartitionManager(
            id: id,
            config: config,
            random: seed.stream("alter-partition")
        )
        controllerRequests = ControllerRequests(
            config: config,
            random: seed.stream("forwarding")
        )
        groups = GroupCoordinator(
            config: config,
            names: names,
            random: seed.stream("group-coordinator")
        )
        maintenance = LogMaintenance(config)
    }

    func clock(_ now: Instant) -> WallTime {
        WallTime(now: now, skew: skew)
    }

    var state: BrokerState {
        lifecycle.state
    }

    var isStopping: Bool {
        if case .stopping = phase { true } else { false }
    }

    /// A number for a write that the broker itself wants to know to be durable.
    mutating func makeToken() -> FlushToken {
        nextToken += 1
        return FlushToken(Broker.tokenSpace | nextToken)
    }

    static let tokenSpace: Int64 = 4 << 56

    // MARK: Events

    mutating func handle(
        _ event: Event,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        switch event {
        case .started:
            effects.append(.observe(.brokerStateChanged(.starting)))
        case .connected(let channel), .connectionFailed(let channel), .disconnected(let channel),
            .responseReceived(let channel, _, _):
            handleChannel(channel, event, now: now, handles: &handles, into: &effects)
        case .requestReceived(let handle, let request):
            handleRequest(handle, request, now: now, handles: &handles, into: &effects)
        case .timerFired(let kind): timerFired(kind, now: now, handles: &handles, into: &effects)
        case .flushCompleted(let token):
            flushCompleted(token, now: now, handles: &handles, into: &effects)
        case .storageChanged(let number, let condition):
            storageChanged(number, condition, now: now, handles: &handles, into: &effects)
        case .wallClockShifted(let skew): self.skew = skew
        case .stopRequested: beginShutdown(now: now, handles: &handles, into: &effects)
        }
        settle(now: now, handles: &handles, into: &effects)
    }

    private mutating func handleChannel(
        _ channel: ChannelID,
        _ event: Event,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        switch channel.role {
        case .replicaFetcher:
            for index in fetchers.indices
            where fetchers[index].handle(event, now: now, into: &effects) {
                pollFetcher(index, now: now, handles: &handles, into: &effects)
                armFetcherTimer(into: &effects)
                return
            }
        case .lifecycle:
            channelsNeedCare = true
            _ = lifecycle.handle(event, now: now, into: &effects)
        case .alterPartition:
            channelsNeedCare = true
            _ = alterPartitions.handle(event, now: now, into: &effects)
        case .forwarding:
            channelsNeedCare = true
            _ = controllerRequests.handle(event, now: now, into: &effects)
        case .quorum, .client, .coordinator: break
        }
    }

    private mutating func timerFired(
        _ kind: TimerKind,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        switch kind {
        case .controllerChannel:
            channelTimer.fired()
            channelsNeedCare = true
        case .replicaFetchers:
            fetcherTimer.fired()
            pollFetchers(now: now, handles: &handles, into: &effects)
        case .purgatory:
            purgatoryTimer.fired()
            expireRequests(now: now, into: &effects)
        case .groups:
            groupTimer.fired()
            groups.timerFired(
                now: now,
                wallClock: clock(now).milliseconds,
                into: &effects,
                outcomes: &groupOutcomes
            )
        case .logMaintenance:
            maintenanceTimer.fired()
            maintain(now: now, handles: &handles, into: &effects)
        case .isrExpiration: expireISR(now: now, handles: &handles, into: &effects)
        case .startup:
            finishRecovery(now: now, handles: &handles, into: &effects)
        case .lifecycle:
            shutdownTimeout(now: now, handles: &handles, into: &effects)
        default: break
        }
    }

    /// Does what the event has set off: group appends, requests to the controller, timers.
    mutating func settle(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        completeWakes(now: now, into: &effects)
        if !groupOutcomes.isEmpty { appendForGroups(now: now, handles: &handles, into: &effects) }
        if channelsNeedCare { pollChannels(now: now, handles: &handles, into: &effects) }
        purgatoryTimer.arm(
            at: min(
                produces.nextDeadline(),
                fetches.nextDeadline(),
                deletions.nextDeadline()
            ),
            into: &effects
        )
        groupTimer.arm(at: groups.nextDeadline, into: &effects)
    }
}
