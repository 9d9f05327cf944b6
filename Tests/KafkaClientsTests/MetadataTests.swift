import KafkaProtocol
import SimBase
import Testing

@testable import KafkaClients

@Suite struct MetadataTests {
    private func make(jitter: Int64 = 0) -> ClusterMetadata {
        ClusterMetadata(
            bootstrap: [broker1],
            settings: ClusterMetadata.Settings(
                refreshBackoff: ExponentialBackoff(
                    initial: .milliseconds(100),
                    max: .milliseconds(1_000),
                    jitterPartsPerMillion: jitter
                ),
                maxAge: .seconds(300),
                maxIdle: .seconds(300)
            )
        )
    }

    private func response(
        leader: BrokerID = broker1,
        epoch: Int32 = 0,
        id: UInt64 = 3,
        brokers: [BrokerID] = [broker1, broker2]
    ) -> MetadataResponse {
        let partition = MetadataPartition(
            error: .none,
            leader: leader,
            leaderEpoch: LeaderEpoch(epoch),
            replicas: brokers,
            isr: brokers
        )
        let topic = MetadataTopic(
            name: orders,
            id: TopicID(id),
            error: .none,
            partitions: [partition]
        )
        return MetadataResponse(brokers: brokers, controller: broker1, topics: [topic])
    }

    private func update(
        _ metadata: inout ClusterMetadata,
        _ response: MetadataResponse,
        now: Instant
    ) {
        let pending = metadata.nextRequest(now: now)
        metadata.update(response, of: pending, now: now)
    }

    /// With a dead leader every refused connect asks again; equivalent answers stretch the pace.
    @Test func refreshesOfADeadLeaderBackOff() {
        var metadata = make()
        var random = Random(seed: 1)
        metadata.add(orders, now: at(-10_000))
        update(&metadata, response(), now: at(-10_000))
        var instants: [Int64] = []
        var now = at(0)
        for _ in 0..<7 {
            metadata.requestUpdate()
            now = metadata.nextUpdate(now: now, &random)
            instants.append(now.milliseconds)
            update(&metadata, response(), now: now)
        }
        #expect(instants == [0, 100, 300, 700, 1_500, 2_500, 3_500])
    }

    @Test func refreshesOfAFreshClientComeAt0And100And300And700And1500() {
        var rig = ProducerRig { $0.linger = .zero }
        rig.wire.refused = [broker1]
        rig.wire.brokers = [broker1, broker2]
        rig.advance(to: at(301_000))
        let start = rig.wire.now
        rig.wire.sentMetadata.removeAll()
        rig.send(1)
        rig.settle()
        rig.disconnect()
        rig.advance(to: start + .milliseconds(5_000))
        let times = rig.wire.sentMetadata.map { ($0 - start).milliseconds }
        let expected: [ClosedRange<Int64>] = [0...0, 80...170, 240...420, 560...900, 1_200...1_900]
        #expect(times.count >= 5)
        for (time, range) in zip(times, expected) {
            #expect(range.contains(time), "\(times)")
        }
    }

    @Test func newTopicIsAskedForAtOnceAndAlone() {
        var metadata = make()
        var random = Random(seed: 1)
        metadata.add(orders, now: .zero)
        update(&metadata, response(), now: at(0))
        metadata.add(TopicName(4), now: at(1))
        let due = metadata.nextUpdate(now: at(1), &random)
        #expect(due == at(1))
        let pending = metadata.nextRequest(now: at(1))
        #expect(pending.isPartial)
        #expect(pending.request.topics == [TopicName(4)])
    }

    @Test func refreshIsDueAfterMaxAge() {
        var metadata = make()
        var random = Random(seed: 1)
        update(&metadata, response(), now: at(0))
        let due = metadata.nextUpdate(now: at(1_000), &random)
        #expect(due == at(300_000))
    }

    @Test func olderLeaderEpochIsIgnoredUnlessTheTopicIsNew() {
        var metadata = make()
        metadata.add(orders, now: .zero)
        update(&metadata, response(leader: broker2, epoch: 5), now: at(0))
        update(&metadata, response(leader: broker1, epoch: 4), now: at(1_000))
        #expect(metadata.leader(of: orders0) == broker2)
        update(&metadata, response(leader: broker1, epoch: 0, id: 99), now: at(2_000))
        #expect(metadata.leader(of: orders0) == broker1)
    }

    @Test func hintOfANewerEpochIsAppliedAtOnce() {
        var metadata = make()
        metadata.add(orders, now: .zero)
        update(&metadata, response(leader: broker1, epoch: 5), now: at(0))
        let stale = LeaderHint(leader: broker2, epoch: LeaderEpoch(5))
        let isNews = metadata.apply(stale, to: orders0)
        #expect(!isNews)
        let newer = LeaderHint(leader: broker2, epoch: LeaderEpoch(6))
        let isNewer = metadata.apply(newer, to: orders0)
        #expect(isNewer)
        #expect(metadata.leader(of: orders0) == broker2)
    }

    @Test func answerWithoutBrokersCountsAsFailure() {
        var metadata = make()
        var random = Random(seed: 1)
        update(&metadata, response(brokers: []), now: at(0))
        let first = metadata.nextUpdate(now: at(0), &random)
        #expect(first == at(100))
        update(&metadata, response(brokers: []), now: at(100))
        let second = metadata.nextUpdate(now: at(100), &random)
        #expect(second == at(300))
    }

    /// The only broker that the last metadata named is gone for good; another of the bootstrap
    /// list leads in its place.
    @Test(arguments: [MetadataRecovery.rebootstrap, .none])
    func aClientWhoseBrokersAreGoneBeginsAgain(recovery: MetadataRecovery) {
        var rig = ProducerRig {
            $0.linger = .zero
            $0.client.metadataRecovery = recovery
        }
        rig.wire.brokers = [broker2]
        rig.wire.leaders = [broker2]
        rig.wire.leaderEpochs = [1]
        rig.advance(to: at(301_000))
        rig.wire.refused = [broker2]
        rig.wire.brokers = [broker1]
        rig.wire.leaders = [broker1]
        rig.wire.leaderEpochs = [2]
        rig.send(1)
        rig.advance(to: at(310_000))
        #expect(rig.produced.count == (recovery == .rebootstrap ? 1 : 0))
    }

    @Test func idleTopicsAreForgotten() {
        var metadata = make()
        metadata.add(orders, now: .zero)
        update(&metadata, response(), now: at(0))
        metadata.requestUpdate()
        update(&metadata, response(), now: at(300_001))
        #expect(metadata.partitionCount(of: orders) == nil)
    }
}
