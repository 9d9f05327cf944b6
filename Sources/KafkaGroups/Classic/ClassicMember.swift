import KafkaProtocol
import SimBase

/// A request that waits for its group: parked, whether or not somebody still waits for the answer.
struct ParkedRequest: Equatable, Sendable {
    /// `nil` once the request was answered with an error, as when a write failed or timed out. The
    /// member counts as waiting nonetheless.
    var handle: RequestHandle?
}

/// A member of a classic group.
/// - Source: org.apache.kafka.coordinator.group.classic.ClassicGroupMember.
struct ClassicMember: Sendable {
    let id: MemberID
    /// `group.instance.id`; `nil` for a dynamic member.
    let instance: Int32?
    let client: Int32
    var rebalanceTimeout: Interval
    var sessionTimeout: Interval
    /// In order of preference.
    var protocols: [Assignor]
    var subscription: MemberSubscription
    var assignment: [TopicPartition] = []
    /// Has not completed a join yet, so that a session may end while its JoinGroup is parked.
    var isNew = false
    var join: ParkedRequest?
    var sync: ParkedRequest?
    var session = LazyTimer()

    var isStatic: Bool {
        instance != nil
    }

    var isAwaitingJoin: Bool {
        join != nil
    }

    /// Waiting for a rebalance is a sign of life, except of a member that nobody knows yet.
    var hasSatisfiedHeartbeat: Bool {
        !isNew && (join != nil || sync != nil)
    }

    /// Whether a JoinGroup says nothing new.
    func matches(_ request: JoinGroupRequest) -> Bool {
        protocols == request.protocols && subscription == request.subscription
    }

    init(
        id: MemberID,
        instance: Int32?,
        client: Int32,
        rebalanceTimeout: Interval,
        sessionTimeout: Interval,
        protocols: [Assignor],
        subscription: MemberSubscription,
        assignment: [TopicPartition] = []
    ) {
        self.id = id
        self.instance = instance
        self.client = client
        self.rebalanceTimeout = rebalanceTimeout
        self.sessionTimeout = sessionTimeout
        self.protocols = protocols
        self.subscription = subscription
        self.assignment = assignment
    }

    /// A member of a group whose next generation will have `assignor`, read from the log.
    init(_ stored: StoredMember, assignor: Assignor?) {
        self.init(
            id: stored.id,
            instance: stored.instance,
            client: stored.client,
            rebalanceTimeout: stored.rebalanceTimeout,
            sessionTimeout: stored.sessionTimeout,
            protocols: assignor.map { [$0] } ?? [],
            subscription: stored.subscription,
            assignment: stored.assignment
        )
    }
}

/// A member id that was handed out and not yet joined with.
struct PendingMember: Sendable {
    let id: MemberID
    var session = LazyTimer()
}
