public import SimBase

/// The events to come, in strict order of (instant, sequence of scheduling).
///
/// A calendar wheel of 4,096 buckets of 4,096 ns holds the next 16.8 ms, a heap of keys what lies
/// beyond. The events of the bucket in hand are kept sorted in a small heap of their own, so that
/// scheduling is a push onto a list for all others. Events lie in a slab and don't move.
///
/// The memory is the queue's own: see ``KeyHeap`` for what that gains.
public struct EventQueue: ~Copyable {
    private struct Entry {
        var key: EventKey
        var event: QueuedEvent
        /// The next entry of the same bucket, or of the free list; -1 ends both.
        var next: Int32
    }

    private static let bucketCount = 4_096
    /// A bucket is 2 to this power nanoseconds wide.
    private static let bucketWidthBits: Int64 = 12

    private var entries: UnsafeMutablePointer<Entry>
    private var capacity = 1_024
    private var firstFree: Int32 = -1
    private let buckets: UnsafeMutablePointer<Int32>
    /// One bit a bucket that holds anything, and one bit for each word of them that is not zero.
    private let occupied: UnsafeMutablePointer<UInt64>
    private var occupiedWords: UInt64 = 0
    /// The bucket in hand: everything up to its end is in `current`.
    private var cursor = Instant.distantPast.nanoseconds >> EventQueue.bucketWidthBits
    private var current = KeyHeap()
    private var overflow = KeyHeap()
    private var nextSequence: UInt64 = 0

    /// The instant of the event that was popped last.
    public private(set) var now = Instant.distantPast
    /// How many events wait.
    public private(set) var count = 0

    public init() {
        entries = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        buckets = UnsafeMutablePointer<Int32>.allocate(capacity: EventQueue.bucketCount)
        buckets.initialize(repeating: -1, count: EventQueue.bucketCount)
        occupied = UnsafeMutablePointer<UInt64>.allocate(capacity: EventQueue.bucketCount / 64)
        occupied.initialize(repeating: 0, count: EventQueue.bucketCount / 64)
        freeEntries(from: 0)
    }

    deinit {
        entries.deallocate()
        buckets.deallocate()
        occupied.deallocate()
    }

    /// Schedules `event`, behind all that were scheduled before for the same instant.
    /// - Precondition: `time` is not before ``now``.
    public mutating func schedule(at time: Instant, _ event: QueuedEvent) {
        schedule(at: time, sequence: takeSequence(), event)
    }

    /// Takes the place in the order that an event scheduled now would have.
    public mutating func takeSequence() -> UInt64 {
        let sequence = nextSequence
        precondition(sequence < EventKey.sequenceLimit, "sequence numbers exhausted at \(now)")
        nextSequence = sequence + 1
        return sequence
    }

    /// Schedules `event` at a place in the order that was taken before, once for each place.
    public mutating func schedule(at time: Instant, sequence: UInt64, _ event: QueuedEvent) {
        precondition(time >= now, "an event at \(time) cannot be scheduled at \(now)")
        if firstFree < 0 {
            grow()
        }
        let entry = firstFree
        let slot = entries + Int(entry)
        firstFree = slot.pointee.next
        let key = EventKey(time: time.nanoseconds, sequence: sequence, entry: entry)
        slot.pointee.key = key
        slot.pointee.event = event
        count += 1
        let bucket = time.nanoseconds >> EventQueue.bucketWidthBits
        let distance = bucket &- cursor
        if distance <= 0 {
            current.push(key)
        } else if distance < Int64(EventQueue.bucketCount) {
            let index = Int(bucket & Int64(EventQueue.bucketCount - 1))
            slot.pointee.next = buckets[index]
            buckets[index] = entry
            occupied[index >> 6] |= 1 << UInt64(index & 63)
            occupiedWords |= 1 << UInt64(index >> 6)
        } else {
            overflow.push(key)
        }
    }

    /// Takes out the earliest event if it is due at `limit` or before.
    public mutating func popNext(upTo limit: Instant) -> QueuedEvent? {
        if current.isEmpty, !advance(upTo: limit) { return nil }
        guard current.first.time <= limit.nanoseconds else { return nil }
        let slot = entries + current.pop().entry
        now = Instant(nanoseconds: slot.pointee.key.time)
        count -= 1
        slot.pointee.next = firstFree
        firstFree = Int32(truncatingIfNeeded: slot - entries)
        return slot.pointee.event
    }

    /// The instant of the earliest event.
    public mutating func timeOfNext() -> Instant? {
        if current.isEmpty, !advance(upTo: .distantFuture) { return nil }
        return Instant(nanoseconds: current.first.time)
    }

    /// Sorts what the next bucket holds that holds anything, unless it begins after `limit`;
    /// everything before its end is in `current` then.
    ///
    /// Inlined by force, and the search with it: an event of a storm with 1,000 in flight, where
    /// most buckets are empty, took 31 ns with calls and 24 without.
    @inline(__always)
    private mutating func advance(upTo limit: Instant) -> Bool {
        var bucket = Int64.max
        if occupiedWords != 0 {
            bucket = cursor &+ 1 &+ distanceToOccupied()
        }
        if !overflow.isEmpty {
            bucket = min(bucket, overflow.first.time >> EventQueue.bucketWidthBits)
        }
        guard bucket <= limit.nanoseconds >> EventQueue.bucketWidthBits else { return false }
        cursor = bucket
        let index = Int(bucket & Int64(EventQueue.bucketCount - 1))
        var entry = buckets[index]
        if entry >= 0 {
            buckets[index] = -1
            let word = index >> 6
            let rest = occupied[word] & ~(1 << UInt64(index & 63))
            occupied[word] = rest
            if rest == 0 { occupiedWords &= ~(1 << UInt64(word)) }
        }
        while entry >= 0 {
            let slot = entries + Int(entry)
            current.push(slot.pointee.key)
            entry = slot.pointee.next
        }
        while !overflow.isEmpty, overflow.first.time >> EventQueue.bucketWidthBits == bucket {
            current.push(overflow.pop())
        }
        return true
    }

    /// How far behind the bucket after the one in hand, going round, the first lies that holds
    /// anything. There is one.
    @inline(__always)
    private func distanceToOccupied() -> Int64 {
        let start = Int((cursor &+ 1) & Int64(EventQueue.bucketCount - 1))
        let word = start >> 6
        let here = occupied[word] & (~0 << UInt64(start & 63))
        if here != 0 {
            return Int64(word << 6 &+ here.trailingZeroBitCount &- start)
        }
        // The words behind this one; when they are empty, round to the first, this one included.
        let behind = word == 63 ? 0 : occupiedWords & (~0 &<< UInt64(word &+ 1))
        let found = (behind != 0 ? behind : occupiedWords).trailingZeroBitCount
        let index = found << 6 &+ occupied[found].trailingZeroBitCount
        return Int64((index &- start) & (EventQueue.bucketCount - 1))
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: entries, count: capacity)
        entries.deallocate()
        entries = larger
        let used = capacity
        capacity *= 2
        precondition(capacity <= EventKey.entryLimit, "\(count) events wait at \(now): too many")
        freeEntries(from: used)
    }

    /// Puts the entries from `start` to the end of the slab on the free list, which is empty.
    private mutating func freeEntries(from start: Int) {
        let blank = QueuedEvent(kind: .world, subject: -1)
        for index in start..<capacity {
            let next = index + 1 < capacity ? Int32(index + 1) : -1
            let entry = Entry(key: EventKey(time: 0, order: 0), event: blank, next: next)
            (entries + index).initialize(to: entry)
        }
        firstFree = Int32(start)
    }
}
