import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@testable import KafkaRaft

@Suite struct SnapshotTests {
    /// Three voters of which one leads with some records; the observer 4 is not started.
    private func cluster() -> TestCluster {
        var cluster = TestCluster(voters: 3, observers: 1)
        for id in cluster.voters { cluster.start(id) }
        cluster.run { $0.leader?.highWatermark == Offset(1) }
        for text in ["a", "b", "c"] {
            if let leader = cluster.leader { cluster.append(text, at: leader.id) }
            cluster.run(for: .milliseconds(100))
        }
        cluster.run(for: .seconds(1))
        return cluster
    }

    private func texts(_ batches: [RecordBatch]) -> [String] {
        batches.filter { !$0.body.isControl }.flatMap { batch in
            var texts: [String] = []
            var records = batch.body.records
            while let record = records.next() {
                if let value = record.value {
                    texts.append(String(decoding: batch.body.shared.bytes[value], as: UTF8.self))
                }
            }
            return texts
        }
    }

    @Test func emptyReplicaStartsFromTheSnapshot() {
        var cluster = cluster()
        guard let leader = cluster.leader?.id.rawValue else { return }
        cluster.snapshot("ab", at: leader, end: Offset(3))
        cluster.start(BrokerID(4))
        cluster.run(for: .seconds(2))
        let outcomes = cluster.member(4).outcomes
        guard case .snapshot(let id, let batches)? = outcomes.first(where: { $0 != .leaderChanged })
        else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(id.endOffset == Offset(3))
        #expect(texts(batches) == ["ab"])
        #expect(texts(cluster.member(4).delivered) == ["ab", "c"])
        #expect(cluster[4].logStartOffset == Offset(3))
        #expect(cluster.violations == [])
    }

    @Test func restartLoadsTheNewestSnapshotAndTheLogBehindIt() {
        var cluster = cluster()
        guard let leader = cluster.leader?.id.rawValue else { return }
        cluster.snapshot("a", at: leader, end: Offset(2))
        cluster.snapshot("ab", at: leader, end: Offset(3))
        cluster.restart(BrokerID(leader))
        #expect(cluster.run(atMost: .seconds(20)) { $0[leader].highWatermark > Offset(4) })
        #expect(texts(cluster.member(leader).delivered) == ["ab", "c"])
    }

    @Test func replicaOfASnapshotSurvivesAPowerLoss() {
        var cluster = cluster()
        guard let leader = cluster.leader?.id.rawValue else { return }
        cluster.snapshot("abc", at: leader, end: Offset(4))
        cluster.start(BrokerID(4))
        cluster.run(for: .seconds(1))
        cluster.crash(BrokerID(4))
        cluster.start(BrokerID(4))
        cluster.run(for: .seconds(2))
        #expect(texts(cluster.member(4).delivered) == ["abc"])
        #expect(cluster[4].logEndOffset == cluster[leader].logEndOffset)
    }

    @Test func snapshotsAreOfCommittedRecordsAndNewerThanTheLast() {
        var cluster = cluster()
        guard let leader = cluster.leader?.id.rawValue else { return }
        let wasWritten = ([5, 3, 3, 2] as [Int64]).map {
            cluster.snapshot("ab", at: leader, end: Offset($0))
        }
        #expect(wasWritten == [false, true, false, false])
        #expect(cluster[leader].latestSnapshot?.endOffset == Offset(3))
    }

    @Test func lagBehindTheLogsStartNeedsTheNewestSnapshot() {
        var outbox = Outbox(firstToken: 0)
        var handles = FileHandleAllocator()
        var log = QuorumLog(disk: DiskImage([]), handles: &handles, outbox: &outbox)
        for batch in LoneNode.batches([1, 1, 2, 2, 3]) { log.append(batch, outbox: &outbox) }
        var effects: [Effect] = []
        for (end, epoch) in [(2, 1), (4, 2)] as [(Int64, Int32)] {
            let id = EpochEnd(epoch: LeaderEpoch(epoch), endOffset: Offset(end))
            let snapshot = MetadataSnapshot([[1]], id: id, lastContainedTimestamp: 0, wallClock: 0)
            log.store(snapshot, handles: &handles, into: &effects)
        }
        let newest = EpochEnd(epoch: LeaderEpoch(2), endOffset: Offset(4))
        // Young and small: both snapshots and the whole log stay.
        log.clean(wallClock: 604_800_000, outbox: &outbox)
        #expect(log.startOffset == .zero)
        #expect(log.validate(Offset(1), LeaderEpoch(1)) == .valid)
        log.clean(wallClock: 604_800_001, outbox: &outbox)
        #expect(log.startOffset == Offset(4))
        #expect(log.earliestSnapshot?.id == newest)
        #expect(log.validate(Offset(2), LeaderEpoch(1)) == .snapshot(newest))
        #expect(log.validate(Offset(4), LeaderEpoch(1)) == .snapshot(newest))
        #expect(log.validate(Offset(4), LeaderEpoch(2)) == .valid)
        #expect(log.read(from: Offset(4)).count == 1)
    }

    @Test func unfinishedSnapshotIsIgnored() {
        let id = EpochEnd(epoch: LeaderEpoch(1), endOffset: Offset(2))
        let whole = MetadataSnapshot([[1], [2]], id: id, lastContainedTimestamp: 9, wallClock: 9)
        var contents = FileContents([FileChunk(whole.bytes)])
        contents.truncate(to: contents.size - 1)
        let disk = DiskImage([
            StoredFile(id: MetadataSnapshot.file(endingAt: Offset(2)), contents: contents)
        ])
        var outbox = Outbox(firstToken: 0)
        var handles = FileHandleAllocator()
        let log = QuorumLog(disk: disk, handles: &handles, outbox: &outbox)
        #expect(log.latestSnapshot == nil)
        #expect(log.endOffset == .zero)
    }
}

extension RaftNode.Outcome {
    fileprivate static func != (left: Self, right: Self) -> Bool {
        !(left == right)
    }
}
