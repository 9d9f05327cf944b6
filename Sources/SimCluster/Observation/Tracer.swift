import Checkers
import KafkaProtocol
import SimBase
import SimKernel

/// Keeps a row for each event, message and state change, when asked to.
struct Tracer {
    let isOn: Bool
    private(set) var rows: [TraceRow] = []

    init(isOn: Bool) {
        self.isOn = isOn
    }

    mutating func note(
        _ event: KernelEvent,
        at now: Instant,
        node: NodeIndex?,
        layout: NodeLayout,
        detail: @autoclosure () -> String
    ) {
        guard isOn else { return }
        let detail = detail()
        add(now, node, layout, "event", detail.isEmpty ? "world" : detail)
    }

    mutating func note(_ request: Request, at now: Instant, node: NodeIndex, layout: NodeLayout) {
        guard isOn else { return }
        add(now, node, layout, "request", "\(request.api.name), \(request.wireSize) bytes")
    }

    mutating func note(_ response: Response, at now: Instant, node: NodeIndex, layout: NodeLayout) {
        guard isOn else { return }
        var errors: [String] = []
        response.forEachError { errors.append($0.name) }
        let suffix = errors.isEmpty ? "" : ": " + errors.joined(separator: ", ")
        add(now, node, layout, "response", "\(response.wireSize) bytes\(suffix)")
    }

    mutating func note(
        _ observation: Observation,
        at now: Instant,
        node: NodeIndex,
        layout: NodeLayout,
        names: NameTable
    ) {
        guard isOn else { return }
        add(now, node, layout, "state", ObservationText.text(observation, names))
    }

    private mutating func add(
        _ now: Instant,
        _ node: NodeIndex?,
        _ layout: NodeLayout,
        _ kind: String,
        _ text: String
    ) {
        rows.append(
            TraceRow(
                number: Int64(rows.count),
                at: now,
                node: node.map { layout.name($0) } ?? "world",
                kind: kind,
                text: text
            )
        )
    }
}
