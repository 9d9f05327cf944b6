import Checkers
import KafkaBroker
import KafkaClients
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

extension ClusterHost {
    /// The duration is over: faults end, servers start again, and the run goes on until quiet.
    mutating func beginSettling() {
        settleApplications()
        timeline.waiting.removeAll()
        timeline.keptDown = document.settle.keepsDown.flatMap { resolve($0) }
        phase = .settling
        for token in timeline.faults.map(\.token) { undo(token) }
        for index in 0..<layout.serverCount {
            let node = NodeIndex(index)
            guard mayStart(node), !isUp(node) else { continue }
            timeline.acted(now, "settle: start \(layout.name(node))")
            start(node, StartOptions())
        }
        timeline.acted(now, "settle: the workload is over")
    }

    /// Whether a node that is down may be started: always, until the settling says otherwise.
    func mayStart(_ node: NodeIndex) -> Bool {
        phase == .running || (document.settle.restarts && !timeline.keptDown.contains(node))
    }

    /// A full second of virtual time has passed.
    mutating func secondPassed() {
        settleApplications()
        sample()
        if phase == .settling {
            quietSeconds = isQuiet() ? quietSeconds + 1 : 0
            let end = Instant.zero + document.duration + document.settle.limit
            if quietSeconds >= 2 || now >= end {
                phase = .over
                return
            }
        }
        kernel.schedule(at: now + .seconds(1), payload: WorldEvent.second.rawValue)
    }

    /// Whether nothing is left to happen that the verdict depends on.
    private mutating func isQuiet() -> Bool {
        for producer in producers where producer.isRunning && !producer.isQuiet(at: now) {
            return false
        }
        guard isInSync() else { return false }
        for index in layout.brokers.indices where kernel.state(of: NodeIndex(index)).hasProcess {
            guard isListening[index] else { return false }
        }
        for group in layout.groups.indices where !isCaughtUp(group: group) { return false }
        return true
    }

    /// Whether a group with live members has processed and committed everything there is.
    private mutating func isCaughtUp(group: Int) -> Bool {
        let members = layout.members.indices.filter {
            layout.members[$0].groupIndex == group && consumers[$0].isRunning
        }
        guard !members.isEmpty else { return true }
        guard members.allSatisfy({ consumers[$0].isIdle }) else { return false }
        let commit = consumers[members[0]].spec.commit
        for topic in recorder.ledger.groups[group].topics {
            for change in view.partitions(of: topic) {
                guard let end = highWatermark(of: change) else { return false }
                guard end > .zero else { continue }
                if commit != .none,
                    let committed = recorder.groups.committed(group: group, change.partition)
                {
                    guard committed >= end else { return false }
                    continue
                }
                // Auto-commit stores every position; who commits what was processed has nothing
                // to commit in a partition that was read from its end on.
                guard commit != .auto else { return false }
                let position = members.compactMap {
                    consumers[$0].consumer?.position(of: change.partition)
                }.first
                guard let position, position >= end else { return false }
            }
        }
        return true
    }

    private mutating func highWatermark(of change: PartitionChange) -> Offset? {
        guard change.leader != .none else { return nil }
        return replica(change.partition, on: change.leader)?.highWatermark
    }

    /// Notes ends, watermarks and lags.
    private mutating func sample() {
        for topic in document.names.topics.indices.dropFirst(3) {
            for change in view.partitions(of: TopicName(Int32(topic))) {
                guard change.leader != .none,
                    let replica = replica(change.partition, on: change.leader)
                else { continue }
                var largest: Int64?
                for group in layout.groups.indices
                where recorder.ledger.groups[group].topics.contains(change.partition.topic) {
                    let committed =
                        recorder.groups.committed(group: group, change.partition) ?? .zero
                    let lag = max(0, replica.highWatermark - committed)
                    recorder.groups.maxLag[group] = max(recorder.groups.maxLag[group], lag)
                    largest = max(largest ?? 0, lag)
                }
                guard keepsSamples else { continue }
                samples.append(
                    SampleRow(
                        at: now,
                        partition: document.names.text(change.partition),
                        logEndOffset: replica.logEnd.rawValue,
                        highWatermark: replica.highWatermark.rawValue,
                        isrSize: Int32(change.isr.count),
                        lag: largest
                    )
                )
            }
        }
    }
}
