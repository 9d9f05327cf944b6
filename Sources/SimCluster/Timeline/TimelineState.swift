import Checkers
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

/// What the scenario has done so far, what it can still undo, and the story for the reader.
struct TimelineState {
    /// A fault that can be undone.
    struct ActiveFault {
        let token: Int
        let name: String?
        var isNetwork = false
        var blocks: [(from: NodeIndex, to: NodeIndex)] = []
        /// The cut's place in the history's faults.
        var cut: Int?
        var shapes: [ShapeToken] = []
        var paused: [NodeIndex] = []
        var killed: [NodeIndex] = []
        var disks: DiskTrouble?
        var clocks: ClockTrouble?
        var traps = false
        /// What undoing it is called in the timeline.
        let text: String
    }

    struct DiskTrouble {
        let nodes: [NodeIndex]
        let fault: DiskFault
    }

    struct ClockTrouble {
        let nodes: [NodeIndex]
        let fault: ClockFault
        let since: Instant
    }

    /// An entry or a series of sends that waits for its condition.
    struct Waiting {
        enum Subject {
            case entry(Int)
            case send(producer: Int, index: Int)
        }

        let subject: Subject
        let condition: Condition
        /// The value at time zero, for `changed`.
        var baseline: Int64?
    }

    private(set) var rows: [TimelineRow] = []
    var actions: [ActionRow] = []
    var faults: [ActiveFault] = []
    var waiting: [Waiting] = []
    var references: [String: [NodeIndex]] = [:]
    /// Processes that shut down in good order and have not ended yet.
    var stopping: [NodeIndex] = []
    /// Those of them that start again as soon as they have ended, as `systemctl restart` does it.
    var restarts: [(node: NodeIndex, options: StartOptions)] = []
    /// Nodes that settling leaves down.
    var keptDown: [NodeIndex] = []
    /// Results of checks, in the order in which they took place.
    var checks: [ExpectationResult] = []
    /// Entries that have fired, by index.
    var firings: [Int]
    var nextToken = 0
    /// The row of `actions` that each administrative request will fill.
    var adminRows: [Int32: Int] = [:]
    var nextAdminToken: Int32 = 1
    private var lastLeaderships: [(partition: TopicPartition, at: Instant)] = []

    init(_ document: ScenarioDocument) {
        firings = Array(repeating: 0, count: document.timeline.count)
    }

    mutating func acted(_ now: Instant, _ text: String) {
        rows.append(TimelineRow(at: now, kind: .action, text: text))
    }

    mutating func reacted(_ now: Instant, _ text: String) {
        guard now >= .zero else { return }
        rows.append(TimelineRow(at: now, kind: .reaction, text: text))
    }

    mutating func checked(_ now: Instant, _ text: String) {
        rows.append(TimelineRow(at: now, kind: .check, text: text))
    }

    mutating func partitionChanged(
        _ change: PartitionChange,
        from before: PartitionChange?,
        at now: Instant,
        names: NameTable
    ) {
        guard now >= .zero else { return }
        let name = names.text(change.partition)
        let isr = change.isr.map(\.description).joined(separator: ",")
        guard let before else {
            return reacted(
                now,
                "\(name) is created: leader broker-\(change.leader), replicas "
                    + change.replicas.map(\.description).joined(separator: ",")
            )
        }
        if before.leader != change.leader {
            let leader = change.leader == .none ? "no leader" : "leader broker-\(change.leader)"
            let kind = change.election == .unclean ? " (unclean election)" : ""
            reacted(now, "\(name): \(leader), epoch \(change.leaderEpoch), ISR \(isr)\(kind)")
        } else if before.isr != change.isr {
            let verb = change.isr.count < before.isr.count ? "shrinks" : "grows"
            reacted(now, "\(name): ISR \(verb) to \(isr)")
        } else if before.replicas != change.replicas {
            reacted(
                now,
                "\(name): replicas "
                    + change.replicas.map(\.description).joined(separator: ",")
            )
        }
    }

    mutating func becameLeader(
        _ partition: TopicPartition,
        _ epoch: LeaderEpoch,
        _ startOffset: Offset,
        _ broker: BrokerID,
        at now: Instant,
        names: NameTable
    ) {
        guard now >= .zero, !partition.topic.isInternal, epoch > LeaderEpoch(0) else { return }
        reacted(
            now,
            "broker-\(broker) serves \(names.text(partition)) as leader from offset \(startOffset)"
        )
    }
}
