import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@Suite struct FlushTests {
    private func rolling(flushMessages: Int64 = .max) -> TestLog {
        var config = TopicConfig()
        config.segmentBytes = ByteCount(Int64(2 * 78))
        config.flushMessages = flushMessages
        return TestLog(config)
    }

    @Test func appendsAreNotFlushed() {
        var test = TestLog()
        test.assign(0)
        test.completeFlushes()
        test.append(count: 10)
        #expect(test.effects.flushes == 0)
        #expect(test.log.awaitedFlush == nil)
        #expect(test.log.recoveryPoint == .zero)
    }

    @Test func aRollFlushesInTheBackground() {
        var test = rolling()
        test.assign(0)
        test.completeFlushes()
        test.append(count: 3)
        // The old segment and the producers' snapshot.
        #expect(test.effects.flushes == 2)
        #expect(test.log.awaitedFlush == nil)
        #expect(test.log.recoveryPoint == .zero)
        test.completeFlushes()
        #expect(test.log.recoveryPoint == Offset(2))
    }

    @Test func theRecoveryPointWaitsForAllFilesOfAFlush() throws {
        var test = rolling()
        test.append(count: 3)
        let tokens = test.disk.pendingTokens
        let token = try #require(tokens.last)
        #expect(test.log.flushCompleted(token) == false)
        #expect(test.log.recoveryPoint == .zero)
        #expect(test.log.flushCompleted(token) == true)
        #expect(test.log.recoveryPoint == Offset(2))
        #expect(test.log.flushCompleted(token) == false)
    }

    @Test func flushMessagesHoldsTheAnswer() throws {
        var test = rolling(flushMessages: 1)
        test.assign(0)
        test.completeFlushes()
        test.append(count: 1)
        let token = try #require(test.log.awaitedFlush)
        #expect(test.effects.flushes == 1)
        #expect(test.log.flushCompleted(token) == true)
        #expect(test.log.awaitedFlush == nil)
        #expect(test.log.recoveryPoint == Offset(1))
    }

    @Test func flushMessagesCountsRecordsSinceTheLastFlush() {
        var test = rolling(flushMessages: 2)
        test.assign(0)
        test.completeFlushes()
        test.append(count: 1)
        #expect(test.log.awaitedFlush == nil)
        test.append(count: 1)
        #expect(test.log.awaitedFlush != nil)
        // The flush under way counts: Kafka's next append comes after it.
        test.append(batch())
        #expect(test.effects.flushes == 2, "only the roll's own")
    }

    @Test func flushMessagesHoldsForFollowers() {
        var test = rolling(flushMessages: 1)
        test.replicate([batch(base: 0, leaderEpoch: 0)])
        #expect(test.log.awaitedFlush != nil)
        #expect(test.effects.flushes == 1)
    }

    @Test func aNewEpochIsAwaited() throws {
        var test = TestLog()
        test.assign(3)
        let token = try #require(test.log.awaitedFlush)
        #expect(UnifiedLog.owner(of: token) == test.log.identity)
        #expect(test.log.flushCompleted(token) == true)
        #expect(test.log.awaitedFlush == nil)
        test.assign(3)
        #expect(test.log.awaitedFlush == nil)
    }

    @Test func theOwnersTokenIsReportedOnceAFile() {
        var test = rolling()
        test.append(count: 5)
        let token = FlushToken(77)
        test.flush(token: token)
        #expect(test.effects == [0, 1, 2].map { Effect.flush(handle($0, of: test), token) })
        #expect(test.log.flushCompleted(token) == false)
        #expect(test.log.flushCompleted(token) == false)
        #expect(test.log.flushCompleted(token) == true)
        #expect(test.log.recoveryPoint == Offset(5))
    }

    private func handle(_ segment: Int, of test: TestLog) -> FileHandle {
        // Epoch and metadata files, then segments and, from the first roll on, snapshots.
        FileHandle([2, 3, 5][segment])
    }

    @Test func aTruncationLowersWhatAFlushUnderWayProves() {
        var test = rolling()
        test.append(count: 3)
        test.truncate(to: 1)
        test.append(count: 1)
        test.completeFlushes()
        #expect(test.log.logEndOffset == Offset(2))
        #expect(test.log.recoveryPoint == Offset(1))
    }

    @Test func closingFlushesEverythingAndSnapshotsProducers() {
        var test = rolling()
        test.append(batch(producer: 1, sequence: 0))
        test.close()
        #expect(test.log.awaitedFlush != nil)
        test.completeFlushes()
        #expect(test.log.awaitedFlush == nil)
        #expect(test.log.recoveryPoint == Offset(1))
        #expect(test.disk.ids(.producerSnapshot) == [1])
    }

    @Test func tokensTellTheirLog() {
        #expect(UnifiedLog.owner(of: FlushToken(1 << 56 | 5)) == nil)
    }
}
