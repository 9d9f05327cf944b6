import KafkaProtocol

/// `buffer.memory`: bytes lent to batches, with a queue of threads that wait for some.
///
/// A released buffer serves the oldest waiter only, which keeps what it gets until it has enough; a
/// newcomer whose request fits is served at once all the same.
/// - Source: org.apache.kafka.clients.producer.internals.BufferPool.
struct BufferPool: Sendable {
    /// The threads that may wait: the application's and, from a callback, the I/O thread.
    enum Waiter: UInt8, Sendable {
        case application
        case ioThread
    }

    private struct Waiting: Sendable {
        let waiter: Waiter
        let size: Int64
        var accumulated: Int64 = 0
    }

    let total: Int64
    private(set) var available: Int64
    private var waiting: [Waiting] = []

    init(total: Int64) {
        self.total = total
        available = total
    }

    var hasWaiters: Bool { !waiting.isEmpty }

    /// Takes `size` bytes if they are there.
    mutating func tryAllocate(_ size: Int) -> Bool {
        guard available >= Int64(size) else { return false }
        available -= Int64(size)
        return true
    }

    /// Queues a thread and gives it what is left.
    mutating func wait(_ waiter: Waiter, for size: Int) {
        var entry = Waiting(waiter: waiter, size: Int64(size))
        if waiting.isEmpty {
            entry.accumulated = available
            available = 0
        }
        waiting.append(entry)
    }

    /// Takes a thread out of the queue; what it had gathered is available again.
    mutating func giveUp(_ waiter: Waiter) {
        guard let index = waiting.firstIndex(where: { $0.waiter == waiter }) else { return }
        available += waiting[index].accumulated
        waiting.remove(at: index)
    }

    mutating func release(_ size: Int) {
        available += Int64(size)
    }

    /// The oldest waiter, if what is available now completes its request; it holds the memory then.
    mutating func nextServed() -> Waiter? {
        guard !waiting.isEmpty else { return nil }
        let taken = min(waiting[0].size - waiting[0].accumulated, available)
        waiting[0].accumulated += taken
        available -= taken
        guard waiting[0].accumulated == waiting[0].size else { return nil }
        return waiting.removeFirst().waiter
    }
}
