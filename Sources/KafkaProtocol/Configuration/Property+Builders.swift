import SimBase

/// How the tables spell their rows.
extension Property {
    /// A row as it is in the table of a `ConfigDef`; the shorter spellings below build on it.
    init(
        _ name: String,
        _ type: PropertyType,
        _ defaultText: String?,
        _ field: Field<Config>,
        unit: PropertyUnit? = nil,
        range: ClosedRange<Int64>? = nil,
        allowed: [String] = [],
        effect: PropertyDefinition.Effect = .modelled,
        since: KafkaVersion? = nil,
        earlier: PropertyDefinition.EarlierDefault? = nil,
        earlierRange: PropertyDefinition.EarlierRange? = nil,
        precedence: Int = 0
    ) {
        definition = PropertyDefinition(
            name: name,
            type: type,
            unit: unit,
            range: range ?? type.bounds,
            allowed: allowed,
            defaultText: defaultText,
            effect: effect,
            since: since,
            earlierDefaults: earlier.map { [$0] } ?? [],
            earlierRange: earlierRange
        )
        self.field = field
        self.precedence = precedence
    }

    static func flag(_ name: String, _ isOn: Bool, _ path: Path<Config, Bool>) -> Property {
        Property(name, .boolean, String(isOn), .boolean(path))
    }

    static func int(
        _ name: String,
        _ number: Int,
        atLeast least: Int64,
        _ path: Path<Config, Int>
    ) -> Property {
        Property(name, .int, String(number), .int(path), range: least...Int64(Int32.max))
    }

    static func int32(
        _ name: String,
        _ number: Int32,
        atLeast least: Int64,
        unit: PropertyUnit? = nil,
        _ path: Path<Config, Int32>
    ) -> Property {
        Property(
            name,
            .int,
            String(number),
            .int32(path),
            unit: unit,
            range: least...Int64(Int32.max)
        )
    }

    /// Milliseconds in a long.
    static func milliseconds(
        _ name: String,
        _ number: Int64?,
        atLeast least: Int64,
        _ path: Path<Config, Interval>,
        type: PropertyType = .long,
        since: KafkaVersion? = nil,
        earlier: PropertyDefinition.EarlierDefault? = nil,
        precedence: Int = 0
    ) -> Property {
        Property(
            name,
            type,
            number.map { String($0) },
            .interval(path),
            unit: .milliseconds,
            range: least...type.bounds.upperBound,
            since: since,
            earlier: earlier,
            precedence: precedence
        )
    }

    /// `metadata.recovery.strategy`.
    static func metadataRecovery(_ path: Path<Config, MetadataRecovery>) -> Property {
        Property(
            "metadata.recovery.strategy",
            .string,
            "rebootstrap",
            .metadataRecovery(path),
            allowed: MetadataRecovery.allCases.map(\.rawValue),
            earlier: .before(KafkaVersion(4, 0), "none")
        )
    }

    static func bytes(
        _ name: String,
        _ number: Int64,
        atLeast least: Int64,
        _ path: Path<Config, ByteCount>,
        earlierRange: PropertyDefinition.EarlierRange? = nil
    ) -> Property {
        Property(
            name,
            .int,
            String(number),
            .bytes(path),
            unit: .bytes,
            range: least...Int64(Int32.max),
            earlierRange: earlierRange
        )
    }

    /// Known, accepted, and without effect on anything that is simulated.
    static func ignored(
        _ name: String,
        _ type: PropertyType = .string,
        _ defaultText: String? = nil
    ) -> Property {
        Property(name, type, defaultText, .none, effect: .none)
    }

    /// Known, and simulated for some of its values only.
    static func limited(
        _ name: String,
        _ type: PropertyType,
        _ defaultText: String?,
        to supported: [String],
        of allowed: [String] = []
    ) -> Property {
        Property(name, type, defaultText, .none, allowed: allowed, effect: .only(supported))
    }
}

extension PropertyDefinition.EarlierDefault {
    static func before(_ version: KafkaVersion, _ text: String) -> Self {
        Self(before: version, text: text)
    }
}
