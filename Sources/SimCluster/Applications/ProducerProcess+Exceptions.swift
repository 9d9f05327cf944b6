import Checkers
import KafkaClients
import KafkaProtocol
import Scenario
import SimBase

/// What the application does when `send()` fails, on its own thread and in callbacks.
///
/// A failure before the record is in a batch runs the callback inside `send()`: a callback that
/// sends again goes one level deeper on the stack, and what it throws leaves the outer `send()`.
/// - Source: org.apache.kafka.clients.producer.KafkaProducer.doSend.
extension ProducerProcess {
    /// How many nested calls of `send()` a Java thread's stack of a megabyte holds, about.
    static let stackDepth = 3_000

    /// Whether the application's callback sends again what failed.
    var sendsAgain: Bool {
        spec.onError.contains(.resend) || spec.onError.contains(.resendThenThrow)
    }

    /// `send()` has returned or thrown inside a callback on the I/O thread, where what a callback
    /// throws is swallowed and logged.
    mutating func returnedToCallback(
        _ outcome: KafkaProducer.SendOutcome,
        _ record: RecordID,
        _ now: Instant,
        _ effects: inout [Effect],
        _ ledger: inout Ledger
    ) {
        var outcome = outcome
        var depth = 0
        while case .failed(let exception) = outcome {
            ledger.failed(record, exception: exception.name, lastError: .none, now: now)
            depth += 1
            guard sendsAgain, depth <= ProducerProcess.stackDepth,
                let again = sendAgain(record, isIOThread: true, now, &effects, &ledger)
            else { return }
            outcome = again
        }
        if case .threw(let exception) = outcome {
            // Nobody sends the record again.
            ledger.failed(record, exception: exception.name, lastError: .none, now: now)
        }
    }

    /// `send()` has returned or thrown on the application's thread, at the depth ``nesting``.
    mutating func returned(
        _ outcome: KafkaProducer.SendOutcome,
        _ record: RecordID,
        _ now: Instant,
        _ effects: inout [Effect],
        _ ledger: inout Ledger
    ) {
        thread = .free
        var outcome = outcome
        while case .failed(let exception) = outcome {
            ledger.failed(record, exception: exception.name, lastError: .none, now: now)
            if spec.onError.contains(.stop) { thread = .stopped }
            guard sendsAgain else { return }
            nesting += 1
            guard nesting <= ProducerProcess.stackDepth,
                let again = sendAgain(record, isIOThread: false, now, &effects, &ledger)
            else {
                // StackOverflowError.
                nesting = 0
                return caught(now, &effects)
            }
            outcome = again
        }
        switch outcome {
        case .blocked:
            thread = .inSend(record, since: now)
            return
        case .accepted, .failed:
            // The callback goes on behind its re-send, still inside the outer `send()`.
            if nesting > 0, spec.onError.contains(.resendThenThrow) {
                caught(now, &effects)
            } else if spec.api == .sync, thread == .free {
                thread = .awaiting(record)
            }
        case .threw(let exception):
            ledger.failed(record, exception: exception.name, lastError: .none, now: now)
            if spec.onError.contains(.stop) { thread = .stopped }
            caught(now, &effects)
        }
        nesting = 0
    }

    /// The callback of a failed send sends the record again.
    private mutating func sendAgain(
        _ record: RecordID,
        isIOThread: Bool,
        _ now: Instant,
        _ effects: inout [Effect],
        _ ledger: inout Ledger
    ) -> KafkaProducer.SendOutcome? {
        guard let message = sent[record.rawValue] else { return nil }
        ledger.resent(record)
        return client?.send(message, isIOThread: isIOThread, now: now, into: &effects)
    }

    /// The caller of `send()` has caught what came out of it.
    private mutating func caught(_ now: Instant, _ effects: inout [Effect]) {
        guard spec.onError.contains(.closeOnThrow), let phase = client?.phase else { return }
        hasClosedOnThrow = true
        guard phase != .closed else { return }
        client?.close(timeout: .forever, now: now, into: &effects)
        if thread == .free { thread = .inClose }
    }
}
