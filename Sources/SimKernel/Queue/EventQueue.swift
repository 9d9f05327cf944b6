public import SimBase

/// The events to come, in strict order of (instant, sequence of scheduling).
///
/// A calendar wheel of 4,096 buckets of 4,096 ns holds the next 16.8 ms, a heap of keys what lies
/// beyond. The events of the bucket in hand are kept sorted in a small heap of their own, so that
/// scheduling is a push onto a list for all others. Events lie in a slab and don't move.
///
/// The memory is the queue's own: see ``KeyHeap`` for what that gains. What happens to every event
/// can be inlined where it is used, in other modules too.
public struct EventQueue: ~Copyable {
    @usableFromInline
    struct Entry {
        @usableFromInline var key: EventKey
        @usableFromInline var event: QueuedEvent
        /// The next entry of the same bucket, or of the free list; -1 ends both.
        @usableFromInline var next: Int32
    }

    @usableFromInline static var bucketCount: Int { @inlinable get { 4_096 } }
    /// A bucket is 2 to this power nanoseconds wide.
    @usableFromInline static var bucketWidthBits: Int64 { @inlinable get { 12 } }

    @usableFromInline var entries: UnsafeMutablePointer<Entry>
    private var capacity = 1_024
    @usableFromInline var firstFree: Int32 = -1
    @usableFromInline let buckets: UnsafeMutablePointer<Int32>
    /// One bit a bucket that holds anything, and one bit for each word of them that is not zero.
    @usableFromInline let occupied: UnsafeMutablePointer<UInt64>
    @usableFromInline var occupiedWords: UInt64 = 0
    /// The bucket in hand: everything up to its end is in `current`.
    @usableFromInline var cursor = Instant.distantPast.nanoseconds >> EventQueue.bucketWidthBits
    @usableFromInline var current = KeyHeap()
    @usableFromInline var overflow = KeyHeap()
    @usableFromInline var nextSequence: UInt64 = 0
    @usableFromInline var lastPopped = Instant.distantPast
    @usableFromInline var waiting = 0

    /// The instant of the event that was popped last.
    @inlinable
    public var now: Instant { lastPopped }
    /// How many events wait.
    @inlinable
    public var count: Int { waiting }

    /// An empty queue, whose time is the distant past.
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

    // MARK: Scheduling

    /// Schedules `event`, behind all that were scheduled before for the same instant.
    /// - Precondition: `time` is not before ``now``.
    @inlinable
    public mutating func schedule(at time: Instant, _ event: QueuedEvent) {
        schedule(at: time, sequence: takeSequence(), event)
    }

    /// Takes the place in the order that an event scheduled now would have.
    @inlinable
    public mutating func takeSequence() -> UInt64 {
        let sequence = nextSequence
        precondition(sequence < EventKey.sequenceLimit, "sequence numbers exhausted")
        nextSequence = sequence &+ 1
        return sequence
    }

    /// Schedules `event` at a place in the order that was taken before, once for each place.
    @inlinable
    public mutating func schedule(at time: Instant, sequence: UInt64, _ event: QueuedEvent) {
        precondition(time >= lastPopped, "an event cannot be scheduled for the past")
        if firstFree < 0 {
            grow()
        }
        let entry = firstFree
        let slot = entries + Int(entry)
        firstFree = slot.pointee.next
        let key = EventKey(time: time.nanoseconds, sequence: sequence, entry: entry)
        slot.pointee.key = key
        slot.pointee.event = event
        waiting &+= 1
        let bucket = time.nanoseconds >> EventQueue.bucketWidthBits
        let distance = bucket &- cursor
        if distance <= 0 {
            current.push(key)
        } else if distance < Int64(EventQueue.bucketCount) {
            let index = Int(bucket & Int64(EventQueue.bucketCount &- 1))
            slot.pointee.next = buckets[index]
            buckets[index] = entry
            occupied[index &>> 6] |= 1 &<< UInt64(index & 63)
            occupiedWords |= 1 &<< UInt64(index &>> 6)
        } else {
            overflow.push(key)
        }
    }

    // MARK: Popping

    /// Takes out the earliest event if it is due at `limit` or before.
    @inline(__always)
    @inlinable
    public mutating func popNext(upTo limit: Instant) -> QueuedEvent? {
        if current.isEmpty {
            let bucket = nextBucket()
            guard bucket <= limit.nanoseconds >> EventQueue.bucketWidthBits else { return nil }
            let index = Int(bucket & Int64(EventQueue.bucketCount &- 1))
            let lone = buckets[index]
            // Where few events are in flight most buckets hold one, and there is nothing to sort.
            if lone >= 0, entries[Int(lone)].next < 0, bucket < bucketOfOverflow {
                guard entries[Int(lone)].key.time <= limit.nanoseconds else { return nil }
                cursor = bucket
                empty(index)
                return take(lone)
            }
            sort(bucket)
        }
        guard current.first.time <= limit.nanoseconds else { return nil }
        return take(Int32(truncatingIfNeeded: current.pop().entry))
    }

    /// The instant of the earliest event.
    public mutating func timeOfNext() -> Instant? {
        if current.isEmpty {
            let bucket = nextBucket()
            guard bucket < Int64.max else { return nil }
            sort(bucket)
        }
        return Instant(nanoseconds: current.first.time)
    }

    @inline(__always)
    @inlinable
    mutating func take(_ entry: Int32) -> QueuedEvent {
        let slot = entries + Int(entry)
        lastPopped = Instant(nanoseconds: slot.pointee.key.time)
        waiting &-= 1
        slot.pointee.next = firstFree
        firstFree = entry
        return slot.pointee.event
    }

    // MARK: Buckets

    /// The next bucket that holds anything, those of the overflow included; `Int64.max` if none does.
    @inline(__always)
    @inlinable
    func nextBucket() -> Int64 {
        let bucket = occupiedWords != 0 ? cursor &+ 1 &+ distanceToOccupied() : Int64.max
        return min(bucket, bucketOfOverflow)
    }

    @inline(__always)
    @inlinable
    var bucketOfOverflow: Int64 {
        overflow.isEmpty ? Int64.max : overflow.first.time >> EventQueue.bucketWidthBits
    }

    /// How far behind the bucket after the one in hand, going round, the first lies that holds
    /// anything. There is one.
    @inline(__always)
    @inlinable
    func distanceToOccupied() -> Int64 {
        let start = Int((cursor &+ 1) & Int64(EventQueue.bucketCount &- 1))
        let word = start &>> 6
        let here = occupied[word] & (~0 &<< UInt64(start & 63))
        if here != 0 {
            return Int64(word &<< 6 &+ here.trailingZeroBitCount &- start)
        }
        // The words behind this one; when they are empty, round to the first, this one included.
        let behind = word == 63 ? 0 : occupiedWords & (~0 &<< UInt64(word &+ 1))
        let found = (behind != 0 ? behind : occupiedWords).trailingZeroBitCount
        let index = found &<< 6 &+ occupied[found].trailingZeroBitCount
        return Int64((index &- start) & (EventQueue.bucketCount &- 1))
    }

    /// Makes `bucket` the one in hand: everything before its end is in `current`, in order.
    @usableFromInline
    mutating func sort(_ bucket: Int64) {
        cursor = bucket
        let index = Int(bucket & Int64(EventQueue.bucketCount - 1))
        var entry = buckets[index]
        if entry >= 0 {
            empty(index)
        }
        while entry >= 0 {
            let slot = entries + Int(entry)
            current.push(slot.pointee.key)
            entry = slot.pointee.next
        }
        while bucketOfOverflow == bucket {
            current.push(overflow.pop())
        }
    }

    @inline(__always)
    @inlinable
    mutating func empty(_ index: Int) {
        buckets[index] = -1
        let word = index &>> 6
        let rest = occupied[word] & ~(1 &<< UInt64(index & 63))
        occupied[word] = rest
        if rest == 0 { occupiedWords &= ~(1 &<< UInt64(word)) }
    }

    // MARK: Memory

    @usableFromInline
    mutating func grow() {
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
