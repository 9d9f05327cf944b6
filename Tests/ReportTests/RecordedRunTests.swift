import Checkers
import SimBase
import Testing

@testable import Report

@Suite struct RecordedRunTests {
    private let presentation = Presentation(width: 80)

    @Test func aRunIsExplainedWithItsExamples() {
        let report = ExplainReport(SampleRun.losing, run: 12, presentation: presentation)
        #expect(report.causes(command: "kafkasim explain 12 --record 9981") == Golden.explain)
    }

    private func record(_ id: Int32, loss: String) -> RecordRow {
        RecordRow(
            id: id,
            producer: "shop",
            outcome: loss == "reported" ? "failed" : "acked",
            error: loss == "reported" ? "TimeoutException" : "",
            lastError: loss == "reported" ? "NOT_LEADER_OR_FOLLOWER" : "",
            partition: "orders-0",
            offset: loss.isEmpty ? 12 : -1,
            sentAt: SampleRun.at(9_000),
            resolvedAt: SampleRun.at(9_010),
            copies: loss.isEmpty ? 1 : 0,
            loss: loss,
            cause: loss == "reported" ? "delivery-timeout" : ""
        )
    }

    private func life(_ record: RecordRow) -> String {
        var run = SampleRun.losing
        run.deliveries = [
            DeliveryRow(
                group: "billing",
                member: "billing-1",
                record: record.id,
                partition: "orders-0",
                offset: 12,
                at: SampleRun.at(9_020)
            )
        ]
        if !record.loss.isEmpty {
            run.deliveries = []
            let end = LifeStep(at: SampleRun.at(10_900), text: "broker-1 truncates orders-0")
            run.endings = [EndingRow(record: record.id, step: end)]
        }
        run.leaderships = [
            LeadershipRow(
                partition: "orders-0",
                epoch: 1,
                leader: nil,
                isr: [2, 3],
                from: SampleRun.at(10_500),
                to: nil
            )
        ]
        return ExplainReport(run, run: 12, presentation: presentation).life(of: record)
    }

    @Test func aSafeRecordsLifeEndsWithItsProcessing() {
        #expect(
            life(record(5, loss: "")) == """
                record 5 of run 12: leader-kill                               Kafka 4.0 · seed 7

                  producer   shop
                  told       acked
                  stored     once, orders-0 at offset 12

                Life
                  9.000 s  shop hands it to send()
                  9.010 s  the application is told success at offset 12
                  9.020 s  billing-1 processes it from orders-0 at offset 12

                """
        )
    }

    @Test func aLostRecordsLifeGoesOnWithWhatBroke() {
        let text = life(record(5, loss: "reported"))
        #expect(
            text.contains("told       failed with TimeoutException, the broker's last answer NOT")
        )
        #expect(text.contains("10.000 s  kill leader(orders-0): broker-1\n"))
        #expect(text.contains("10.500 s  nobody leads orders-0 in epoch 1, ISR [2, 3]\n"))
        #expect(text.contains("10.900 s  broker-1 truncates orders-0\n"))
        #expect(text.contains("▪ 12 records ran into delivery.timeout.ms."))
    }

    @Test func anExamplesLifeIsTheRunsOwn() {
        #expect(life(record(9_981, loss: "acked")).contains("broker-2 becomes leader without it"))
    }

    @Test func aDiffShowsOnlyWhatDiffers() {
        var other = SampleRun.losing
        other.seed = 8
        other.digest = "00"
        other.digestChain = ["a", "b", "x"]
        other.settings[0] = SettingRow(path: "producers.shop.config.acks", value: "all")
        other.findings.removeFirst()
        other.metrics = other.metrics.map { metric in
            metric.name == "lost.acked" ? Metric(name: metric.name, value: .integer(0)) : metric
        }
        var first = SampleRun.losing
        first.digestChain = ["a", "b", "c"]
        #expect(
            DiffReport(first, run: 11, other, run: 12).text(presentation) == """
                -  run 11  leader-kill  Kafka 4.0, seed 7
                +  run 12  leader-kill  Kafka 4.0, seed 8

                Settings
                  producers.shop.config.acks  1  →  all

                Causes
                  lost.acked acked-by-leader-alone  160  →  –

                Metrics
                  lost.acked  160  →  0  -160

                The runs are the same for 2,000 events and part within the next thousand.

                """
        )
    }

    @Test func equalRunsSayThatTheyAreEqual() {
        let text = DiffReport(SampleRun.losing, run: 1, SampleRun.losing, run: 2).text(presentation)
        #expect(
            text.hasSuffix("\nEvent for event the same run: digest \(SampleRun.losing.digest).\n")
        )
        #expect(!text.contains("Metrics"))
    }

    @Test func runsAreListedInColumns() {
        let line = RunLine(
            id: 12,
            recordedAt: "2026-01-31T12:34:56Z",
            scenario: "leader-kill",
            seed: 7,
            kafkaVersion: "4.0",
            pass: false,
            guarantee: "none",
            sent: 30_000,
            lost: 172,
            duplicated: 41,
            reordered: 0
        )
        #expect(
            RunList([line]).text(presentation) == """
                run     scenario     Kafka  seed  recorded          guarantee    sent  lost  dupl.  reord.
                 12  ✗  leader-kill  4.0       7  2026-01-31 12:34  none       30,000   172     41       0

                """
        )
    }

    @Test func aSuiteShowsItsFailures() {
        var line = SuiteReport.Line(scenario: "leader-kill")
        line.runs = 6
        line.failures = (1...5).map { (seed: UInt64) in
            var run = SampleRun.losing
            run.seed = seed
            return SuiteReport.FailedRun(run, command: "kafkasim run x --seed \(seed)")
        }
        var other = SuiteReport.Line(scenario: "ok")
        other.runs = 6
        let text = SuiteReport([line, other], wallNanoseconds: 1_500_000_000).text(presentation)
        #expect(
            text.hasPrefix("✗ leader-kill  5 of 6 runs failed\n    ✗ lost.acked is 160, expected 0")
        )
        #expect(
            text.contains(
                "      kafkasim run x --seed 3\n    ⋮ 2 more runs failed, with seed 4, 5\n"
            )
        )
        #expect(text.contains("\n✓ ok           6 runs\n"))
        #expect(text.hasSuffix("\n✗ 2 scenarios, 12 runs in 1.5 s: 5 failed\n"))
    }
}
