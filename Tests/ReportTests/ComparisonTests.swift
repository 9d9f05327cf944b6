import Checkers
import SimBase
import Testing

@testable import Report

@Suite struct ComparisonTests {
    private func outcome(_ seed: UInt64, lost: Int64, _ guarantee: Guarantee)
        -> VariantComparison.Outcome
    {
        var run = RunResult(
            scenario: "leader-kill",
            description: "",
            file: "leader-kill.json",
            seed: seed,
            kafkaVersion: "4.0",
            duration: .seconds(60)
        )
        run.guarantee = guarantee
        run.metrics = [
            Metric(name: "lost.acked", value: .integer(lost)),
            Metric(name: "ack.latency.p99.ms", value: .thousandths(1_260)),
            Metric(name: "group.a.end-to-end.lost", value: .integer(1)),
            Metric(name: "group.b.c.end-to-end.lost", value: .integer(2)),
        ]
        run.expectations = [
            ExpectationResult(metric: "lost.acked", bound: "0", actual: "\(lost)", pass: lost == 0)
        ]
        return VariantComparison.Outcome(run)
    }

    private var comparison: VariantComparison {
        VariantComparison(
            scenario: "leader-kill",
            variants: [
                .init(
                    settings: [SettingRow(path: "producers.*.config.acks", value: "1")],
                    outcomes: [
                        outcome(1, lost: 0, .atLeastOnce), outcome(2, lost: 1_600, .atMostOnce),
                        outcome(3, lost: 0, .exactlyOnce),
                    ]
                ),
                .init(
                    settings: [SettingRow(path: "producers.*.config.acks", value: "all|x")],
                    outcomes: (1...3).map { outcome($0, lost: 0, .exactlyOnce) }
                ),
            ]
        )
    }

    @Test func aTableShowsTheWorstSeedOfEach() {
        let text = ComparisonReport(comparison).text(Presentation(width: 100), command: "again")
        #expect(
            text == """
                leader-kill                                                                     2 variants × 3 seeds

                  producers.*       lost    lost      lost  dupli-      re-  end-to-end  leaderless  ack p99
                  acks             acked  silent  reported   cated  ordered        lost          ms       ms  guarantee     passed
                  1            1,600 (1)       0         0       0        0           3           0      1.3  none             2/3
                  all|x                0       0         0       0        0           3           0      1.3  exactly-once     3/3

                The worst seed of each; in brackets, in how many seeds it happened.
                again

                """
        )
    }

    @Test func markdownIsATable() {
        #expect(
            ComparisonReport(comparison).markdown() == """
                | `producers.*.config.acks` | lost.acked | lost.silent | lost.reported | duplicated | reordered | end-to-end.lost | leaderless.max.ms | ack.latency.p99.ms | guarantee | passed |
                | --- | --: | --: | --: | --: | --: | --: | --: | --: | --- | --: |
                | `1` | 1,600 (1) | 0 | 0 | 0 | 0 | 3 | 0 | 1.3 | none | 2/3 |
                | `all\\|x` | 0 | 0 | 0 | 0 | 0 | 3 | 0 | 1.3 | exactly-once | 3/3 |

                """
        )
    }

    @Test func jsonHasVariantsInOrderWithTheirRuns() {
        let text = ComparisonReport(comparison).json()
        #expect(text.hasPrefix("[\n  {\n    \"scenario\": \"leader-kill\",\n    \"settings\": {\n"))
        #expect(
            text.contains(
                """
                      "lost.acked": {
                        "min": 0,
                        "median": 0,
                        "max": 1600,
                        "seeds": 1
                      },
                """
            )
        )
        #expect(text.contains("\"ack.latency.p99.ms\": 1.26"))
    }

    @Test func theWeakestGuaranteeCounts() {
        #expect(VariantComparison.weaker(.exactlyOnce, .atMostOnce) == .atMostOnce)
        #expect(VariantComparison.weaker(.atLeastOnce, .atMostOnce) == .none)
        #expect(VariantComparison.weaker(.atLeastOnce, .atLeastOnce) == .atLeastOnce)
        #expect(VariantComparison.weaker(.none, .exactlyOnce) == .none)
    }

    @Test func theWorstExitStatusWins() {
        #expect(comparison.exitStatus == 1)
    }
}
