import Checkers
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

/// Trouble with disks and wall clocks, and its end.
extension ClusterHost {
    // MARK: Disks

    mutating func breakDisk(_ fault: DiskFault, _ entry: TimelineEntry) {
        let nodes = resolve(fault.target)
        guard !nodes.isEmpty else { return skip(entry, "disk", "its target resolved to no node") }
        if let name = entry.name { timeline.references[name] = nodes }
        note(entry, "disk trouble on", names(of: nodes))
        var active = newFault(entry, text: "disk of \(names(of: nodes)) is well again")
        active.disks = TimelineState.DiskTrouble(nodes: nodes, fault: fault)
        activate(active, for: entry.duration)
        for node in nodes {
            recorder.history.note(
                .disk,
                of: serverID(node),
                "the disk of \(layout.name(node)) is in trouble",
                at: now
            )
            slowDisk(of: node)
            fillAndFailDisk(of: node, fault)
            for case .corrupt(let partition, let offset) in fault.effects {
                corrupt(partition, at: offset, on: node)
            }
        }
    }

    /// Ends a fault: what other faults do to the same disks goes on.
    mutating func wellAgain(_ trouble: TimelineState.DiskTrouble) {
        for node in trouble.nodes {
            slowDisk(of: node)
            guard kernel.state(of: node).hasProcess, trouble.fault.effects.contains(.full) else {
                continue
            }
            for logDir in logDirs(of: node, trouble.fault)
            where !troubles(of: node).contains(where: {
                $0.effects.contains(.full) && logDirs(of: node, $0).contains(logDir)
            }) {
                hand(.storageChanged(logDir: logDir, .healthy), to: node)
            }
        }
    }

    /// A process that starts finds its disk as it is.
    mutating func meetDisk(of node: NodeIndex) {
        for fault in troubles(of: node) { fillAndFailDisk(of: node, fault) }
    }

    /// What holds for the disk of a node, oldest first.
    private func troubles(of node: NodeIndex) -> [DiskFault] {
        timeline.faults.compactMap(\.disks).filter { $0.nodes.contains(node) }.map(\.fault)
    }

    /// The directories that a fault is about: all of a node's, unless it names one.
    private func logDirs(of node: NodeIndex, _ fault: DiskFault) -> [UInt8] {
        if let logDir = fault.logDir { return [logDir] }
        let brokers = document.cluster.brokers
        let count = node.position < brokers.count ? brokers[node.position].config.logDirCount : 1
        return (0..<count).map { UInt8($0) }
    }

    /// A node has one disk: the slowest trouble counts.
    private mutating func slowDisk(of node: NodeIndex) {
        var factor: Int64 = 1
        for fault in troubles(of: node) {
            for case .slow(let other) in fault.effects { factor = max(factor, other) }
        }
        var condition = kernel.diskCondition(of: node)
        guard condition.slowFactor != factor else { return }
        condition.slowFactor = factor
        kernel.setDiskCondition(of: node, to: condition)
    }

    private mutating func fillAndFailDisk(of node: NodeIndex, _ fault: DiskFault) {
        for logDir in logDirs(of: node, fault) {
            for effect in fault.effects where kernel.state(of: node).hasProcess {
                switch effect {
                case .full: hand(.storageChanged(logDir: logDir, .full), to: node)
                case .fail: hand(.storageChanged(logDir: logDir, .failed), to: node)
                case .slow, .corrupt: break
                }
            }
        }
    }

    // MARK: Wall clocks

    mutating func shiftClock(_ fault: ClockFault, _ entry: TimelineEntry) {
        let nodes = resolve(fault.target)
        guard !nodes.isEmpty else {
            return skip(entry, "shift the clock of", "its target resolved to no node")
        }
        if let name = entry.name { timeline.references[name] = nodes }
        note(entry, "shift the clock of", names(of: nodes))
        for node in nodes {
            if let jump = fault.jump { kernel.jumpClock(of: node, by: jump) }
            if let drift = fault.driftPartsPerMillion {
                kernel.driftClock(of: node, partsPerMillion: drift)
            }
        }
        guard let duration = entry.duration else { return }
        var active = newFault(entry, text: "the clock of \(names(of: nodes)) is put right")
        active.clocks = TimelineState.ClockTrouble(nodes: nodes, fault: fault, since: now)
        activate(active, for: duration)
    }

    /// Takes back what a fault did to the clocks, as a time server does it: at once.
    mutating func putRight(_ trouble: TimelineState.ClockTrouble) {
        for node in trouble.nodes {
            var difference = Interval.zero - (trouble.fault.jump ?? .zero)
            if let drift = trouble.fault.driftPartsPerMillion {
                let elapsed = (now - trouble.since).nanoseconds
                difference = difference - Interval(nanoseconds: elapsed / 1_000_000 * drift)
                let others = timeline.faults.compactMap(\.clocks).filter { $0.nodes.contains(node) }
                let other = others.compactMap(\.fault.driftPartsPerMillion).last
                kernel.driftClock(of: node, partsPerMillion: other ?? 0)
            }
            kernel.jumpClock(of: node, by: difference)
        }
    }
}
