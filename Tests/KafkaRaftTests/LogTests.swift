import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@testable import KafkaRaft

@Suite struct LogTests {
    /// A log of one-record batches with these epochs, from offset 0.
    private func log(_ epochs: [Int32]) -> QuorumLog {
        var outbox = Outbox(firstToken: 0)
        var handles = FileHandleAllocator()
        var log = QuorumLog(disk: DiskImage([]), handles: &handles, outbox: &outbox)
        for (offset, epoch) in epochs.enumerated() {
            log.append(batch(Int64(offset), epoch), outbox: &outbox)
        }
        return log
    }

    private func batch(_ offset: Int64, _ epoch: Int32) -> RecordBatch {
        var accumulator = BatchAccumulator(from: Offset(offset))
        accumulator.append([[UInt8(truncatingIfNeeded: offset)]], timestamp: 0)
        return RecordBatch(
            baseOffset: Offset(offset),
            partitionLeaderEpoch: LeaderEpoch(epoch),
            body: accumulator.drain()[0].body
        )
    }

    private func end(_ epoch: Int32, _ offset: Int64) -> EpochEnd {
        EpochEnd(epoch: LeaderEpoch(epoch), endOffset: Offset(offset))
    }

    @Test(arguments: [
        (fetch: Int64(0), epoch: Int32(0), diverging: nil),
        (fetch: 6, epoch: 5, diverging: nil),
        (fetch: 2, epoch: 1, diverging: nil),
        (fetch: 3, epoch: 1, diverging: (Int32(1), Int64(2))),
        (fetch: 5, epoch: 2, diverging: (1, 2)),
        (fetch: 7, epoch: 5, diverging: (5, 6)),
        (fetch: 6, epoch: 9, diverging: (5, 6)),
    ])
    func fetchPositionsAreComparedByEpoch(
        fetch: Int64,
        epoch: Int32,
        diverging: (Int32, Int64)?
    ) {
        let expected: QuorumLog.Validation =
            diverging.map { .diverging(end($0.0, $0.1)) } ?? .valid
        #expect(log([1, 1, 3, 3, 5, 5]).validate(Offset(fetch), LeaderEpoch(epoch)) == expected)
    }

    @Test(arguments: [
        (answer: (Int32(3), Int64(3)), target: Int64(3)),
        (answer: (3, 9), target: 4),
        (answer: (2, 5), target: 2),
        (answer: (0, 0), target: 0),
    ])
    func truncationGoesToTheEndOfTheCommonEpoch(answer: (Int32, Int64), target: Int64) {
        let log = log([1, 1, 3, 3, 5, 5])
        #expect(log.truncationOffset(towards: end(answer.0, answer.1)) == Offset(target))
    }

    @Test func tornTailIsCutAtStart() {
        let batches = [batch(0, 1), batch(1, 1), batch(2, 2)]
        var contents = FileContents(batches.map(\.chunk))
        contents.truncate(to: contents.size - 3)
        let disk = DiskImage([StoredFile(id: FileID(.segment), contents: contents)])
        var outbox = Outbox(firstToken: 7)
        var handles = FileHandleAllocator()
        let log = QuorumLog(disk: disk, handles: &handles, outbox: &outbox)
        #expect(log.endOffset == Offset(2))
        #expect(log.lastFetchedEpoch == LeaderEpoch(1))
        var effects: [Effect] = []
        var outcomes: [RaftNode.Outcome] = []
        outbox.release(into: &effects, outcomes: &outcomes)
        let kept = ByteCount(batches[0].sizeInBytes + batches[1].sizeInBytes)
        #expect(effects.contains(.truncate(FileHandle(0), to: kept)))
        #expect(effects.contains(.observe(.mark(.tornBatchCut))))
        // Nothing is told to others before what was found is durable.
        #expect(effects.last == .flush(FileHandle(0), FlushToken(7)))
    }

    @Test func damagedBatchEndsTheLog() {
        let batches = [batch(0, 1), batch(1, 1), batch(2, 2)]
        var bytes: [UInt8] = []
        for batch in batches { batch.chunk.append(to: &bytes) }
        bytes[batches[0].sizeInBytes + 65] ^= 1
        let scan = BatchScanner(FileContents([FileChunk(SharedBytes(bytes))]))
        #expect(scan.batches == [batches[0]])
        #expect(scan.intactSize == batches[0].sizeInBytes)
    }

    @Test func readStopsAtEightMebibytesButGivesOneBatch() {
        let log = log([1, 1, 2])
        #expect(log.read(from: Offset(1)).map(\.baseOffset) == [Offset(1), Offset(2)])
        #expect(log.read(from: Offset(3)) == [])
        #expect(log.batches(from: .zero, below: Offset(2)).count == 2)
    }

    @Test func electionStateSurvivesItsFile() {
        let states = [
            ElectionState(epoch: QuorumEpoch(0)),
            ElectionState(epoch: QuorumEpoch(12), leader: BrokerID(3)),
            ElectionState(epoch: QuorumEpoch(7), voted: BrokerID(2)),
        ]
        for state in states {
            let bytes = state.bytes(voters: [BrokerID(1), BrokerID(2)])
            #expect(ElectionState(FileContents([FileChunk(bytes)])) == state)
        }
        #expect(ElectionState(FileContents()) == nil)
        let text = String(decoding: states[1].bytes(voters: [BrokerID(1)]).bytes, as: UTF8.self)
        #expect(
            text == "{\"clusterId\":\"\",\"leaderId\":3,\"leaderEpoch\":12,\"votedId\":-1,"
                + "\"appliedOffset\":0,\"currentVoters\":[{\"voterId\":1}],\"data_version\":0}"
        )
    }
}
