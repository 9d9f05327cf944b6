import Yams

/// Reads YAML into the same tree as JSON, by the core schema of YAML 1.2.
///
/// `yes` and `on` are text; a number stays as it is written; merge keys are not applied.
struct YAMLParser {
    private let text: String
    private let file: String
    private var nodes = 0
    private(set) var problems: [ScenarioProblem] = []

    /// Aliases multiply: a document may not grow beyond this.
    static let maximumNodes = 200_000

    init(_ text: String, file: String) {
        self.text = text
        self.file = file
    }

    mutating func parse() -> SourceNode? {
        do {
            guard let root = try Yams.compose(yaml: text) else {
                note(SourcePosition(file: file, line: 1, column: 1), "nothing", "an object")
                return nil
            }
            return convert(root, depth: 0)
        } catch let error as YamlError {
            note(error)
            return nil
        } catch {
            note(SourcePosition(file: file, line: 1, column: 1), "\(error)", "YAML")
            return nil
        }
    }

    private func place(_ mark: Mark?) -> SourcePosition {
        SourcePosition(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    private mutating func note(_ position: SourcePosition, _ found: String, _ allowed: String) {
        problems.append(
            ScenarioProblem(
                kind: .syntax,
                position: position,
                path: "",
                found: found,
                allowed: allowed
            )
        )
    }

    private mutating func note(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            note(place(mark), "what is not YAML (\(problem))", "YAML")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let position = place(context.mark)
            for key in duplicates {
                problems.append(.duplicateKey(key, at: position, first: nil))
            }
        case .reader(let problem, _, _, _):
            note(SourcePosition(file: file, line: 1, column: 1), problem, "YAML in UTF-8")
        default:
            note(SourcePosition(file: file, line: 1, column: 1), "\(error)", "YAML")
        }
    }

    private mutating func convert(_ node: Yams.Node, depth: Int) -> SourceNode? {
        let position = place(node.mark)
        nodes += 1
        guard nodes <= YAMLParser.maximumNodes, depth <= JSONParser.maximumDepth else {
            if problems.isEmpty {
                note(
                    position,
                    "a larger document",
                    "\(YAMLParser.maximumNodes) values in \(JSONParser.maximumDepth) levels"
                )
            }
            return nil
        }
        switch node {
        case .scalar(let scalar):
            return SourceNode(position: position, content: content(of: scalar))
        case .sequence(let sequence):
            var items: [SourceNode] = []
            for item in sequence {
                guard let item = convert(item, depth: depth + 1) else { return nil }
                items.append(item)
            }
            return SourceNode(position: position, content: .list(items))
        case .mapping(let mapping):
            var entries: [SourceEntry] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    note(place(key.mark), "a key that is no text", "keys that are text")
                    return nil
                }
                guard let value = convert(value, depth: depth + 1) else { return nil }
                entries.append(
                    SourceEntry(key: name.string, keyPosition: place(key.mark), value: value)
                )
            }
            return SourceNode(position: position, content: .map(entries))
        case .alias:
            note(position, "an alias", "an alias of an anchor above it")
            return nil
        }
    }

    private func content(of scalar: Yams.Node.Scalar) -> SourceNode.Content {
        guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
        switch scalar.string {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default:
            let isNumber = FixedPoint.isNumber(scalar.string)
            return isNumber ? .number(scalar.string) : .string(scalar.string)
        }
    }
}
