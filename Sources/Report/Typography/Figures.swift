import Checkers
import SimBase

/// Numbers as text: our own, so that no locale and no library version can change a byte.
enum Figures {
    /// `1,234,567`.
    static func grouped(_ number: Int64) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// A number of thousandths without trailing zeros: `1.25`, `3`, `-0.001`.
    static func decimal(thousandths: Int64) -> String {
        decimal(thousandths, places: 3)
    }

    /// `number` / 10^`places` without trailing zeros.
    static func decimal(_ number: Int64, places: Int) -> String {
        var digits = String(number.magnitude)
        if digits.count <= places {
            digits = String(repeating: "0", count: places + 1 - digits.count) + digits
        }
        let whole = digits.dropLast(places)
        var fraction = digits.suffix(places)
        while fraction.last == "0" { fraction.removeLast() }
        return (number < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// `12.345 s`: a point of virtual time to the millisecond, rounded towards the past.
    static func seconds(_ instant: Instant) -> String {
        let milliseconds = instant.milliseconds
        let fraction = String(milliseconds.magnitude % 1_000)
        return (milliseconds < 0 ? "-" : "") + grouped(Int64(milliseconds.magnitude / 1_000)) + "."
            + String(repeating: "0", count: 3 - fraction.count) + fraction + " s"
    }

    /// A length of time in the unit in which it has one to three digits before the point.
    static func length(nanoseconds: Int64) -> String {
        switch nanoseconds.magnitude {
        case 0..<1_000: "\(nanoseconds) ns"
        case ..<1_000_000: "\(rounded(nanoseconds, unit: 1_000)) µs"
        case ..<1_000_000_000: "\(rounded(nanoseconds, unit: 1_000_000)) ms"
        default: "\(rounded(nanoseconds, unit: 1_000_000_000)) s"
        }
    }

    /// `nanoseconds` in `unit`s with one digit after the point below a hundred units, else none.
    private static func rounded(_ nanoseconds: Int64, unit: Int64) -> String {
        guard nanoseconds / unit < 100 else { return grouped((nanoseconds + unit / 2) / unit) }
        return decimal((nanoseconds + unit / 20) / (unit / 10), places: 1)
    }

    /// A metric for the reader's eye.
    static func text(_ value: MetricValue) -> String {
        switch value {
        case .integer(let number): grouped(number)
        case .thousandths(let number):
            // The whole part grouped, the fraction as it is.
            grouped(number / 1_000)
                + (number % 1_000 == 0
                    ? "" : decimal(thousandths: Int64(number.magnitude % 1_000)).dropFirst())
        case .text(let text): text
        case .list(let numbers): "[" + numbers.map(String.init).joined(separator: ", ") + "]"
        case .null: "none"
        }
    }

    /// A number of milliseconds to the tenth.
    static func tenths(_ value: MetricValue) -> String {
        guard case .thousandths(let number) = value else { return text(value) }
        let tenths = (number + 50) / 100
        return "\(grouped(tenths / 10)).\(tenths % 10)"
    }

    /// Groups the digits of each number in `text`, as in `6000 … 12000.5`.
    static func grouping(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false)
            .map { word in
                let point = word.firstIndex(of: ".") ?? word.endIndex
                guard Double(word) != nil, let whole = Int64(word[..<point]) else {
                    return String(word)
                }
                return grouped(whole) + word[point...]
            }
            .joined(separator: " ")
    }

    /// `1 record`, `2 records`.
    static func count(_ number: Int64, _ singular: String, _ plural: String? = nil) -> String {
        "\(grouped(number)) \(number == 1 ? singular : plural ?? singular + "s")"
    }
}
