import KafkaProtocol
import SimBase
import Testing

@Suite struct ExponentialBackoffTests {
    private let backoff = ExponentialBackoff(
        initial: .milliseconds(100),
        max: .milliseconds(1_000)
    )

    @Test(arguments: [(0, 100), (1, 200), (2, 400), (3, 800), (4, 1_000), (40, 1_000)])
    func doublesWithinAFifth(attempts: Int32, plain: Int64) {
        var random = Random(seed: 3)
        var seen: Set<Int64> = []
        for _ in 0..<200 {
            let wait = backoff.delay(attempts: attempts, &random)
            #expect(wait.milliseconds >= plain * 8 / 10)
            #expect(wait.milliseconds <= min(plain * 12 / 10, 1_000))
            #expect(wait.nanoseconds % 1_000_000 == 0, "whole milliseconds")
            seen.insert(wait.milliseconds)
        }
        #expect(seen.count > 20)
    }

    @Test func aLimitAtTheStartMeansConstantWaits() {
        var random = Random(seed: 3)
        let before = random
        for limit in [50, 20] as [Int64] {
            let constant = ExponentialBackoff(
                initial: .milliseconds(50),
                max: .milliseconds(limit)
            )
            #expect(constant.delay(attempts: 7, &random) == .milliseconds(limit))
        }
        #expect(random == before, "no jitter is drawn")
    }

    @Test func withoutJitterItIsExact() {
        var random = Random(seed: 3)
        let plain = ExponentialBackoff(
            initial: .milliseconds(100),
            max: .milliseconds(1_000),
            jitterPartsPerMillion: 0
        )
        #expect(plain.delay(attempts: 2, &random) == .milliseconds(400))
    }
}
