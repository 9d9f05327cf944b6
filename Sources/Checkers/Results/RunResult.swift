public import SimBase

/// Everything a run came to: what text, JSON and database are made from.
public struct RunResult: Sendable {
    public var scenario: String
    public var description: String
    /// Where the scenario was read from, for the command that reproduces the run.
    public var file: String
    public var seed: UInt64
    public var kafkaVersion: String
    public var duration: Interval
    /// 128 bits over every event executed, as 32 hexadecimal digits.
    public var digest: String
    /// The digest after each thousand events, to find where two runs part.
    public var digestChain: [String]
    public var metrics: [Metric]
    public var guarantee: Guarantee
    public var expectations: [ExpectationResult]
    public var findings: [Finding]
    public var actions: [ActionRow]
    public var timeline: [TimelineRow]
    public var settings: [SettingRow]
    public var records: [RecordRow]
    public var appends: [AppendRow]
    /// What took the records that stand in no log at the end.
    public var endings: [EndingRow]
    public var deliveries: [DeliveryRow]
    public var leaderships: [LeadershipRow]
    public var memberships: [MembershipRow]
    public var samples: [SampleRow]
    public var trace: [TraceRow]
    public var violations: [Violation]
    public var events: Int64
    /// The instant at which the run ended.
    public var end: Instant

    /// Whether every expectation held and no action was skipped without leave.
    public var pass: Bool {
        violations.isEmpty && expectations.allSatisfy(\.pass)
            && actions.allSatisfy { $0.skipped == nil || $0.isOptional }
    }

    /// 0 all expectations hold, 1 some do not, 3 the simulator broke a promise of its own.
    public var exitStatus: Int32 {
        guard violations.isEmpty else { return 3 }
        return pass ? 0 : 1
    }

    public func metric(_ name: String) -> MetricValue? {
        metrics.first { $0.name == name }?.value
    }

    public init(
        scenario: String,
        description: String,
        file: String,
        seed: UInt64,
        kafkaVersion: String,
        duration: Interval
    ) {
        self.scenario = scenario
        self.description = description
        self.file = file
        self.seed = seed
        self.kafkaVersion = kafkaVersion
        self.duration = duration
        digest = ""
        digestChain = []
        metrics = []
        guarantee = .exactlyOnce
        expectations = []
        findings = []
        actions = []
        timeline = []
        settings = []
        records = []
        appends = []
        endings = []
        deliveries = []
        leaderships = []
        memberships = []
        samples = []
        trace = []
        violations = []
        events = 0
        end = .zero
    }
}

/// What a metric came to.
public enum MetricValue: Equatable, Sendable {
    case integer(Int64)
    /// Thousandths, for milliseconds with a fraction.
    case thousandths(Int64)
    case text(String)
    case list([Int64])
    case null
}

public struct Metric: Equatable, Sendable {
    public let name: String
    public let value: MetricValue

    public init(name: String, value: MetricValue) {
        self.name = name
        self.value = value
    }
}

/// What the application could rely on, over the records it was told to be safe.
public enum Guarantee: String, Equatable, Sendable, CaseIterable {
    case exactlyOnce = "exactly-once"
    case atLeastOnce = "at-least-once"
    case atMostOnce = "at-most-once"
    case none
}

public struct ExpectationResult: Equatable, Sendable {
    public let metric: String
    /// The bound as text, such as `0` or `6000 … 12000`.
    public let bound: String
    public let actual: String
    public let pass: Bool
    /// The instant of a `check`; `nil` for the verdict at the end.
    public let at: Instant?

    public init(metric: String, bound: String, actual: String, pass: Bool, at: Instant? = nil) {
        self.metric = metric
        self.bound = bound
        self.actual = actual
        self.pass = pass
        self.at = at
    }
}

/// Which of the usual suspects a cause belongs to.
public enum FindingCategory: String, Equatable, Sendable {
    case server
    case producer
    case configuration
    case messageSize = "message-size"
    case topic
    case consumer
}

/// One cause of losses, duplicates or disorder.
public struct Finding: Equatable, Sendable {
    /// A stable slug, such as `acked-by-leader-alone`.
    public let cause: String
    public let category: FindingCategory
    /// The metric of which this cause explains a part.
    public let metric: String
    public let records: Int64
    /// One sentence with offsets and times.
    public let sentence: String
    /// The property values that allowed it.
    public let settings: [SettingRow]
    public let remedy: String
    public let example: Int32
    public let life: [LifeStep]

    public init(
        cause: String,
        category: FindingCategory,
        metric: String,
        records: Int64,
        sentence: String,
        settings: [SettingRow],
        remedy: String,
        example: Int32,
        life: [LifeStep]
    ) {
        self.cause = cause
        self.category = category
        self.metric = metric
        self.records = records
        self.sentence = sentence
        self.settings = settings
        self.remedy = remedy
        self.example = example
        self.life = life
    }
}

/// One thing that happened to a record.
public struct LifeStep: Equatable, Sendable {
    public let at: Instant
    public let text: String

    public init(at: Instant, text: String) {
        self.at = at
        self.text = text
    }
}

public struct SettingRow: Equatable, Sendable {
    public let path: String
    public let value: String

    public init(path: String, value: String) {
        self.path = path
        self.value = value
    }
}

public struct ActionRow: Equatable, Sendable {
    public let at: Instant
    public let action: String
    public let target: String
    public let name: String
    /// An administrative action's error name, or `NONE`.
    public var result: String
    /// Why it was not done.
    public let skipped: String?
    public let isOptional: Bool

    public init(
        at: Instant,
        action: String,
        target: String,
        name: String,
        result: String,
        skipped: String?,
        isOptional: Bool
    ) {
        self.at = at
        self.action = action
        self.target = target
        self.name = name
        self.result = result
        self.skipped = skipped
        self.isOptional = isOptional
    }
}

/// What broke, and how the cluster reacted, for the reader's eye.
public struct TimelineRow: Equatable, Sendable {
    public enum Kind: String, Equatable, Sendable {
        case action
        case reaction
        case check
    }

    public let at: Instant
    public let kind: Kind
    public let text: String

    public init(at: Instant, kind: Kind, text: String) {
        self.at = at
        self.kind = kind
        self.text = text
    }
}

/// A promise of the implementation itself that was broken: a bug report.
public struct Violation: Equatable, Sendable {
    public let invariant: String
    public let evidence: String
    public let at: Instant

    public init(invariant: String, evidence: String, at: Instant) {
        self.invariant = invariant
        self.evidence = evidence
        self.at = at
    }
}
