import KafkaProtocol
import Report
import Scenario
import SimBase

/// Who takes part in a scenario, a line each.
struct Participants {
    let document: ScenarioDocument

    var lines: [RunContext.Participant] {
        variant + [cluster] + topics + producers + consumers
    }

    private var variant: [RunContext.Participant] {
        guard !document.variant.isEmpty else { return [] }
        let settings = document.variant.map { "\($0.path)=\($0.text)" }
        return [.init(name: "variant", setup: settings.joined(separator: ", "))]
    }

    private var cluster: RunContext.Participant {
        let cluster = document.cluster
        var parts = ["KRaft", count(cluster.brokers.count, "broker")]
        parts.append(
            cluster.isCombined
                ? "which are the controllers" : count(cluster.controllers.count, "controller")
        )
        if !cluster.racks.isEmpty { parts.append("racks " + cluster.racks.joined(separator: ", ")) }
        return .init(name: "cluster", setup: parts.joined(separator: ", "))
    }

    private var topics: [RunContext.Participant] {
        document.topics.map { topic in
            var parts = [
                "\(count(Int(topic.partitions), "partition")) × "
                    + count(Int(topic.replicationFactor), "replica"),
                "min.insync.replicas=\(topic.config.minInSyncReplicas)",
            ]
            if topic.config.uncleanLeaderElection {
                parts.append("unclean.leader.election.enable=true")
            }
            return .init(
                name: document.names.text(topic.name),
                setup: parts.joined(separator: ", ")
            )
        } + undeclaredTopics
    }

    /// Topics that clients name and the scenario does not: perhaps a typing error.
    private var undeclaredTopics: [RunContext.Participant] {
        var named = document.topics.map(\.name)
        var undeclared: [TopicName] = []
        for topic in document.producers.map(\.topic) + document.consumers.flatMap(\.topics)
        where !named.contains(topic) {
            named.append(topic)
            undeclared.append(topic)
        }
        return undeclared.map {
            .init(name: document.names.text($0), setup: "not declared under \"topics\"")
        }
    }

    private var producers: [RunContext.Participant] {
        document.producers.map { producer in
            let acks =
                switch producer.config.acks {
                case .none: "0"
                case .leader: "1"
                case .all: "all"
                }
            var parts = [
                "\(workload(producer.workload)) to \(document.names.text(producer.topic))",
                "acks=\(acks)",
            ]
            if producer.config.enableIdempotence { parts.append("idempotent") }
            if producer.api != .async { parts.append(producer.api.rawValue) }
            return .init(name: producer.name, setup: parts.joined(separator: ", "))
        }
    }

    private func workload(_ workload: WorkloadSpec) -> String {
        switch workload {
        case .stream(let stream):
            let records = stream.count.map { count(Int($0), "record") } ?? "records"
            switch stream.rate {
            case .asFastAsPossible: return "\(records) as fast as possible"
            case .perPeriod(let number, let period):
                let unit = period == .seconds(1) ? "s" : "\(period.milliseconds) ms"
                return "\(records) at \(RunContext.grouped(number))/\(unit)"
            }
        case .sends(let sends):
            guard !sends.isEmpty else { return "records as the timeline says" }
            return count(Int(sends.reduce(0) { $0 + $1.count }), "record")
        }
    }

    private var consumers: [RunContext.Participant] {
        document.consumers.map { consumer in
            let topics = consumer.topics.map { document.names.text($0) }
            let commit =
                switch consumer.commit {
                case .auto: "commits automatically"
                case .none: "commits nothing"
                case .beforeProcessing: "commits before processing"
                case .afterProcessing: "commits after processing"
                case .asyncAfterProcessing: "commits asynchronously after processing"
                case .perRecord: "commits each record"
                }
            return .init(
                name: document.names.text(consumer.group),
                setup: "\(count(consumer.members.count, "member")) on "
                    + "\(topics.joined(separator: ", ")), \(commit)"
            )
        }
    }

    private func count(_ number: Int, _ noun: String) -> String {
        "\(RunContext.grouped(Int64(number))) \(noun)\(number == 1 ? "" : "s")"
    }
}
