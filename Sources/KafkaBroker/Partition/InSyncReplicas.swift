import KafkaProtocol
import SimBase

/// A leader's followers, its ISR, and a change of the ISR that the controller has not confirmed.
///
/// Committed -> pending expand or shrink -> committed: by the controller's answer, or by metadata,
/// which overrides whatever is pending.
/// - Source: kafka.cluster.PartitionState (KIP-497).
struct InSyncReplicas: Equatable, Sendable {
    enum Change: Equatable, Sendable {
        case expand(BrokerID)
        case shrink([BrokerID])
    }

    struct Pending: Equatable, Sendable {
        let change: Change
        /// Tells this proposal from a later one for the same partition.
        let number: Int32
    }

    /// All replicas but the leader, in assignment order.
    var followers: [FollowerState] = []
    /// As the controller has confirmed it, in its order.
    private(set) var committed: [BrokerID] = []
    private(set) var pending: Pending?
    private var proposals: Int32 = 0

    init() {}

    // MARK: Questions

    func place(of follower: BrokerID) -> Int? {
        followers.firstIndex { $0.id == follower }
    }

    /// Whether a follower is in the largest ISR that may be in force: an expansion counts at once,
    /// a shrinking not before it is confirmed.
    func isInMaximal(_ broker: BrokerID) -> Bool {
        if committed.contains(broker) { return true }
        if case .expand(let joining) = pending?.change { return joining == broker }
        return false
    }

    var maximalCount: Int {
        if case .expand = pending?.change { return committed.count + 1 }
        return committed.count
    }

    /// The high watermark that the followers' progress allows; `nil` if the rule forbids to move.
    ///
    /// Waits for every member of the maximal ISR, and for replicas outside it that are caught up
    /// and may join: a follower that chases the leader must be able to reach the high watermark.
    /// - Source: kafka.cluster.Partition.maybeIncrementLeaderHW (KAFKA-15583 for the gate).
    func highWatermarkCandidate(
        leaderEnd: Offset,
        minInSync: Int,
        lagMax: Interval,
        brokers: BrokerTable,
        features: Features,
        now: Instant
    ) -> Offset? {
        if features.minISRGatesHighWatermark, committed.count < minInSync { return nil }
        var candidate = leaderEnd
        for follower in followers where follower.logEndOffset < candidate {
            if isInMaximal(follower.id)
                || (follower.isCaughtUp(leaderEnd: leaderEnd, lagMax: lagMax, now: now)
                    && brokers.isEligible(follower.id, epoch: follower.brokerEpoch, features))
            {
                candidate = follower.logEndOffset
            }
        }
        return candidate
    }

    /// The members that have not been at the leader's end for too long, in ISR order.
    func outOfSync(leaderEnd: Offset, lagMax: Interval, now: Instant) -> [BrokerID] {
        guard pending == nil else { return [] }
        return committed.filter { member in
            guard let place = place(of: member) else { return false }
            return !followers[place].isCaughtUp(leaderEnd: leaderEnd, lagMax: lagMax, now: now)
        }
    }

    /// Whether a follower that has just fetched may ask to join.
    func canExpand(
        by place: Int,
        highWatermark: Offset,
        epochStart: Offset,
        brokers: BrokerTable,
        features: Features
    ) -> Bool {
        let follower = followers[place]
        return pending == nil && !committed.contains(follower.id)
            && follower.logEndOffset >= highWatermark && follower.logEndOffset >= epochStart
            && brokers.isEligible(follower.id, epoch: follower.brokerEpoch, features)
    }

    /// The place of a confirmed member of the ISR that stands at `end`: its fetches from there
    /// change nothing.
    func settledPlace(of follower: BrokerID, at end: Offset) -> Int? {
        guard let place = place(of: follower), followers[place].logEndOffset == end,
            committed.contains(follower)
        else { return nil }
        return place
    }

    /// The smallest log start of the leader and its live followers; ``Offset/none`` while a live
    /// follower's is unknown.
    func lowWatermark(leaderStart: Offset, brokers: BrokerTable) -> Offset {
        var low = leaderStart
        for follower in followers where brokers.isAlive(follower.id) {
            low = min(low, follower.logStartOffset)
        }
        return low
    }

    // MARK: Changes

    /// Fills in the times of followers whose fetches have been noted by session only.
    mutating func recallFetches(_ times: [Instant]) {
        for place in followers.indices { recallFetch(of: place, times) }
    }

    /// Fills in the time of one of them.
    mutating func recallFetch(of place: Int, _ times: [Instant]) {
        let reader = followers[place].reader
        if reader >= 0 { followers[place].recallFetch(at: times[Int(reader)]) }
    }

    /// The ISR that a change would lead to.
    func proposed(by change: Change) -> [BrokerID] {
        switch change {
        case .expand(let joining): committed + [joining]
        case .shrink(let leaving): committed.filter { !leaving.contains($0) }
        }
    }

    /// Makes a change pending and numbers it.
    mutating func propose(_ change: Change) -> Int32 {
        proposals &+= 1
        pending = Pending(change: change, number: proposals)
        return proposals
    }

    /// Takes the ISR that the controller or the metadata log states.
    mutating func commit(_ isr: [BrokerID]) {
        committed = isr
        pending = nil
    }

    /// The controller will not have the change: back to the last confirmed ISR.
    mutating func revert() {
        pending = nil
    }

    /// Takes the assignment: known followers keep their state, new ones begin without.
    mutating func assign(_ replicas: [BrokerID], leader: BrokerID) {
        if followers.count == replicas.count - 1,
            zip(followers, replicas.lazy.filter { $0 != leader }).allSatisfy({ $0.id == $1 })
        {
            return
        }
        let known = followers
        followers = replicas.filter { $0 != leader }.map { id in
            known.first { $0.id == id } ?? FollowerState(id: id)
        }
    }

    /// Forgets everything: this broker follows now.
    mutating func clear() {
        followers.removeAll()
        committed.removeAll()
        pending = nil
    }
}
