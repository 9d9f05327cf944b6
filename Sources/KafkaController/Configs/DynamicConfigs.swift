import KafkaProtocol

/// Which dynamic configurations the controller accepts.
/// - Source: kafka.server.ControllerConfigurationValidator.
enum DynamicConfigs {
    /// The topic properties that the controller itself acts on.
    static let ownTopicProperties = ["min.insync.replicas", "unclean.leader.election.enable"]

    /// Whether a topic may have the entry; a deletion always may.
    static func isValidForTopic(_ entry: ConfigEntry, version: KafkaVersion) -> Bool {
        guard let value = entry.value else { return true }
        var scratch = TopicConfig()
        do {
            try PropertySchema.apply(entry.name, value, to: &scratch, version: version)
            return true
        } catch {
            return false
        }
    }

    /// Whether a broker, or all, may have the entry; a deletion always may.
    static func isValidForBroker(_ entry: ConfigEntry, version: KafkaVersion) -> Bool {
        guard let value = entry.value else { return true }
        var scratch = ServerConfig()
        do {
            try PropertySchema.apply(entry.name, value, to: &scratch, version: version)
            return true
        } catch {
            return false
        }
    }
}
