internal import KafkaProtocol
internal import SimBase

/// All metrics of a run under their flat names, in a fixed order.
public struct MetricTable: Sendable {
    public private(set) var metrics: [Metric] = []

    private let recorder: RunRecorder
    private let logs: FinalLogs
    private let partitions: [PartitionState]
    private let counters: RunCounters

    /// - Parameters:
    ///   - recorder: what was observed.
    ///   - logs: the logs as they stand now.
    ///   - partitions: the state of every partition of the applications' topics.
    ///   - counters: what the host counted.
    public init(
        recorder: RunRecorder,
        logs: FinalLogs,
        partitions: [PartitionState],
        counters: RunCounters
    ) {
        self.recorder = recorder
        self.logs = logs
        self.partitions = partitions
        self.counters = counters
        addRecords()
        addErrors()
        addPartitions()
        addActions()
        addGroups()
        addProducers()
        addCluster()
        addLatencies()
        addTotals()
    }

    /// The value of `name`. A metric that counts something that never happened is 0.
    public func value(of name: String) -> MetricValue {
        metrics.first { $0.name == name }?.value ?? .integer(0)
    }

    private mutating func add(_ name: String, _ value: Int64) {
        metrics.append(Metric(name: name, value: .integer(value)))
    }

    private mutating func add(_ name: String, _ value: MetricValue) {
        metrics.append(Metric(name: name, value: value))
    }

    // MARK: Records

    private mutating func addRecords() {
        var acked: Int64 = 0
        var failed: Int64 = 0
        var pending: Int64 = 0
        var lost: [Ledger.Loss: Int64] = [:]
        var phantom: Int64 = 0
        var duplicated: Int64 = 0
        var reordered: Int64 = 0
        for entry in recorder.ledger.entries {
            switch entry.outcome {
            case .acked: acked += 1
            case .failed: failed += 1
            case .pending: pending += 1
            }
            lost[entry.loss, default: 0] += 1
            if entry.outcome != .acked, entry.copies > 0 { phantom += 1 }
            if entry.copies > 1 { duplicated += Int64(entry.copies) - 1 }
            if entry.isReordered { reordered += 1 }
        }
        add("records.sent", Int64(recorder.ledger.entries.count))
        add("records.acked", acked)
        add("records.failed", failed)
        add("records.pending", pending)
        add("lost.acked", lost[.acked, default: 0])
        add("lost.silent", lost[.silent, default: 0])
        add("lost.reported", lost[.reported, default: 0])
        add("lost.expired", lost[.expired, default: 0])
        add("phantom", phantom)
        add("duplicated", duplicated)
        add("reordered", reordered)
    }

    private mutating func addErrors() {
        var counts = [Int64](repeating: 0, count: recorder.ledger.exceptions.count)
        for entry in recorder.ledger.entries where entry.outcome == .failed && entry.exception >= 0
        {
            counts[Int(entry.exception)] += 1
        }
        let named = zip(recorder.ledger.exceptions, counts).filter { $0.1 > 0 }
        for (name, count) in named.sorted(by: { $0.0 < $1.0 }) {
            add("errors.\(name)", count)
        }
        for (index, code) in ErrorCode.allCases.enumerated() where counters.responses[index] > 0 {
            add("responses.\(code.name)", counters.responses[index])
        }
        add("retries", counters.retries.reduce(0, +))
    }

    // MARK: Partitions

    private mutating func addPartitions() {
        for state in partitions {
            let name = recorder.names.text(state.partition)
            let prefix = "partition.\(name)"
            add(
                "\(prefix).leader",
                state.leader == .none ? .null : .integer(Int64(state.leader.rawValue))
            )
            add("\(prefix).leader-epoch", Int64(state.leaderEpoch.rawValue))
            add("\(prefix).isr", .list(state.isr.map { Int64($0.rawValue) }))
            add("\(prefix).replicas", .list(state.replicas.map { Int64($0.rawValue) }))
            add("\(prefix).elr", .list(state.eligibleLeaders.map { Int64($0.rawValue) }))
            add("\(prefix).high-watermark", state.highWatermark.rawValue)
            add("\(prefix).log-end-offset", state.logEnd.rawValue)
            add("\(prefix).log-start-offset", state.logStart.rawValue)
            add("\(prefix).records", state.records)
            add("\(prefix).divergent", state.divergent)
            for replica in state.replicaStates {
                let prefix = "replica.\(name).\(replica.broker)"
                add("\(prefix).log-end-offset", replica.logEnd.rawValue)
                add("\(prefix).high-watermark", replica.highWatermark.rawValue)
                add("\(prefix).log-start-offset", replica.logStart.rawValue)
            }
        }
    }

    private mutating func addActions() {
        for action in counters.actionResults {
            add("action.\(action.name).result", .text(action.result))
        }
    }

    // MARK: Groups

    private mutating func addGroups() {
        for (number, group) in recorder.ledger.groups.enumerated() {
            let account = GroupAccount(group: number, recorder: recorder, logs: logs)
            let prefix = "group.\(group.name)"
            add("\(prefix).processed", account.processed)
            add("\(prefix).skipped", account.skipped)
            add("\(prefix).reprocessed", account.reprocessed)
            add("\(prefix).dirty", account.dirty)
            add("\(prefix).unread", account.unread)
            add("\(prefix).rebalances", recorder.groups.rebalances(of: number))
            add("\(prefix).revoked", recorder.groups.revoked[number])
            add("\(prefix).partitions-lost", recorder.groups.lost[number])
            add("\(prefix).lag.max", recorder.groups.maxLag[number])
            for commit in recorder.groups.commits[number] {
                add(
                    "\(prefix).committed.\(recorder.names.text(commit.partition))",
                    commit.offset.rawValue
                )
            }
            for exception in recorder.groups.exceptions[number].sorted(by: { $0.name < $1.name }) {
                add("\(prefix).errors.\(exception.name)", exception.count)
            }
            add("\(prefix).end-to-end.lost", account.endToEndLost)
            add("\(prefix).end-to-end.duplicated", account.endToEndDuplicated)
        }
    }

    private mutating func addProducers() {
        for (number, producer) in recorder.ledger.producers.enumerated() {
            add("producer.\(producer.name).blocked.ms", counters.blocked[number].milliseconds)
            add("producer.\(producer.name).epoch-bumps", counters.epochBumps[number])
        }
    }

    // MARK: Cluster

    private mutating func addCluster() {
        let history = recorder.history
        add("elections.clean", history.cleanElections)
        add("elections.unclean", history.uncleanElections)
        add("elections.preferred", history.preferredElections)
        add("isr.shrinks", history.isrShrinks)
        add("isr.expands", history.isrExpands)
        add("truncated.records", history.truncatedRecords)
        add("leaderless.max.ms", milliseconds(counters.longestLeaderless))
    }

    private mutating func addLatencies() {
        var acks: [Int64] = []
        for entry in recorder.ledger.entries where entry.outcome == .acked {
            acks.append((entry.resolvedAt - entry.sentAt).nanoseconds)
        }
        addPercentiles("ack.latency", acks)
        var first = [Bool](repeating: false, count: recorder.ledger.entries.count)
        var whole: [Int64] = []
        for delivery in recorder.ledger.deliveries where !first[Int(delivery.record.rawValue)] {
            first[Int(delivery.record.rawValue)] = true
            let sentAt = recorder.ledger.entries[Int(delivery.record.rawValue)].sentAt
            whole.append((delivery.at - sentAt).nanoseconds)
        }
        addPercentiles("end-to-end.latency", whole)
    }

    /// Nearest-rank percentiles: the smallest value that at least p percent do not exceed.
    private mutating func addPercentiles(_ name: String, _ values: [Int64]) {
        let sorted = values.sorted()
        for (label, percent) in [("p50", 50), ("p99", 99), ("max", 100)] {
            guard !sorted.isEmpty else {
                add("\(name).\(label).ms", 0)
                continue
            }
            let rank = (sorted.count * percent + 99) / 100
            add("\(name).\(label).ms", milliseconds(Interval(nanoseconds: sorted[rank - 1])))
        }
    }

    private mutating func addTotals() {
        add("controller.failovers", counters.controllerFailovers)
        for (index, api) in ApiKey.allCases.enumerated() where counters.requests[index] > 0 {
            add("requests.\(api.name)", counters.requests[index])
        }
        add("network.bytes", counters.networkBytes)
        add("events", counters.events)
        add("virtual.ms", milliseconds(counters.virtualTime))
    }

    private func milliseconds(_ interval: Interval) -> MetricValue {
        let microseconds = interval.nanoseconds / 1_000
        return microseconds % 1_000 == 0
            ? .integer(microseconds / 1_000) : .thousandths(microseconds)
    }
}
