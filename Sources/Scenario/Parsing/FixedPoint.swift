/// Decimal text as exact integers: no value of a scenario is ever a floating-point number.
enum FixedPoint {
    /// `text` times 10^`places`; `nil` if it is no decimal number, has more places, or overflows.
    static func parse(_ text: String, places: Int) -> Int64? {
        guard let (isNegative, digits, exponent) = split(text) else { return nil }
        var value: Int64 = 0
        for digit in digits {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isBeyond) = product.addingReportingOverflow(Int64(digit))
            guard !isTooLarge, !isBeyond else { return nil }
            value = sum
        }
        var shift = exponent + places
        guard value != 0 else { return 0 }
        while shift > 0 {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            guard !isTooLarge else { return nil }
            value = product
            shift -= 1
        }
        while shift < 0 {
            guard value % 10 == 0 else { return nil }
            value /= 10
            shift += 1
        }
        return isNegative ? -value : value
    }

    /// Whether `text` is written as a decimal number.
    static func isNumber(_ text: String) -> Bool {
        split(text) != nil
    }

    /// Sign, digits and the power of ten of `-12.50e3`.
    private static func split(_ text: String) -> (Bool, [UInt8], Int)? {
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        var digits: [UInt8] = []
        var exponent = 0
        var hasPoint = false
        var hasDigit = false
        while let byte = rest.first {
            if (0x30...0x39).contains(byte) {
                digits.append(byte - 0x30)
                hasDigit = true
                if hasPoint { exponent -= 1 }
            } else if byte == UInt8(ascii: "."), !hasPoint, hasDigit {
                hasPoint = true
            } else {
                break
            }
            rest = rest.dropFirst()
        }
        guard hasDigit, digits.count < 40 else { return nil }
        if let byte = rest.first {
            guard byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") else { return nil }
            guard let power = Int(String(decoding: rest.dropFirst(), as: UTF8.self)),
                abs(power) < 40
            else { return nil }
            exponent += power
        }
        return (isNegative, digits, exponent)
    }
}
