import KafkaProtocol

/// What may stand at a place of a scenario file.
///
/// One table serves the decoder (unknown and missing keys), the JSON Schema, and the paths of
/// `--set`, `--vary` and the matrix.
indirect enum Shape: Sendable {
    case text
    case integer(ClosedRange<Int64>)
    /// A decimal number.
    case number
    case boolean
    /// `5s`; may be negative where `isSigned`.
    case duration(isSigned: Bool = false)
    /// Bytes: a number or `1MiB`.
    case size
    case null
    case choice([String])
    case object(ObjectShape)
    case list(Shape)
    /// The value of the first shape that fits.
    case oneOf([Shape])
    /// Property names to scalars.
    case properties(PropertyScope)
    case features
    /// Node names to properties of brokers.
    case overrides
    /// Metric names to bounds.
    case expectations
    /// Paths to lists of values.
    case matrix
    /// A node, a selector, or a list of them.
    case target
    case anything
}

struct ObjectShape: Sendable {
    let keys: [KeyShape]

    func key(_ name: String) -> KeyShape? {
        keys.first { $0.name == name }
    }

    var names: [String] {
        keys.map(\.name)
    }
}

struct KeyShape: Sendable {
    let name: String
    let shape: Shape
    let isRequired: Bool
    /// For the schema: one sentence without its full stop.
    let summary: String
}

extension KeyShape {
    static func required(_ name: String, _ shape: Shape, _ summary: String) -> KeyShape {
        KeyShape(name: name, shape: shape, isRequired: true, summary: summary)
    }

    static func optional(_ name: String, _ shape: Shape, _ summary: String) -> KeyShape {
        KeyShape(name: name, shape: shape, isRequired: false, summary: summary)
    }
}
