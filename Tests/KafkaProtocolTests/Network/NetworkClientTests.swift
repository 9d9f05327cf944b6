import KafkaProtocol
import SimBase
import Testing

@Suite struct NetworkClientTests {
    private let peer = BrokerID(1)
    private let channel = ChannelID(.client, 1)

    private struct Harness {
        var client: NetworkClient
        var now = Instant.zero
        var effects: [Effect] = []
        var completions: [NetworkClient.Completion] = []

        init(_ settings: NetworkClient.Settings = .init(), seed: UInt64 = 1) {
            client = NetworkClient(role: .client, settings: settings, random: Random(seed: seed))
        }

        mutating func ready(_ peer: BrokerID) -> Bool {
            effects = []
            return client.ready(peer, now: now, into: &effects)
        }

        mutating func handle(_ event: Event) -> Bool {
            effects = []
            completions = []
            return client.handle(event, now: now, into: &effects, completions: &completions)
        }

        mutating func poll() {
            effects = []
            completions = []
            client.poll(now: now, into: &effects, completions: &completions)
        }

        mutating func send(_ request: Request, to peer: BrokerID, token: UInt64) {
            effects = []
            completions = []
            client.send(
                request,
                to: peer,
                token: token,
                now: now,
                into: &effects,
                completions: &completions
            )
        }

        mutating func connect(_ peer: BrokerID) {
            _ = ready(peer)
            _ = handle(.connected(ChannelID(.client, peer.rawValue)))
            _ = handle(
                .responseReceived(
                    ChannelID(.client, peer.rawValue),
                    CorrelationID(client.settings.discoversVersions ? lastCorrelation(effects) : 0),
                    .status(.none)
                )
            )
        }

        private func lastCorrelation(_ effects: [Effect]) -> Int32 {
            for case .send(_, let correlation, _) in effects { return correlation.rawValue }
            return 0
        }
    }

    private func token(_ completion: NetworkClient.Completion) -> UInt64 {
        completion.token
    }

    @Test func connectsAndAsksForVersions() {
        var harness = Harness()
        #expect(harness.ready(peer) == false)
        #expect(harness.effects == [.connect(channel, to: peer, .broker)])
        #expect(harness.client.state(of: peer) == .connecting)
        #expect(harness.ready(peer) == false)
        #expect(harness.effects.isEmpty)

        #expect(harness.handle(.connected(channel)) == true)
        #expect(harness.effects == [.send(channel, CorrelationID(0), .apiVersions)])
        #expect(harness.client.state(of: peer) == .checkingVersions)
        #expect(!harness.client.canSend(to: peer))

        _ = harness.handle(.responseReceived(channel, CorrelationID(0), .status(.none)))
        #expect(harness.client.canSend(to: peer))
        #expect(harness.completions.map(\.outcome) == [.connectionReady])
    }

    @Test func withoutVersionsAConnectionIsReadyAtOnce() {
        var settings = NetworkClient.Settings()
        settings.discoversVersions = false
        var harness = Harness(settings)
        _ = harness.ready(peer)
        _ = harness.handle(.connected(channel))
        #expect(harness.effects.isEmpty)
        #expect(harness.ready(peer) == true)
    }

    @Test func otherChannelsAreNotItsOwn() {
        var harness = Harness()
        _ = harness.ready(peer)
        #expect(harness.handle(.connected(ChannelID(.quorum, 1))) == false)
        #expect(harness.handle(.connected(ChannelID(.client, 2))) == false)
        #expect(harness.handle(.started) == false)
    }

    @Test func pipelinesUpToTheLimit() {
        var settings = NetworkClient.Settings()
        settings.maxInFlight = 2
        var harness = Harness(settings)
        harness.connect(peer)
        harness.send(.apiVersions, to: peer, token: 11)
        #expect(harness.client.canSend(to: peer))
        harness.send(.apiVersions, to: peer, token: 12)
        #expect(!harness.client.canSend(to: peer))
        #expect(harness.client.inFlightCount(to: peer) == 2)
        _ = harness.handle(.responseReceived(channel, CorrelationID(1), .status(.none)))
        #expect(harness.completions.map(\.token) == [11])
        #expect(harness.client.canSend(to: peer))
    }

    @Test func answersOutOfOrderAreIgnored() {
        var harness = Harness()
        harness.connect(peer)
        harness.send(.apiVersions, to: peer, token: 11)
        harness.send(.apiVersions, to: peer, token: 12)
        _ = harness.handle(.responseReceived(channel, CorrelationID(2), .status(.none)))
        #expect(harness.completions.isEmpty)
        #expect(harness.client.inFlightCount(to: peer) == 2)
    }

    @Test func aRequestWithoutAnswerIsCompleteWhenWritten() {
        var harness = Harness()
        harness.connect(peer)
        let request = ProduceRequest(acks: .none, timeout: .zero, partitions: [])
        harness.send(.produce(request), to: peer, token: 5)
        #expect(harness.completions.map(\.outcome) == [.written])
        #expect(harness.client.inFlightCount(to: peer) == 0)
    }

    @Test func theOldestRequestsTimeoutKillsAllOldestFirst() {
        var harness = Harness()
        harness.connect(peer)
        harness.send(.apiVersions, to: peer, token: 1)
        harness.now = harness.now + .seconds(10)
        harness.send(.apiVersions, to: peer, token: 2)
        harness.now = Instant.zero + .seconds(30)
        harness.poll()
        #expect(harness.completions.isEmpty)
        #expect(harness.client.nextDeadline == Instant.zero + .milliseconds(30_001))
        harness.now = Instant.zero + .milliseconds(30_001)
        harness.poll()
        #expect(harness.effects == [.close(channel)])
        #expect(harness.completions.map(\.token) == [1, 2, 0])
        #expect(harness.completions.map(\.outcome) == [.timedOut, .timedOut, .connectionLost])
        #expect(harness.client.state(of: peer) == .disconnected)
    }

    @Test func aDisconnectFailsWhatIsInFlight() {
        var harness = Harness()
        harness.connect(peer)
        harness.send(.apiVersions, to: peer, token: 1)
        harness.send(.apiVersions, to: peer, token: 2)
        _ = harness.handle(.disconnected(channel))
        #expect(harness.completions.map(\.token) == [1, 2, 0])
        #expect(
            harness.completions.map(\.outcome) == [.disconnected, .disconnected, .connectionLost]
        )
        // A second report of the same loss says nothing new.
        _ = harness.handle(.disconnected(channel))
        #expect(harness.completions.isEmpty)
    }

    @Test func reconnectBackoffGrowsToItsLimitAndIsScattered() {
        var harness = Harness()
        for attempt in 0..<8 {
            _ = harness.ready(peer)
            #expect(harness.effects.count == 1)
            _ = harness.handle(.connectionFailed(channel))
            let wait = (harness.client.backoffEnd(of: peer) - harness.now).milliseconds
            let plain = min(Int64(50) << Int64(attempt), 1_000)
            #expect(wait >= plain * 8 / 10 - 1)
            #expect(wait <= min(plain * 12 / 10, 1_000))
            #expect(harness.ready(peer) == false)
            #expect(harness.effects.isEmpty)
            harness.now = harness.client.backoffEnd(of: peer)
        }
    }

    @Test func aReadyConnectionResetsTheBackoff() {
        var harness = Harness()
        for _ in 0..<6 {
            _ = harness.ready(peer)
            _ = harness.handle(.connectionFailed(channel))
            harness.now = harness.client.backoffEnd(of: peer)
        }
        harness.connect(peer)
        _ = harness.handle(.disconnected(channel))
        #expect(harness.client.backoffEnd(of: peer) - harness.now <= .milliseconds(60))
    }

    /// ClusterConnectionStates.disconnected: whatever ends the setting up.
    @Test func refusalsLengthenTheSetupToo() {
        var harness = Harness()
        for _ in 0..<2 {
            _ = harness.ready(peer)
            _ = harness.handle(.connectionFailed(channel))
            harness.now = harness.client.backoffEnd(of: peer)
        }
        _ = harness.ready(peer)
        #expect(harness.client.nextDeadline - harness.now >= .seconds(24))
    }

    @Test func connectionSetupTimesOutLaterEachTime() {
        var harness = Harness()
        for attempt in 0..<4 {
            _ = harness.ready(peer)
            let wait = (harness.client.nextDeadline - harness.now).milliseconds - 1
            let plain = min(Int64(10_000) << Int64(attempt), 30_000)
            #expect(wait >= plain * 8 / 10 - 1)
            #expect(wait <= min(plain * 12 / 10, 30_000))
            harness.now = harness.client.nextDeadline
            harness.poll()
            #expect(harness.effects == [.close(channel)])
            #expect(harness.completions.map(\.outcome) == [.connectionLost])
            harness.now = harness.client.backoffEnd(of: peer)
        }
    }

    @Test func idleConnectionsAreClosed() {
        var harness = Harness()
        harness.connect(peer)
        #expect(harness.client.nextDeadline == harness.now + .milliseconds(540_000))
        harness.now = harness.client.nextDeadline
        harness.poll()
        #expect(harness.effects == [.close(channel)])
        #expect(harness.client.state(of: peer) == .disconnected)
    }

    @Test func useKeepsAConnection() {
        var harness = Harness()
        harness.connect(peer)
        harness.now = harness.now + .seconds(500)
        harness.send(.apiVersions, to: peer, token: 1)
        _ = harness.handle(.responseReceived(channel, CorrelationID(1), .status(.none)))
        harness.now = Instant.zero + .seconds(540)
        harness.poll()
        #expect(harness.effects.isEmpty)
    }

    @Test func closingForgetsWhatIsInFlight() {
        var harness = Harness()
        harness.connect(peer)
        harness.send(.apiVersions, to: peer, token: 1)
        harness.effects = []
        harness.client.closeAll(now: harness.now, into: &harness.effects)
        #expect(harness.effects == [.close(channel)])
        #expect(!harness.client.hasInFlight)
        harness.poll()
        #expect(harness.completions.isEmpty)
    }

    // MARK: Least loaded

    private let three = [BrokerID(1), BrokerID(2), BrokerID(3)]

    @Test func anIdleReadyPeerIsPreferred() {
        for seed in 0..<20 {
            var harness = Harness(seed: UInt64(seed))
            harness.connect(BrokerID(1))
            harness.connect(BrokerID(3))
            harness.send(.apiVersions, to: BrokerID(1), token: 1)
            #expect(harness.client.leastLoaded(among: three, now: harness.now) == BrokerID(3))
        }
    }

    @Test func elseTheLeastBusyOne() {
        for seed in 0..<20 {
            var harness = Harness(seed: UInt64(seed))
            for peer in three { harness.connect(peer) }
            for (peer, requests) in zip(three, [3, 1, 2]) {
                for _ in 0..<requests { harness.send(.apiVersions, to: peer, token: 1) }
            }
            #expect(harness.client.leastLoaded(among: three, now: harness.now) == BrokerID(2))
        }
    }

    @Test func elseOneThatConnectsElseTheLongestUntried() {
        for seed in 0..<20 {
            var harness = Harness(seed: UInt64(seed))
            // All tried and failed, peer 2 first.
            for peer in [BrokerID(2), BrokerID(3), BrokerID(1)] {
                _ = harness.ready(peer)
                _ = harness.handle(.connectionFailed(ChannelID(.client, peer.rawValue)))
                harness.now = harness.now + .seconds(2)
            }
            #expect(harness.client.leastLoaded(among: three, now: harness.now) == BrokerID(2))
            _ = harness.ready(BrokerID(3))
            #expect(harness.client.leastLoaded(among: three, now: harness.now) == BrokerID(3))
        }
    }

    @Test func noneWhileAllBackOff() {
        var harness = Harness()
        for peer in three {
            _ = harness.ready(peer)
            _ = harness.handle(.connectionFailed(ChannelID(.client, peer.rawValue)))
        }
        #expect(harness.client.leastLoaded(among: three, now: harness.now) == nil)
        #expect(harness.client.leastLoaded(among: [], now: harness.now) == nil)
    }
}
