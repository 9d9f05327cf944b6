import Checkers
import KafkaProtocol
import SimBase

/// How long partitions had no leader that a client could have reached.
struct LeaderTracker {
    private struct Claim {
        let broker: BrokerID
        let epoch: LeaderEpoch
    }

    private struct Track {
        let partition: TopicPartition
        var claims: [Claim] = []
        /// Whether it has ever had one: the birth of a partition is no outage.
        var hasBeenLed = false
        /// Since when nobody reachable leads; `nil` while somebody does.
        var leaderlessSince: Instant?
        var longest = Interval.zero
    }

    private var tracks: [Track] = []
    /// The times that are over.
    private var outages: [ClusterHistory.Outage] = []

    mutating func watch(_ partition: TopicPartition) {
        guard !tracks.contains(where: { $0.partition == partition }) else { return }
        tracks.append(Track(partition: partition))
    }

    mutating func unwatch(_ topic: TopicName) {
        tracks.removeAll { $0.partition.topic == topic }
    }

    mutating func claimed(_ partition: TopicPartition, by broker: BrokerID, _ epoch: LeaderEpoch) {
        guard let index = tracks.firstIndex(where: { $0.partition == partition }) else { return }
        tracks[index].claims.removeAll { $0.broker == broker }
        tracks[index].claims.append(Claim(broker: broker, epoch: epoch))
        tracks[index].hasBeenLed = true
    }

    mutating func resigned(_ partition: TopicPartition, _ broker: BrokerID) {
        guard let index = tracks.firstIndex(where: { $0.partition == partition }) else { return }
        tracks[index].claims.removeAll { $0.broker == broker }
    }

    mutating func forget(_ broker: BrokerID) {
        for index in tracks.indices { tracks[index].claims.removeAll { $0.broker == broker } }
    }

    /// Judges anew who can be reached.
    mutating func update(at now: Instant, isReachable: (BrokerID) -> Bool) {
        for index in tracks.indices {
            let isLed = tracks[index].claims.contains { isReachable($0.broker) }
            if isLed {
                close(index, at: now)
            } else if tracks[index].hasBeenLed, tracks[index].leaderlessSince == nil {
                tracks[index].leaderlessSince = now
            }
        }
    }

    private mutating func close(_ index: Int, at now: Instant) {
        guard let since = tracks[index].leaderlessSince else { return }
        outages.append(
            ClusterHistory.Outage(partition: tracks[index].partition, from: since, to: now)
        )
        // Booting does not count.
        tracks[index].longest = max(tracks[index].longest, now - max(since, .zero))
        tracks[index].leaderlessSince = nil
    }

    /// All times without a reachable leader, those that still last included.
    func outages(at now: Instant) -> [ClusterHistory.Outage] {
        outages
            + tracks.compactMap { track in
                track.leaderlessSince.map {
                    ClusterHistory.Outage(partition: track.partition, from: $0, to: now)
                }
            }
    }

    /// The longest time of any partition, a gap that is still open included.
    func longest(at now: Instant) -> Interval {
        tracks.reduce(.zero) { result, track in
            var longest = track.longest
            if let since = track.leaderlessSince { longest = max(longest, now - max(since, .zero)) }
            return max(result, longest)
        }
    }
}
