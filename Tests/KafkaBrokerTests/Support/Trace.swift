import KafkaProtocol
import SimBase

/// What servers do about the topic under test, as lines of text: `+300 1 sends …`, with the
/// microseconds since the trace began and the node.
struct Trace {
    private(set) var lines: [String] = []
    private var start: Instant?
    private var limit = 0

    var text: String {
        lines.joined(separator: "\n")
    }

    /// Begins to write, at most `limit` lines.
    mutating func begin(at now: Instant, limit: Int = 100) {
        start = now
        self.limit = limit
        lines = []
    }

    mutating func end() {
        start = nil
    }

    private mutating func write(_ node: BrokerID, _ now: Instant, _ text: String?) {
        guard let start, let text, lines.count < limit else { return }
        lines.append("+\((now - start).nanoseconds / 1_000) \(node) \(text)")
    }

    mutating func note(_ event: Event, at node: BrokerID, _ now: Instant) {
        guard start != nil, case .requestReceived(_, let request) = event else { return }
        write(node, now, describe(request).map { "gets \($0)" })
    }

    mutating func note(_ effect: Effect, of node: BrokerID, _ now: Instant) {
        guard start != nil else { return }
        switch effect {
        case .reply(_, let response): write(node, now, describe(response).map { "answers \($0)" })
        case .observe(let observation): write(node, now, describe(observation))
        default: break
        }
    }

    // MARK: Words

    private func describe(_ request: Request) -> String? {
        switch request {
        case .produce(let produce): return "produce acks=\(produce.acks.rawValue)"
        case .fetch(let fetch):
            guard fetch.partitions.first?.partition != .clusterMetadata else { return nil }
            let items = fetch.partitions.map { item in
                "at=\(item.fetchOffset) epoch=\(item.currentLeaderEpoch) "
                    + "last=\(item.lastFetchedEpoch)"
            }
            return "fetch from=\(fetch.replica) session=\(fetch.sessionEpoch) "
                + (items.isEmpty ? "unchanged" : items.joined(separator: "; "))
        case .alterPartition(let alter):
            return "alter isr=\(alter.partitions.map { $0.newISR.map(\.broker.rawValue) })"
        case .createTopics, .admin: return request.api.name
        default: return nil
        }
    }

    private func describe(_ response: Response) -> String? {
        switch response {
        case .produce(let produce):
            return produce.partitions.map { "\($0.error.name) base=\($0.baseOffset)" }.joined()
        case .fetch(let fetch):
            guard fetch.partitions.first?.partition != .clusterMetadata else { return nil }
            let items = fetch.partitions.map { item in
                let diverging =
                    item.divergingEpoch.map { " diverging=\($0.epoch):\($0.endOffset)" } ?? ""
                return "\(item.error.name) hw=\(item.highWatermark) "
                    + "batches=\(item.records.count)" + diverging
            }
            return "fetch " + (items.isEmpty ? "nothing new" : items.joined(separator: "; "))
        default: return nil
        }
    }

    private func describe(_ observation: Observation) -> String? {
        switch observation {
        case .appended(_, let batch, let asLeader):
            return "appends \(batch.baseOffset)...\(batch.lastOffset) "
                + (asLeader ? "as leader" : "as follower")
        case .highWatermarkAdvanced(_, let epoch, let offset):
            return "advances hw=\(offset) epoch=\(epoch)"
        case .highWatermarkSet(_, let offset): return "sets hw=\(offset)"
        case .truncated(_, let from, let to, _): return "truncates \(from) to \(to)"
        case .becameLeader(_, let epoch, let offset): return "leads epoch=\(epoch) from=\(offset)"
        case .becameFollower(_, let epoch, let leader): return "follows \(leader) epoch=\(epoch)"
        case .isrChangeProposed(_, _, let isShrink):
            return isShrink ? "proposes a smaller ISR" : "proposes a larger ISR"
        case .partitionChanged(let change):
            return "commits leader=\(change.leader) epoch=\(change.leaderEpoch) "
                + "isr=\(change.isr.map(\.rawValue))"
        case .brokerFenced(let broker): return "fences \(broker)"
        case .brokerUnfenced(let broker): return "unfences \(broker)"
        default: return nil
        }
    }
}
