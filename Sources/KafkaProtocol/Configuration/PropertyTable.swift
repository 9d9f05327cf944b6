/// The properties of one scope, found by name.
struct PropertyTable<Config: Sendable>: Sendable {
    let scope: PropertyScope
    let properties: [Property<Config>]
    /// Looked up, never iterated.
    private let indices: [String: Int]

    init(scope: PropertyScope, _ properties: [Property<Config>]) {
        self.scope = scope
        self.properties = properties
        indices = Dictionary(
            uniqueKeysWithValues: properties.enumerated().map { ($1.definition.name, $0) }
        )
    }

    var definitions: [PropertyDefinition] {
        properties.map(\.definition)
    }

    func property(_ name: String) -> Property<Config>? {
        indices[name].map { properties[$0] }
    }

    func apply(
        _ name: String,
        _ value: String,
        to config: inout Config,
        version: KafkaVersion
    ) throws(PropertyError) {
        guard let property = property(name) else {
            throw PropertySchema.unknown(name, in: scope)
        }
        try property.apply(value, to: &config, version: version)
    }

    /// Sets all entries; of several for one field, the one that Kafka prefers is set last.
    func apply(
        _ entries: [ConfigEntry],
        to config: inout Config,
        version: KafkaVersion,
        errors: inout [PropertyError]
    ) {
        let ranked = entries.enumerated().sorted { left, right in
            let (first, second) = (rank(left.element.name), rank(right.element.name))
            return first == second ? left.offset < right.offset : first < second
        }
        for (_, entry) in ranked {
            guard let property = property(entry.name) else {
                errors.append(PropertySchema.unknown(entry.name, in: scope))
                continue
            }
            guard let value = entry.value else { continue }
            do {
                try property.apply(value, to: &config, version: version)
            } catch {
                errors.append(error)
            }
        }
    }

    /// Sets the defaults that an older line had and the latest has no more.
    func applyDefaults(of version: KafkaVersion, to config: inout Config) {
        for property in properties where !property.definition.earlierDefaults.isEmpty {
            guard let text = property.definition.defaultText(at: version),
                text != property.definition.defaultText
            else { continue }
            do {
                try property.apply(text, to: &config, version: .latest)
            } catch {
                preconditionFailure("the default of \(property.definition.name): \(error.message)")
            }
        }
    }

    private func rank(_ name: String) -> Int {
        property(name)?.precedence ?? 0
    }
}
