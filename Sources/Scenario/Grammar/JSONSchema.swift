import KafkaProtocol

/// The JSON Schema of the scenario format, made from the tables that the decoder uses.
public enum JSONSchema {
    /// The schema's text (draft 2020-12), the same on every machine.
    public static func text() -> String {
        var writer = SchemaWriter()
        writer.document()
        return writer.text + "\n"
    }
}

/// A value of JSON with its keys in the order in which they are written.
private indirect enum SchemaValue {
    case text(String)
    case number(String)
    case boolean(Bool)
    case list([SchemaValue])
    case map([(String, SchemaValue)])

    static func texts(_ texts: [String]) -> SchemaValue {
        .list(texts.map { .text($0) })
    }
}

private struct SchemaWriter {
    private(set) var text = ""

    mutating func document() {
        guard case .map(let body) = schema(.object(Grammar.document)) else { return }
        let head: [(String, SchemaValue)] = [
            ("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
            ("title", .text("A scenario of kafkasim")),
        ]
        let definitions = PropertyScope.allCases.map { scope in
            ("\(scope.rawValue)-properties", properties(scope))
        }
        let shared: [(String, SchemaValue)] = [
            ("duration", pattern("^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$")),
            ("signed-duration", pattern("^-?([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$")),
            (
                "size",
                oneOf([
                    .map([("type", .text("integer")), ("minimum", .number("0"))]),
                    pattern("^[0-9]+(\\.[0-9]+)? ?([kKMGT]B|[KMGT]iB|B)?$"),
                ])
            ),
            ("target", target),
            ("expectations", expectations),
            ("features", features),
        ]
        write(.map(head + body + [("$defs", .map(shared + definitions))]), indent: 0)
    }

    // MARK: Shapes

    private func schema(_ shape: Shape) -> SchemaValue {
        switch shape {
        case .text: return type("string")
        case .number: return type("number")
        case .boolean: return type("boolean")
        case .null: return type("null")
        case .anything: return .map([])
        case .duration(let isSigned): return reference(isSigned ? "signed-duration" : "duration")
        case .size: return reference("size")
        case .target: return reference("target")
        case .features: return reference("features")
        case .expectations: return reference("expectations")
        case .choice(let names): return .map([("enum", .texts(names))])
        case .list(let element):
            return .map([("type", .text("array")), ("items", schema(element))])
        case .oneOf(let shapes): return oneOf(shapes.map { schema($0) })
        case .properties(let scope): return reference("\(scope.rawValue)-properties")
        case .integer(let range): return integer(range)
        case .overrides:
            return .map([
                ("type", .text("object")),
                (
                    "patternProperties",
                    .map([("^(broker|controller)-[0-9]+$", reference("broker-properties"))])
                ),
                ("additionalProperties", .boolean(false)),
            ])
        case .matrix:
            return .map([
                ("type", .text("object")),
                (
                    "additionalProperties",
                    .map([("type", .text("array")), ("minItems", .number("1"))])
                ),
            ])
        case .object(let object): return self.object(object)
        }
    }

    private func object(_ object: ObjectShape) -> SchemaValue {
        let properties = object.keys.map { key -> (String, SchemaValue) in
            guard case .map(let inner) = schema(key.shape) else { return (key.name, .map([])) }
            return (key.name, .map([("description", .text(key.summary + "."))] + inner))
        }
        let required = object.keys.filter(\.isRequired).map(\.name)
        var members: [(String, SchemaValue)] = [
            ("type", .text("object")), ("properties", .map(properties)),
        ]
        if !required.isEmpty { members.append(("required", .texts(required))) }
        members.append(("additionalProperties", .boolean(false)))
        return .map(members)
    }

    private func integer(_ range: ClosedRange<Int64>) -> SchemaValue {
        var members: [(String, SchemaValue)] = [
            ("type", .text("integer")), ("minimum", .number(String(range.lowerBound))),
        ]
        if range.upperBound < Int64.max {
            members.append(("maximum", .number(String(range.upperBound))))
        }
        return .map(members)
    }

    private func type(_ name: String) -> SchemaValue {
        .map([("type", .text(name))])
    }

    private func reference(_ name: String) -> SchemaValue {
        .map([("$ref", .text("#/$defs/\(name)"))])
    }

    private func pattern(_ pattern: String) -> SchemaValue {
        .map([("type", .text("string")), ("pattern", .text(pattern))])
    }

    private func oneOf(_ choices: [SchemaValue]) -> SchemaValue {
        .map([("anyOf", .list(choices))])
    }

    // MARK: Definitions

    private var target: SchemaValue {
        oneOf([
            type("string"),
            .map([("type", .text("array")), ("items", reference("target"))]),
        ])
    }

    private var features: SchemaValue {
        let flags = FeatureFlag.all.map { flag -> (String, SchemaValue) in
            let values = flag.values.flatMap { text -> [SchemaValue] in
                let literal: SchemaValue? =
                    text == "true" || text == "false"
                    ? .boolean(text == "true") : Int(text) == nil ? nil : .number(text)
                return [.text(text)] + (literal.map { [$0] } ?? [])
            }
            return (flag.name, .map([("enum", .list(values))]))
        }
        return .map([
            ("type", .text("object")), ("properties", .map(flags)),
            ("additionalProperties", .boolean(false)),
        ])
    }

    private var expectations: SchemaValue {
        let bound: SchemaValue = .map([
            ("type", .text("object")),
            (
                "properties",
                .map([
                    ("min", type("number")), ("max", type("number")), ("equals", .map([])),
                    ("if", type("object")),
                ])
            ),
            ("additionalProperties", .boolean(false)),
        ])
        let value = oneOf([
            type("number"), type("null"), type("string"),
            .map([("type", .text("array"))]), bound,
        ])
        let families = "^(errors|responses|partition|replica|action|group|producer|requests)\\..+$"
        var members = MetricNames.global.map { ($0, value) }
        members.append(
            (
                "guarantee",
                oneOf([.map([("enum", .texts(Guarantee.allCases.map(\.rawValue)))]), .map([])])
            )
        )
        return .map([
            ("type", .text("object")), ("properties", .map(members)),
            ("patternProperties", .map([(families, value)])),
            ("additionalProperties", .boolean(false)),
        ])
    }

    private func properties(_ scope: PropertyScope) -> SchemaValue {
        let members = PropertySchema.definitions(of: scope).map { definition in
            (definition.name, property(definition))
        }
        return .map([
            ("type", .text("object")), ("properties", .map(members)),
            ("additionalProperties", .boolean(false)),
        ])
    }

    private func property(_ definition: PropertyDefinition) -> SchemaValue {
        var words = definition.unit.map { "In \($0.rawValue)." } ?? ""
        switch definition.effect {
        case .modelled: break
        case .none: words = "Accepted, without effect in the simulation."
        case .only(let values):
            words =
                values.isEmpty
                ? "Not supported by this build."
                : "Supported by this build: \(values.joined(separator: ", "))."
        }
        var members: [(String, SchemaValue)] = []
        if !words.isEmpty { members.append(("description", .text(words))) }
        if !definition.allowed.isEmpty, definition.type != .list {
            let numbers = definition.allowed.filter { Int64($0) != nil }
            members.append(
                ("enum", .list(definition.allowed.map { .text($0) } + numbers.map { .number($0) }))
            )
        } else {
            let types: [String] =
                switch definition.type {
                case .boolean: ["boolean", "string"]
                case .short, .int, .long: ["integer", "string"]
                case .double: ["number", "string"]
                case .string, .list, .class, .password: ["string", "number", "boolean"]
                }
            members.append(("type", .texts(types)))
        }
        if let text = definition.defaultText { members.append(("default", .text(text))) }
        return .map(members)
    }

    // MARK: Text

    private mutating func write(_ value: SchemaValue, indent: Int) {
        let inner = String(repeating: "  ", count: indent + 1)
        let outer = String(repeating: "  ", count: indent)
        switch value {
        case .text(let string): text += SchemaWriter.quoted(string)
        case .number(let digits): text += digits
        case .boolean(let flag): text += String(flag)
        case .list(let items):
            text += "["
            for (index, item) in items.enumerated() {
                text += index == 0 ? "" : ", "
                write(item, indent: indent)
            }
            text += "]"
        case .map(let members):
            guard !members.isEmpty else {
                text += "{}"
                return
            }
            text += "{\n"
            for (index, member) in members.enumerated() {
                text += "\(inner)\(SchemaWriter.quoted(member.0)): "
                write(member.1, indent: indent + 1)
                text += index == members.count - 1 ? "\n" : ",\n"
            }
            text += "\(outer)}"
        }
    }

    private static func quoted(_ string: String) -> String {
        var result = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
