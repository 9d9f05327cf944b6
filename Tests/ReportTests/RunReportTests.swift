import Checkers
import SimBase
import Testing

@testable import Report

@Suite struct RunReportTests {
    private var context: RunContext {
        RunContext(
            participants: [
                .init(name: "cluster", setup: "KRaft, 3 brokers, 3 controllers"),
                .init(name: "orders", setup: "3 partitions × 3 replicas, min.insync.replicas=1"),
                .init(name: "shop", setup: "30,000 records to orders at 1,000/s, acks=1"),
                .init(name: "billing", setup: "2 members on orders, commit after-processing"),
            ],
            wallNanoseconds: 311_000_000,
            record: "run 12 in reports/kafkasim.sqlite",
            explanation: "kafkasim explain 12",
            command: "kafkasim run scenarios/leader-kill.json --seed 7"
        )
    }

    private func text(_ run: RunResult, _ presentation: Presentation = Presentation(width: 80))
        -> String
    {
        RunReport(run, context: context, presentation: presentation).text()
    }

    @Test func aRunFillsOneScreen() {
        #expect(text(SampleRun.losing) == Golden.runText)
    }

    @Test func theLastLineReproducesTheRun() {
        #expect(text(SampleRun.losing).hasSuffix("\n\(context.command)\n"))
    }

    @Test func coloursChangeNothingButColours() {
        let coloured = text(SampleRun.losing, Presentation(width: 80, isColoured: true))
        var plain = ""
        var isCode = false
        for character in coloured {
            if character == "\u{1B}" { isCode = true }
            if !isCode { plain.append(character) }
            if character == "m" { isCode = false }
        }
        #expect(coloured.contains("\u{1B}[31m160\u{1B}[0m"))
        #expect(plain == Golden.runText)
    }

    @Test(arguments: [20, 80, 93, 100, 300])
    func noLineIsWiderThanThePage(_ width: Int) {
        let presentation = Presentation(width: width)
        #expect((80...100).contains(presentation.width))
        for line in text(SampleRun.losing, presentation).split(separator: "\n") {
            #expect(String(line).columns <= presentation.width)
            #expect(line.last != " ")
        }
    }

    @Test func aRunWithoutLossesIsShort() {
        var run = SampleRun.losing
        run.findings = []
        run.timeline = []
        run.metrics = [Metric(name: "records.sent", value: .integer(1))]
        run.expectations = [
            ExpectationResult(metric: "lost.acked", bound: "0", actual: "0", pass: true)
        ]
        run.guarantee = .exactlyOnce
        let text = text(run)
        #expect(text.contains("✓ pass: the expectation holds"))
        for heading in ["Timeline", "Cluster", "Cause", "group"] {
            #expect(!text.contains(heading))
        }
    }

    @Test func whatWasNotDoneAndWhatWasBrokenIsSaidAtTheVerdict() {
        var run = SampleRun.losing
        run.actions = [
            ActionRow(
                at: SampleRun.at(3_000),
                action: "kill",
                target: "leader(orders-0)",
                name: "",
                result: "",
                skipped: "nobody leads orders-0",
                isOptional: false
            )
        ]
        run.violations = [
            Violation(
                invariant: "one leader an epoch",
                evidence: "1 and 2",
                at: SampleRun.at(4_000)
            )
        ]
        let text = text(run)
        #expect(
            text.contains(
                "✗ kill leader(orders-0) at 3.000 s was not done: nobody leads orders-0\n"
            )
        )
        #expect(text.contains("promise one leader an epoch at 4.000 s: 1 and 2\n"))
    }

    @Test func longReactionsAreShortenedAndActionsKept() {
        var rows: [TimelineRow] = []
        for action in 0..<3 {
            rows.append(
                TimelineRow(
                    at: SampleRun.at(Int64(action) * 1_000),
                    kind: .action,
                    text: "a\(action)"
                )
            )
            for reaction in 0..<40 {
                rows.append(
                    TimelineRow(
                        at: SampleRun.at(Int64(action) * 1_000 + Int64(reaction)),
                        kind: .reaction,
                        text: "r\(reaction)"
                    )
                )
            }
        }
        var page = Page(Presentation())
        TimelineText(rows: rows, limit: 24).add(to: &page)
        #expect(page.lines.count == 27)
        for action in 0..<3 { #expect(page.text.contains("● a\(action)\n")) }
        #expect(page.text.contains("⋮ 33 more reactions"))
        #expect(page.text.contains("r39"))
        var whole = Page(Presentation())
        TimelineText(rows: rows, limit: nil).add(to: &whole)
        #expect(whole.lines.count == rows.count)
    }

    @Test func aBugReportHasWhatIsNeededToSeeItAgain() {
        var run = SampleRun.losing
        run.violations = [
            Violation(invariant: "offsets dense", evidence: "5 after 3", at: SampleRun.at(4_000))
        ]
        let text = BugReport(run, version: "0.1.0", command: context.command).text()
        for needed in [run.digest, "seed      7", "offsets dense at 4.000 s: 5 after 3", "0.1.0"] {
            #expect(text.contains(needed))
        }
    }
}
