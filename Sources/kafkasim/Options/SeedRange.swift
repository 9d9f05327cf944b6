import ArgumentParser

/// Seeds as `1..50`, `7`, or several of these with commas between.
struct SeedRange: Sendable {
    let seeds: [UInt64]
    /// As it was typed.
    let text: String

    /// More would be a mistake of typing.
    private static let limit: UInt64 = 10_000_000

    /// - Throws: a `ValidationError` that says what is wrong.
    init(_ text: String) throws {
        var seeds: [UInt64] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let range = try SeedRange.range(String(part))
            guard range.upperBound - range.lowerBound < SeedRange.limit - UInt64(seeds.count) else {
                throw ValidationError("more than 10,000,000 seeds")
            }
            seeds += range
        }
        self.seeds = seeds
        self.text = text
    }

    private static func range(_ text: String) throws -> ClosedRange<UInt64> {
        if let seed = UInt64(text) { return seed...seed }
        // Both ends count, as in "1..50"; "1...50" and "1-50" are what fingers type instead.
        for separator in ["...", "..", "-"] {
            guard let dots = text.firstIndex(of: separator.first ?? "."),
                text[dots...].hasPrefix(separator)
            else { continue }
            let rest = text[text.index(dots, offsetBy: separator.count)...]
            guard let low = UInt64(text[..<dots]), let high = UInt64(rest) else { break }
            guard low <= high else {
                throw ValidationError("\(text): the first seed is above the last")
            }
            return low...high
        }
        throw ValidationError("\"\(text)\" is not a seed, such as 7, or a range, such as 1..50")
    }
}
