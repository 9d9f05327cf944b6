import KafkaProtocol
import SimBase

/// Properties with the places where they are written.
struct PropertyEntries {
    var entries: [ConfigEntry] = []
    var places: [Located] = []
    /// Where to show an error about a property that is not written at all.
    let home: Located

    init(home: Located) {
        self.home = home
    }

    /// Adds a property; one of the same name before it is replaced.
    mutating func set(_ name: String, _ value: String, at place: Located) {
        if let index = entries.firstIndex(where: { $0.name == name }) {
            entries.remove(at: index)
            places.remove(at: index)
        }
        entries.append(ConfigEntry(name: name, value: value))
        places.append(place)
    }

    func place(of name: String) -> Located? {
        entries.firstIndex { $0.name == name }.map { places[$0] }
    }

    func value(of name: String) -> String? {
        entries.first { $0.name == name }?.value ?? nil
    }
}

extension DocumentDecoder {
    /// The properties of `config`, over those of `properties-file`.
    mutating func properties(of object: ObjectValue) -> PropertyEntries {
        var entries = PropertyEntries(home: object["config"] ?? object.value)
        if let value = object["properties-file"], let path = text(value) {
            if let text = files.text(at: path) {
                for entry in PropertiesParser.parse(text, file: path) {
                    let place = Located(
                        node: entry.value,
                        path: "\(value.path).\(entry.key)"
                    )
                    entries.set(entry.key, entry.value.scalarText ?? "", at: place)
                }
            } else {
                note(.invalidValue, value, allowed: "the path of a file that can be read")
            }
        }
        if let value = object["config"] { add(value, to: &entries) }
        return entries
    }

    /// Adds the properties of a map.
    mutating func add(_ value: Located, to entries: inout PropertyEntries) {
        guard case .map(let pairs) = value.node.content else {
            note(.wrongType, value, allowed: "an object of Kafka's properties")
            return
        }
        for pair in pairs {
            let place = Located(node: pair.value, path: "\(value.path).\(pair.key)")
            guard let text = pair.value.scalarText, !pair.value.isNull else {
                note(
                    .wrongType,
                    place,
                    allowed: "text, a number or a boolean",
                    remedy: "write a list as text, separated by commas"
                )
                continue
            }
            entries.set(pair.key, text, at: place)
        }
    }

    /// Notes what the schema refused, at the property that it is about.
    mutating func note(_ errors: [PropertyError], in entries: PropertyEntries) {
        for error in errors {
            let place = entries.place(of: error.name)
            let value = place ?? Located(node: entries.home.node, path: entries.home.path)
            switch error {
            case .unknown(let name, let scope, let nearest, let home):
                note(
                    .unknownProperty,
                    value,
                    found: "\"\(name)\"",
                    allowed: "a \(scope.rawValue) property of Kafka",
                    remedy: home.map { "it is a \($0.rawValue) property" },
                    suggestion: nearest
                )
            case .invalid(_, let found, let allowed):
                note(.invalidValue, value, found: "\"\(found)\"", allowed: allowed)
            case .notYet(let name, let since, let version):
                note(
                    .unknownProperty,
                    value,
                    found: "\"\(name)\" at level \(version)",
                    allowed: "from Kafka \(since) on"
                )
            case .unsupported(let name, let found, let supported):
                note(
                    .unsupported,
                    value,
                    found: "\(name)=\(found), not supported by this build",
                    allowed: supported.isEmpty
                        ? "not setting it" : supported.joined(separator: ", ")
                )
            case .conflict(let names, let reason):
                let written = names.compactMap { entries.place(of: $0) }.first ?? value
                note(
                    .conflict,
                    written,
                    found: names.map { "\($0)=\(entries.value(of: $0) ?? "(default)")" }
                        .joined(separator: ", "),
                    allowed: reason
                )
            }
        }
    }
}
