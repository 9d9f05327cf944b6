/// A stream of pseudo-random numbers, the same on every machine.
///
/// splitmix64: 64 bits of state, one addition and three multiply-shift steps a draw. All
/// distributions are integer arithmetic, so no draw can differ in a last bit between processors.
/// - Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
public struct Random: Hashable, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Random.mix(state)
    }

    /// A number in `0 ..< bound`, without bias (Lemire's method, with rejection).
    /// - Precondition: `bound` is above zero.
    public mutating func next(below bound: UInt64) -> UInt64 {
        precondition(bound > 0, "a random draw needs a bound above zero")
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold {
                product = next().multipliedFullWidth(by: bound)
            }
        }
        return product.high
    }

    /// A number in `0 ..< bound`.
    public mutating func next(below bound: Int) -> Int {
        Int(next(below: UInt64(bound)))
    }

    /// A number in the closed range `low ... high`.
    public mutating func next(from low: Int64, through high: Int64) -> Int64 {
        precondition(low <= high, "a random draw needs low <= high, not \(low) ... \(high)")
        let width = UInt64(bitPattern: high &- low)
        guard width < UInt64.max else { return Int64(bitPattern: next()) }
        return low &+ Int64(bitPattern: next(below: width + 1))
    }

    /// A length in the closed range `low ... high`.
    public mutating func next(from low: Interval, through high: Interval) -> Interval {
        Interval(nanoseconds: next(from: low.nanoseconds, through: high.nanoseconds))
    }

    /// True in `parts` of a million draws.
    public mutating func chance(partsPerMillion parts: Int64) -> Bool {
        Int64(next(below: UInt64(1_000_000))) < parts
    }

    /// Orders `items` at random (Fisher-Yates, from the end).
    public mutating func shuffle<Item>(_ items: inout [Item]) {
        var index = items.count - 1
        while index > 0 {
            items.swapAt(index, next(below: index + 1))
            index -= 1
        }
    }

    /// `span` scattered by up to `partsPerMillion` both ways, as `ExponentialBackoff` does.
    public mutating func jitter(_ span: Interval, partsPerMillion: Int64) -> Interval {
        let width = span.nanoseconds / 1_000_000 * partsPerMillion
        guard width > 0 else { return span }
        return Interval(nanoseconds: span.nanoseconds + next(from: -width, through: width))
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// The seed of a run, from which every stream derives.
public struct Seed: Hashable, Sendable {
    public let value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }

    /// The stream for one purpose, such as `network` or `disk(broker-1)`.
    ///
    /// A stream depends on the seed and its own name only: a further consumer with a stream of
    /// its own does not change what the network draws.
    public func stream(_ purpose: String) -> Random {
        // FNV-1a over the name's bytes, then mixed with the seed.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in purpose.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return Random(seed: Random.mix(value ^ Random.mix(hash)))
    }
}
