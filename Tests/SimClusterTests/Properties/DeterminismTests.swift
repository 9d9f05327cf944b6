import Checkers
import SimBase
import Testing

/// A run is a function of scenario and seed.
@Suite struct DeterminismTests {
    private func play(seed: UInt64 = 1, consumers: [String] = []) throws -> RunResult {
        var play = Play()
        play.seed = seed
        play.duration = "15s"
        play.consumers = consumers
        play.timeline = [
            #"{ "at": "2s", "kill": "random(brokers)", "for": "3s" }"#,
            #"{ "at": "9s", "for": "2s", "link": { "from": "all(clients)", "to": "all(brokers)", "#
                + #""loss": 0.1 } }"#,
        ]
        return try play.run()
    }

    @Test func theSameSeedGivesTheSameRun() throws {
        let one = try play(consumers: [Play.group(members: 2)])
        let other = try play(consumers: [Play.group(members: 2)])
        #expect(one.digest == other.digest)
        #expect(one.digestChain == other.digestChain)
        #expect(one.digestChain.count >= Int(one.events) / 1_000)
        #expect(one.metrics == other.metrics)
        #expect(one.records == other.records)
        #expect(one.deliveries == other.deliveries)
        #expect(one.timeline == other.timeline)
        #expect(one.events == other.events)
    }

    @Test func anotherSeedGivesAnotherRun() throws {
        #expect(try play(seed: 1).digest != play(seed: 2).digest)
    }

    @Test func aSeedGivenApartReplacesTheFiles() throws {
        let text = Play().text
        let own = try Play.run(text)
        let apart = try Play.run(text, seed: 9)
        #expect(own.seed == 1 && apart.seed == 9)
        #expect(own.digest != apart.digest)
    }

    @Test func tracingChangesNothing() throws {
        var play = Play()
        play.duration = "5s"
        let plain = try play.run()
        play.traces = true
        let traced = try play.run()
        #expect(plain.digest == traced.digest)
        #expect(plain.metrics == traced.metrics)
        #expect(plain.trace.isEmpty && !traced.trace.isEmpty)
    }

    @Test func checksChangeNothing() throws {
        var play = Play()
        play.duration = "5s"
        let plain = try play.run()
        play.timeline = [#"{ "at": "2s", "check": { "lost.acked": 0 } }"#]
        let checked = try play.run()
        // The check is an event of the world, so the digest differs; what happened does not.
        #expect(plain.records == checked.records)
    }

    /// The random choice of a target has a stream of its own.
    @Test func anotherConsumerDoesNotChangeWhichBrokerIsChosen() throws {
        let alone = try play()
        let observed = try play(consumers: [Play.group()])
        #expect(alone.actions[0].target == observed.actions[0].target)
    }

    @Test func aStreamDependsOnItsNameOnly() {
        func draws(_ seed: UInt64, _ name: String) -> [UInt64] {
            var stream = Seed(seed).stream(name)
            return [stream.next(), stream.next(), stream.next()]
        }
        let network = draws(7, "network")
        #expect(draws(7, "consumer/billing-1") != network)
        #expect(draws(7, "network") == network)
        #expect(draws(8, "network") != network)
    }
}
