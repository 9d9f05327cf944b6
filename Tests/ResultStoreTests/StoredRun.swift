import Checkers
import SimBase

/// A made-up run with rows in every table.
enum StoredRun {
    static func make(seed: UInt64 = 7, records: Int32 = 120) -> RunResult {
        var run = RunResult(
            scenario: "leader-kill",
            description: "kill -9 of a leader",
            file: "scenarios/leader-kill.json",
            seed: seed,
            kafkaVersion: "4.0",
            duration: .seconds(60)
        )
        run.digest = "b1946ac92492d2347c6235b4d2611184"
        run.digestChain = ["00", "11", "22"]
        run.events = 2_345
        run.end = .zero + .seconds(82)
        run.guarantee = .atMostOnce
        run.metrics = [
            Metric(name: "records.sent", value: .integer(Int64(records))),
            Metric(name: "lost.acked", value: .integer(1)),
            Metric(name: "ack.latency.p50.ms", value: .thousandths(1_250)),
            Metric(name: "ack.latency.max.ms", value: .thousandths(2_000)),
            Metric(name: "partition.orders-0.leader", value: .null),
            Metric(name: "partition.orders-0.isr", value: .list([2, 3, 1])),
            Metric(name: "partition.orders-0.elr", value: .list([])),
            Metric(name: "action.victim.result", value: .text("NONE")),
        ]
        run.expectations = [
            ExpectationResult(metric: "lost.acked", bound: "0", actual: "1", pass: false),
            ExpectationResult(
                metric: "duplicated",
                bound: "0",
                actual: "0",
                pass: true,
                at: .zero + .seconds(20)
            ),
        ]
        run.findings = [
            Finding(
                cause: "acked-by-leader-alone",
                category: .configuration,
                metric: "lost.acked",
                records: 1,
                sentence: "1 record was lost.",
                settings: [SettingRow(path: "producers.shop.config.acks", value: "1")],
                remedy: "Use acks=all.",
                example: 0,
                life: [LifeStep(at: .zero, text: "sent"), LifeStep(at: .zero, text: "gone")]
            )
        ]
        run.actions = [
            ActionRow(
                at: .zero + .seconds(10),
                action: "kill",
                target: "leader(orders-0)",
                name: "victim",
                result: "NONE",
                skipped: nil,
                isOptional: false
            ),
            ActionRow(
                at: .zero + .seconds(11),
                action: "heal",
                target: "",
                name: "",
                result: "",
                skipped: "nothing was partitioned",
                isOptional: true
            ),
        ]
        run.timeline = [
            TimelineRow(at: .zero - .seconds(1), kind: .reaction, text: "boot"),
            TimelineRow(at: .zero + .seconds(10), kind: .action, text: "kill broker-1"),
        ]
        run.settings = [
            SettingRow(path: "name", value: "leader-kill"),
            SettingRow(path: "producers.shop.config.acks", value: "1"),
        ]
        run.violations = [
            Violation(invariant: "one leader an epoch", evidence: "two", at: .zero + .seconds(3))
        ]
        addRows(to: &run, records: records)
        return run
    }

    private static func addRows(to run: inout RunResult, records: Int32) {
        run.records = (0..<records).map { id in
            RecordRow(
                id: id,
                producer: "shop",
                outcome: id == 1 ? "failed" : "acked",
                error: id == 1 ? "TimeoutException" : "",
                lastError: "",
                partition: "orders-0",
                offset: id == 1 ? -1 : Int64(id),
                sentAt: Instant(nanoseconds: Int64(id) * 1_000_003),
                resolvedAt: id == 2 ? nil : .zero + .seconds(1),
                copies: id < 2 ? 0 : 1,
                loss: id == 0 ? "acked" : id == 1 ? "reported" : "",
                cause: id == 0 ? "acked-by-leader-alone" : ""
            )
        }
        run.appends = (0..<records).map { id in
            AppendRow(
                record: id,
                broker: 1,
                partition: "orders-0",
                offset: Int64(id),
                epoch: 3,
                at: .zero + .seconds(1)
            )
        }
        run.endings = (0..<min(records, 2)).map { id in
            EndingRow(
                record: id,
                step: LifeStep(at: .zero + .seconds(3), text: "broker-1 truncates orders-0")
            )
        }
        run.deliveries = (0..<records).map { id in
            DeliveryRow(
                group: "billing",
                member: "billing-1",
                record: id,
                partition: "orders-0",
                offset: Int64(id),
                at: .zero + .seconds(2)
            )
        }
        run.leaderships = [
            LeadershipRow(
                partition: "orders-0",
                epoch: 0,
                leader: 1,
                isr: [1, 2, 3],
                from: .zero,
                to: .zero + .seconds(10)
            ),
            LeadershipRow(
                partition: "orders-0",
                epoch: 1,
                leader: nil,
                isr: [],
                from: .zero + .seconds(10),
                to: nil
            ),
        ]
        run.memberships = [
            MembershipRow(
                group: "billing",
                generation: 1,
                member: "billing-1",
                partitions: ["orders-0", "orders-1"],
                at: .zero
            )
        ]
        run.samples = [
            SampleRow(
                at: .zero + .seconds(1),
                partition: "orders-0",
                logEndOffset: 10,
                highWatermark: 9,
                isrSize: 3,
                lag: nil
            )
        ]
        run.trace = (0..<51).map { number in
            TraceRow(
                number: number,
                at: .zero,
                node: "broker-1",
                kind: "timer",
                text: number == 50 ? "" : "heartbeat"
            )
        }
    }
}
