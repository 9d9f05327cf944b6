import KafkaProtocol
import SimBase
import Testing

@testable import KafkaBroker

@Suite struct BrokerLifecycleTests {
    /// A lifecycle with a controller in the test's hands: node 9.
    private struct Bench {
        var lifecycle: BrokerLifecycle
        var now = Instant.zero
        var outcomes: [BrokerLifecycle.Outcome] = []
        var offset = Offset.none
        /// When each registration or heartbeat was handed to the connection, and what.
        var sent: [(at: Instant, channel: ChannelID, CorrelationID, request: Request)] = []
        let isReachable: Bool

        init(isReachable: Bool) {
            self.isReachable = isReachable
            lifecycle = BrokerLifecycle(
                id: BrokerID(1),
                incarnation: IncarnationID(5),
                rack: -1,
                logDirs: [DirectoryID(3)],
                previousBrokerEpoch: .none,
                config: ServerConfig(),
                random: Seed(1).stream("lifecycle"),
                now: .zero
            )
        }

        mutating func poll() {
            var effects: [Effect] = []
            lifecycle.poll(
                controller: BrokerID(9),
                metadataOffset: offset,
                now: now,
                into: &effects,
                outcomes: &outcomes
            )
            perform(effects)
        }

        mutating func perform(_ effects: [Effect]) {
            for effect in effects {
                switch effect {
                case .connect(let channel, _, _) where isReachable:
                    handle(.connected(channel))
                case .send(let channel, let correlation, .apiVersions):
                    handle(.responseReceived(channel, correlation, .status(.none)))
                case .send(let channel, let correlation, let request):
                    sent.append((now, channel, correlation, request))
                default: break
                }
            }
        }

        mutating func handle(_ event: Event) {
            var effects: [Effect] = []
            _ = lifecycle.handle(event, now: now, into: &effects)
            perform(effects)
            poll()
        }

        mutating func run(until limit: Instant) {
            poll()
            while lifecycle.nextDeadline <= limit {
                now = max(now, lifecycle.nextDeadline)
                poll()
            }
            now = limit
        }

        mutating func answer(_ response: Response) {
            guard let last = sent.last else { return }
            handle(.responseReceived(last.channel, last.2, response))
        }

        mutating func register() {
            poll()
            answer(
                .brokerRegistration(
                    BrokerRegistrationResponse(error: .none, brokerEpoch: BrokerEpoch(40))
                )
            )
        }

        mutating func beat(
            isCaughtUp: Bool = true,
            isFenced: Bool = false,
            shouldShutDown: Bool = false
        ) {
            answer(
                .brokerHeartbeat(
                    BrokerHeartbeatResponse(
                        error: .none,
                        isCaughtUp: isCaughtUp,
                        isFenced: isFenced,
                        shouldShutDown: shouldShutDown
                    )
                )
            )
        }

        var heartbeat: BrokerHeartbeatRequest? {
            if case .brokerHeartbeat(let request)? = sent.last?.request { request } else { nil }
        }

        /// A running broker, just after an answered heartbeat.
        static func running() -> Bench {
            var bench = Bench(isReachable: true)
            bench.register()
            bench.beat(isFenced: true)
            bench.lifecycle.setReadyToUnfence(now: bench.now)
            bench.poll()
            bench.beat()
            return bench
        }
    }

    private func isNear(_ instant: Instant, _ seconds: Double) -> Bool {
        let expected = Int64(seconds * 1_000)
        // Two hundredths of jitter on the waits, milliseconds of strict comparisons.
        return abs(instant.milliseconds - expected) <= expected / 45 + 15
    }

    @Test func lostHeartbeatsBackOffExponentially() {
        var bench = Bench.running()
        let start = bench.now + .seconds(2)
        var times: [Instant] = []
        for _ in 0..<10 {
            let before = bench.sent.count
            while bench.sent.count == before {
                bench.now = max(bench.now, bench.lifecycle.nextDeadline)
                bench.poll()
            }
            times.append(Instant.zero + (bench.now - start))
        }
        let expected = [0, 4.6, 9.3, 14.2, 19.5, 25.6, 33.3, 44.2, 57.7, 71.2]
        for (time, seconds) in zip(times, expected) {
            #expect(isNear(time, seconds), "\(time.milliseconds) ms instead of \(seconds) s")
        }
    }

    @Test func refusedRegistrationsAreRepeatedAndGivenUpAfterAMinute() {
        var bench = Bench(isReachable: true)
        bench.poll()
        var times: [Instant] = []
        while bench.now < .zero + .seconds(60) {
            times.append(bench.now)
            bench.answer(
                .brokerRegistration(
                    BrokerRegistrationResponse(error: .duplicateBrokerRegistration)
                )
            )
            let count = bench.sent.count
            while bench.sent.count == count, bench.outcomes.isEmpty {
                bench.now = max(bench.now, bench.lifecycle.nextDeadline)
                bench.poll()
            }
            if !bench.outcomes.isEmpty { break }
        }
        let expected = [0, 0.1, 0.3, 0.7, 1.5, 3.1, 6.3, 12.7, 21.7, 30.7, 39.7, 48.7, 57.7]
        #expect(times.count == expected.count)
        for (time, seconds) in zip(times, expected) { #expect(isNear(time, seconds)) }
        #expect(bench.outcomes == [.registrationTimedOut])
        #expect(bench.now == .zero + .seconds(60))
    }

    @Test func goesFromStartingToRunning() {
        var bench = Bench(isReachable: true)
        bench.register()
        #expect(bench.outcomes == [.registered(BrokerEpoch(40))])
        #expect(bench.heartbeat?.wantsFence == true)
        bench.offset = Offset(39)
        bench.beat(isCaughtUp: false, isFenced: true)
        #expect(bench.lifecycle.state == .starting)
        // Catching up: a heartbeat every ten milliseconds.
        bench.run(until: .zero + .milliseconds(10))
        #expect(bench.sent.last?.at == .zero + .milliseconds(10))
        #expect(bench.heartbeat?.currentMetadataOffset == Offset(39))
        bench.beat(isCaughtUp: true, isFenced: true)
        #expect(bench.lifecycle.state == .recovery)
        bench.lifecycle.setReadyToUnfence(now: bench.now)
        bench.poll()
        #expect(bench.heartbeat?.wantsFence == false)
        bench.beat(isFenced: false)
        #expect(bench.lifecycle.state == .running)
        // Running: every two seconds.
        let last = bench.now
        bench.run(until: last + .seconds(2))
        #expect(bench.sent.last?.at == last + .seconds(2))
    }

    @Test func controlledShutdownAsksAtOnceThenSoonThenEveryTwoSeconds() {
        var bench = Bench.running()
        let start = bench.now
        let waits = bench.lifecycle.beginControlledShutdown(
            now: start,
            outcomes: &bench.outcomes
        )
        #expect(waits)
        bench.poll()
        #expect(bench.sent.last?.at == start)
        #expect(bench.heartbeat?.wantsShutdown == true)
        bench.beat()
        bench.run(until: start + .milliseconds(50))
        #expect(bench.sent.last?.at == start + .milliseconds(50))
        bench.beat()
        bench.run(until: start + .milliseconds(2_050))
        #expect(bench.sent.last?.at == start + .milliseconds(2_050))
        bench.beat(shouldShutDown: true)
        #expect(bench.lifecycle.state == .shuttingDown)
    }

    @Test func aFailedDirectoryIsReportedAtOnceAndNotForEver() {
        var bench = Bench.running()
        bench.lifecycle.reportOffline(DirectoryID(3), now: bench.now)
        bench.poll()
        #expect(bench.heartbeat?.offlineLogDirs == [DirectoryID(3)])
        let start = bench.now
        bench.outcomes.removeAll()
        bench.run(until: start + .seconds(30))
        #expect(bench.outcomes == [.logDirFailureTimedOut])
    }

    @Test func anotherControllerIsAskedAtOnceAndTheSameOneAfterABackoff() {
        var bench = Bench(isReachable: true)
        bench.poll()
        #expect(bench.sent.count == 1)
        bench.answer(.brokerRegistration(BrokerRegistrationResponse(error: .notController)))
        #expect(bench.sent.count == 1)
        bench.run(until: .zero + .milliseconds(50))
        #expect(bench.sent.count == 2)
        #expect(bench.sent.last?.at == .zero + .milliseconds(50))
    }
}
