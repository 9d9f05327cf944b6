import SimBase

/// What Kafka's constructors check over several properties.
extension PropertySchema {
    /// Conflicting settings switch idempotence off silently, unless the user asked for it.
    /// - Source: org.apache.kafka.clients.producer.ProducerConfig, `postProcessAndValidateIdempotenceConfigs`.
    static func resolveIdempotence(
        of config: inout ProducerConfig,
        named: Set<String>,
        errors: inout [PropertyError]
    ) {
        guard config.enableIdempotence else { return }
        let isExplicit = named.contains("enable.idempotence")
        var conflicts: [(name: String, reason: String)] = []
        if config.retries == 0 {
            conflicts.append(("retries", "must be above 0 with enable.idempotence=true"))
        }
        if config.acks != .all {
            conflicts.append(("acks", "must be all with enable.idempotence=true"))
        }
        if config.maxInFlight > 5 {
            conflicts.append(
                (
                    "max.in.flight.requests.per.connection",
                    "must be at most 5 with enable.idempotence=true"
                )
            )
        }
        guard !conflicts.isEmpty else { return }
        guard isExplicit else {
            config.enableIdempotence = false
            return
        }
        for conflict in conflicts {
            errors.append(
                .conflict(
                    names: [conflict.name, "enable.idempotence"],
                    reason: "\(conflict.name) \(conflict.reason)"
                )
            )
        }
    }

    /// `delivery.timeout.ms` covers one linger and one request, or is raised when it is not set.
    /// - Source: org.apache.kafka.clients.producer.KafkaProducer, `configureDeliveryTimeout`.
    static func resolveDeliveryTimeout(
        of config: inout ProducerConfig,
        named: Set<String>,
        errors: inout [PropertyError]
    ) {
        let most = Interval.milliseconds(Int64(Int32.max))
        let linger = min(config.linger, most)
        let least = min(linger + config.client.requestTimeout, most)
        guard config.deliveryTimeout < least else { return }
        guard named.contains("delivery.timeout.ms") else {
            config.deliveryTimeout = least
            return
        }
        errors.append(
            .conflict(
                names: ["delivery.timeout.ms", "linger.ms", "request.timeout.ms"],
                reason: "delivery.timeout.ms (\(config.deliveryTimeout.milliseconds)) must be at "
                    + "least linger.ms + request.timeout.ms (\(least.milliseconds))"
            )
        )
    }

    /// - Source: kafka.server.KafkaConfig, `validateValues`.
    static func checkServer(_ config: ServerConfig, errors: inout [PropertyError]) {
        let wait = config.replicaFetchWaitMax
        let bounds: [(name: String, value: Interval)] = [
            ("replica.socket.timeout.ms", config.replicaSocketTimeout),
            ("replica.lag.time.max.ms", config.replicaLagTimeMax),
        ]
        for bound in bounds where wait > bound.value {
            errors.append(
                .conflict(
                    names: ["replica.fetch.wait.max.ms", bound.name],
                    reason: "replica.fetch.wait.max.ms (\(wait.milliseconds)) must be at most "
                        + "\(bound.name) (\(bound.value.milliseconds))"
                )
            )
        }
        if config.topicDefaults.retention == .zero {
            errors.append(
                .conflict(
                    names: ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
                    reason: "the retention time must be -1 (unlimited) or at least 1"
                )
            )
        }
        if config.groupMinSessionTimeout > config.groupMaxSessionTimeout {
            errors.append(
                .conflict(
                    names: ["group.min.session.timeout.ms", "group.max.session.timeout.ms"],
                    reason: "the least session timeout must be at most the greatest"
                )
            )
        }
    }
}
