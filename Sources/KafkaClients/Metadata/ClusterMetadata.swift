import KafkaProtocol
import SimBase

/// What a client knows of the cluster, and when it has to ask again.
///
/// Full updates replace what is known; partial ones, sent for new topics only, are merged. A
/// partition never goes back to an older leader epoch unless its topic was created anew.
/// - Source: org.apache.kafka.clients.Metadata, ProducerMetadata, ConsumerMetadata.
struct ClusterMetadata: Sendable {
    struct Settings: Sendable {
        var refreshBackoff: ExponentialBackoff
        /// `metadata.max.age.ms`
        var maxAge: Interval
        /// `metadata.max.idle.ms` of a producer; `nil` keeps topics for ever.
        var maxIdle: Interval?
        var allowsAutoCreation = true
    }

    /// One topic of the client's interest.
    struct Topic: Sendable {
        var isWanted = false
        /// Asked for, but not yet in any response: a partial update will do.
        var isNew = false
        var expiry = Instant.distantFuture
        var id = TopicID.none
        /// The last response's error; `NONE` if the partitions are known.
        var error = ErrorCode.none
        var isKnown = false
        var partitions: [MetadataPartition] = []
        /// The highest epoch seen of each partition; survives a topic's absence.
        var lastSeenEpochs: [LeaderEpoch] = []
    }

    private let settings: Settings
    private let bootstrap: [BrokerID]
    /// Nodes that requests may go to: the bootstrap list until the first response.
    private(set) var nodes: [BrokerID]
    private(set) var controller = BrokerID.none
    /// By the topic's dense number.
    private var topics: [Topic] = []
    /// Numbers of topics that have an entry, ascending.
    private var wanted: [TopicName] = []

    private var needsFullUpdate = true
    private var needsPartialUpdate = false
    private var requestVersion: Int32 = 0
    /// Counts responses; a waiting thread looks for a higher number.
    private(set) var updateVersion: Int32 = 1
    /// Counts changes to leaders and partitions, hints of brokers included.
    private(set) var changes: Int32 = 0
    private var lastRefresh = Instant.distantPast
    private var lastSuccessfulRefresh = Instant.distantPast
    private var attempts: Int32 = 0
    private var equivalentResponses: Int32 = 0

    init(bootstrap: [BrokerID], settings: Settings) {
        self.bootstrap = bootstrap
        self.settings = settings
        nodes = bootstrap
    }

    // MARK: Topics

    private mutating func reserve(_ topic: TopicName) -> Int {
        let index = Int(topic.rawValue)
        while topics.count <= index { topics.append(Topic()) }
        return index
    }

    /// Takes an interest in a topic; a new one makes an update due at once.
    mutating func add(_ topic: TopicName, now: Instant) {
        let index = reserve(topic)
        if let idle = settings.maxIdle { topics[index].expiry = now + idle }
        guard !topics[index].isWanted else { return }
        topics[index].isWanted = true
        topics[index].isNew = true
        let place = wanted.firstIndex { topic < $0 } ?? wanted.count
        wanted.insert(topic, at: place)
        requestUpdateForNewTopics()
    }

    func topic(_ name: TopicName) -> Topic? {
        let index = Int(name.rawValue)
        guard index < topics.count, topics[index].isWanted else { return nil }
        return topics[index]
    }

    /// The topics whose partitions are known, ascending.
    var knownTopics: [TopicName] {
        wanted.filter { topics[Int($0.rawValue)].isKnown }
    }

    /// How many partitions a topic has; `nil` while that is unknown.
    func partitionCount(of name: TopicName) -> Int32? {
        let index = Int(name.rawValue)
        guard index < topics.count, topics[index].isKnown else { return nil }
        return Int32(topics[index].partitions.count)
    }

    func isInvalid(_ name: TopicName) -> Bool {
        let index = Int(name.rawValue)
        return index < topics.count && topics[index].error == .invalidTopicException
    }

    /// The partition's leader, if it has one that is alive.
    func leader(of partition: TopicPartition) -> BrokerID? {
        guard let known = metadata(of: partition), known.leader.rawValue >= 0 else { return nil }
        return known.leader
    }

    func metadata(of partition: TopicPartition) -> MetadataPartition? {
        let index = Int(partition.topic.rawValue)
        let slot = Int(partition.partition)
        guard index < topics.count, topics[index].isKnown, slot < topics[index].partitions.count
        else { return nil }
        return topics[index].partitions[slot]
    }

    func topicID(of name: TopicName) -> TopicID {
        let index = Int(name.rawValue)
        return index < topics.count ? topics[index].id : .none
    }

    /// Draws one of the partitions that have a leader; `nil` if none has.
    func drawAvailablePartition(of name: TopicName, _ random: inout Random) -> Int32? {
        let topic = Int(name.rawValue)
        guard topic < topics.count, topics[topic].isKnown else { return nil }
        let available = topics[topic].partitions.count { $0.leader.rawValue >= 0 }
        guard available > 0 else { return nil }
        var left = random.next(below: available)
        for number in topics[topic].partitions.indices
        where topics[topic].partitions[number].leader.rawValue >= 0 {
            if left == 0 { return Int32(number) }
            left -= 1
        }
        return nil
    }

    // MARK: Updates

    mutating func requestUpdate(resetsEquivalentResponses: Bool = false) {
        needsFullUpdate = true
        if resetsEquivalentResponses { equivalentResponses = 0 }
    }

    mutating func requestUpdateForNewTopics() {
        lastRefresh = .distantPast
        needsPartialUpdate = true
        equivalentResponses = 0
        requestVersion += 1
    }

    /// What a thread asks for that waits for a topic's partitions.
    mutating func requestUpdate(for topic: TopicName) {
        if self.topic(topic)?.isNew == true {
            requestUpdateForNewTopics()
        } else {
            requestUpdate()
        }
    }

    private func backoffEnd(_ failures: Int32, _ random: inout Random) -> Instant {
        lastRefresh + settings.refreshBackoff.delay(attempts: failures, &random)
    }

    /// When the next update is due; `now` or earlier if at once. Back-offs are drawn anew each time.
    mutating func nextUpdate(now: Instant, _ random: inout Random) -> Instant {
        let expires = lastSuccessfulRefresh + settings.maxAge
        let wantsUpdate = needsFullUpdate || needsPartialUpdate
        if !wantsUpdate, expires > now { return expires }
        if expires <= now { equivalentResponses = 0 }
        // Long after the last response no draw can hold an update back.
        guard now - lastRefresh < settings.refreshBackoff.max + .milliseconds(1) else { return now }
        var allowed = backoffEnd(max(attempts - 1, 0), &random)
        if equivalentResponses > 0 {
            allowed = max(allowed, backoffEnd(equivalentResponses - 1, &random))
        }
        return max(now, allowed)
    }

    /// Begins with the bootstrap list again; what was known of topics is forgotten, but for the
    /// epochs seen.
    /// - Source: org.apache.kafka.clients.Metadata.rebootstrap.
    mutating func rebootstrap() {
        nodes = bootstrap
        controller = .none
        for index in topics.indices {
            topics[index].isKnown = false
            topics[index].partitions.removeAll()
        }
        needsFullUpdate = true
        updateVersion += 1
        changes += 1
    }

    struct PendingRequest: Sendable {
        let request: MetadataRequest
        let version: Int32
        let isPartial: Bool
    }

    /// The request to send now: new topics only if nothing else is stale.
    mutating func nextRequest(now: Instant) -> PendingRequest {
        let isPartial =
            !needsFullUpdate && lastSuccessfulRefresh + settings.maxAge > now
            && wanted.contains { topics[Int($0.rawValue)].isNew }
        let asked = isPartial ? wanted.filter { topics[Int($0.rawValue)].isNew } : wanted
        return PendingRequest(
            request: MetadataRequest(
                topics: asked,
                allowsAutoCreation: settings.allowsAutoCreation
            ),
            version: requestVersion,
            isPartial: isPartial
        )
    }

    /// An attempt failed: the next waits longer.
    mutating func failed(now: Instant) {
        lastRefresh = now
        attempts += 1
        equivalentResponses = 0
    }

    mutating func update(_ response: MetadataResponse, of pending: PendingRequest, now: Instant) {
        guard !response.brokers.isEmpty else {
            failed(now: now)
            return
        }
        needsPartialUpdate = pending.version < requestVersion
        lastRefresh = now
        attempts = 0
        updateVersion += 1
        changes += 1
        if !pending.isPartial {
            needsFullUpdate = false
            lastSuccessfulRefresh = now
        }
        equivalentResponses += 1
        nodes = response.brokers
        controller = response.controller
        expireTopics(now: now)
        if !pending.isPartial {
            for name in wanted { topics[Int(name.rawValue)].error = .none }
        }
        var answered: [TopicName] = []
        for topic in response.topics {
            answered.append(topic.name)
            apply(topic)
        }
        if !pending.isPartial {
            for name in wanted where !answered.contains(name) {
                topics[Int(name.rawValue)].isKnown = false
            }
        }
    }

    private mutating func expireTopics(now: Instant) {
        guard settings.maxIdle != nil else { return }
        for name in wanted {
            let index = Int(name.rawValue)
            guard !topics[index].isNew, topics[index].expiry <= now else { continue }
            topics[index].isWanted = false
            topics[index].isKnown = false
        }
        wanted.removeAll { !topics[Int($0.rawValue)].isWanted }
    }

    private mutating func apply(_ answer: MetadataTopic) {
        let index = Int(answer.name.rawValue)
        guard index < topics.count, topics[index].isWanted else { return }
        topics[index].isNew = false
        topics[index].error = answer.error
        guard !answer.error.isError else {
            topics[index].isKnown = false
            if answer.error.isInvalidMetadata { requestUpdate() }
            return
        }
        let isNewIncarnation = answer.id != .none && answer.id != topics[index].id
        var partitions: [MetadataPartition] = []
        partitions.reserveCapacity(answer.partitions.count)
        for (number, partition) in answer.partitions.enumerated() {
            let isUsable = accept(
                partition.leaderEpoch,
                of: number,
                topic: index,
                isNewIncarnation: isNewIncarnation
            )
            if isUsable || number >= topics[index].partitions.count {
                partitions.append(partition.onlyLedBy(nodes))
            } else {
                partitions.append(topics[index].partitions[number])
            }
            if partition.error.isInvalidMetadata { requestUpdate() }
        }
        topics[index].id = answer.id
        topics[index].isKnown = true
        topics[index].partitions = partitions
    }

    /// The leader epoch guard: whether a partition's answer is at least as new as what is known.
    private mutating func accept(
        _ epoch: LeaderEpoch,
        of partition: Int,
        topic: Int,
        isNewIncarnation: Bool
    ) -> Bool {
        while topics[topic].lastSeenEpochs.count <= partition {
            topics[topic].lastSeenEpochs.append(.none)
        }
        let seen = topics[topic].lastSeenEpochs[partition]
        guard isNewIncarnation || epoch >= seen else { return false }
        if isNewIncarnation || epoch > seen { equivalentResponses = 0 }
        topics[topic].lastSeenEpochs[partition] = epoch
        return true
    }

    /// Applies what a broker said of a partition's new leader (KIP-951).
    /// - Returns: whether that was news.
    mutating func apply(_ hint: LeaderHint, to partition: TopicPartition) -> Bool {
        guard hint.leader.rawValue >= 0, let known = metadata(of: partition),
            hint.epoch > known.leaderEpoch
        else { return false }
        let index = Int(partition.topic.rawValue)
        let slot = Int(partition.partition)
        topics[index].partitions[slot] = MetadataPartition(
            error: .none,
            leader: hint.leader,
            leaderEpoch: hint.epoch,
            replicas: known.replicas,
            isr: known.isr
        )
        topics[index].lastSeenEpochs[slot] = hint.epoch
        if !nodes.contains(hint.leader) { nodes.append(hint.leader) }
        changes += 1
        return true
    }

    /// The highest epoch seen of a partition.
    func lastSeenEpoch(of partition: TopicPartition) -> LeaderEpoch {
        let topic = Int(partition.topic.rawValue)
        let slot = Int(partition.partition)
        guard topic < topics.count, slot < topics[topic].lastSeenEpochs.count else { return .none }
        return topics[topic].lastSeenEpochs[slot]
    }

    /// Raises the highest epoch seen (a committed offset or a fetched batch may know more).
    mutating func noteEpoch(_ epoch: LeaderEpoch, of partition: TopicPartition) {
        let index = reserve(partition.topic)
        let slot = Int(partition.partition)
        while topics[index].lastSeenEpochs.count <= slot {
            topics[index].lastSeenEpochs.append(.none)
        }
        guard epoch > topics[index].lastSeenEpochs[slot] else { return }
        topics[index].lastSeenEpochs[slot] = epoch
        requestUpdate()
    }
}

extension MetadataPartition {
    /// The same partition, without its leader if that is not among the live `nodes`.
    fileprivate func onlyLedBy(_ nodes: [BrokerID]) -> MetadataPartition {
        guard leader.rawValue >= 0, !nodes.contains(leader) else { return self }
        return MetadataPartition(
            error: error,
            leader: .none,
            leaderEpoch: leaderEpoch,
            replicas: replicas,
            isr: isr
        )
    }
}
