import KafkaProtocol
import SimBase

/// Registers the broker with the controller and keeps it alive there.
///
/// Starting: registration, then heartbeats every 10 ms until the broker has applied its own
/// registration -> recovery: until the controller unfences it -> running -> pending controlled
/// shutdown: until the controller lets it go -> shutting down.
/// - Source: kafka.server.BrokerLifecycleManager (KIP-631).
struct BrokerLifecycle: Sendable {
    enum Outcome: Equatable, Sendable {
        case stateChanged(BrokerState)
        case registered(BrokerEpoch)
        /// Nobody accepted the registration within `initial.broker.registration.timeout.ms`.
        case registrationTimedOut
        /// The controller has not taken note of a failed log directory in time.
        case logDirFailureTimedOut
    }

    /// Between heartbeats of a broker that is still catching up with the metadata.
    private static let catchUpInterval = Interval.milliseconds(10)
    /// Before the second question whether the shutdown may go on.
    private static let firstShutdownInterval = Interval.milliseconds(50)

    private let id: BrokerID
    private let incarnation: IncarnationID
    private let rack: Int32
    private let logDirs: [DirectoryID]
    private let previousBrokerEpoch: BrokerEpoch
    private let config: ServerConfig
    private let backoff: ExponentialBackoff
    private var random: Random
    private var channel: ControllerChannel

    private(set) var state = BrokerState.starting
    /// ``BrokerEpoch/none`` until registered.
    private(set) var brokerEpoch = BrokerEpoch.none
    private var isRegistered = false
    private(set) var isReadyToUnfence = false
    private var hasHeardOfShutdown = false
    private var offlineLogDirs: [DirectoryID] = []
    /// Until when the controller must have been told of each offline directory.
    private var logDirDeadlines: [(directory: DirectoryID, deadline: Instant)] = []

    private var registrationDeadline: Instant
    private var nextCommunication: Instant
    private var failedAttempts: Int32 = 0
    /// The request on its way, with the directories that it reports.
    private var inFlight: (token: UInt64, offlineLogDirs: [DirectoryID])?
    /// Whether the next request goes out as soon as the present one is answered.
    private var isNextImmediate = false
    private var channelOutcomes: [ControllerChannel.Outcome] = []

    init(
        id: BrokerID,
        incarnation: IncarnationID,
        rack: Int32,
        logDirs: [DirectoryID],
        previousBrokerEpoch: BrokerEpoch,
        config: ServerConfig,
        random: Random,
        now: Instant
    ) {
        self.id = id
        self.incarnation = incarnation
        self.rack = rack
        self.logDirs = logDirs
        self.previousBrokerEpoch = previousBrokerEpoch
        self.config = config
        self.random = random
        backoff = ExponentialBackoff(
            initial: .milliseconds(100),
            max: config.sessionTimeout,
            jitterPartsPerMillion: 20_000
        )
        channel = ControllerChannel(
            role: .lifecycle,
            config: config,
            retryTimeout: config.sessionTimeout / 2,
            random: Random(seed: self.random.next())
        )
        registrationDeadline = now + config.initialRegistrationTimeout
        nextCommunication = now
    }

    var nextDeadline: Instant {
        var deadline = min(channel.nextDeadline, registrationDeadline)
        if inFlight == nil { deadline = min(deadline, nextCommunication) }
        for item in logDirDeadlines { deadline = min(deadline, item.deadline) }
        return deadline
    }

    // MARK: Orders of the broker

    /// The broker has caught up and recovered its logs: it asks to be unfenced, at once.
    mutating func setReadyToUnfence(now: Instant) {
        isReadyToUnfence = true
        communicateImmediately(now: now)
    }

    /// Asks the controller to move leaderships away.
    /// - Returns: whether there is anything to wait for: only a running broker asks.
    mutating func beginControlledShutdown(now: Instant, outcomes: inout [Outcome]) -> Bool {
        guard state == .running else {
            enter(.shuttingDown, &outcomes)
            return false
        }
        enter(.pendingControlledShutdown, &outcomes)
        communicateImmediately(now: now)
        return true
    }

    /// Stops asking: no answer came in time.
    mutating func giveUpControlledShutdown(outcomes: inout [Outcome]) {
        if state != .shuttingDown { enter(.shuttingDown, &outcomes) }
    }

    /// Reports a failed log directory with a heartbeat of its own (KIP-858).
    mutating func reportOffline(_ directory: DirectoryID, now: Instant) {
        guard !offlineLogDirs.contains(directory) else { return }
        offlineLogDirs.append(directory)
        logDirDeadlines.append((directory, now + config.logDirFailureTimeout))
        if isRegistered { communicateImmediately(now: now) }
    }

    mutating func close(now: Instant, into effects: inout [Effect]) {
        channel.closeAll(now: now, into: &effects)
        nextCommunication = .distantFuture
        registrationDeadline = .distantFuture
        logDirDeadlines.removeAll()
        inFlight = nil
    }

    // MARK: Steps

    mutating func handle(_ event: Event, now: Instant, into effects: inout [Effect]) -> Bool {
        channel.handle(event, now: now, into: &effects)
    }

    /// Moves on: asks `controller`, the quorum's leader as this process knows it, and reports
    /// `metadataOffset`, the last metadata offset that the broker has published.
    mutating func poll(
        controller: BrokerID?,
        metadataOffset: Offset,
        now: Instant,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        checkDeadlines(now: now, outcomes: &outcomes)
        // An answer may allow the next request at once; that one cannot be answered yet.
        for _ in 0..<2 {
            sendIfDue(metadataOffset: metadataOffset, now: now)
            channel.poll(
                controller: controller,
                now: now,
                into: &effects,
                outcomes: &channelOutcomes
            )
            guard !channelOutcomes.isEmpty else { return }
            for outcome in channelOutcomes {
                switch outcome {
                case .answered(let token, let response) where token == inFlight?.token:
                    answered(response, now: now, outcomes: &outcomes)
                case .timedOut(let token) where token == inFlight?.token:
                    inFlight = nil
                    communicateAfterFailure(now: now)
                case .answered, .timedOut: break
                }
            }
            channelOutcomes.clear()
        }
    }

    private mutating func checkDeadlines(now: Instant, outcomes: inout [Outcome]) {
        if now >= registrationDeadline {
            registrationDeadline = .distantFuture
            outcomes.append(.registrationTimedOut)
        }
        if logDirDeadlines.contains(where: { now >= $0.deadline }) {
            logDirDeadlines.removeAll()
            outcomes.append(.logDirFailureTimedOut)
        }
    }

    private mutating func sendIfDue(metadataOffset: Offset, now: Instant) {
        guard inFlight == nil, now >= nextCommunication, state != .shuttingDown else { return }
        isNextImmediate = false
        let request: Request =
            isRegistered
            ? .brokerHeartbeat(
                BrokerHeartbeatRequest(
                    broker: id,
                    brokerEpoch: brokerEpoch,
                    currentMetadataOffset: metadataOffset,
                    wantsFence: !isReadyToUnfence,
                    wantsShutdown: state == .pendingControlledShutdown,
                    offlineLogDirs: offlineLogDirs
                )
            )
            : .brokerRegistration(
                BrokerRegistrationRequest(
                    broker: id,
                    incarnation: incarnation,
                    rack: rack,
                    logDirs: logDirs,
                    previousBrokerEpoch: previousBrokerEpoch
                )
            )
        inFlight = (channel.submit(request, now: now), isRegistered ? offlineLogDirs : [])
    }

    private mutating func answered(
        _ response: Response,
        now: Instant,
        outcomes: inout [Outcome]
    ) {
        let reported = inFlight?.offlineLogDirs ?? []
        inFlight = nil
        switch response {
        case .brokerRegistration(let answer) where answer.error == .none:
            failedAttempts = 0
            isRegistered = true
            registrationDeadline = .distantFuture
            brokerEpoch = answer.brokerEpoch
            outcomes.append(.registered(answer.brokerEpoch))
            nextCommunication = now
        case .brokerHeartbeat(let answer) where answer.error == .none:
            failedAttempts = 0
            logDirDeadlines.removeAll { reported.contains($0.directory) }
            heartbeatAccepted(answer, now: now, outcomes: &outcomes)
        default: communicateAfterFailure(now: now)
        }
    }

    private mutating func heartbeatAccepted(
        _ answer: BrokerHeartbeatResponse,
        now: Instant,
        outcomes: inout [Outcome]
    ) {
        switch state {
        case .starting:
            if answer.isCaughtUp { enter(.recovery, &outcomes) }
            communicate(at: now + BrokerLifecycle.catchUpInterval, now: now)
        case .recovery:
            if !answer.isFenced { enter(.running, &outcomes) }
            communicate(at: now + config.heartbeatInterval, now: now)
        case .running: communicate(at: now + config.heartbeatInterval, now: now)
        case .pendingControlledShutdown:
            if answer.shouldShutDown {
                enter(.shuttingDown, &outcomes)
            } else {
                let wait =
                    hasHeardOfShutdown
                    ? config.heartbeatInterval : BrokerLifecycle.firstShutdownInterval
                communicate(at: now + wait, now: now)
            }
            hasHeardOfShutdown = true
        case .shuttingDown: break
        }
    }

    private mutating func enter(_ state: BrokerState, _ outcomes: inout [Outcome]) {
        self.state = state
        outcomes.append(.stateChanged(state))
    }

    // MARK: Timing

    private mutating func communicate(at instant: Instant, now: Instant) {
        nextCommunication = isNextImmediate ? now : instant
        isNextImmediate = false
    }

    private mutating func communicateImmediately(now: Instant) {
        isNextImmediate = true
        nextCommunication = now
    }

    private mutating func communicateAfterFailure(now: Instant) {
        let wait = backoff.delay(attempts: failedAttempts, &random)
        failedAttempts += 1
        communicate(at: now + wait, now: now)
    }
}
