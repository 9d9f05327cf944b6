import Checkers
import SimBase

/// A made-up run with losses, in which every part of a report has something to say.
enum SampleRun {
    static func at(_ milliseconds: Int64) -> Instant {
        .zero + .milliseconds(milliseconds)
    }

    static var losing: RunResult {
        var run = RunResult(
            scenario: "leader-kill",
            description: "kill -9 of a partition leader under load",
            file: "scenarios/leader-kill.json",
            seed: 7,
            kafkaVersion: "4.0",
            duration: .seconds(60)
        )
        run.digest = "b1946ac92492d2347c6235b4d2611184"
        run.events = 1_204_388
        run.end = at(82_417)
        run.guarantee = .none
        run.metrics = metrics
        run.expectations = [
            ExpectationResult(metric: "records.sent", bound: "30000", actual: "30000", pass: true),
            ExpectationResult(
                metric: "partition.orders-0.leader",
                bound: "2",
                actual: "2",
                pass: true,
                at: at(24_000)
            ),
            ExpectationResult(
                metric: "leaderless.max.ms",
                bound: "0 … 12000",
                actual: "9214",
                pass: true
            ),
            ExpectationResult(metric: "lost.acked", bound: "0", actual: "160", pass: false),
        ]
        run.findings = findings
        run.timeline = timeline
        run.actions = [
            ActionRow(
                at: at(10_000),
                action: "kill",
                target: "leader(orders-0)",
                name: "victim",
                result: "NONE",
                skipped: nil,
                isOptional: false
            ),
            ActionRow(
                at: at(40_000),
                action: "heal",
                target: "all",
                name: "",
                result: "",
                skipped: "nothing was partitioned",
                isOptional: true
            ),
        ]
        run.settings = [
            SettingRow(path: "producers.shop.config.acks", value: "1"),
            SettingRow(path: "topics.orders.config.min.insync.replicas", value: "1"),
        ]
        return run
    }

    private static var metrics: [Metric] {
        let integers: [(String, Int64)] = [
            ("records.sent", 30_000), ("records.acked", 29_985), ("records.failed", 12),
            ("records.pending", 3), ("lost.acked", 160), ("lost.silent", 0),
            ("lost.reported", 12), ("lost.expired", 0), ("phantom", 3), ("duplicated", 41),
            ("reordered", 0), ("errors.TimeoutException", 12), ("retries", 84),
        ]
        let groups: [(String, Int64)] = [
            ("group.billing.processed", 29_947), ("group.billing.skipped", 0),
            ("group.billing.reprocessed", 120), ("group.billing.dirty", 37),
            ("group.billing.unread", 0), ("group.billing.rebalances", 3),
            ("group.billing.lag.max", 9_204), ("group.billing.end-to-end.lost", 160),
            ("group.billing.end-to-end.duplicated", 120), ("elections.clean", 1),
            ("elections.unclean", 0), ("elections.preferred", 1), ("isr.shrinks", 3),
            ("isr.expands", 3), ("truncated.records", 37), ("leaderless.max.ms", 9_214),
        ]
        let partition = [
            Metric(name: "partition.orders-0.leader", value: .integer(1)),
            Metric(name: "partition.orders-0.isr", value: .list([2, 3, 1])),
            Metric(name: "partition.orders-1.leader", value: .null),
            Metric(name: "action.victim.result", value: .text("NONE")),
        ]
        let latencies = [
            Metric(name: "ack.latency.p50.ms", value: .thousandths(1_250)),
            Metric(name: "ack.latency.p99.ms", value: .thousandths(14_000)),
            Metric(name: "ack.latency.max.ms", value: .thousandths(9_231_407)),
            Metric(name: "controller.failovers", value: .integer(0)),
        ]
        return integers.map { Metric(name: $0.0, value: .integer($0.1)) } + partition
            + groups.map { Metric(name: $0.0, value: .integer($0.1)) } + latencies
    }

    private static var findings: [Finding] {
        [
            Finding(
                cause: "acked-by-leader-alone",
                category: .configuration,
                metric: "lost.acked",
                records: 160,
                sentence: "160 records (orders-0 offsets 3340-3499) were acknowledged by broker-1 "
                    + "before any follower had them; at 10.000 s broker-1 was killed and broker-2 "
                    + "became leader at offset 3340.",
                settings: [
                    SettingRow(path: "producers.shop.config.acks", value: "1"),
                    SettingRow(path: "topics.orders.config.min.insync.replicas", value: "1"),
                ],
                remedy: "Use acks=all with min.insync.replicas=2: then an acknowledged record is "
                    + "on two brokers.",
                example: 9_981,
                life: [
                    LifeStep(at: at(9_981), text: "shop hands it to send() for topic orders"),
                    LifeStep(at: at(9_984), text: "broker-1 appends it to orders-0 at offset 3340"),
                    LifeStep(at: at(9_984), text: "the application is told success"),
                    LifeStep(at: at(19_214), text: "broker-2 becomes leader without it"),
                ]
            ),
            Finding(
                cause: "delivery-timeout",
                category: .producer,
                metric: "lost.reported",
                records: 12,
                sentence: "12 records ran into delivery.timeout.ms.",
                settings: [
                    SettingRow(path: "producers.shop.config.delivery.timeout.ms", value: "8000")
                ],
                remedy: "Raise delivery.timeout.ms above the longest outage, and handle the error "
                    + "in the callback.",
                example: 10_002,
                life: []
            ),
            Finding(
                cause: "retry-without-idempotence",
                category: .configuration,
                metric: "duplicated",
                records: 41,
                sentence: "41 records stand in the log again because a retry repeated a batch that "
                    + "had been stored.",
                settings: [
                    SettingRow(path: "producers.shop.config.enable.idempotence", value: "false")
                ],
                remedy: "Set enable.idempotence=true: the broker then recognises a batch that it "
                    + "has already stored.",
                example: 9_700,
                life: []
            ),
        ]
    }

    private static var timeline: [TimelineRow] {
        [
            TimelineRow(at: at(10_000), kind: .action, text: "kill leader(orders-0): broker-1"),
            TimelineRow(
                at: at(10_000),
                kind: .reaction,
                text: "broker-1 is gone with 37 records that only it had"
            ),
            TimelineRow(
                at: at(19_183),
                kind: .reaction,
                text: "controller-4 fences broker-1: no heartbeat for 9,000 ms"
            ),
            TimelineRow(
                at: at(19_183),
                kind: .reaction,
                text: "orders-0: broker-2 becomes leader in epoch 1, ISR [2, 3]"
            ),
            TimelineRow(at: at(24_000), kind: .check, text: "partition.orders-0.leader is 2 ✓"),
            TimelineRow(at: at(25_000), kind: .action, text: "start broker-1"),
            TimelineRow(
                at: at(26_310),
                kind: .reaction,
                text: "broker-1 is unfenced, truncates orders-0 to 3340 and follows broker-2"
            ),
            TimelineRow(at: at(26_842), kind: .reaction, text: "orders-0: ISR [2, 3, 1]"),
            TimelineRow(
                at: at(60_000),
                kind: .reaction,
                text: "the workload ends; all faults are undone"
            ),
        ]
    }
}
