import SimBase
import Testing

@Suite struct RandomTests {
    /// Golden numbers of splitmix64 with seed 0, as published with the algorithm.
    @Test func firstDrawsAreThePublishedOnes() {
        var random = Random(seed: 0)
        let draws = (0..<3).map { _ in random.next() }
        #expect(draws == [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f])
    }

    @Test(arguments: [1, 2, 3, 7, 1_000, 1 << 40] as [UInt64])
    func drawsStayBelowTheBound(bound: UInt64) {
        var random = Random(seed: bound)
        for _ in 0..<1_000 {
            let draw = random.next(below: bound)
            #expect(draw < bound)
        }
    }

    @Test func everyValueOfASmallRangeComesUp() {
        var random = Random(seed: 42)
        var seen = Set<Int64>()
        for _ in 0..<1_000 { seen.insert(random.next(from: -2, through: 2)) }
        #expect(seen == [-2, -1, 0, 1, 2])
    }

    @Test func streamsDependOnSeedAndNameOnly() {
        var network = Seed(1).stream("network")
        var again = Seed(1).stream("network")
        var disk = Seed(1).stream("disk(broker-1)")
        var other = Seed(2).stream("network")
        let first = network.next()
        let (same, disks, others) = (again.next(), disk.next(), other.next())
        #expect(first == same)
        #expect(first != disks)
        #expect(first != others)
    }

    @Test func shuffleKeepsAllItemsAndIsReproducible() {
        var left = Array(0..<50)
        var right = left
        var one = Random(seed: 9)
        var other = Random(seed: 9)
        one.shuffle(&left)
        other.shuffle(&right)
        #expect(left == right)
        #expect(left != Array(0..<50))
        #expect(left.sorted() == Array(0..<50))
    }

    @Test func jitterStaysWithinItsShare() {
        var random = Random(seed: 3)
        for _ in 0..<1_000 {
            let scattered = random.jitter(.milliseconds(100), partsPerMillion: 200_000)
            #expect(scattered >= .milliseconds(80))
            #expect(scattered <= .milliseconds(120))
        }
    }

    @Test func chanceOfZeroAndOfAMillionAreCertain() {
        var random = Random(seed: 5)
        for _ in 0..<200 {
            let never = random.chance(partsPerMillion: 0)
            let always = random.chance(partsPerMillion: 1_000_000)
            #expect(!never && always)
        }
    }
}
