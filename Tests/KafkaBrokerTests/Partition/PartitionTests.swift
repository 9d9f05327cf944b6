import KafkaController
import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@testable import KafkaBroker

@Suite struct PartitionTests {
    private let id = TopicPartition(TopicName(3), 0)
    private var effects: [Effect] = []
    private var handles = FileHandleAllocator()
    private var partition: Partition

    init() {
        var config = TopicConfig()
        config.minInSyncReplicas = 2
        let log = UnifiedLog.empty(of: id, config: config, handles: &handles, into: &effects)
        partition = Partition(id, topicID: TopicID(9), broker: BrokerID(1), log: log)
    }

    private func state(leader: Int32, isr: [Int32], epoch: Int32, version: Int32)
        -> PartitionRegistration
    {
        PartitionRegistration(
            replicas: [BrokerID(1), BrokerID(2), BrokerID(3)],
            directories: [],
            isr: isr.map { BrokerID($0) },
            leader: BrokerID(leader),
            leaderEpoch: LeaderEpoch(epoch),
            partitionEpoch: PartitionEpoch(version)
        )
    }

    private mutating func append(_ values: [UInt8]) {
        _ = partition.log.appendAsLeader(
            MiniCluster.batch(values),
            epoch: partition.leaderEpoch,
            origin: .client,
            wallClock: WallClock.epochMilliseconds,
            now: .zero,
            handles: &handles,
            into: &effects
        )
    }

    private mutating func lead(epoch: Int32 = 4, version: Int32 = 6) {
        let state = state(leader: 1, isr: [1, 2, 3], epoch: epoch, version: version)
        _ = partition.makeLeader(state, now: .zero, into: &effects)
    }

    @Test mutating func aLeaderBeginsItsEpochAtTheLogEnd() {
        lead()
        append([1, 2])
        #expect(partition.leaderEpochStart == .zero)
        lead(epoch: 5, version: 7)
        #expect(partition.leaderEpochStart == Offset(2))
        #expect(partition.log.latestEpoch == LeaderEpoch(5))
    }

    @Test mutating func olderMetadataIsSkipped() {
        lead(epoch: 4, version: 6)
        let old = state(leader: 2, isr: [2], epoch: 5, version: 5)
        let isFollowing = partition.makeFollower(old, into: &effects)
        #expect(!isFollowing)
        #expect(partition.isLeader)
        let isLeading = partition.makeLeader(old, now: .zero, into: &effects)
        #expect(!isLeading)
        #expect(partition.leaderEpoch == LeaderEpoch(4))
    }

    @Test mutating func aFollowerFetchesAnewOnlyInANewEpoch() {
        let first = state(leader: 2, isr: [2], epoch: 1, version: 1)
        let fetchesAtFirst = partition.makeFollower(first, into: &effects)
        #expect(fetchesAtFirst)
        let shrunk = state(leader: 2, isr: [2, 1], epoch: 1, version: 2)
        let fetchesAnew = partition.makeFollower(shrunk, into: &effects)
        #expect(!fetchesAnew)
        let leaderless = state(leader: -1, isr: [2], epoch: 2, version: 3)
        let hasChanged = partition.makeFollower(leaderless, into: &effects)
        #expect(hasChanged)
        #expect(partition.leader == .none)
    }

    @Test mutating func metadataOverridesAPendingChange() {
        lead()
        _ = partition.replicas.propose(.shrink([BrokerID(3)]))
        let state = state(leader: 1, isr: [1, 2, 3], epoch: 4, version: 6)
        _ = partition.makeLeader(state, now: .zero, into: &effects)
        #expect(partition.replicas.pending == nil)
    }

    @Test(
        arguments: [
            (.none, .committed),
            (.ineligibleReplica, .reverted),
            (.operationNotAttempted, .reverted),
            (.unknownTopicOrPartition, .awaitsMetadata),
            (.unknownTopicId, .awaitsMetadata),
            (.fencedLeaderEpoch, .awaitsMetadata),
            (.invalidUpdateVersion, .awaitsMetadata),
            (.invalidRequest, .awaitsMetadata),
            (.newLeaderElected, .awaitsMetadata),
            (.unknownServerError, .resubmit),
        ] as [(ErrorCode, Partition.IsrVerdict)]
    )
    mutating func concludes(error: ErrorCode, verdict: Partition.IsrVerdict) {
        lead()
        let number = partition.replicas.propose(.shrink([BrokerID(3)]))
        let answer = AlterPartitionAnswer(
            partition: id,
            error: error,
            leader: BrokerID(1),
            leaderEpoch: LeaderEpoch(4),
            isr: [BrokerID(1), BrokerID(2)],
            partitionEpoch: PartitionEpoch(7)
        )
        #expect(partition.conclude(answer, number: number) == verdict)
        switch verdict {
        case .committed:
            #expect(partition.replicas.committed == [BrokerID(1), BrokerID(2)])
            #expect(partition.partitionEpoch == PartitionEpoch(7))
            #expect(partition.replicas.pending == nil)
        case .reverted:
            #expect(partition.replicas.committed.count == 3)
            #expect(partition.replicas.pending == nil)
        case .awaitsMetadata, .resubmit: #expect(partition.replicas.pending != nil)
        case .ignored: break
        }
        #expect(partition.conclude(answer, number: number + 1) == .ignored)
    }

    @Test mutating func anAnswerOfAnotherEpochLeavesTheChangePending() {
        lead()
        let number = partition.replicas.propose(.shrink([BrokerID(3)]))
        let answer = AlterPartitionAnswer(
            partition: id,
            error: .none,
            leader: BrokerID(1),
            leaderEpoch: LeaderEpoch(5),
            isr: [BrokerID(1), BrokerID(2)],
            partitionEpoch: PartitionEpoch(7)
        )
        #expect(partition.conclude(answer, number: number) == .awaitsMetadata)
        #expect(partition.replicas.pending != nil)
    }

    @Test mutating func minISRIsCappedByTheReplicas() {
        lead()
        partition.log.config.minInSyncReplicas = 5
        var features = Features()
        #expect(partition.effectiveMinInSync(features) == 3)
        features.minISRCappedByReplicas = false
        #expect(partition.effectiveMinInSync(features) == 5)
    }

    // MARK: Reading

    private func fetch(
        at offset: Int64,
        epoch: Int32 = -1,
        last: Int32 = -1
    ) -> FetchPartition {
        FetchPartition(
            partition: id,
            topicID: TopicID(9),
            currentLeaderEpoch: LeaderEpoch(epoch),
            fetchOffset: Offset(offset),
            lastFetchedEpoch: LeaderEpoch(last),
            maxBytes: 1_000
        )
    }

    private func read(_ fetch: FetchPartition, replica: Int32 = 2, maxBytes: Int32 = 1_000)
        -> FetchPartitionResponse
    {
        var parameters = FetchParameters()
        parameters.replica = BrokerID(replica)
        return partition.read(fetch, parameters, maxBytes: maxBytes, atLeastOne: true).answer
    }

    @Test mutating func epochsFenceReaders() {
        lead()
        #expect(read(fetch(at: 0, epoch: 3)).error == .fencedLeaderEpoch)
        #expect(read(fetch(at: 0, epoch: 5)).error == .unknownLeaderEpoch)
        #expect(read(fetch(at: 0, epoch: 4)).error == .none)
        #expect(read(fetch(at: 0, epoch: 4), replica: 8).error == .unknownLeaderEpoch)
        #expect(read(fetch(at: 0), replica: 8).error == .notLeaderOrFollower)
    }

    @Test mutating func followersReadToTheEndAndConsumersToTheHighWatermark() {
        lead()
        append([1, 2])
        append([3])
        #expect(read(fetch(at: 0)).records.count == 2)
        #expect(read(fetch(at: 0), replica: -1).records.isEmpty)
        _ = partition.log.raiseHighWatermark(to: Offset(2))
        #expect(read(fetch(at: 0), replica: -1).records.count == 1)
        #expect(read(fetch(at: 3)).records.isEmpty)
        #expect(read(fetch(at: 4)).error == .offsetOutOfRange)
    }

    @Test mutating func theFirstBatchComesEvenIfItIsTooLarge() {
        lead()
        append([1, 2])
        append([3])
        #expect(read(fetch(at: 0), maxBytes: 1).records.count == 1)
    }

    @Test mutating func aDivergingReaderGetsTheEndOfItsEpoch() {
        lead(epoch: 2, version: 1)
        append([1, 2])
        lead(epoch: 4, version: 2)
        append([3])
        #expect(read(fetch(at: 2, last: 2)).divergingEpoch == nil)
        let beyond = read(fetch(at: 3, last: 2))
        #expect(beyond.divergingEpoch == EpochEnd(epoch: LeaderEpoch(2), endOffset: Offset(2)))
        #expect(beyond.records.isEmpty)
        let unknown = read(fetch(at: 3, last: 3))
        #expect(unknown.divergingEpoch == EpochEnd(epoch: LeaderEpoch(2), endOffset: Offset(2)))
        #expect(read(fetch(at: 3, last: 6)).error == .offsetOutOfRange)
    }

    @Test mutating func aFollowerAtTheEndIsNotWokenByTheHighWatermark() {
        lead()
        append([1, 2])
        var follower = FetchParameters()
        follower.replica = BrokerID(2)
        #expect(partition.progress(of: fetch(at: 2), follower) == .available(0))
        _ = partition.log.raiseHighWatermark(to: Offset(2))
        #expect(partition.progress(of: fetch(at: 2), follower) == .available(0))
        #expect(partition.progress(of: fetch(at: 0), FetchParameters()) != .available(0))
        #expect(partition.progress(of: fetch(at: 5), follower) == .mustAnswer)
        #expect(partition.progress(of: fetch(at: 2, epoch: 3), follower) == .mustAnswer)
    }
}
