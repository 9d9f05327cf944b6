import KafkaProtocol
import SimBase

/// What a leader knows of one follower.
/// - Source: kafka.cluster.Replica, ReplicaState.
struct FollowerState: Equatable, Sendable {
    let id: BrokerID
    /// The follower holds every record before it; ``Offset/none`` until it fetches in this epoch.
    var logEndOffset = Offset.none
    var logStartOffset = Offset.none
    /// Where the leader's log ended at the follower's last fetch.
    var lastFetchLeaderLogEndOffset = Offset.none
    var lastFetchTime = Instant.distantPast
    /// When the follower last held everything that the leader had then.
    var lastCaughtUpTime = Instant.distantPast
    /// From the last fetch; `nil` before the first, ``BrokerEpoch/none`` from a broker that was not
    /// registered yet.
    var brokerEpoch: BrokerEpoch?
    /// The fetch session whose fetches stand for this follower's while nothing changes; -1 for none.
    var reader: Int32 = -1

    init(id: BrokerID) {
        self.id = id
    }

    /// Notes an accepted fetch.
    ///
    /// - Parameters:
    ///   - offset: what the follower asked for, and therefore its log end.
    ///   - logStart: the follower's own log start.
    ///   - leaderEnd: the leader's log end, sampled before the read.
    ///   - epoch: the follower's broker epoch.
    ///   - now: when the fetch was handled.
    mutating func recordFetch(
        at offset: Offset,
        logStart: Offset,
        leaderEnd: Offset,
        brokerEpoch epoch: BrokerEpoch,
        now: Instant
    ) {
        if offset >= leaderEnd {
            lastCaughtUpTime = max(lastCaughtUpTime, now)
        } else if offset >= lastFetchLeaderLogEndOffset {
            // It has reached where the leader stood at the previous fetch.
            lastCaughtUpTime = max(lastCaughtUpTime, lastFetchTime)
        }
        logEndOffset = offset
        logStartOffset = logStart
        lastFetchLeaderLogEndOffset = max(lastFetchLeaderLogEndOffset, leaderEnd)
        lastFetchTime = now
        brokerEpoch = epoch
    }

    /// Takes a fetch into account that found the follower where it was: at the leader's end.
    mutating func recallFetch(at time: Instant) {
        lastCaughtUpTime = max(lastCaughtUpTime, time)
        lastFetchTime = max(lastFetchTime, time)
        reader = -1
    }

    /// Begins a leader epoch.
    ///
    /// - Parameters:
    ///   - leaderEnd: the leader's log end.
    ///   - isNewLeader: whether this broker did not lead before: then nothing known is worth much.
    ///   - isInSync: whether the follower is in the new ISR, and gets the full lag time.
    ///   - now: when the epoch began here.
    mutating func beginEpoch(
        leaderEnd: Offset,
        isNewLeader: Bool,
        isInSync: Bool,
        now: Instant
    ) {
        lastCaughtUpTime = isInSync ? now : .distantPast
        if isNewLeader {
            logEndOffset = .none
            logStartOffset = .none
            lastFetchLeaderLogEndOffset = .none
            lastFetchTime = .distantPast
            brokerEpoch = nil
        } else {
            lastFetchLeaderLogEndOffset = leaderEnd
            lastFetchTime = isInSync ? now : .distantPast
        }
    }

    /// Whether the follower counts as in step: at the leader's very end, or there not long ago.
    func isCaughtUp(leaderEnd: Offset, lagMax: Interval, now: Instant) -> Bool {
        logEndOffset == leaderEnd || now - lastCaughtUpTime <= lagMax
    }
}
