import Checkers
import KafkaProtocol
import SimBase
import Testing

@testable import Scenario
@testable import SimCluster

@Suite struct ExpectationJudgeTests {
    /// Ten records sent and nothing else: no partition, `records.pending` is 10.
    private let verdict: Verdict

    init() {
        var names = NameTable()
        let topic = names.topic("orders")
        let facts = ProducerFacts(
            name: "shop",
            acks: .all,
            isIdempotent: true,
            resends: false,
            settings: []
        )
        var recorder = RunRecorder(names: names, producers: [facts], groups: [], topics: [])
        for _ in 0..<10 { _ = recorder.ledger.sent(by: 0, topic: topic, at: .zero) }
        let partition = PartitionState(
            partition: TopicPartition(topic, 0),
            leader: .none,
            leaderEpoch: LeaderEpoch(3),
            isr: [BrokerID(2), BrokerID(1)],
            replicas: [BrokerID(1), BrokerID(2)],
            eligibleLeaders: [],
            highWatermark: .zero,
            logEnd: .zero,
            logStart: .zero,
            records: 0,
            divergent: 0,
            replicaStates: []
        )
        var counters = RunCounters(producers: 1)
        counters.longestLeaderless = .microseconds(1_500)
        let logs = FinalLogs()
        verdict = Verdict(
            recorder: recorder,
            logs: logs,
            partitions: [partition],
            table: MetricTable(
                recorder: recorder,
                logs: logs,
                partitions: [partition],
                counters: counters
            ),
            guarantee: .atLeastOnce
        )
    }

    private func judge(_ metric: String, _ bound: Scenario.Expectation.Bound) -> ExpectationResult {
        let position = SourcePosition(file: "", line: 0, column: 0)
        let expectation = Scenario.Expectation(metric: metric, bound: bound, position: position)
        return ExpectationJudge.judge(expectation, verdict, at: nil)
    }

    @Test func numbersAreComparedExactly() {
        #expect(judge("records.sent", .equals(.number(MetricNumber(10)))).pass)
        #expect(!judge("records.sent", .equals(.number(MetricNumber(11)))).pass)
        #expect(judge("leaderless.max.ms", .equals(.number(MetricNumber(thousandths: 1_500)))).pass)
        #expect(!judge("leaderless.max.ms", .equals(.number(MetricNumber(1)))).pass)
    }

    @Test func bothEndsOfARangeAreIn() {
        let ten = MetricNumber(10)
        #expect(judge("records.sent", .range(least: ten, most: ten)).pass)
        #expect(!judge("records.sent", .range(least: MetricNumber(11), most: nil)).pass)
        #expect(!judge("records.sent", .range(least: nil, most: MetricNumber(9))).pass)
        #expect(judge("records.sent", .range(least: nil, most: ten)).bound == "at most 10")
    }

    @Test func whatNeverHappenedIsZero() {
        #expect(judge("errors.TimeoutException", .equals(.number(MetricNumber(0)))).pass)
    }

    @Test func noLeaderIsNullAndNoNumber() {
        #expect(judge("partition.orders-0.leader", .equals(.null)).pass)
        #expect(!judge("partition.orders-0.leader", .equals(.number(MetricNumber(0)))).pass)
        #expect(
            !judge("partition.orders-0.leader", .range(least: MetricNumber(-9), most: nil)).pass
        )
    }

    @Test func anISRIsASetAndReplicasAreAList() {
        #expect(judge("partition.orders-0.isr", .equals(.list([1, 2]))).pass)
        #expect(!judge("partition.orders-0.isr", .equals(.list([1]))).pass)
        #expect(judge("partition.orders-0.replicas", .equals(.list([1, 2]))).pass)
        #expect(!judge("partition.orders-0.replicas", .equals(.list([2, 1]))).pass)
    }

    /// What is stronger meets it: at-least-once is more than none, and not at-most-once.
    @Test func aGuaranteeIsALowerBound() {
        #expect(judge("guarantee", .equals(.text("none"))).pass)
        #expect(!judge("guarantee", .equals(.text("at-most-once"))).pass)
        #expect(judge("guarantee", .equals(.text("at-least-once"))).pass)
        #expect(!judge("guarantee", .equals(.text("exactly-once"))).pass)
    }
}
