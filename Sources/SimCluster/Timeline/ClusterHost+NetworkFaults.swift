import Checkers
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

extension ClusterHost {
    mutating func cut(_ fault: PartitionFault, _ entry: TimelineEntry) {
        let sides = fault.sides.map { resolve($0) }
        guard sides.allSatisfy({ !$0.isEmpty }) else {
            return skip(entry, "partition", "one of its sides resolved to no node")
        }
        if let name = entry.name { timeline.references[name] = sides.flatMap { $0 } }
        let text = sides.map { names(of: $0) }.joined(separator: " | ")
        let arrow = fault.direction == .forward ? " (one way)" : ""
        note(entry, "partition", text + arrow)
        var active = newFault(entry, text: "partition \(text) heals")
        active.isNetwork = true
        active.cut = recorder.history.note(.partition, of: .none, "partition \(text)", at: now)
        for left in sides.indices {
            for right in sides.indices where left < right {
                for one in sides[left] {
                    for other in sides[right] where one != other {
                        active.blocks.append((one, other))
                        if fault.direction == .both { active.blocks.append((other, one)) }
                    }
                }
            }
        }
        block(active.blocks)
        activate(active, for: entry.duration)
    }

    mutating func isolate(_ selector: NodeSelector, _ entry: TimelineEntry) {
        let nodes = resolve(selector)
        guard !nodes.isEmpty else {
            return skip(entry, "isolate", "its target resolved to no node")
        }
        if let name = entry.name { timeline.references[name] = nodes }
        note(entry, "isolate", names(of: nodes))
        var active = newFault(entry, text: "\(names(of: nodes)) is reachable again")
        active.isNetwork = true
        active.cut = recorder.history.note(
            .partition,
            of: serverID(nodes[0]),
            "\(names(of: nodes)) is cut off",
            at: now
        )
        for node in nodes {
            for other in 0..<layout.count where NodeIndex(other) != node {
                active.blocks.append((node, NodeIndex(other)))
                active.blocks.append((NodeIndex(other), node))
            }
        }
        block(active.blocks)
        activate(active, for: entry.duration)
    }

    private mutating func block(_ pairs: [(from: NodeIndex, to: NodeIndex)]) {
        for pair in pairs { kernel.block(from: pair.from, to: pair.to) }
    }

    mutating func shape(_ fault: LinkFault, _ entry: TimelineEntry) {
        let sources = resolve(fault.from)
        let targets = resolve(fault.to)
        guard !sources.isEmpty, !targets.isEmpty else {
            return skip(entry, "link", "one of its ends resolved to no node")
        }
        if let name = entry.name { timeline.references[name] = sources + targets }
        note(entry, "slow link", "\(names(of: sources)) → \(names(of: targets))")
        var active = newFault(
            entry,
            text: "link \(names(of: sources)) → \(names(of: targets)) is well again"
        )
        active.isNetwork = true
        var tags = UInt64.max
        if !fault.apis.isEmpty {
            tags = fault.apis.reduce(0) { $0 | 1 << UInt64($1.index) }
        }
        let latency = fault.latency.map { latencyStream.next(from: $0.least, through: $0.most) }
        for source in sources {
            for target in targets where source != target {
                active.shapes.append(
                    kernel.shape(
                        from: source,
                        to: target,
                        LinkShape(
                            latency: latency ?? .zero,
                            lossPartsPerMillion: fault.lossPartsPerMillion,
                            bandwidth: fault.bandwidthBitsPerSecond,
                            latencyTags: tags
                        )
                    )
                )
            }
        }
        activate(active, for: entry.duration)
    }

    mutating func heal(_ name: String?, _ entry: TimelineEntry) {
        let tokens = timeline.faults.filter { fault in
            name.map { fault.name == $0 } ?? fault.isNetwork
        }.map(\.token)
        guard !tokens.isEmpty else {
            return skip(entry, "heal", "no fault\(name.map { " named \($0)" } ?? "") holds")
        }
        record(entry, "heal", name ?? "all")
        for token in tokens { undo(token) }
    }

    /// Ends a fault, if it still holds.
    mutating func undo(_ token: Int) {
        guard let index = timeline.faults.firstIndex(where: { $0.token == token }) else { return }
        let fault = timeline.faults.remove(at: index)
        if !fault.text.isEmpty { timeline.acted(now, fault.text) }
        if let cut = fault.cut { recorder.history.ended(cut, at: now) }
        for pair in fault.blocks { kernel.unblock(from: pair.from, to: pair.to) }
        for shape in fault.shapes { kernel.unshape(shape) }
        for node in fault.paused where kernel.state(of: node) == .paused { resume(node) }
        if let disks = fault.disks { wellAgain(disks) }
        if let clocks = fault.clocks { putRight(clocks) }
        if fault.traps { interceptor.unset(token) }
        for node in fault.killed where mayStart(node) && !isUp(node) {
            timeline.acted(now, "start \(layout.name(node))")
            start(node, StartOptions())
        }
        leadershipMayHaveChanged()
    }

    private mutating func resume(_ node: NodeIndex) {
        kernel.resume(node)
        guard case .consumer(let index) = layout.role(of: node) else { return }
        consumers[index].resume(at: now, into: &effects)
        perform(for: node)
    }
}
