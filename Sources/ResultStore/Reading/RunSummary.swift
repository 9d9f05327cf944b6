public import SimBase

/// A recorded run in one line.
public struct RunSummary: Equatable, Sendable {
    public let id: RunID
    /// UTC, as `2026-01-31T12:34:56Z`.
    public let recordedAt: String
    public let scenario: String
    public let file: String
    public let seed: UInt64
    public let kafkaVersion: String
    public let end: Instant
    public let events: Int64
    public let digest: String
    public let guarantee: String
    public let pass: Bool
    public let sent: Int64
    /// Acknowledged and gone.
    public let lostAcked: Int64
    /// Gone, for whatever reason.
    public let lost: Int64
    public let duplicated: Int64
    public let reordered: Int64
}
