/// A behaviour that `cluster.features` can set alone, by its name in scenario files.
public struct FeatureFlag: Sendable {
    public let name: String
    /// The values that some release line has, oldest first.
    public let values: [String]
    /// Those that this build simulates.
    public let supported: [String]

    private let field: FeatureField

    private init(
        _ name: String,
        _ values: [String],
        supported: [String]? = nil,
        _ field: FeatureField
    ) {
        self.name = name
        self.values = values
        self.supported = supported ?? values
        self.field = field
    }

    /// All flags, in the order in which they are documented.
    public static let all: [FeatureFlag] = [
        FeatureFlag(
            "truncation",
            Features.Truncation.allCases.map(\.rawValue),
            .truncation
        ),
        flag("min-isr-gates-high-watermark", \.minISRGatesHighWatermark),
        flag("min-isr-capped-by-replicas", \.minISRCappedByReplicas),
        FeatureFlag(
            "isr-change",
            ["zookeeper", "alter-partition"],
            supported: ["alter-partition"],
            .fixed
        ),
        flag("broker-epoch-in-isr", \.brokerEpochInISR),
        FeatureFlag("fetch-first-batch", ["false", "true"], supported: ["true"], .fixed),
        FeatureFlag("replica-lag-max-messages", ["true", "false"], supported: ["false"], .fixed),
        FeatureFlag(
            "eligible.leader.replicas.version",
            ["0", "1"],
            .level(\.eligibleLeaderReplicas)
        ),
        flag("leader-epoch-bump-on-isr-shrink", \.leaderEpochBumpOnISRShrink),
        flag("unclean-election-by-config", \.uncleanElectionByConfig),
        flag("check-quorum", \.checkQuorum),
        flag("log-dir-failure-reports", \.reportsLogDirFailures),
        flag("reassignment-awaits-all-replicas", \.reassignmentAwaitsAllReplicas),
        flag("metadata-commit-wakes-fetch", \.metadataCommitWakesFetch),
        flag("pre-vote", \.preVote),
        flag("leader-hints", \.leaderHints),
        flag("new-leader-ends-backoff", \.newLeaderEndsBackoff),
        flag("late-errors-keep-sequences", \.lateErrorsKeepSequences),
        flag("request-timeout-error", \.requestTimeoutError),
        flag("delivery-timeout", \.deliveryTimeout),
        flag("exponential-retry-backoff", \.exponentialRetryBackoff),
        flag("idempotence-by-default", \.idempotenceByDefault),
        flag("acks-all-by-default", \.acksAllByDefault),
        // Both concern protocols that are not simulated yet: their level changes nothing.
        FeatureFlag("group.version", ["0", "1"], .fixed),
        FeatureFlag("transaction.version", ["0", "1", "2"], .fixed),
    ]

    /// The flag of that name.
    public static func named(_ name: String) -> FeatureFlag? {
        all.first { $0.name == name }
    }

    /// Sets the flag in `features`; the value must be one of `supported`.
    public func apply(_ value: String, to features: inout Features) {
        switch field {
        case .boolean(let path): features[keyPath: path] = value == "true"
        case .level(let path): features[keyPath: path] = value != "0"
        case .truncation:
            features.truncation = Features.Truncation(rawValue: value) ?? features.truncation
        case .fixed: break
        }
    }

    private static func flag(_ name: String, _ path: Path<Features, Bool>) -> FeatureFlag {
        FeatureFlag(name, ["false", "true"], .boolean(path))
    }
}

/// Where a flag's value goes.
private enum FeatureField: Sendable {
    case boolean(Path<Features, Bool>)
    case level(Path<Features, Bool>)
    case truncation
    /// This build knows one value only.
    case fixed
}

extension Features {
    /// What a release line, running KRaft, does.
    /// - Source: KIP-903, KAFKA-14317 (3.5); KAFKA-15415, KAFKA-14831 (3.6); KAFKA-15583,
    ///   KAFKA-15489, KIP-580, KIP-858 and KIP-951 (3.7); KAFKA-12670 (3.9).
    public init(version: KafkaVersion) {
        self.init()
        self.version = version
        brokerEpochInISR = version >= KafkaVersion(3, 5)
        leaderEpochBumpOnISRShrink = version < KafkaVersion(3, 6)
        minISRGatesHighWatermark = version >= KafkaVersion(3, 7)
        minISRCappedByReplicas = version >= KafkaVersion(3, 7)
        requestTimeoutError = version >= KafkaVersion(3, 5)
        leaderHints = version >= KafkaVersion(3, 7)
        newLeaderEndsBackoff = version >= KafkaVersion(3, 6)
        lateErrorsKeepSequences = version >= KafkaVersion(3, 6)
        uncleanElectionByConfig = version >= KafkaVersion(3, 9)
        checkQuorum = version >= KafkaVersion(3, 7)
        reportsLogDirFailures = version >= KafkaVersion(3, 7)
        reassignmentAwaitsAllReplicas = version >= KafkaVersion(3, 8)
        exponentialRetryBackoff = version >= KafkaVersion(3, 7)
        deliveryTimeout = version >= KafkaVersion(2, 1)
        idempotenceByDefault = version >= KafkaVersion(3, 0)
        acksAllByDefault = version >= KafkaVersion(3, 0)
    }
}
