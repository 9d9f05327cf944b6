import Checkers
import KafkaProtocol
import SimBase
import Testing

@Suite struct LedgerTests {
    @Test func aStoredAcknowledgedRecordIsNeitherLostNorDoubled() {
        var fixture = Fixture()
        let records = fixture.send(3)
        let batch = Fixture.batch(records, at: 0)
        fixture.append(batch, by: 1, at: .zero)
        for (index, record) in records.enumerated() {
            fixture.recorder.ledger.acknowledged(
                record,
                in: fixture.partition,
                at: Offset(Int64(index)),
                now: Fixture.at(1)
            )
        }
        let logs = fixture.finish([batch])
        let table = fixture.metrics(logs)
        #expect(table.value(of: "records.acked") == .integer(3))
        #expect(table.value(of: "lost.acked") == .integer(0))
        #expect(table.value(of: "duplicated") == .integer(0))
        #expect(table.value(of: "ack.latency.max.ms") == .integer(1_000))
    }

    @Test func lossesAreSortedByWhatTheApplicationWasTold() {
        var fixture = Fixture()
        let records = fixture.send(3)
        fixture.recorder.ledger.acknowledged(
            records[0],
            in: fixture.partition,
            at: Offset(0),
            now: Fixture.at(1)
        )
        fixture.recorder.ledger.failed(
            records[1],
            exception: "TimeoutException",
            lastError: .notEnoughReplicas,
            now: Fixture.at(2)
        )
        let logs = fixture.finish([])
        let table = fixture.metrics(logs)
        #expect(table.value(of: "lost.acked") == .integer(1))
        #expect(table.value(of: "lost.reported") == .integer(1))
        #expect(table.value(of: "lost.silent") == .integer(1))
        #expect(table.value(of: "errors.TimeoutException") == .integer(1))
    }

    /// A leader that has not heard of its topic's deletion yet goes on acknowledging for a moment.
    @Test(arguments: [true, false])
    func whatWentWithADeletedTopicIsNotLost(isTopicDeleted: Bool) {
        var fixture = Fixture()
        if isTopicDeleted {
            fixture.recorder.observe(
                .topicDeleted(fixture.topic),
                by: BrokerID(4),
                now: Fixture.at(1)
            )
        }
        let records = fixture.send(1, at: Fixture.at(2))
        fixture.append(Fixture.batch(records, at: 0), by: 1, at: Fixture.at(2))
        fixture.recorder.ledger.acknowledged(
            records[0],
            in: fixture.partition,
            at: Offset(0),
            now: Fixture.at(2)
        )
        fixture.recorder.observe(
            .replicaDeleted(fixture.partition),
            by: BrokerID(1),
            now: Fixture.at(3)
        )
        fixture.recorder.settle(FinalLogs())
        #expect(fixture.recorder.ledger.entries[0].loss == (isTopicDeleted ? .none : .acked))
    }

    @Test func withAcksZeroAnAcknowledgedLossIsSilent() {
        var fixture = Fixture(acks: .none)
        let record = fixture.send(1)[0]
        fixture.recorder.ledger.acknowledged(
            record,
            in: fixture.partition,
            at: .none,
            now: Fixture.at(1)
        )
        let logs = fixture.finish([])
        let table = fixture.metrics(logs)
        #expect(table.value(of: "lost.acked") == .integer(0))
        #expect(table.value(of: "lost.silent") == .integer(1))
    }

    @Test func aSuccessAfterAnErrorCountsAsAcked() {
        var fixture = Fixture()
        let record = fixture.send(1)[0]
        fixture.recorder.ledger.failed(
            record,
            exception: "TimeoutException",
            lastError: .none,
            now: Fixture.at(1)
        )
        fixture.recorder.ledger.acknowledged(
            record,
            in: fixture.partition,
            at: Offset(0),
            now: Fixture.at(2)
        )
        fixture.recorder.ledger.failed(
            record,
            exception: "TimeoutException",
            lastError: .none,
            now: Fixture.at(3)
        )
        #expect(fixture.recorder.ledger.ackedCount == 1)
        #expect(fixture.recorder.ledger.failedCount == 0)
        #expect(fixture.recorder.ledger.entries[0].resolvedAt == Fixture.at(2))
    }

    @Test func secondCopiesAreDuplicatesAndFailedOnesInTheLogPhantoms() {
        var fixture = Fixture()
        let records = fixture.send(2)
        fixture.recorder.ledger.failed(
            records[1],
            exception: "TimeoutException",
            lastError: .none,
            now: Fixture.at(1)
        )
        fixture.recorder.ledger.acknowledged(
            records[0],
            in: fixture.partition,
            at: Offset(0),
            now: Fixture.at(1)
        )
        let batches = [
            Fixture.batch([records[0]], at: 0), Fixture.batch([records[0], records[1]], at: 1),
        ]
        let logs = fixture.finish(batches)
        let table = fixture.metrics(logs)
        #expect(table.value(of: "duplicated") == .integer(1))
        #expect(table.value(of: "phantom") == .integer(1))
        #expect(table.value(of: "lost.reported") == .integer(0))
    }

    static let orders: [([Int32], Int64)] = [
        ([0, 1, 2], 0), ([1, 0, 2], 1), ([2, 1, 0], 2), ([0, 1, 0, 2], 0),
    ]

    @Test(arguments: orders)
    func disorderCountsFirstCopiesBehindLaterRecords(order: [Int32], expected: Int64) {
        var fixture = Fixture()
        _ = fixture.send(3)
        let batches = order.enumerated().map {
            Fixture.batch([RecordID($0.element)], at: Int64($0.offset))
        }
        let logs = fixture.finish(batches)
        let table = fixture.metrics(logs)
        #expect(table.value(of: "reordered") == .integer(expected))
    }

    @Test(arguments: [(true, false, 1), (true, true, 0), (false, false, 0)])
    func whatRetentionRemovedIsExpiredOnlyIfAGroupMissedIt(
        withGroup: Bool,
        isProcessed: Bool,
        expired: Int64
    ) {
        var fixture = Fixture(withGroup: withGroup)
        let record = fixture.send(1)[0]
        fixture.append(Fixture.batch([record], at: 0), by: 1, at: .zero)
        fixture.recorder.ledger.acknowledged(
            record,
            in: fixture.partition,
            at: Offset(0),
            now: Fixture.at(1)
        )
        if isProcessed {
            fixture.recorder.ledger.processed(
                record,
                group: 0,
                member: 0,
                from: fixture.partition,
                at: Offset(0),
                now: Fixture.at(1)
            )
        }
        fixture.recorder.observe(
            .logStartAdvanced(fixture.partition, to: Offset(1), .retention),
            by: BrokerID(1),
            now: Fixture.at(2)
        )
        let logs = fixture.finish([])
        let table = fixture.metrics(logs)
        #expect(table.value(of: "lost.expired") == .integer(expired))
        #expect(table.value(of: "lost.acked") == .integer(0))
    }

    @Test func aMetricOfSomethingThatNeverHappenedIsZero() {
        var fixture = Fixture()
        let logs = fixture.finish([])
        let table = fixture.metrics(logs)
        #expect(table.value(of: "errors.RecordTooLargeException") == .integer(0))
        #expect(table.value(of: "responses.NOT_ENOUGH_REPLICAS") == .integer(0))
    }
}

@Suite struct GroupAccountTests {
    private func account(processed: [Int], committed: Int64) -> MetricTable {
        var fixture = Fixture(withGroup: true)
        let records = fixture.send(4)
        let batch = Fixture.batch(records, at: 0)
        fixture.append(batch, by: 1, at: .zero)
        for record in processed {
            fixture.recorder.ledger.processed(
                RecordID(Int32(record)),
                group: 0,
                member: 0,
                from: fixture.partition,
                at: Offset(Int64(record)),
                now: Fixture.at(2)
            )
        }
        fixture.recorder.observe(
            .offsetCommitted(GroupName(0), fixture.partition, Offset(committed)),
            by: BrokerID(1),
            now: Fixture.at(3)
        )
        let logs = fixture.finish([batch])
        return fixture.metrics(logs)
    }

    @Test func belowTheCommittedOffsetUnprocessedIsSkippedBeyondItUnread() {
        let table = account(processed: [0], committed: 2)
        #expect(table.value(of: "group.billing.processed") == .integer(1))
        #expect(table.value(of: "group.billing.skipped") == .integer(1))
        #expect(table.value(of: "group.billing.unread") == .integer(2))
        #expect(table.value(of: "group.billing.end-to-end.lost") == .integer(3))
    }

    @Test func everyFurtherProcessingOfARecordIsReprocessing() {
        let table = account(processed: [0, 1, 2, 3, 1, 1], committed: 4)
        #expect(table.value(of: "group.billing.processed") == .integer(6))
        #expect(table.value(of: "group.billing.reprocessed") == .integer(2))
        #expect(table.value(of: "group.billing.end-to-end.duplicated") == .integer(1))
        #expect(table.value(of: "group.billing.committed.orders-0") == .integer(4))
    }

    @Test func aDeliveryThatTheFinalLogContradictsIsDirty() {
        var fixture = Fixture(withGroup: true)
        let records = fixture.send(2)
        fixture.recorder.ledger.processed(
            records[1],
            group: 0,
            member: 0,
            from: fixture.partition,
            at: Offset(0),
            now: .zero
        )
        let logs = fixture.finish([Fixture.batch([records[0]], at: 0)])
        let table = fixture.metrics(logs)
        #expect(table.value(of: "group.billing.dirty") == .integer(1))
    }
}

@Suite struct GuaranteeTests {
    @Test(arguments: [
        ([1, 1], Guarantee.exactlyOnce), ([1, 2], .atLeastOnce), ([1, 0], .atMostOnce),
        ([0, 2], .none),
    ])
    func copiesDecideWhereNobodyReads(copies: [Int], expected: Guarantee) {
        var fixture = Fixture()
        let records = fixture.send(2)
        var batches: [RecordBatch] = []
        for (record, count) in zip(records, copies) {
            fixture.recorder.ledger.acknowledged(
                record,
                in: fixture.partition,
                at: .zero,
                now: .zero
            )
            for _ in 0..<count {
                batches.append(Fixture.batch([record], at: Int64(batches.count)))
            }
        }
        _ = fixture.finish(batches)
        #expect(GuaranteeJudge.judge(fixture.recorder.ledger) == expected)
    }

    @Test func whatWasNeverAcknowledgedDoesNotCount() {
        var fixture = Fixture()
        _ = fixture.send(2)
        _ = fixture.finish([])
        #expect(GuaranteeJudge.judge(fixture.recorder.ledger) == .exactlyOnce)
    }
}
