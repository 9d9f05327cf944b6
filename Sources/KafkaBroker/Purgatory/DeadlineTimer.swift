import KafkaProtocol
import SimBase

/// One of the process's timers, moved only towards the past.
///
/// Most deadlines never come: the request they guard is answered first. So a later deadline leaves
/// the timer alone, and whoever is woken early looks again and arms anew.
struct DeadlineTimer: Sendable {
    let kind: TimerKind
    private var armedAt = Instant.distantFuture

    init(_ kind: TimerKind) {
        self.kind = kind
    }

    mutating func arm(at instant: Instant, into effects: inout [Effect]) {
        guard instant < armedAt, instant < .distantFuture else { return }
        armedAt = instant
        effects.append(.armTimer(kind, at: instant))
    }

    /// The timer has fired and is not armed any more.
    mutating func fired() {
        armedAt = .distantFuture
    }
}
