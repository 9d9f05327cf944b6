/// The place of an event in the order of a run: its instant, then its sequence of scheduling.
///
/// The low 24 bits of `order` name the entry that holds the event; they never decide, because no
/// two keys share a sequence.
@usableFromInline
struct EventKey {
    @usableFromInline static var entryBits: UInt64 { @inlinable get { 24 } }
    @usableFromInline static var entryLimit: Int { @inlinable get { 1 << 24 } }
    @usableFromInline static var sequenceLimit: UInt64 { @inlinable get { 1 << 40 } }

    @usableFromInline let time: Int64
    @usableFromInline let order: UInt64

    @inlinable
    init(time: Int64, order: UInt64) {
        self.time = time
        self.order = order
    }

    @inlinable
    init(time: Int64, sequence: UInt64, entry: Int32) {
        self.time = time
        order = sequence &<< EventKey.entryBits | UInt64(UInt32(bitPattern: entry))
    }

    @inlinable
    var entry: Int {
        Int(order & UInt64(EventKey.entryLimit - 1))
    }

    @inlinable
    static func < (left: EventKey, right: EventKey) -> Bool {
        left.time < right.time || (left.time == right.time && left.order < right.order)
    }
}

/// A 4-ary heap of keys, smallest first.
///
/// The keys lie in memory of the heap's own: with arrays here and in ``EventQueue``, checked for
/// bounds and unique ownership at each access, an event took 40 ns instead of 28 (1,000 in flight).
@usableFromInline
struct KeyHeap: ~Copyable {
    @usableFromInline var keys: UnsafeMutablePointer<EventKey>
    @usableFromInline var capacity: Int
    @usableFromInline var count = 0

    @usableFromInline
    init() {
        capacity = 64
        keys = UnsafeMutablePointer<EventKey>.allocate(capacity: 64)
    }

    @inlinable
    deinit {
        keys.deallocate()
    }

    @inlinable
    var isEmpty: Bool {
        count == 0
    }

    /// The smallest key, of a heap that is not empty.
    @inlinable
    var first: EventKey {
        keys[0]
    }

    @inlinable
    mutating func push(_ key: EventKey) {
        if count == capacity {
            grow()
        }
        var hole = count
        count &+= 1
        while hole > 0 {
            let parent = (hole &- 1) &>> 2
            guard key < keys[parent] else { break }
            keys[hole] = keys[parent]
            hole = parent
        }
        keys[hole] = key
    }

    /// Takes the smallest key out of a heap that is not empty.
    @inlinable
    mutating func pop() -> EventKey {
        let smallest = keys[0]
        count &-= 1
        if count > 0 {
            sink(keys[count])
        }
        return smallest
    }

    @usableFromInline
    func sink(_ key: EventKey) {
        var hole = 0
        while true {
            let firstChild = hole &<< 2 &+ 1
            guard firstChild < count else { break }
            let end = min(firstChild &+ 4, count)
            var least = firstChild
            var child = firstChild &+ 1
            while child < end {
                if keys[child] < keys[least] {
                    least = child
                }
                child &+= 1
            }
            guard keys[least] < key else { break }
            keys[hole] = keys[least]
            hole = least
        }
        keys[hole] = key
    }

    @usableFromInline
    mutating func grow() {
        let larger = UnsafeMutablePointer<EventKey>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: keys, count: count)
        keys.deallocate()
        keys = larger
        capacity *= 2
    }
}
