import DequeModule
import SimBase

/// Operations in the order of their deadlines, equal ones in the order of their arrival.
///
/// Deadlines come nearly sorted (an operation's timeout is a configured constant), so an insertion
/// is an append almost always. Finished operations are dropped when they reach the front.
struct DeadlineQueue: Sendable {
    private struct Entry: Sendable {
        let deadline: Instant
        let operation: Int32
        let generation: Int32
    }

    private var entries = Deque<Entry>()

    mutating func insert(_ operation: Int32, generation: Int32, deadline: Instant) {
        var place = entries.count
        while place > 0, deadline < entries[place - 1].deadline { place -= 1 }
        let entry = Entry(deadline: deadline, operation: operation, generation: generation)
        if place == entries.count {
            entries.append(entry)
        } else {
            entries.insert(entry, at: place)
        }
    }

    /// The earliest deadline of an operation that is still there: one whose generation is the
    /// present one.
    mutating func nextDeadline(_ generations: [Int32]) -> Instant {
        while let first = entries.first {
            if generations[Int(first.operation)] == first.generation { return first.deadline }
            entries.removeFirst()
        }
        return .distantFuture
    }

    /// Takes the next operation whose deadline has come.
    mutating func popExpired(now: Instant, _ generations: [Int32]) -> Int? {
        guard nextDeadline(generations) <= now, let first = entries.popFirst() else { return nil }
        return Int(first.operation)
    }
}
