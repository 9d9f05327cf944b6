import SimBase

/// Durations, sizes, bandwidths and rates as scenario files write them.
enum Quantity {
    /// `1.5s`, `0.02ms`, `1m30s`, `-5m`: exact to a nanosecond.
    static func interval(_ text: String) -> Interval? {
        let isNegative = text.hasPrefix("-")
        var rest = isNegative ? text.dropFirst() : text[...]
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        var last = Int64.max
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let (length, places) = units[String(unit)], length < last,
                let part = FixedPoint.parse(String(number), places: places)
            else { return nil }
            last = length
            let scale = length / power(places)
            let (product, isTooLarge) = part.multipliedReportingOverflow(by: scale)
            let (sum, isBeyond) = total.addingReportingOverflow(product)
            guard !isTooLarge, !isBeyond else { return nil }
            total = sum
        }
        guard total <= Interval.forever.nanoseconds else { return nil }
        return Interval(nanoseconds: isNegative ? -total : total)
    }

    /// Nanoseconds of a unit, and how many decimal places of it are whole nanoseconds.
    private static let units: [String: (length: Int64, places: Int)] = [
        "ns": (1, 0), "us": (1_000, 3), "\u{b5}s": (1_000, 3), "ms": (1_000_000, 6),
        "s": (1_000_000_000, 9), "m": (60_000_000_000, 9), "h": (3_600_000_000_000, 9),
    ]

    private static func power(_ places: Int) -> Int64 {
        (0..<places).reduce(1) { power, _ in power * 10 }
    }

    /// `1MiB`, `1MB`, `500B`, `1.5kB`, or a number of bytes.
    static func bytes(_ text: String) -> Int64? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let factors: [String: Int64] = [
            "": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
            "kB": 1_000, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000,
            "TB": 1_000_000_000_000,
        ]
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        guard let factor = factors[String(unit)] else { return nil }
        return scaled(String(number), by: factor)
    }

    /// `10Mbps` in bits a second.
    static func bandwidth(_ text: String) -> Int64? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let factors: [String: Int64] = [
            "bps": 1, "kbps": 1_000, "Kbps": 1_000, "Mbps": 1_000_000, "Gbps": 1_000_000_000,
        ]
        guard let factor = factors[String(text.dropFirst(number.count))],
            let bits = scaled(String(number), by: factor), bits > 0
        else { return nil }
        return bits
    }

    /// `1000/s`, `0.5/m`, `3/100ms`.
    static func rate(_ text: String) -> RateSpec? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let unit = String(parts[1])
        let hasNumber = unit.first?.isNumber == true
        guard let period = interval(hasNumber ? unit : "1" + unit), period > .zero,
            let thousandths = FixedPoint.parse(String(parts[0]), places: 3), thousandths > 0
        else { return nil }
        let isWhole = thousandths % 1_000 == 0
        let (scaled, isTooLong) = period.nanoseconds.multipliedReportingOverflow(by: 1_000)
        guard isWhole || !isTooLong else { return nil }
        return .perPeriod(
            records: isWhole ? thousandths / 1_000 : thousandths,
            period: isWhole ? period : Interval(nanoseconds: scaled)
        )
    }

    /// A decimal number times a factor, where the product is whole.
    private static func scaled(_ text: String, by factor: Int64) -> Int64? {
        guard let millionths = FixedPoint.parse(text, places: 6) else { return nil }
        guard millionths % 1_000_000 != 0 else {
            let (product, isTooLarge) = (millionths / 1_000_000)
                .multipliedReportingOverflow(by: factor)
            return isTooLarge ? nil : product
        }
        let (product, isTooLarge) = millionths.multipliedReportingOverflow(by: factor)
        return isTooLarge || product % 1_000_000 != 0 ? nil : product / 1_000_000
    }
}
