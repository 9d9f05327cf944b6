public import Checkers

/// The runs of a scenario under different settings, a variant for each combination.
public struct VariantComparison: Sendable {
    /// What one seed came to.
    public struct Outcome: Equatable, Sendable {
        public let seed: UInt64
        public let digest: String
        public let guarantee: Guarantee
        public let pass: Bool
        public let exitStatus: Int32
        let values: [Int64]

        public init(_ result: RunResult) {
            seed = result.seed
            digest = result.digest
            guarantee = result.guarantee
            pass = result.pass
            exitStatus = result.exitStatus
            values = ComparisonColumn.all.map { $0.value(in: result) }
        }
    }

    /// One combination of settings and its runs, in the order of their seeds.
    public struct Variant: Sendable {
        public let settings: [SettingRow]
        public let outcomes: [Outcome]

        public init(settings: [SettingRow], outcomes: [Outcome]) {
            self.settings = settings
            self.outcomes = outcomes
        }

        /// What could be relied on whatever the seed.
        public var guarantee: Guarantee {
            outcomes.map(\.guarantee).reduce(.exactlyOnce, VariantComparison.weaker)
        }
    }

    public let scenario: String
    public let variants: [Variant]

    public init(scenario: String, variants: [Variant]) {
        self.scenario = scenario
        self.variants = variants
    }

    /// 3 wins over 1, 1 over 0.
    public var exitStatus: Int32 {
        variants.flatMap(\.outcomes).map(\.exitStatus).max() ?? 0
    }

    /// What holds where either may hold.
    static func weaker(_ left: Guarantee, _ right: Guarantee) -> Guarantee {
        switch (left, right) {
        case (.none, _), (_, .none): .none
        case (.exactlyOnce, let other), (let other, .exactlyOnce): other
        case (.atLeastOnce, .atLeastOnce): .atLeastOnce
        case (.atMostOnce, .atMostOnce): .atMostOnce
        case (.atLeastOnce, .atMostOnce), (.atMostOnce, .atLeastOnce): .none
        }
    }

    /// The columns worth showing: some only where they say something.
    var columns: [(index: Int, column: ComparisonColumn)] {
        ComparisonColumn.all.enumerated().compactMap { index, column in
            let isSilent = variants.allSatisfy { $0.outcomes.allSatisfy { $0.values[index] == 0 } }
            return column.isOptional && isSilent ? nil : (index, column)
        }
    }

    /// The paths that are varied, in order.
    var paths: [String] {
        variants.first?.settings.map(\.path) ?? []
    }

    var seeds: Int {
        variants.map(\.outcomes.count).max() ?? 0
    }
}

/// A column of the table: a metric, or the sum of a metric over groups.
struct ComparisonColumn: Sendable {
    /// How the metric is called in JSON.
    let name: String
    let title: [String]
    /// Whether the value is in thousandths.
    let isFraction: Bool
    /// Whether any value above zero is a loss.
    let isLoss: Bool
    let isOptional: Bool

    static let all = [
        ComparisonColumn("lost.acked", ["lost", "acked"], isLoss: true),
        ComparisonColumn("lost.silent", ["lost", "silent"], isLoss: true),
        ComparisonColumn("lost.reported", ["lost", "reported"]),
        ComparisonColumn("lost.expired", ["lost", "expired"], isLoss: true, isOptional: true),
        ComparisonColumn("duplicated", ["dupli-", "cated"]),
        ComparisonColumn("reordered", ["re-", "ordered"]),
        ComparisonColumn(
            "end-to-end.lost",
            ["end-to-end", "lost"],
            isLoss: true,
            isOptional: true
        ),
        ComparisonColumn("end-to-end.duplicated", ["end-to-end", "twice"], isOptional: true),
        ComparisonColumn("leaderless.max.ms", ["leaderless", "ms"]),
        ComparisonColumn("ack.latency.p99.ms", ["ack p99", "ms"], isFraction: true),
    ]

    init(
        _ name: String,
        _ title: [String],
        isFraction: Bool = false,
        isLoss: Bool = false,
        isOptional: Bool = false
    ) {
        self.name = name
        self.title = title
        self.isFraction = isFraction
        self.isLoss = isLoss
        self.isOptional = isOptional
    }

    func value(in result: RunResult) -> Int64 {
        guard name.hasPrefix("end-to-end.") else { return number(result.metric(name)) }
        return result.metrics
            .filter { $0.name.hasPrefix("group.") && $0.name.hasSuffix("." + name) }
            .reduce(0) { $0 + number($1.value) }
    }

    private func number(_ value: MetricValue?) -> Int64 {
        switch value {
        case .integer(let number): isFraction ? number * 1_000 : number
        case .thousandths(let number): isFraction ? number : number / 1_000
        case .text, .list, .null, nil: 0
        }
    }

    /// For the eye: a tenth is precise enough.
    func text(_ value: Int64) -> String {
        isFraction ? Figures.tenths(.thousandths(value)) : Figures.grouped(value)
    }

    func json(_ value: Int64) -> JSONValue {
        isFraction ? .number(Figures.decimal(thousandths: value)) : .integer(value)
    }
}
