import Checkers
import KafkaProtocol
import SimBase
import Testing

/// Why a group missed records of the log, or took them twice.
@Suite struct ConsumerDiagnosisTests {
    private var fixture = Fixture(withGroup: true)
    private var records: [RecordID] = []

    init() {
        records = fixture.send(4)
        fixture.append(Fixture.batch(records, at: 0), by: 1, at: Fixture.at(1))
        for (offset, record) in records.enumerated() {
            fixture.recorder.ledger.acknowledged(
                record,
                in: fixture.partition,
                at: Offset(Int64(offset)),
                now: Fixture.at(1)
            )
        }
    }

    private mutating func process(_ record: Int, by member: Int32, at second: Int64) {
        fixture.recorder.ledger.processed(
            records[record],
            group: 0,
            member: member,
            from: fixture.partition,
            at: Offset(Int64(record)),
            now: Fixture.at(second)
        )
    }

    private mutating func commit(_ offset: Int64) {
        fixture.recorder.observe(
            .offsetCommitted(GroupName(0), fixture.partition, Offset(offset)),
            by: BrokerID(1),
            now: Fixture.at(9)
        )
    }

    private mutating func findings() -> [String] {
        _ = fixture.finish([Fixture.batch(records, at: 0)])
        return Diagnosis(recorder: fixture.recorder).findings.map {
            "\($0.cause) \($0.records)"
        }
    }

    /// Whether the first owner's process ended, and which member processed again.
    @Test(arguments: [
        (true, Int32(0), "reprocessed-after-restart 1"),
        (true, 1, "reprocessed-after-restart 1"),
        (false, 1, "reprocessed-after-rebalance 1"),
        (false, 0, "reprocessed-after-rebalance 1"),
    ])
    func aRepetitionIsARestartOnlyIfTheProcessEnded(
        hasEnded: Bool,
        second: Int32,
        cause: String
    ) {
        var test = self
        for record in 0..<4 { test.process(record, by: 0, at: 3) }
        if hasEnded { test.fixture.recorder.groups.ended(member: 0, of: 0, at: Fixture.at(4)) }
        test.process(2, by: second, at: 5)
        test.commit(4)
        #expect(test.findings() == [cause])
    }

    @Test func aPositionThatWasResetIsNoRebalance() {
        var test = self
        for record in 0..<4 { test.process(record, by: 0, at: 3) }
        test.fixture.recorder.groups.positionReset(
            of: 0,
            test.fixture.partition,
            to: .zero,
            isToLatest: false,
            at: Fixture.at(4)
        )
        test.process(0, by: 0, at: 5)
        test.commit(4)
        #expect(test.findings() == ["reprocessed-after-reset 1"])
    }

    @Test func whatLatestJumpedOverIsNamedSoEvenIfNothingWasCommitted() {
        var test = self
        test.process(0, by: 0, at: 2)
        test.fixture.recorder.groups.positionReset(
            of: 0,
            test.fixture.partition,
            to: Offset(3),
            isToLatest: true,
            at: Fixture.at(4)
        )
        #expect(test.findings() == ["started-at-latest 2", "not-yet-read 1"])
    }

    @Test func aRecordThatWasGivenUpIsNamedSo() {
        var test = self
        for record in [0, 1, 3] { test.process(record, by: 0, at: 3) }
        test.fixture.recorder.groups.gaveUp(records[2], group: 0)
        test.commit(4)
        #expect(test.findings() == ["processing-failed 1"])
    }

    @Test func whatStandsWhereTheGroupHadReadAnotherLogIsNamedSo() {
        var test = self
        test.fixture.recorder.observe(
            .truncated(
                test.fixture.partition,
                from: Offset(4),
                to: Offset(2),
                highWatermark: .zero
            ),
            by: BrokerID(1),
            now: .zero
        )
        for record in [0, 1] { test.process(record, by: 0, at: 3) }
        test.commit(4)
        #expect(test.findings() == ["replaced-after-read 2"])
    }
}
