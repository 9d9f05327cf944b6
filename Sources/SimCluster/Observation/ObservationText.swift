import KafkaProtocol

/// An observation in words, for traces.
enum ObservationText {
    static func text(_ observation: Observation, _ names: NameTable) -> String {
        switch observation {
        case .appended(let partition, let batch, let asLeader):
            "\(asLeader ? "appends" : "copies") \(names.text(partition)) "
                + "\(batch.baseOffset)-\(batch.lastOffset), epoch \(batch.partitionLeaderEpoch)"
        case .highWatermarkAdvanced(let partition, let epoch, let to):
            "high watermark of \(names.text(partition)) is \(to) in epoch \(epoch)"
        case .highWatermarkSet(let partition, let to):
            "follower's high watermark of \(names.text(partition)) is \(to)"
        case .truncated(let partition, let from, let to, _):
            "truncates \(names.text(partition)) from \(from) to \(to)"
        case .logStartAdvanced(let partition, let to, _):
            "log start of \(names.text(partition)) is \(to)"
        case .compacted(let partition, let offsets):
            "compacts \(offsets.count) records of \(names.text(partition))"
        case .recovered(let partition, let start, let end, let wasClean):
            "opens \(names.text(partition)), \(start)-\(end), \(wasClean ? "clean" : "unclean")"
        case .replicaDeleted(let partition): "deletes its replica of \(names.text(partition))"
        case .becameLeader(let partition, let epoch, let start):
            "leads \(names.text(partition)) in epoch \(epoch) from \(start)"
        case .becameFollower(let partition, let epoch, let leader):
            "follows \(leader) for \(names.text(partition)) in epoch \(epoch)"
        case .isrChangeProposed(let partition, _, let isShrink):
            "proposes to \(isShrink ? "shrink" : "expand") the ISR of \(names.text(partition))"
        case .brokerStateChanged(let state): "state \(state)"
        case .partitionChanged(let change):
            "\(names.text(change.partition)): leader \(change.leader), epoch \(change.leaderEpoch), "
                + "ISR \(change.isr.map(\.description).joined(separator: ","))"
        case .topicDeleted(let topic): "topic \(names.text(topic)) is deleted"
        case .brokerRegistered(let broker, let epoch): "broker \(broker) registered, epoch \(epoch)"
        case .brokerFenced(let broker): "broker \(broker) is fenced"
        case .brokerUnfenced(let broker): "broker \(broker) is unfenced"
        case .quorumStateChanged(let epoch, let role, let leader):
            "quorum epoch \(epoch): \(role), leader \(leader)"
        case .controllerActivated(let epoch): "active controller of epoch \(epoch)"
        case .quorumHighWatermark(let epoch, let offset):
            "metadata high watermark \(offset), epoch \(epoch)"
        case .quorumAppended(let epoch, let base, let end):
            "metadata log \(base)-\(end), epoch \(epoch)"
        case .quorumTruncated(let to): "metadata log truncated to \(to)"
        case .groupStabilized(let group, let generation, let assignments):
            "group \(names.text(group)), generation \(generation): "
                + assignments.map { "\($0.member.client): \($0.partitions.count)" }
                .joined(separator: ", ")
        case .groupStateChanged(let group, let phase, let generation):
            "group \(names.text(group)): \(phase), generation \(generation)"
        case .memberRemoved(let group, let member, let reason):
            "group \(names.text(group)): member \(member.client) \(reason)"
        case .offsetCommitted(let group, let partition, let offset):
            "group \(names.text(group)) has committed \(names.text(partition)) at \(offset)"
        case .producerRetried(let partition, let error, let records):
            "retries \(records) records of \(names.text(partition)) after \(error.name)"
        case .producerEpochBumped(let epoch): "begins producer epoch \(epoch)"
        case .batchSplit(let partition): "splits a batch of \(names.text(partition))"
        case .mark(let mark): "mark \(mark)"
        }
    }
}
