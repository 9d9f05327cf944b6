import CBenchmarks

/// One figure measured several times.
struct Series {
    var values: [Double]

    var median: Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    func scaled(by factor: Double) -> Series {
        Series(values: values.map { $0 * factor })
    }

    /// Such as nanoseconds into events a second: `numerator` over each value.
    func inverted(_ numerator: Double) -> Series {
        Series(values: values.map { numerator / $0 })
    }

    /// `28.3 (27.9 - 30.1)`: the median, the smallest and the largest.
    func text(digits: Int) -> String {
        let low = values.min() ?? 0
        let high = values.max() ?? 0
        let median = Text.decimal(median, digits: digits)
        guard values.count > 1 else { return median }
        return
            "\(median) (\(Text.decimal(low, digits: digits))–\(Text.decimal(high, digits: digits)))"
    }
}

enum Measure {
    /// The processor time that `body` takes, on a shared machine far steadier than the wall clock.
    static func nanoseconds(_ body: () -> Void) -> Double {
        let start = benchmarks_cpu_nanoseconds()
        body()
        return Double(benchmarks_cpu_nanoseconds() - start)
    }

    /// The nanoseconds of each contender, taken in turns, so that a slow second of the machine
    /// hits them all.
    static func interleaved(rounds: Int, _ contenders: [() -> Void]) -> [Series] {
        var series = contenders.map { _ in Series(values: []) }
        for _ in 0..<rounds {
            for (index, contender) in contenders.enumerated() {
                series[index].values.append(nanoseconds(contender))
            }
        }
        return series
    }

    /// What `body` itself measured, several times.
    static func timed(rounds: Int, _ body: () -> Double) -> Series {
        Series(values: (0..<rounds).map { _ in body() })
    }
}

/// Numbers as the report shows them.
enum Text {
    static func decimal(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((abs(value) * scale).rounded())
        let whole = number(Int(scaled / Int64(scale)))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + whole }
        let rest = String(scaled % Int64(scale))
        return sign + whole + "." + String(repeating: "0", count: digits - rest.count) + rest
    }

    /// With commas between the thousands.
    static func number(_ value: Int) -> String {
        var digits = Array(String(abs(value)))
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: position)
            position -= 3
        }
        return (value < 0 ? "-" : "") + String(digits)
    }

    static func ratio(_ value: Double, _ other: Double) -> String {
        decimal(value / other, digits: 2)
    }

    static func megabytes(_ bytes: Double) -> String {
        decimal(bytes / 1_048_576, digits: 1)
    }
}
