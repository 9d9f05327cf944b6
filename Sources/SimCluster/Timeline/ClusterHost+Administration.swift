import Checkers
import KafkaClients
import KafkaProtocol
import Scenario
import SimBase

extension ClusterHost {
    /// Sends an administrative action on the real path: admin client, broker, controller.
    mutating func administer(_ entry: TimelineEntry) {
        guard let (request, text) = request(for: entry.action) else { return }
        timeline.acted(now, text)
        record(entry, text, "", result: "PENDING")
        let token = timeline.nextAdminToken
        timeline.nextAdminToken += 1
        timeline.adminRows[token] = timeline.actions.count - 1
        admin.submit(request, token: token, now: now, into: &effects)
        perform(for: layout.admin)
        afterAdmin()
    }

    private func request(for action: Action) -> (request: Request, text: String)? {
        let names = document.names
        switch action {
        case .configure(let resource, let entries):
            let changes = entries.map { "\($0.name)=\($0.value ?? "default")" }
            return (
                .admin(.alterConfigs(resource, entries)),
                "configure \(text(resource)): \(changes.joined(separator: ", "))"
            )
        case .createTopic(let topic):
            let request = CreateTopicRequest(
                name: topic.name,
                partitions: topic.assignment == nil ? topic.partitions : -1,
                replicationFactor: topic.assignment == nil ? topic.replicationFactor : -1,
                assignment: topic.assignment,
                configs: topic.entries,
                timeout: .seconds(30)
            )
            return (.createTopics([request]), "create topic \(names.text(topic.name))")
        case .deleteTopic(let topic):
            return (.admin(.deleteTopic(topic)), "delete topic \(names.text(topic))")
        case .addPartitions(let topic, let count, let assignment):
            return (
                .admin(.createPartitions(topic, count: count, assignment: assignment)),
                "grow topic \(names.text(topic)) to \(count) partitions"
            )
        case .reassign(let partition, let replicas):
            let target = replicas.map { $0.map(\.description).joined(separator: ",") }
            return (
                .admin(.reassign(partition, replicas: replicas)),
                target.map { "reassign \(names.text(partition)) to \($0)" }
                    ?? "cancel the reassignment of \(names.text(partition))"
            )
        case .electLeaders(let type, let partitions):
            let list = partitions.map { names.text($0) }.joined(separator: ", ")
            return (
                .admin(.electLeaders(type, partitions)),
                "elect \(type == .preferred ? "preferred" : "unclean") leaders of \(list)"
            )
        case .deleteRecords(let partition, let before):
            return (
                .deleteRecords(
                    DeleteRecordsRequest(
                        timeout: .seconds(30),
                        partition: partition,
                        before: before ?? .none
                    )
                ),
                "delete records of \(names.text(partition)) before "
                    + (before.map(\.description) ?? "the high watermark")
            )
        case .kill, .crash, .fsync, .stop, .start, .pause, .partition, .isolate, .heal, .link,
            .respond, .disk, .clock, .send, .check:
            return nil
        }
    }

    private func text(_ resource: ConfigResource) -> String {
        switch resource {
        case .topic(let topic): "topic \(document.names.text(topic))"
        case .broker(let broker): name(of: broker)
        case .allBrokers: "all brokers"
        }
    }

    /// The answer to an administrative action of the timeline.
    mutating func actionAnswered(_ completion: AdminClient.Completion) {
        guard let row = timeline.adminRows[completion.token] else { return }
        let result = completion.errorName
        timeline.actions[row].result = result
        if result != "NONE" {
            timeline.reacted(now, "\(timeline.actions[row].action): \(result)")
        }
    }
}
