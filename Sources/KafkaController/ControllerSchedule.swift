import KafkaProtocol
import SimBase

/// When the active controller's deferred events are due. One timer stands for the earliest.
struct ControllerSchedule: Equatable, Sendable {
    /// Fences the broker that has been silent for longest.
    var fenceCheck = Instant.distantFuture
    /// Tries unclean elections where they are allowed.
    var uncleanElection = Instant.distantFuture
    /// Gives leadership back to first replicas.
    var balance = Instant.distantFuture
    var noOp = Instant.distantFuture

    /// For when the timer is armed; `nil` if it is not.
    var armed: Instant?

    private var earliest: Instant {
        min(min(fenceCheck, uncleanElection), min(balance, noOp))
    }

    /// Arms the timer if the earliest deadline is not what it is armed for.
    mutating func arm(into effects: inout [Effect]) {
        let deadline = earliest
        guard deadline != armed else { return }
        if deadline < .distantFuture {
            armed = deadline
            effects.append(.armTimer(.controller, at: deadline))
        } else {
            disarm(into: &effects)
        }
    }

    mutating func disarm(into effects: inout [Effect]) {
        guard armed != nil else { return }
        armed = nil
        effects.append(.cancelTimer(.controller))
    }
}
