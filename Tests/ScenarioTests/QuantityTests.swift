import SimBase
import Testing

@testable import Scenario

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("5s", 5_000_000_000), ("1.5s", 1_500_000_000), ("0.02ms", 20_000), ("250us", 250_000),
            ("1m30s", 90_000_000_000), ("2h", 7_200_000_000_000), ("-5m", -300_000_000_000),
            ("0s", 0), ("0.000000001s", 1),
        ] as [(String, Int64)]
    )
    func durationsAreExact(_ text: String, _ nanoseconds: Int64) {
        #expect(Quantity.interval(text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        "5", "s", "5 s", "5x", "1s1m", "1s1s", "0.0000000001s", "", "-", "1e400s", "999999999999h",
        "1..5s",
    ])
    func otherTextsAreNoDurations(_ text: String) {
        #expect(Quantity.interval(text) == nil)
    }

    @Test(
        arguments: [
            ("1MiB", 1_048_576), ("1MB", 1_000_000), ("1.5kB", 1_500), ("16", 16), ("0.5KiB", 512),
        ] as [(String, Int64)]
    )
    func sizesAreExact(_ text: String, _ bytes: Int64) {
        #expect(Quantity.bytes(text) == bytes)
    }

    @Test(arguments: ["", "MB", "1.5", "1XB", "-1", "99999999999999TB"])
    func otherTextsAreNoSizes(_ text: String) {
        #expect(Quantity.bytes(text) == nil)
    }

    @Test func ratesAreRecordsInATime() {
        #expect(Quantity.rate("1000/s") == .perPeriod(records: 1_000, period: .seconds(1)))
        #expect(Quantity.rate("0.5/s") == .perPeriod(records: 500, period: .seconds(1_000)))
        #expect(Quantity.rate("3/100ms") == .perPeriod(records: 3, period: .milliseconds(100)))
        for text in ["1000", "0/s", "/s", "1/0s", "-1/s", "1/s/s"] {
            #expect(Quantity.rate(text) == nil, "\(text)")
        }
    }

    @Test func bandwidthsAreBits() {
        #expect(Quantity.bandwidth("10Mbps") == 10_000_000)
        #expect(Quantity.bandwidth("0.5Gbps") == 500_000_000)
        #expect(Quantity.bandwidth("10MBps") == nil)
    }

    @Test func metricNumbersShowNoNeedlessDigit() {
        #expect(MetricNumber(12).description == "12")
        #expect(MetricNumber(thousandths: 12_500).description == "12.5")
        #expect(MetricNumber(thousandths: -5).description == "-0.005")
    }
}
