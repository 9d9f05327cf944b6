import KafkaProtocol

/// Paths into a document: `producers.shop.config.acks`, `topics.*.replication.factor`,
/// `timeline.0.at`.
///
/// Keys of Kafka contain dots, so that a path is read along the grammar: at each place the longest
/// known key, element name or property takes its part. `*` is every element of a list.
enum DocumentPath {
    enum Step: Equatable {
        case key(String)
        case index(Int)
    }

    /// One place that a path leads to; it need not exist yet.
    struct Place {
        var steps: [Step] = []
        /// The property, where the path ends at one.
        var property: (scope: PropertyScope, name: String)?
    }

    struct Failure: Error, Equatable {
        let allowed: String
        let suggestion: String?
    }

    /// The places of a path. A wildcard over an empty list leads to none.
    static func places(of path: String, in root: SourceNode) -> Result<[Place], Failure> {
        walk(path[...], .object(Grammar.document), root, Place())
    }

    /// The texts at a path: as written, or a property's default; `nil` where there is neither.
    static func values(
        of path: String,
        in root: SourceNode,
        version: KafkaVersion
    ) -> Result<[String?], Failure> {
        places(of: path, in: root).map { places in
            places.map { place in
                if let text = node(at: place.steps[...], in: root)?.scalarText { return text }
                guard let property = place.property else { return nil }
                return PropertySchema.definition(of: property.name, in: property.scope)?
                    .defaultText(at: version)
            }
        }
    }

    static func node(at steps: ArraySlice<Step>, in node: SourceNode) -> SourceNode? {
        guard let step = steps.first else { return node }
        switch (step, node.content) {
        case (.key(let key), .map):
            return node[key].flatMap { self.node(at: steps.dropFirst(), in: $0) }
        case (.index(let index), .list(let items)):
            return items.indices.contains(index)
                ? self.node(at: steps.dropFirst(), in: items[index]) : nil
        default: return nil
        }
    }

    /// Puts `value` at a place, with the objects that lead there.
    static func set(_ value: SourceNode, at steps: ArraySlice<Step>, in node: inout SourceNode) {
        guard let step = steps.first else {
            node = value
            return
        }
        switch step {
        case .key(let key):
            var entries: [SourceEntry] = []
            if case .map(let known) = node.content { entries = known }
            if let index = entries.firstIndex(where: { $0.key == key }) {
                set(value, at: steps.dropFirst(), in: &entries[index].value)
            } else {
                var child = SourceNode(position: value.position, content: .map([]))
                set(value, at: steps.dropFirst(), in: &child)
                entries.append(SourceEntry(key: key, keyPosition: value.position, value: child))
            }
            node.content = .map(entries)
        case .index(let index):
            guard case .list(var items) = node.content, items.indices.contains(index)
            else { return }
            set(value, at: steps.dropFirst(), in: &items[index])
            node.content = .list(items)
        }
    }

    // MARK: Reading a path

    private static func walk(
        _ rest: Substring,
        _ shape: Shape,
        _ node: SourceNode?,
        _ place: Place
    ) -> Result<[Place], Failure> {
        if rest.isEmpty { return .success([place]) }
        switch shape {
        case .object(let object): return walkObject(rest, object, node, place)
        case .list(let element): return walkList(rest, element, node, place)
        case .oneOf(let shapes):
            var failure = Failure(allowed: "a path that ends here", suggestion: nil)
            for shape in shapes {
                switch walk(rest, shape, node, place) {
                case .success(let places): return .success(places)
                case .failure(let reason) where shape.objectShape != nil: failure = reason
                case .failure: break
                }
            }
            return .failure(failure)
        case .properties(let scope):
            let name = String(rest)
            guard PropertySchema.definition(of: name, in: scope) != nil else {
                return .failure(
                    Failure(
                        allowed: "a \(scope.rawValue) property of Kafka",
                        suggestion: PropertySchema.suggestion(for: name, in: scope)
                    )
                )
            }
            var place = place
            place.property = (scope, name)
            place.steps.append(.key(name))
            return .success([place])
        case .features:
            let known = FeatureFlag.all.map(\.name)
            guard known.contains(String(rest)) else {
                return .failure(
                    Failure(
                        allowed: known.joined(separator: ", "),
                        suggestion: NearestName.find(String(rest), among: known)
                    )
                )
            }
            return .success([place.appending(.key(String(rest)))])
        case .overrides:
            let name = String(rest.prefix { $0 != "." })
            let inner = rest.dropFirst(name.count + 1)
            return walk(inner, .properties(.broker), node?[name], place.appending(.key(name)))
        case .expectations, .anything, .matrix:
            return .success([place.appending(.key(String(rest)))])
        default:
            return .failure(
                Failure(allowed: "a path that ends before \"\(rest)\"", suggestion: nil)
            )
        }
    }

    private static func walkObject(
        _ rest: Substring,
        _ object: ObjectShape,
        _ node: SourceNode?,
        _ place: Place
    ) -> Result<[Place], Failure> {
        let matching = object.keys.filter { isPrefix($0.name, of: rest) }
        guard let key = matching.max(by: { $0.name.count < $1.name.count }) else {
            let part = String(rest.prefix { $0 != "." && $0 != "[" })
            return .failure(
                Failure(
                    allowed: object.names.joined(separator: ", "),
                    suggestion: NearestName.find(part, among: object.names)
                )
            )
        }
        let inner = after(key.name.count, in: rest)
        return walk(inner, key.shape, node?[key.name], place.appending(.key(key.name)))
    }

    private static func walkList(
        _ rest: Substring,
        _ element: Shape,
        _ node: SourceNode?,
        _ place: Place
    ) -> Result<[Place], Failure> {
        var items: [SourceNode] = []
        if case .list(let known)? = node?.content { items = known }
        var chosen: [Int] = []
        var length = 0
        if rest.first == "*" {
            chosen = Array(items.indices)
            length = 1
        } else if rest.first == "[", let close = rest.firstIndex(of: "]") {
            let text = rest[rest.index(after: rest.startIndex)..<close]
            length = text.count + 2
            chosen = text == "*" ? Array(items.indices) : Int(text).map { [$0] } ?? []
        } else {
            // Names may hold dots, and one may begin another: the longest one counts.
            for (index, item) in items.enumerated() {
                guard let label = item.label, isPrefix(label, of: rest), label.count >= length
                else { continue }
                chosen = label.count == length ? chosen + [index] : [index]
                length = label.count
            }
            let digits = rest.prefix { $0.isNumber }
            if chosen.isEmpty, let index = Int(digits) {
                chosen = [index]
                length = digits.count
            }
        }
        chosen = chosen.filter { items.indices.contains($0) }
        guard !chosen.isEmpty else {
            if rest.first == "*", items.isEmpty { return .success([]) }
            let part = String(rest.prefix { $0 != "." })
            let labels = items.compactMap(\.label)
            return .failure(
                Failure(
                    allowed: (["*"] + labels).joined(separator: ", "),
                    suggestion: NearestName.find(part, among: labels)
                )
            )
        }
        var places: [Place] = []
        for index in chosen {
            let inner = walk(
                after(length, in: rest),
                element,
                items[index],
                place.appending(.index(index))
            )
            switch inner {
            case .success(let found): places += found
            case .failure(let failure): return .failure(failure)
            }
        }
        return .success(places)
    }

    /// Whether `name` is the whole of `rest` or followed by a separator.
    private static func isPrefix(_ name: String, of rest: Substring) -> Bool {
        guard rest.hasPrefix(name) else { return false }
        let next = rest.dropFirst(name.count).first
        return next == nil || next == "." || next == "["
    }

    /// What follows a part, without the dot between.
    private static func after(_ length: Int, in rest: Substring) -> Substring {
        let inner = rest.dropFirst(length)
        return inner.first == "." ? inner.dropFirst() : inner
    }
}

extension DocumentPath.Place {
    func appending(_ step: DocumentPath.Step) -> DocumentPath.Place {
        var place = self
        place.steps.append(step)
        return place
    }
}
