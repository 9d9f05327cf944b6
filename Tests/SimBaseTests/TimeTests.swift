import SimBase
import Testing

@Suite struct TimeTests {
    @Test func differencesOfInstantsAreIntervals() {
        let start = Instant(nanoseconds: 5)
        #expect(start + .milliseconds(2) - start == .microseconds(2_000))
        #expect(start - .seconds(1) < start)
    }

    @Test(arguments: [(1_999_999, 1), (0, 0), (-1, -1), (-1_000_000, -1), (-1_000_001, -2)])
    func millisecondsRoundTowardsThePast(nanoseconds: Int64, milliseconds: Int64) {
        #expect(Instant(nanoseconds: nanoseconds).milliseconds == milliseconds)
    }

    @Test func kafkasLargestTimesBecomeForever() {
        #expect(Interval.milliseconds(.max) == .forever)
        #expect(Instant.zero + .forever < Instant(nanoseconds: .max))
    }
}
