import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@Suite struct RecoveryTests {
    private func rolling() -> TestLog {
        var config = TopicConfig()
        config.segmentBytes = ByteCount(Int64(2 * 78))
        return TestLog(config)
    }

    private func load(
        _ test: TestLog,
        wasClean: Bool = false,
        recoveryPoint: Int64,
        logStart: Offset? = nil
    ) -> (test: TestLog, report: RecoveryReport)? {
        var report: RecoveryReport?
        let loaded = TestLog(
            loading: test.disk.image,
            config: test.log.config,
            wasClean: wasClean,
            recoveryPoint: Offset(recoveryPoint),
            logStart: logStart,
            report: &report
        )
        guard let loaded, let report else { return nil }
        return (loaded, report)
    }

    @Test func nothingOnDiskIsNoLog() {
        var report: RecoveryReport?
        let loaded = TestLog(loading: DiskImage([]), report: &report)
        #expect(loaded == nil)
        let other = StoredFile(
            id: FileID(.segment, partition: TopicPartition(TopicName(3), 1)),
            contents: FileContents()
        )
        let directory = StoredFile(id: FileID(.recoveryPointCheckpoint), contents: FileContents())
        let others = TestLog(loading: DiskImage([other, directory]), report: &report)
        #expect(others == nil)
    }

    @Test func afterAKillEveryWrittenByteIsThere() throws {
        var test = rolling()
        test.append(count: 5)
        test.commitAll()
        let loaded = try #require(load(test, recoveryPoint: 0))
        #expect(loaded.test.batches == test.batches)
        #expect(loaded.test.log.logEndOffset == Offset(5))
        #expect(loaded.test.log.highWatermark == .zero, "until a role is given")
        #expect(loaded.test.log.recoveryPoint == .zero)
        #expect(loaded.report.truncatedBytes == 0)
        #expect(
            loaded.test.effects.observations == [
                .recovered(orders, logStart: .zero, logEnd: Offset(5), wasClean: false)
            ]
        )
    }

    @Test(arguments: [(0, 5), (1, 5), (2, 3), (3, 3), (4, 1), (5, 1), (9, 1)] as [(Int64, Int64)])
    func onlySegmentsFromTheRecoveryPointAreScanned(point: Int64, batches: Int64) throws {
        var test = rolling()
        test.append(count: 5)
        let loaded = try #require(load(test, recoveryPoint: point))
        #expect(loaded.report.scannedBytes == batches * 78)
        #expect(loaded.report.hadUncleanStop)
        #expect(loaded.test.log.recoveryPoint == Offset(min(point, 5)))
    }

    @Test func afterAnOrderlyStopNothingIsScanned() throws {
        var test = rolling()
        test.append(count: 5)
        test.close()
        test.completeFlushes()
        let loaded = try #require(load(test, wasClean: true, recoveryPoint: 0))
        #expect(loaded.report == cleanReport(of: loaded.report))
        #expect(loaded.test.log.recoveryPoint == Offset(5))
    }

    private func cleanReport(of report: RecoveryReport) -> RecoveryReport? {
        report.scannedBytes == 0 && report.truncatedBytes == 0 && !report.hadUncleanStop
            ? report : nil
    }

    @Test(arguments: [1, 11, 12, 16, 17, 60, 61, 77])
    func aTornBatchIsCut(length: Int) throws {
        var test = TestLog()
        test.append(count: 2)
        var bytes: [UInt8] = []
        var torn = batch()
        torn.baseOffset = Offset(2)
        torn.chunk.append(to: &bytes)
        test.disk.append(Array(bytes[..<length]), to: test.segment(0))
        let loaded = try #require(load(test, recoveryPoint: 0))
        #expect(loaded.test.log.logEndOffset == Offset(2))
        #expect(loaded.report.truncatedBytes == Int64(length))
        #expect(loaded.test.effects.observations.first == .mark(.tornBatchCut))
        #expect(loaded.test.disk.bytes(of: test.segment(0))?.count == 156)
    }

    @Test(arguments: [1, 13, 17, 100])
    func aZeroFilledTailIsCut(length: Int) throws {
        var test = TestLog()
        test.append(count: 2)
        test.disk.append([UInt8](repeating: 0, count: length), to: test.segment(0))
        let loaded = try #require(load(test, recoveryPoint: 0))
        #expect(loaded.test.log.logEndOffset == Offset(2))
        #expect(loaded.report.truncatedBytes == Int64(length))
    }

    @Test func theFirstBadBatchEndsTheLogAndLaterSegmentsGo() throws {
        var test = rolling()
        test.append(count: 6)
        // The second batch of the second segment.
        test.disk.corrupt(test.segment(2), at: 78 + 70)
        let loaded = try #require(load(test, recoveryPoint: 0))
        #expect(loaded.test.log.logEndOffset == Offset(3))
        #expect(loaded.test.disk.ids(.segment) == [0, 2])
        #expect(loaded.report.truncatedBytes == 3 * 78)
        var again = loaded.test
        again.append(count: 1)
        #expect(again.batches.map(\.baseOffset.rawValue) == [0, 1, 2, 3])
    }

    @Test func corruptionBelowTheRecoveryPointIsNotNoticed() throws {
        var test = rolling()
        test.append(count: 6)
        test.disk.corrupt(test.segment(0), at: 70)
        let loaded = try #require(load(test, recoveryPoint: 4))
        #expect(loaded.test.log.logEndOffset == Offset(6))
        #expect(
            loaded.test.batches.map(\.body.isIntact) == [false] + Array(repeating: true, count: 5)
        )
    }

    @Test func badLengthsBelowTheRecoveryPointCostNoLaterSegment() throws {
        var test = rolling()
        test.append(count: 6)
        test.disk.corrupt(test.segment(0), at: 78 + 8)
        let loaded = try #require(load(test, recoveryPoint: 4))
        #expect(loaded.test.log.logEndOffset == Offset(6))
        #expect(loaded.test.batches.map(\.baseOffset.rawValue) == [0, 2, 3, 4, 5])
        #expect(loaded.report.truncatedBytes == 0)
        #expect(loaded.test.disk.bytes(of: test.segment(0))?.count == 156)
    }

    @Test func epochsAreRepaired() throws {
        var test = TestLog()
        test.append(count: 2)
        test.assign(1)
        test.append(count: 2)
        // The checkpoint never reached the disk.
        let checkpoint = FileID(.leaderEpochCheckpoint, partition: orders)
        test.disk.append([65], to: checkpoint)
        let loaded = try #require(load(test, recoveryPoint: 0))
        #expect(loaded.test.log.epochs == test.log.epochs)
        #expect(
            loaded.test.disk.bytes(of: checkpoint).map { String(decoding: $0, as: UTF8.self) }
                == "0\n2\n0 0\n1 2\n"
        )
    }

    @Test func staleEpochsBeyondTheEndGo() throws {
        var test = TestLog()
        test.append(count: 2)
        test.assign(1)
        test.append(count: 2)
        test.disk.corrupt(test.segment(0), at: 2 * 78 + 70)
        let loaded = try #require(load(test, recoveryPoint: 0))
        #expect(loaded.test.log.latestEpoch == LeaderEpoch(0))
    }

    @Test func theLogStartIsTheCheckpointOrTheFirstSegment() throws {
        var test = rolling()
        test.append(count: 5)
        let checkpointed = try #require(load(test, recoveryPoint: 0, logStart: Offset(3)))
        #expect(checkpointed.test.log.logStartOffset == Offset(3))
        #expect(checkpointed.test.log.epochStart(LeaderEpoch(0)) == Offset(3))
        let unknown = try #require(load(test, recoveryPoint: 0))
        #expect(unknown.test.log.logStartOffset == .zero)
    }

    @Test func aLogThatEndsBelowItsStartRestartsThere() throws {
        var test = rolling()
        test.append(count: 5)
        let loaded = try #require(load(test, recoveryPoint: 5, logStart: Offset(9)))
        #expect(loaded.test.log.logStartOffset == Offset(9))
        #expect(loaded.test.log.logEndOffset == Offset(9))
        #expect(loaded.test.disk.ids(.segment) == [9])
        #expect(loaded.test.log.recoveryPoint == Offset(5))
    }

    @Test func offsetsThatGoBackwardsEmptyTheSegment() throws {
        var test = TestLog()
        test.append(count: 3)
        var bytes: [UInt8] = []
        batch(base: 1).chunk.append(to: &bytes)
        test.disk.append(bytes, to: test.segment(0))
        let loaded = try #require(load(test, recoveryPoint: 0))
        #expect(loaded.test.log.logEndOffset == .zero)
        #expect(loaded.test.disk.bytes(of: test.segment(0)) == [])
    }

    @Test func unneededSnapshotsAreRemoved() throws {
        var test = rolling()
        for sequence in 0..<5 {
            test.append(batch(producer: 1, sequence: Int32(sequence)))
        }
        test.close()
        test.completeFlushes()
        #expect(test.disk.ids(.producerSnapshot) == [2, 4, 5])
        // Strays: one inside a segment, one beyond the end.
        for base in [3, 7] as [Int64] {
            test.disk.addEmptyFile(FileID(.producerSnapshot, partition: orders, base: base))
        }
        let loaded = try #require(load(test, recoveryPoint: 0))
        #expect(loaded.test.disk.ids(.producerSnapshot) == [2, 4, 5])
    }

    @Test func rollingGoesOnAfterARestart() throws {
        var test = rolling()
        test.append(count: 3)
        var loaded = try #require(load(test, recoveryPoint: 0)).test
        loaded.append(count: 2)
        #expect(loaded.disk.ids(.segment) == [0, 2, 4])
    }

    @Test func eventTimeSurvivesARestart() throws {
        var config = TopicConfig()
        config.segmentAge = .milliseconds(1_000)
        var test = TestLog(config)
        test.append(batch(at: startOfTime))
        var loaded = try #require(load(test, recoveryPoint: 0)).test
        loaded.append(batch(at: startOfTime + 1_001))
        #expect(loaded.log.segmentCount == 2)
    }

    @Test func recoveringTwiceChangesNothing() throws {
        var test = rolling()
        for sequence in 0..<5 {
            test.append(batch(producer: 1, sequence: Int32(sequence)))
        }
        test.disk.append([1, 2, 3], to: test.segment(4))
        let once = try #require(load(test, recoveryPoint: 0)).test
        let twice = try #require(load(once, recoveryPoint: 0))
        #expect(twice.test.batches == once.batches)
        #expect(twice.report.truncatedBytes == 0)
        #expect(twice.test.disk.ids(.producerSnapshot) == once.disk.ids(.producerSnapshot))
    }
}
