import KafkaController
import KafkaProtocol
import SimBase

/// The topic configuration that was made last, and from what: a topic's partitions come one after
/// the other, and parsing properties costs as much as a hundred fetches.
struct TopicConfigMemory: Sendable {
    private var entries: [ConfigEntry] = []
    private var defaults = TopicConfig()
    private var version: KafkaVersion?
    private var config = TopicConfig()

    init() {}

    /// A topic's configuration: its dynamic entries over the broker's defaults.
    mutating func config(
        _ entries: [ConfigEntry],
        over defaults: TopicConfig,
        version: KafkaVersion
    ) -> TopicConfig {
        if self.version == version, self.defaults == defaults, self.entries == entries {
            return config
        }
        var errors: [PropertyError] = []
        config = PropertySchema.topicConfig(
            entries,
            over: defaults,
            version: version,
            errors: &errors
        )
        self.entries = entries
        self.defaults = defaults
        self.version = version
        return config
    }
}
