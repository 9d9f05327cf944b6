import Checkers

/// A comparison as a table for the terminal, as Markdown, and as JSON.
public struct ComparisonReport: Sendable {
    private let comparison: VariantComparison

    public init(_ comparison: VariantComparison) {
        self.comparison = comparison
    }

    // MARK: Text

    /// The table for a terminal; the last line is `command`, which gives the comparison again.
    public func text(_ presentation: Presentation, command: String) -> String {
        var page = Page(presentation)
        let variants = Figures.count(Int64(comparison.variants.count), "variant")
        let seeds = Figures.count(Int64(comparison.seeds), "seed")
        page.add(
            left: Cell(comparison.scenario, .heading),
            right: Cell("\(variants) × \(seeds)", .faint)
        )
        page.blank()
        page.add(table(), indent: 2)
        page.blank()
        if comparison.seeds > 1 {
            let isAnyRare = comparison.variants.contains { variant in
                comparison.columns.contains { isRare($0.index, variant) }
            }
            let brackets = isAnyRare ? "; in brackets, in how many seeds it happened" : ""
            page.add("The worst seed of each\(brackets).", .faint)
        }
        page.add(command)
        return page.text
    }

    private func table() -> TextTable {
        let columns = comparison.columns
        let isMany = comparison.seeds > 1
        var table = TextTable(
            comparison.paths.map { _ in .left } + columns.map { _ in .right } + [.left, .right],
            gap: 2
        )
        for line in 0..<2 {
            table.add(
                comparison.paths.map { Cell(title($0)[line], .faint) }
                    + columns.map { Cell($0.column.title[line], .faint) }
                    + [
                        Cell(line == 0 ? "" : "guarantee", .faint),
                        Cell(line == 0 ? "" : isMany ? "passed" : "", .faint),
                    ]
            )
        }
        for variant in comparison.variants {
            table.add(
                variant.settings.map { Cell($0.value) }
                    + columns.map { cell($0.index, $0.column, variant) }
                    + [guarantee(variant.guarantee), passed(variant, isMany)]
            )
        }
        return table
    }

    /// `producers.shop.config.acks` over two lines: where, and what.
    private func title(_ path: String) -> [String] {
        for separator in [".config.", ".features.", "."] {
            guard let range = lastRange(of: separator, in: path) else { continue }
            return [String(path[..<range.lowerBound]), String(path[range.upperBound...])]
        }
        return ["", path]
    }

    private func lastRange(of separator: String, in path: String) -> Range<String.Index>? {
        var index = path.endIndex
        while index > path.startIndex {
            index = path.index(before: index)
            if path[index...].hasPrefix(separator) {
                return index..<path.index(index, offsetBy: separator.count)
            }
        }
        return nil
    }

    private func cell(
        _ index: Int,
        _ column: ComparisonColumn,
        _ variant: VariantComparison.Variant
    ) -> Cell {
        let ink: Ink
        let worst = worst(index, variant)
        if worst == 0 {
            ink = .faint
        } else {
            ink = column.isLoss ? .bad : .plain
        }
        return Cell(text(index, column, variant), ink)
    }

    private func text(
        _ index: Int,
        _ column: ComparisonColumn,
        _ variant: VariantComparison.Variant
    ) -> String {
        let worst = worst(index, variant)
        return column.text(worst)
            + (isRare(index, variant) ? " (\(occurrences(index, variant)))" : "")
    }

    /// In how many seeds there was any of it.
    private func occurrences(_ index: Int, _ variant: VariantComparison.Variant) -> Int {
        variant.outcomes.filter { $0.values[index] > 0 }.count
    }

    private func isRare(_ index: Int, _ variant: VariantComparison.Variant) -> Bool {
        let seeds = occurrences(index, variant)
        return comparison.seeds > 1 && seeds > 0 && seeds < variant.outcomes.count
    }

    private func worst(_ index: Int, _ variant: VariantComparison.Variant) -> Int64 {
        variant.outcomes.map { $0.values[index] }.max() ?? 0
    }

    private func guarantee(_ guarantee: Guarantee) -> Cell {
        switch guarantee {
        case .exactlyOnce: Cell(guarantee.rawValue, .good)
        case .atLeastOnce: Cell(guarantee.rawValue)
        case .atMostOnce: Cell(guarantee.rawValue, .warning)
        case .none: Cell(guarantee.rawValue, .bad)
        }
    }

    private func passed(_ variant: VariantComparison.Variant, _ isMany: Bool) -> Cell {
        let passed = variant.outcomes.filter(\.pass).count
        let isPass = passed == variant.outcomes.count
        let text = isMany ? "\(passed)/\(variant.outcomes.count)" : isPass ? "✓" : "✗"
        return Cell(text, isPass ? .good : .bad)
    }

    // MARK: Markdown

    public func markdown() -> String {
        let columns = comparison.columns
        let isMany = comparison.seeds > 1
        var lines = [
            row(
                comparison.paths.map { "`\($0)`" } + columns.map(\.column.name)
                    + ["guarantee", "passed"]
            ),
            row(
                comparison.paths.map { _ in "---" } + columns.map { _ in "--:" } + ["---", "--:"]
            ),
        ]
        for variant in comparison.variants {
            lines.append(
                row(
                    variant.settings.map { "`\($0.value)`" }
                        + columns.map { text($0.index, $0.column, variant) }
                        + [variant.guarantee.rawValue, passed(variant, isMany).text]
                )
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(_ cells: [String]) -> String {
        "| " + cells.map(escaped).joined(separator: " | ") + " |"
    }

    private func escaped(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    // MARK: JSON

    /// An array, an object for each variant in order.
    public func json() -> String {
        JSONValue.array(comparison.variants.map(variant)).text
    }

    private func variant(_ variant: VariantComparison.Variant) -> JSONValue {
        .object([
            "scenario": .string(comparison.scenario),
            "settings": RunJSON.settings(variant.settings),
            "seeds": .integer(Int64(variant.outcomes.count)),
            "passed": .integer(Int64(variant.outcomes.filter(\.pass).count)),
            "guarantee": .string(variant.guarantee.rawValue),
            "metrics": .object(
                ComparisonColumn.all.enumerated().map { index, column in
                    .init(key: column.name, value: aggregate(index, column, variant))
                }
            ),
            "runs": .array(variant.outcomes.map(outcome)),
            "pass": .boolean(variant.outcomes.allSatisfy(\.pass)),
        ])
    }

    private func aggregate(
        _ index: Int,
        _ column: ComparisonColumn,
        _ variant: VariantComparison.Variant
    ) -> JSONValue {
        let sorted = variant.outcomes.map { $0.values[index] }.sorted()
        guard let least = sorted.first, let most = sorted.last else { return .null }
        return .object([
            "min": column.json(least),
            "median": column.json(sorted[(sorted.count - 1) / 2]),
            "max": column.json(most),
            "seeds": .integer(Int64(sorted.filter { $0 > 0 }.count)),
        ])
    }

    private func outcome(_ outcome: VariantComparison.Outcome) -> JSONValue {
        .object([
            "seed": .number(String(outcome.seed)),
            "digest": .string(outcome.digest),
            "guarantee": .string(outcome.guarantee.rawValue),
            "metrics": .object(
                ComparisonColumn.all.enumerated().map { index, column in
                    .init(key: column.name, value: column.json(outcome.values[index]))
                }
            ),
            "pass": .boolean(outcome.pass),
        ])
    }
}
