/// Why a property or its value is refused.
public enum PropertyError: Error, Hashable, Sendable {
    /// Kafka has no such property in this place. `nearest` is what it may be called here, `home`
    /// where a property of that very name belongs.
    case unknown(name: String, scope: PropertyScope, nearest: String?, home: PropertyScope?)
    /// The text is not of the property's type, or not among the values that Kafka allows.
    case invalid(name: String, found: String, allowed: String)
    /// The release line does not have the property yet.
    case notYet(name: String, since: KafkaVersion, version: KafkaVersion)
    /// Kafka accepts the value, this build does not simulate it.
    case unsupported(name: String, found: String, supported: [String])
    /// Kafka's constructor refuses the combination.
    case conflict(names: [String], reason: String)

    /// The property that the error is about; of a conflict, the first.
    public var name: String {
        switch self {
        case .unknown(let name, _, _, _), .invalid(let name, _, _), .notYet(let name, _, _),
            .unsupported(let name, _, _):
            name
        case .conflict(let names, _): names.first ?? ""
        }
    }

    /// One sentence without the place.
    public var message: String {
        switch self {
        case .unknown(let name, let scope, _, let home?):
            "\(name) is a \(home.rawValue) property, not a \(scope.rawValue) property"
        case .unknown(let name, let scope, _, nil):
            "unknown \(scope.rawValue) property \(name)"
        case .invalid(let name, let found, let allowed):
            "\(name): found \"\(found)\", allowed is \(allowed)"
        case .notYet(let name, let since, let version):
            "\(name) exists from Kafka \(since) on, not in \(version)"
        case .unsupported(let name, let found, let supported):
            "\(name)=\(found) is not supported by this build; supported: "
                + (supported.isEmpty ? "not setting it" : supported.joined(separator: ", "))
        case .conflict(let names, let reason):
            "\(names.joined(separator: ", ")): \(reason)"
        }
    }
}
