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
    /// KRaft elects uncleanly where `unclean.leader.election.enable` says so, and not by an
    /// administrator's order alone (KAFKA-12670, 3.9).
    public var uncleanElectionByConfig = true
    /// The quorum's leader resigns when a majority fetches no more (KAFKA-15489, 3.7).
    public var checkQuorum = true
    /// Brokers tell the controller of log directories that have failed (KIP-858, 3.7).
    public var reportsLogDirFailures = true
    /// A reassignment ends when all of its replicas are in the ISR, not the added ones alone (3.8).
    public var reassignmentAwaitsAllReplicas = true
    /// A metadata commit answers parked fetches of the quorum (KIP-1166).
    public var metadataCommitWakesFetch = false
    /// Candidates ask first whether they would win (KIP-996).
    public var preVote = false
    /// Answers that send a client elsewhere say where (KIP-951, 3.7).
    public var leaderHints = true
    /// A producer does not wait before it tries again with a new leader (KAFKA-15415, 3.6).
    public var newLeaderEndsBackoff = true
    /// An error that comes for a batch whose failure the application has been told of already
    /// changes no sequences (KAFKA-14831, 3.6).
    public var lateErrorsKeepSequences = true
    /// A produce that ran into `request.timeout.ms` fails with REQUEST_TIMED_OUT, instead of
    /// NETWORK_EXCEPTION like any other end of its connection (KAFKA-14317, 3.5).
    public var requestTimeoutError = true
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
