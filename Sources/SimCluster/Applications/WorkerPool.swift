import DequeModule
import KafkaClients
import SimBase

/// Threads that work on records which the poll loop has handed over.
struct WorkerPool {
    struct Item {
        let record: FetchedRecord
        let done: Instant
    }

    private let time: Interval
    private var freeAt: [Instant]
    private var items = Deque<Item>()

    init(count: Int, time: Interval) {
        self.time = time
        freeAt = Array(repeating: .distantPast, count: count)
    }

    var isEmpty: Bool {
        items.isEmpty
    }

    /// When the next record will be done; the distant future if none is in hand.
    var nextDone: Instant {
        items.first?.done ?? .distantFuture
    }

    /// When all records will be done; the distant future if none is in hand.
    var lastDone: Instant {
        items.last?.done ?? .distantFuture
    }

    /// Gives each record to the worker that is free first.
    mutating func add(_ records: [FetchedRecord], at now: Instant) {
        for record in records {
            var earliest = 0
            for index in freeAt.indices where freeAt[index] < freeAt[earliest] { earliest = index }
            let done = max(freeAt[earliest], now) + time
            freeAt[earliest] = done
            items.append(Item(record: record, done: done))
        }
    }

    /// Takes the next record that is done by `now`. All cost the same, so they finish in order.
    mutating func finishNext(at now: Instant) -> Item? {
        guard let first = items.first, first.done <= now else { return nil }
        return items.removeFirst()
    }

    /// The process stood still: everything in hand is done that much later.
    mutating func delay(by pause: Interval) {
        for index in items.indices {
            items[index] = Item(record: items[index].record, done: items[index].done + pause)
        }
        for index in freeAt.indices { freeAt[index] += pause }
    }

    mutating func clear() {
        items.removeAll()
        for index in freeAt.indices { freeAt[index] = .distantPast }
    }
}
