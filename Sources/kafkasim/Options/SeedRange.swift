import ArgumentParser

/// Seeds as `1..50`, `7`, or several of these with commas between.
struct SeedRange: ExpressibleByArgument {
    let seeds: [UInt64]
    /// As it was typed.
    let text: String

    /// More would be a mistake of typing.
    private static let limit = 10_000_000

    init?(argument: String) {
        var seeds: [UInt64] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let range = SeedRange.range(String(part)),
                range.upperBound - range.lowerBound < UInt64(SeedRange.limit),
                seeds.count + Int(range.upperBound - range.lowerBound) < SeedRange.limit
            else { return nil }
            seeds += range
        }
        self.seeds = seeds
        text = argument
    }

    private static func range(_ text: String) -> ClosedRange<UInt64>? {
        if let seed = UInt64(text) { return seed...seed }
        // Both ends count, as in "1..50"; "1...50" and "1-50" are what fingers type instead.
        for separator in ["...", "..", "-"] {
            guard let dots = text.firstIndex(of: separator.first ?? "."),
                text[dots...].hasPrefix(separator)
            else { continue }
            let rest = text[text.index(dots, offsetBy: separator.count)...]
            guard let low = UInt64(text[..<dots]), let high = UInt64(rest), low <= high else {
                return nil
            }
            return low...high
        }
        return nil
    }
}
