import KafkaProtocol
import SimBase

/// A request that waits in a ``Purgatory``, as data.
protocol DelayedOperation: Sendable {
    init()
    /// The partition slots whose changes may complete it. An operation is listed under each.
    var watchedSlots: [Int32] { get }
    /// Forgets the request; keeps memory for the next.
    mutating func clear()
}

/// Requests that wait for a partition to change, each until its deadline.
///
/// Operations live in places that are reused; a place's generation grows with every use. Watch
/// lists hold live operations only, in the order of their arrival.
/// - Source: org.apache.kafka.server.purgatory.DelayedOperationPurgatory.
struct Purgatory<Operation: DelayedOperation>: Sendable {
    private(set) var operations: [Operation] = []
    private var generations: [Int32] = []
    private var free: [Int32] = []
    private var watchers: [[Int32]] = []
    private var deadlines = DeadlineQueue()

    var count: Int {
        operations.count - free.count
    }

    /// The earliest deadline of all that wait.
    mutating func nextDeadline() -> Instant {
        deadlines.nextDeadline(generations)
    }

    /// A place for a new operation, which `fill` describes; watched from now on.
    @discardableResult
    mutating func park(deadline: Instant, _ fill: (inout Operation) -> Void) -> Int {
        let place: Int
        if let reused = free.popLast() {
            place = Int(reused)
        } else {
            place = operations.count
            operations.append(Operation())
            generations.append(0)
        }
        fill(&operations[place])
        watchAll(place)
        deadlines.insert(Int32(place), generation: generations[place], deadline: deadline)
        return place
    }

    /// How many operations watch a partition.
    func watcherCount(of slot: Int) -> Int {
        slot < watchers.count ? watchers[slot].count : 0
    }

    /// The operation that stands at `index` of a partition's watch list.
    func watcher(of slot: Int, at index: Int) -> Int {
        Int(watchers[slot][index])
    }

    mutating func update(_ place: Int, _ body: (inout Operation) -> Bool) -> Bool {
        body(&operations[place])
    }

    /// Takes the next operation whose deadline has come; it must be removed by the caller.
    mutating func popExpired(now: Instant) -> Int? {
        deadlines.popExpired(now: now, generations)
    }

    /// Removes a finished operation from all watch lists.
    mutating func remove(_ place: Int) {
        for slot in operations[place].watchedSlots {
            watchers[Int(slot)].removeAll { $0 == Int32(place) }
        }
        operations[place].clear()
        generations[place] &+= 1
        free.append(Int32(place))
    }

    /// Lists an operation under all slots that it watches.
    mutating func watchAll(_ place: Int) {
        for slot in operations[place].watchedSlots { watch(Int(slot), place) }
    }

    private mutating func watch(_ slot: Int, _ place: Int) {
        while watchers.count <= slot { watchers.append([]) }
        watchers[slot].append(Int32(place))
    }
}
