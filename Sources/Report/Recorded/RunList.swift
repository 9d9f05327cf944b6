/// A recorded run in one line of a list.
public struct RunLine: Equatable, Sendable {
    public let id: Int64
    /// UTC, as `2026-01-31T12:34:56Z`.
    public let recordedAt: String
    public let scenario: String
    public let seed: UInt64
    public let kafkaVersion: String
    public let pass: Bool
    public let guarantee: String
    public let sent: Int64
    public let lost: Int64
    public let duplicated: Int64
    public let reordered: Int64

    public init(
        id: Int64,
        recordedAt: String,
        scenario: String,
        seed: UInt64,
        kafkaVersion: String,
        pass: Bool,
        guarantee: String,
        sent: Int64,
        lost: Int64,
        duplicated: Int64,
        reordered: Int64
    ) {
        self.id = id
        self.recordedAt = recordedAt
        self.scenario = scenario
        self.seed = seed
        self.kafkaVersion = kafkaVersion
        self.pass = pass
        self.guarantee = guarantee
        self.sent = sent
        self.lost = lost
        self.duplicated = duplicated
        self.reordered = reordered
    }
}

/// The recorded runs as a table.
public struct RunList: Sendable {
    private let runs: [RunLine]

    public init(_ runs: [RunLine]) {
        self.runs = runs
    }

    public func text(_ presentation: Presentation) -> String {
        var page = Page(presentation)
        var table = TextTable(
            [.right, .left, .left, .left, .right, .left, .left, .right, .right, .right, .right],
            gap: 2
        )
        table.add(
            [
                "run", "", "scenario", "Kafka", "seed", "recorded", "guarantee", "sent", "lost",
                "dupl.", "reord.",
            ].map { Cell($0, .faint) }
        )
        for run in runs {
            table.add([
                Cell(String(run.id)),
                run.pass ? Cell("✓", .good) : Cell("✗", .bad),
                Cell(run.scenario, .heading),
                Cell(run.kafkaVersion),
                Cell(String(run.seed)),
                Cell(minute(run.recordedAt), .faint),
                Cell(run.guarantee),
                Cell(Figures.grouped(run.sent)),
                count(run.lost, .bad),
                count(run.duplicated, .warning),
                count(run.reordered, .warning),
            ])
        }
        page.add(table, indent: 0)
        return page.text
    }

    private func count(_ number: Int64, _ ink: Ink) -> Cell {
        Cell(Figures.grouped(number), number == 0 ? .faint : ink)
    }

    /// `2026-01-31 12:34`.
    private func minute(_ time: String) -> String {
        String(time.prefix(16).map { $0 == "T" ? " " : $0 })
    }
}
