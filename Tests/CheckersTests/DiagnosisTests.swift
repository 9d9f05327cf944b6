import Checkers
import KafkaProtocol
import SimBase
import Testing

@Suite struct DiagnosisTests {
    /// Broker 1 appends and acknowledges two records that the next leader does not have.
    private func failover(acks: Acks, election: ElectionKind) -> Fixture {
        var fixture = Fixture(acks: acks)
        fixture.change(leader: 1, epoch: 0, isr: [1, 2, 3], .initial, at: .zero)
        fixture.leads(1, epoch: 0, from: 0, at: .zero)
        let records = fixture.send(2)
        fixture.append(Fixture.batch(records, at: 0), by: 1, at: Fixture.at(1))
        for (index, record) in records.enumerated() {
            fixture.recorder.ledger.acknowledged(
                record,
                in: fixture.partition,
                at: Offset(Int64(index)),
                now: Fixture.at(1)
            )
        }
        fixture.change(leader: 2, epoch: 1, isr: [2, 3], election, at: Fixture.at(9))
        fixture.leads(2, epoch: 1, from: 0, at: Fixture.at(9))
        fixture.recorder.observe(
            .truncated(fixture.partition, from: Offset(2), to: .zero, highWatermark: .zero),
            by: BrokerID(1),
            now: Fixture.at(20)
        )
        _ = fixture.finish([])
        return fixture
    }

    @Test func acksOneExplainsARecordThatOnlyTheLeaderHad() throws {
        let fixture = failover(acks: .leader, election: .clean)
        let diagnosis = Diagnosis(recorder: fixture.recorder)
        let finding = try #require(diagnosis.findings.first)
        #expect(diagnosis.findings.count == 1)
        #expect(finding.cause == "acked-by-leader-alone")
        #expect(finding.category == .configuration)
        #expect(finding.metric == "lost.acked")
        #expect(finding.records == 2)
        #expect(finding.settings.map(\.path) == ["producers.shop.config.acks"])
        #expect(finding.sentence.contains("orders-0 offsets 0-1"))
        #expect(finding.sentence.contains("at 20.000 s broker-1 truncates orders-0 from 2 to 0"))
        #expect(finding.life.map(\.at) == finding.life.map(\.at).sorted())
        #expect(finding.life.first?.text.contains("send()") == true)
        #expect(finding.life.last?.at == Fixture.at(20))
    }

    /// A leader cut off from the controllers appends on after its unclean successor was elected.
    @Test(arguments: [([Int32(1), 2, 3], "unclean-election"), ([1], "isr-of-one")])
    func whatAnOldLeaderTookBehindTheElectionHasItsCause(isr: [Int32], cause: String) {
        var fixture = Fixture()
        fixture.change(leader: 1, epoch: 0, isr: isr, .initial, at: .zero)
        fixture.leads(1, epoch: 0, from: 0, at: .zero)
        fixture.change(leader: 2, epoch: 1, isr: [2], .unclean, at: Fixture.at(5))
        fixture.leads(2, epoch: 1, from: 0, at: Fixture.at(5))
        let records = fixture.send(1, at: Fixture.at(6))
        fixture.append(Fixture.batch(records, at: 0), by: 1, at: Fixture.at(6))
        fixture.recorder.ledger.acknowledged(
            records[0],
            in: fixture.partition,
            at: Offset(0),
            now: Fixture.at(6)
        )
        _ = fixture.finish([])
        #expect(Diagnosis(recorder: fixture.recorder).findings.map(\.cause) == [cause])
    }

    /// Its successor was elected, and gone before it heard of it.
    @Test func anUncleanLeaderThatNeverLedIsACauseToo() {
        var fixture = Fixture()
        fixture.change(leader: 1, epoch: 0, isr: [1, 2], .initial, at: .zero)
        fixture.leads(1, epoch: 0, from: 0, at: .zero)
        let records = fixture.send(1, at: Fixture.at(1))
        fixture.append(Fixture.batch(records, at: 0), by: 1, at: Fixture.at(1))
        fixture.recorder.ledger.acknowledged(
            records[0],
            in: fixture.partition,
            at: Offset(0),
            now: Fixture.at(1)
        )
        fixture.change(leader: 3, epoch: 1, isr: [3], .unclean, at: Fixture.at(5))
        _ = fixture.finish([])
        #expect(Diagnosis(recorder: fixture.recorder).findings.map(\.cause) == ["unclean-election"])
    }

    @Test func anUncleanElectionIsNamedAsSuch() {
        let fixture = failover(acks: .leader, election: .unclean)
        let diagnosis = Diagnosis(recorder: fixture.recorder)
        #expect(diagnosis.findings.map(\.cause) == ["unclean-election"])
        #expect(fixture.recorder.invariants.violations.isEmpty)
    }

    @Test func aRecoveryThatLostItsTailIsPowerLoss() {
        var fixture = Fixture()
        fixture.leads(1, epoch: 0, from: 0, at: .zero)
        let record = fixture.send(1)[0]
        fixture.append(Fixture.batch([record], at: 0), by: 1, at: Fixture.at(1))
        fixture.recorder.ledger.acknowledged(
            record,
            in: fixture.partition,
            at: .zero,
            now: Fixture.at(1)
        )
        fixture.recorder.observe(
            .recovered(fixture.partition, logStart: .zero, logEnd: .zero, wasClean: false),
            by: BrokerID(1),
            now: Fixture.at(9)
        )
        _ = fixture.finish([])
        let diagnosis = Diagnosis(recorder: fixture.recorder)
        #expect(diagnosis.findings.map(\.cause) == ["power-loss-before-fsync"])
        #expect(fixture.recorder.invariants.mayHaveLost(fixture.partition))
    }

    @Test(arguments: [
        (
            "RecordTooLargeException", ErrorCode.none, "above-max-request-size",
            FindingCategory.messageSize
        ),
        ("RecordTooLargeException", .messageTooLarge, "above-max-message-bytes", .messageSize),
        ("BufferExhaustedException", .none, "buffer-exhausted", .producer),
        ("TimeoutException", .notEnoughReplicas, "not-enough-replicas", .configuration),
        ("NotEnoughReplicasException", .notEnoughReplicas, "not-enough-replicas", .configuration),
        ("TimeoutException", .messageTooLarge, "above-max-message-bytes", .messageSize),
        ("TimeoutException", .none, "delivery-timeout", .producer),
        ("IllegalStateException", .none, "producer-closed", .producer),
        ("KafkaException", .none, "aborted-by-close", .producer),
        ("KafkaException", .invalidTimestamp, "refused-by-broker", .producer),
        ("InvalidTimestampException", .invalidTimestamp, "refused-by-broker", .producer),
    ])
    func reportedLossesAreExplainedByTheirException(
        exception: String,
        lastError: ErrorCode,
        cause: String,
        category: FindingCategory
    ) {
        var fixture = Fixture()
        fixture.change(leader: 1, epoch: 0, isr: [1], .initial, at: .zero)
        let record = fixture.send(1)[0]
        fixture.recorder.ledger.failed(
            record,
            exception: exception,
            lastError: lastError,
            now: Fixture.at(1)
        )
        _ = fixture.finish([])
        let findings = Diagnosis(recorder: fixture.recorder).findings
        #expect(findings.map(\.cause) == [cause])
        #expect(findings.map(\.category) == [category])
    }

    /// A producer that ran out of time had no leader to send to if there was none while it tried.
    @Test(arguments: [(0, 4, "delivery-timeout"), (3, 8, "no-reachable-leader")])
    func aTimeoutIsExplainedByAnOutageOfItsTime(from: Int64, to: Int64, cause: String) {
        var fixture = Fixture()
        fixture.change(leader: 1, epoch: 0, isr: [1], .initial, at: .zero)
        let record = fixture.send(1, at: Fixture.at(5))[0]
        fixture.recorder.ledger.failed(
            record,
            exception: "TimeoutException",
            lastError: .none,
            now: Fixture.at(9)
        )
        _ = fixture.finish([])
        fixture.recorder.history.outages = [
            ClusterHistory.Outage(
                partition: fixture.partition,
                from: Fixture.at(from),
                to: Fixture.at(to)
            )
        ]
        #expect(Diagnosis(recorder: fixture.recorder).findings.map(\.cause) == [cause])
    }

    /// A producer that was cut off itself had no leader to send to either; one of a similar name had.
    @Test(
        arguments: [
            ("partition producer/shop | broker-1, broker-2", 200, 205, "no-reachable-leader"),
            ("partition broker-1 | broker-2, producer/shop", 200, nil, "no-reachable-leader"),
            ("partition producer/shop | broker-1", 50, nil, "no-reachable-leader"),
            ("partition producer/shop | broker-1", 50, 201, "no-reachable-leader"),
            ("partition producer/shop-2 | broker-1", 200, nil, "delivery-timeout"),
            ("partition producer/shop | broker-1", 50, 200, "delivery-timeout"),
        ] as [(String, Int64, Int64?, String)]
    )
    func aTimeoutIsExplainedByACutOfItsProducer(
        text: String,
        from: Int64,
        to: Int64?,
        cause: String
    ) {
        var fixture = Fixture()
        fixture.change(leader: 1, epoch: 0, isr: [1], .initial, at: .zero)
        let record = fixture.send(1, at: Fixture.at(201))[0]
        let cut = fixture.recorder.history.note(.partition, of: .none, text, at: Fixture.at(from))
        if let to { fixture.recorder.history.ended(cut, at: Fixture.at(to)) }
        fixture.recorder.ledger.failed(
            record,
            exception: "TimeoutException",
            lastError: .none,
            now: Fixture.at(209)
        )
        _ = fixture.finish([])
        #expect(Diagnosis(recorder: fixture.recorder).findings.map(\.cause) == [cause])
    }

    /// The life goes on to the instant that ended it, also where nobody was told.
    @Test func aSilentLossEndsWithWhatTookTheRecord() {
        var dead = Fixture()
        _ = dead.send(1)
        dead.recorder.history.note(
            .kill,
            of: .none,
            "producer/shop is killed (kill -9)",
            at: Fixture.at(5)
        )
        dead.recorder.ledger.died(producer: 0)
        _ = dead.finish([])
        let last = Diagnosis(recorder: dead.recorder).findings.first?.life.last
        #expect(last?.at == Fixture.at(5))

        var careless = Fixture(acks: .none)
        let record = careless.send(1)[0]
        careless.recorder.ledger.acknowledged(record, in: careless.partition, at: .none, now: .zero)
        careless.recorder.history.note(
            .kill,
            of: BrokerID(1),
            "broker-1 is killed (kill -9)",
            at: .zero
        )
        _ = careless.finish([])
        let life = Diagnosis(recorder: careless.recorder).findings.first?.life ?? []
        #expect(life.map(\.text).contains("broker-1 is killed (kill -9)"))
        #expect(life.count == 4)
    }

    @Test func silenceIsExplainedByTheProducersDeathOrByAcksZero() {
        var dead = Fixture()
        _ = dead.send(2)
        dead.recorder.ledger.died(producer: 0)
        _ = dead.finish([])
        #expect(
            Diagnosis(recorder: dead.recorder).findings.map(\.cause)
                == ["died-in-producer-buffer"]
        )
        var careless = Fixture(acks: .none)
        let record = careless.send(1)[0]
        careless.recorder.ledger.acknowledged(record, in: careless.partition, at: .none, now: .zero)
        _ = careless.finish([])
        #expect(
            Diagnosis(recorder: careless.recorder).findings.map(\.cause)
                == ["fire-and-forget"]
        )
    }

    @Test(arguments: [
        (false, "retry-without-idempotence"), (true, "sequence-reset"),
        (true, "producer-id-expired"),
    ])
    func aDuplicateIsBlamedOnWhatAllowedIt(isIdempotent: Bool, cause: String) {
        var fixture = Fixture(isIdempotent: isIdempotent)
        let record = fixture.send(1)[0]
        if cause == "sequence-reset" { fixture.recorder.ledger.producers[0].epochBumps = 1 }
        _ = fixture.finish([
            Fixture.batch([record], at: 0), Fixture.batch([record], at: 1),
        ])
        #expect(Diagnosis(recorder: fixture.recorder).findings.map(\.cause) == [cause])
    }

    @Test func recordsOfTheCausesAddUpToTheMetric() {
        var fixture = Fixture()
        let records = fixture.send(5)
        for (index, record) in records.enumerated() where index < 4 {
            fixture.recorder.ledger.failed(
                record,
                exception: index < 3 ? "TimeoutException" : "RecordTooLargeException",
                lastError: .none,
                now: Fixture.at(1)
            )
        }
        _ = fixture.finish([])
        let findings = Diagnosis(recorder: fixture.recorder).findings
        let reported = findings.filter { $0.metric == "lost.reported" }.map(\.records)
        #expect(reported.reduce(0, +) == 4)
        #expect(findings.filter { $0.metric == "lost.silent" }.map(\.records) == [1])
    }
}
