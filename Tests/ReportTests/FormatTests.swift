import Checkers
import SimBase
import Testing

@testable import Report

@Suite struct FormatTests {
    @Test func jsonIsFixedToTheByte() {
        #expect(RunJSON.text(SampleRun.losing) == Golden.runJSON)
    }

    @Test func oneRunIsAnObjectSeveralAreAnArray() {
        #expect(RunJSON.text([SampleRun.losing]) == Golden.runJSON)
        let two = RunJSON.text([SampleRun.losing, SampleRun.losing])
        #expect(two.hasPrefix("[\n  {\n    \"scenario\": \"leader-kill\""))
        #expect(two.hasSuffix("  }\n]\n"))
        #expect(RunJSON.text([RunResult]()) == "[]\n")
    }

    @Test func junitIsFixedToTheByte() {
        #expect(JUnitReport.text([SampleRun.losing]) == Golden.junit)
    }

    @Test func junitTellsFailuresErrorsAndSkipsApart() {
        var run = SampleRun.losing
        run.expectations = []
        run.actions = []
        #expect(JUnitReport.text([run]).contains("<testcase name=\"run\""))
        run.violations = [
            Violation(invariant: "a < b & \"c\"", evidence: "\u{1}", at: .zero)
        ]
        let text = JUnitReport.text([run])
        #expect(text.contains("errors=\"1\""))
        #expect(text.contains("name=\"a &lt; b &amp; &quot;c&quot;\""))
        #expect(text.contains("at 0.000 s: \u{FFFD}"))
    }

    @Test(arguments: [
        ("plain", "\"plain\""), ("a\"b\\c", "\"a\\\"b\\\\c\""),
        ("\n\r\t\u{1}", "\"\\n\\r\\t\\u0001\""),
        ("消息", "\"消息\""),
    ])
    func stringsAreEscaped(_ string: String, _ expected: String) {
        #expect(JSONValue.string(string).text == expected + "\n")
    }

    @Test(arguments: [
        (MetricValue.integer(-3), "-3"), (.thousandths(1_250), "1.25"), (.thousandths(3_000), "3"),
        (.thousandths(-1), "-0.001"), (.thousandths(0), "0"), (.null, "null"),
        (.list([1, 2]), "[1, 2]"), (.list([]), "[]"), (.text("NONE"), "\"NONE\""),
    ])
    func metricsKeepTheirTypes(_ value: MetricValue, _ expected: String) {
        #expect(RunJSON.value(value).text == expected + "\n")
    }
}

@Suite struct FigureTests {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"),
        (Int64.min, "-9,223,372,036,854,775,808"),
    ])
    func numbersAreGrouped(_ number: Int64, _ expected: String) {
        #expect(Figures.grouped(number) == expected)
    }

    @Test(arguments: [
        (0, "0.000 s"), (12_345_678_901, "12.345 s"), (3_600_000_000_000, "3,600.000 s"),
        (-1_500_000_000, "-1.500 s"),
    ])
    func instantsAreSecondsToTheMillisecond(_ nanoseconds: Int64, _ expected: String) {
        #expect(Figures.seconds(Instant(nanoseconds: nanoseconds)) == expected)
    }

    @Test(arguments: [
        (12, "12 ns"), (1_500, "1.5 µs"), (99_960_000, "100 ms"), (311_000_000, "311 ms"),
        (82_417_000_000, "82.4 s"), (1_000_000_000_000, "1,000 s"),
    ])
    func lengthsFindTheirUnit(_ nanoseconds: Int64, _ expected: String) {
        #expect(Figures.length(nanoseconds: nanoseconds) == expected)
    }

    @Test func boundsAreGrouped() {
        #expect(Figures.grouping("6000 … 12000") == "6,000 … 12,000")
        #expect(Figures.grouping("exactly-once") == "exactly-once")
    }

    @Test func textIsWrappedByColumns() {
        #expect("a bb ccc".wrapped(to: 4) == ["a bb", "ccc"])
        #expect("消息 丢失".wrapped(to: 5) == ["消息", "丢失"])
        #expect("unbreakable".wrapped(to: 3) == ["unbreakable"])
        #expect("".wrapped(to: 3) == [""])
    }
}
