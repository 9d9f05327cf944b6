import KafkaProtocol
import SimBase

/// Hands out producer ids from blocks of a thousand that the controller allocates.
///
/// The next block is asked for when nine tenths of the present one are gone; a client that comes
/// before it has arrived is told to try again.
/// - Source: org.apache.kafka.coordinator.transaction.RPCProducerIdManager (KIP-730).
struct ProducerIDBlocks: Equatable, Sendable {
    /// Wait after a refused request for a block.
    static let retryInterval = Interval.milliseconds(50)

    private var next: Int64 = 0
    private var end: Int64 = 0
    /// When the present block is nine tenths used.
    private var prefetchAt: Int64 = 0
    private var following: Range<Int64>?
    /// Whether a client has asked for what only a further block can give.
    private(set) var isWanted = false
    private var isRequested = false
    /// No request before this.
    private var backoffUntil = Instant.distantPast

    init() {}

    /// The next id; `nil` while a block has to be waited for.
    mutating func claim() -> ProducerID? {
        if next >= end {
            guard let block = following else {
                isWanted = true
                return nil
            }
            following = nil
            next = block.lowerBound
            end = block.upperBound
            prefetchAt = next + Int64(block.count) * 9 / 10
        }
        next += 1
        if next > prefetchAt, following == nil { isWanted = true }
        return ProducerID(next - 1)
    }

    /// Whether a block is to be asked for now; noted as asked if so.
    mutating func shouldRequest(now: Instant) -> Bool {
        guard isWanted, !isRequested, now >= backoffUntil else { return false }
        isRequested = true
        return true
    }

    /// When a refused request is to be repeated.
    var retryAt: Instant {
        isWanted && !isRequested ? backoffUntil : .distantFuture
    }

    mutating func received(_ error: ErrorCode, first: ProducerID, count: Int32, now: Instant) {
        isRequested = false
        guard error == .none, count > 0 else {
            backoffUntil = now + ProducerIDBlocks.retryInterval
            return
        }
        isWanted = false
        following = first.rawValue..<first.rawValue + Int64(count)
    }
}
