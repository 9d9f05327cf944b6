import DequeModule
import KafkaProtocol
import Scenario
import SimBase

/// What an application wants to send, when it is its thread's turn.
struct SendOrder {
    /// A record that was already handed to `send()`: a re-send of its own.
    var record: RecordID?
    var valueSize: ValueSizeSpec
    var key: KeySpec
    var partition: Int32?
    var timestamp: TimestampSpec?
}

/// The workload of one producing application: what is due when.
struct Workload {
    private let spec: ProducerSpec
    /// The stream's next record, from 0.
    private var next: Int64 = 0
    /// How far the stream's schedule has moved because the process was down.
    private var delay = Interval.zero
    private var downSince: Instant?

    /// An entry of `sends` that has begun.
    private struct Series {
        var order: SendOrder
        var left: Int64
        var every: Interval
        var due: Instant
    }

    private var series: [Series] = []
    private let end: Instant

    init(_ spec: ProducerSpec, duration: Interval) {
        self.spec = spec
        end = .zero + duration
    }

    var order: SendOrder {
        SendOrder(valueSize: spec.valueSize, key: spec.keys)
    }

    /// Begins an entry of `sends`, or an extra send of the timeline.
    mutating func begin(
        count: Int64,
        every: Interval?,
        valueSize: ValueSizeSpec?,
        key: KeySpec?,
        partition: Int32?,
        timestamp: TimestampSpec?,
        at now: Instant
    ) {
        var order = order
        order.valueSize = valueSize ?? order.valueSize
        order.key = key ?? order.key
        order.partition = partition
        order.timestamp = timestamp
        series.append(Series(order: order, left: count, every: every ?? .zero, due: now))
    }

    mutating func stopped(at now: Instant) {
        downSince = now
    }

    /// The process runs again: what would have been sent meanwhile is sent from now on.
    mutating func restarted(at now: Instant) {
        guard let downSince else { return }
        let started = streamStart
        if now > started { delay += now - max(downSince, started) }
        self.downSince = nil
    }

    private var streamStart: Instant {
        if case .stream(let stream) = spec.workload { stream.start } else { .zero }
    }

    /// Whether the stream sends as fast as `send()` returns.
    var isAsFastAsPossible: Bool {
        if case .stream(let stream) = spec.workload {
            stream.rate == .asFastAsPossible
        } else {
            false
        }
    }

    /// When the next record is due; `nil` when nothing is left. A stream that has fallen behind
    /// ends with the scenario's duration all the same.
    func nextDue(at now: Instant) -> Instant? {
        var due = now < end ? streamDue : nil
        for item in series { due = min(due ?? item.due, item.due) }
        return due
    }

    private var streamDue: Instant? {
        guard case .stream(let stream) = spec.workload else { return nil }
        if let count = stream.count, next >= count { return nil }
        switch stream.rate {
        case .asFastAsPossible:
            let due = stream.start + delay
            return due < end ? due : nil
        case .perPeriod(let records, let period):
            let (high, low) = period.nanoseconds.multipliedFullWidth(by: next)
            let offset = records.dividingFullWidth((high, low)).quotient
            let due = stream.start + delay + Interval(nanoseconds: offset)
            return due < end ? due : nil
        }
    }

    /// Takes the next record that is due at `now`, if any.
    mutating func take(at now: Instant) -> SendOrder? {
        if let index = series.firstIndex(where: { $0.due <= now }) {
            let order = series[index].order
            series[index].left -= 1
            series[index].due += series[index].every
            if series[index].left <= 0 { series.remove(at: index) }
            return order
        }
        guard let due = streamDue, due <= now, now < end else { return nil }
        next += 1
        return order
    }
}
