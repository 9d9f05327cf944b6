/// A scenario file as it was read, before it is decoded: settings can still be changed by path.
public struct ScenarioSource: Equatable, Sendable {
    public enum Format: Equatable, Sendable {
        case json
        case yaml
    }

    /// The file as the user named it; messages begin with it.
    public let file: String
    private let files: ScenarioFiles
    private var root: SourceNode
    private var axes: [MatrixAxis] = []

    /// Reads a file of the disk; its ending decides between JSON and YAML.
    public init(path: String) throws(ScenarioError) {
        let text: String
        switch ScenarioFiles.read(path) {
        case .success(let read): text = read
        case .failure(let failure): throw .unreadable(file: path, reason: failure.reason)
        }
        try self.init(
            text,
            file: path,
            format: path.hasSuffix(".yaml") || path.hasSuffix(".yml") ? .yaml : .json,
            files: .folder(ScenarioFiles.folder(of: path))
        )
    }

    /// Reads a text, which messages call `file`; files that it names come from `files`.
    public init(
        _ text: String,
        file: String,
        format: Format,
        files: ScenarioFiles = .texts([:])
    ) throws(ScenarioError) {
        self.file = file
        self.files = files
        let parsed: SourceNode?
        let problems: [ScenarioProblem]
        switch format {
        case .json:
            var parser = JSONParser(text, file: file)
            parsed = parser.parse()
            problems = parser.problems
        case .yaml:
            var parser = YAMLParser(text, file: file)
            parsed = parser.parse()
            problems = parser.problems
        }
        guard let parsed, problems.isEmpty else { throw .invalid(problems) }
        root = parsed
        axes = try MatrixAxis.axes(of: root["matrix"])
    }

    /// Overrides what the file says: `PATH=VALUE`, where the value is JSON or else text.
    public mutating func set(_ assignment: String) throws(ScenarioError) {
        let (path, text) = try ScenarioSource.split(
            assignment,
            option: "--set",
            form: "PATH=VALUE, such as producers.*.config.acks=all"
        )
        let value = ScenarioSource.value(text, from: "--set \(assignment)")
        try set(value, at: path)
        // An axis of the same path would take the value back.
        axes.removeAll { $0.path == path }
    }

    /// Adds an axis to the matrix: `PATH=a,b,c`. It replaces one of the same path.
    public mutating func vary(_ assignment: String) throws(ScenarioError) {
        let (path, text) = try ScenarioSource.split(
            assignment,
            option: "--vary",
            form: "PATH=a,b, such as producers.*.config.acks=1,all"
        )
        let origin = "--vary \(assignment)"
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.map { ScenarioSource.value(String($0), from: origin) }
        let position = SourcePosition(file: origin, line: 0, column: 0)
        axes.removeAll { $0.path == path }
        axes.append(MatrixAxis(path: path, values: values, position: position))
    }

    /// The document of each combination of the matrix, in the order of its axes, the last one
    /// changing fastest; one document without a matrix. A `seed` replaces the file's.
    public func variants(seed: UInt64? = nil) throws(ScenarioError) -> [ScenarioDocument] {
        let count = axes.reduce(1) { product, axis in
            product > ScenarioSource.maximumVariants ? product : product * axis.values.count
        }
        guard count <= ScenarioSource.maximumVariants else {
            throw .invalid([
                ScenarioProblem(
                    kind: .invalidValue,
                    position: axes[0].position,
                    path: "matrix",
                    found: "more than \(ScenarioSource.maximumVariants) combinations",
                    allowed: "at most \(ScenarioSource.maximumVariants)"
                )
            ])
        }
        var problems: [ScenarioProblem] = []
        var documents: [ScenarioDocument] = []
        for index in 0..<count {
            var variant = self
            var choices: [Setting] = []
            var place = count
            do {
                for axis in axes {
                    place /= axis.values.count
                    let value = axis.values[index / place % axis.values.count]
                    try variant.set(value, at: axis.path)
                    choices.append(Setting(path: axis.path, text: value.valueText))
                }
                var document = try variant.decoded()
                document.variant = choices
                if let seed { document.seed = seed }
                documents.append(document)
            } catch {
                for problem in error.problems where !problems.contains(problem) {
                    problems.append(problem)
                }
            }
        }
        guard problems.isEmpty else { throw .invalid(problems) }
        return documents
    }

    static let maximumVariants = 10_000

    /// This one combination.
    private func decoded() throws(ScenarioError) -> ScenarioDocument {
        var decoder = DocumentDecoder(root: root, files: files)
        let document = decoder.document()
        guard let document, decoder.problems.isEmpty else {
            throw .invalid(decoder.problems.sorted(by: ScenarioSource.isBefore))
        }
        return document
    }

    /// In the order of the text, file by file.
    private static func isBefore(_ left: ScenarioProblem, _ right: ScenarioProblem) -> Bool {
        guard left.position.file == right.position.file else {
            return left.position.file < right.position.file
        }
        return (left.position.line, left.position.column, left.path)
            < (right.position.line, right.position.column, right.path)
    }

    private mutating func set(_ value: SourceNode, at path: String) throws(ScenarioError) {
        switch DocumentPath.places(of: path, in: root) {
        case .success(let places) where places.isEmpty:
            throw .invalid([
                ScenarioProblem(
                    kind: .unknownName,
                    position: value.position,
                    path: path,
                    found: "a path that leads to nothing in this scenario",
                    allowed: "a path to at least one element"
                )
            ])
        case .success(let places):
            for place in places { DocumentPath.set(value, at: place.steps[...], in: &root) }
        case .failure(let failure):
            throw .invalid([
                ScenarioProblem(
                    kind: .unknownName,
                    position: value.position,
                    path: path,
                    found: "a path that this format does not have",
                    allowed: failure.allowed,
                    suggestion: failure.suggestion
                )
            ])
        }
    }

    private static func split(
        _ assignment: String,
        option: String,
        form: String
    ) throws(ScenarioError) -> (path: String, text: String) {
        guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
            throw .invalid([
                ScenarioProblem(
                    kind: .syntax,
                    position: SourcePosition(file: "\(option) \(assignment)", line: 0, column: 0),
                    path: "",
                    found: "\"\(assignment)\"",
                    allowed: "\(option) \(form)"
                )
            ])
        }
        return (
            String(assignment[..<equals]), String(assignment[assignment.index(after: equals)...])
        )
    }

    /// JSON if it is, otherwise the text itself.
    private static func value(_ text: String, from origin: String) -> SourceNode {
        let position = SourcePosition(file: origin, line: 0, column: 0)
        var parser = JSONParser(text, file: origin)
        guard let node = parser.parse(), parser.problems.isEmpty else {
            return SourceNode(position: position, content: .string(text))
        }
        return node.moved(to: position)
    }
}

/// One path of the matrix and its values.
struct MatrixAxis: Equatable, Sendable {
    let path: String
    let values: [SourceNode]
    let position: SourcePosition

    static func axes(of node: SourceNode?) throws(ScenarioError) -> [MatrixAxis] {
        guard let node, !node.isNull else { return [] }
        guard case .map(let entries) = node.content else {
            throw .invalid([
                ScenarioProblem(
                    kind: .wrongType,
                    position: node.position,
                    path: "matrix",
                    found: node.foundText,
                    allowed: "an object of paths to lists of values"
                )
            ])
        }
        var axes: [MatrixAxis] = []
        var problems: [ScenarioProblem] = []
        for entry in entries {
            guard case .list(let values) = entry.value.content, !values.isEmpty else {
                problems.append(
                    ScenarioProblem(
                        kind: .wrongType,
                        position: entry.value.position,
                        path: "matrix.\(entry.key)",
                        found: entry.value.foundText,
                        allowed: "a list of values"
                    )
                )
                continue
            }
            axes.append(
                MatrixAxis(path: entry.key, values: values, position: entry.keyPosition)
            )
        }
        guard problems.isEmpty else { throw .invalid(problems) }
        return axes
    }
}

extension SourceNode {
    /// The value as a report shows it.
    var valueText: String {
        switch content {
        case .list(let items): "[\(items.map(\.valueText).joined(separator: ", "))]"
        case .map(let entries):
            "{\(entries.map { "\($0.key): \($0.value.valueText)" }.joined(separator: ", "))}"
        default: scalarText ?? ""
        }
    }

    /// The same value from another place.
    func moved(to position: SourcePosition) -> SourceNode {
        var node = self
        node.position = position
        switch content {
        case .list(let items): node.content = .list(items.map { $0.moved(to: position) })
        case .map(let entries):
            node.content = .map(
                entries.map {
                    SourceEntry(
                        key: $0.key,
                        keyPosition: position,
                        value: $0.value.moved(to: position)
                    )
                }
            )
        default: break
        }
        return node
    }
}
