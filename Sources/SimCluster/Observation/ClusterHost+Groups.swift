import KafkaProtocol
import Scenario
import SimBase

/// What happens to consumer groups, in the timeline's words.
extension ClusterHost {
    /// `billing: generation 2, billing-1 reads orders-0,2, billing-2 reads orders-1`.
    func text(
        of generation: Generation,
        of group: GroupName,
        _ assignments: [MemberAssignment]
    ) -> String {
        let shares = assignments.sorted { $0.member < $1.member }.map { share in
            let name = layout.memberName(share.member, document.names)
            return "\(name) reads \(share.partitions.isEmpty ? "nothing" : list(share.partitions))"
        }
        return "\(document.names.text(group)): generation \(generation), "
            + shares.joined(separator: ", ")
    }

    func text(
        ofRemovalOf id: MemberID,
        from group: GroupName,
        _ reason: MemberRemoval
    ) -> String {
        let verb =
            switch reason {
            case .left where isOnDuty(id): "leaves, having not polled for max.poll.interval.ms"
            case .left: "leaves"
            case .sessionExpired: "is removed: no heartbeat for session.timeout.ms"
            case .didNotRejoin: "is removed: it did not rejoin in time"
            case .didNotSync: "is removed: it did not ask for its assignment in time"
            case .replaced: "comes back under its group.instance.id"
            }
        let member = layout.memberName(id, document.names)
        return "\(document.names.text(group)): \(member) \(verb)"
    }

    /// Whether nobody has told the member's process to end.
    private func isOnDuty(_ id: MemberID) -> Bool {
        let index = Int(id.client)
        return consumers[index].isRunning && !consumers[index].isStopping
    }

    /// `orders-0,2 payments-1`: the topic's name once, its partitions' numbers behind it.
    private func list(_ partitions: [TopicPartition]) -> String {
        var text = ""
        var last: TopicName?
        for partition in partitions.sorted() {
            if partition.topic == last {
                text += ",\(partition.partition)"
            } else {
                text += (text.isEmpty ? "" : " ") + document.names.text(partition)
            }
            last = partition.topic
        }
        return text
    }
}
