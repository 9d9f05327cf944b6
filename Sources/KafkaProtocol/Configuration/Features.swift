/// Which of Kafka's behaviours a run shows, by the release in which each changed.
///
/// The scenario's `kafka.version` sets them all; `cluster.features` sets one alone.
public struct Features: Equatable, Sendable {
    /// How a follower that finds its log to differ cuts it back.
    public enum Truncation: String, Equatable, Sendable, CaseIterable {
        case highWatermark = "high-watermark"
        case epochV0 = "epoch-v0"
        case epoch = "epoch"
        case epochFenced = "epoch-fenced"
        case onFetch = "on-fetch"
    }

    /// The release line, which says what property values a cluster accepts.
    public var version = KafkaVersion.latest
    public var truncation = Truncation.onFetch
    /// The high watermark stands still while the ISR is below `min.insync.replicas` (KAFKA-15583).
    public var minISRGatesHighWatermark = true
    /// `min.insync.replicas` counts at most as the number of replicas.
    public var minISRCappedByReplicas = true
    /// Brokers' epochs are checked when a replica joins the ISR (KIP-903).
    public var brokerEpochInISR = true
    /// Eligible leader replicas (KIP-966): `eligible.leader.replicas.version` of 1.
    public var eligibleLeaderReplicas = false
    /// A smaller ISR bumps the leader epoch (KRaft before metadata version 3.6).
    public var leaderEpochBumpOnISRShrink = false
    /// A metadata commit answers parked fetches of the quorum (KIP-1166).
    public var metadataCommitWakesFetch = false
    /// Candidates ask first whether they would win (KIP-996).
    public var preVote = false
    /// `delivery.timeout.ms` bounds a record's life in the producer (KIP-91).
    public var deliveryTimeout = true
    /// Retry back-offs double up to `retry.backoff.max.ms` (KIP-580).
    public var exponentialRetryBackoff = true
    /// A producer is idempotent unless its settings conflict (3.0).
    public var idempotenceByDefault = true
    /// A producer waits for all in-sync replicas unless told otherwise (3.0).
    public var acksAllByDefault = true

    public init() {}
}
