import KafkaProtocol
import SimBase

extension ActiveController {
    /// How many records one request may write.
    static let recordsPerRequestMax = 10_000

    /// Creates topics; one topic's error does not stop the others.
    /// - Returns: One error a topic, in the request's order.
    /// - Source: org.apache.kafka.controller.ReplicationControlManager.createTopics.
    mutating func createTopics(
        _ requests: [CreateTopicRequest],
        now: Instant,
        writes: inout [MetadataWrite]
    ) -> [ErrorCode] {
        var records: [MetadataRecord] = []
        var errors: [ErrorCode] = []
        for request in requests {
            let isRepeated = requests.count { $0.name == request.name } > 1
            let error = isRepeated ? .invalidRequest : append(request, to: &records)
            if error == .policyViolation || records.count > ActiveController.recordsPerRequestMax {
                return requests.map { _ in .policyViolation }
            }
            errors.append(error)
        }
        write(records, now: now, writes: &writes)
        return errors
    }

    /// Appends topic, configuration and partitions, or nothing.
    private mutating func append(
        _ request: CreateTopicRequest,
        to records: inout [MetadataRecord]
    ) -> ErrorCode {
        if image.topic(named: request.name) != nil { return .topicAlreadyExists }
        guard isNameFree(request.name) else { return .invalidTopicException }
        let areValid = request.configs.allSatisfy {
            $0.value != nil && DynamicConfigs.isValidForTopic($0, version: features.version)
        }
        guard areValid else {
            return .invalidConfig
        }
        var partitions: [PartitionRegistration] = []
        let error =
            if let assignment = request.assignment, !assignment.isEmpty {
                place(request, by: assignment, into: &partitions)
            } else {
                place(request, into: &partitions)
            }
        guard error == .none else { return error }
        let id = newTopicID()
        records.append(.topic(TopicRecord(name: request.name, id: id)))
        for entry in request.configs {
            records.append(
                .config(
                    ConfigRecord(
                        resource: .topic(request.name),
                        name: entry.name,
                        value: entry.value
                    )
                )
            )
        }
        append(partitions, of: id, from: 0, to: &records)
        return .none
    }

    private func isNameFree(_ name: TopicName) -> Bool {
        let text = names.text(name)
        guard name != .clusterMetadata, TopicNameRules.isValid(text) else { return false }
        return !image.topics.contains { TopicNameRules.collide(names.text($0.name), text) }
    }

    private mutating func newTopicID() -> TopicID {
        var id = TopicID(random.next())
        while id == .none || image.topicName(of: id) != nil { id = TopicID(random.next()) }
        return id
    }

    func append(
        _ partitions: [PartitionRegistration],
        of id: TopicID,
        from first: Int,
        to records: inout [MetadataRecord]
    ) {
        for (index, registration) in partitions.enumerated() {
            records.append(
                .partition(
                    PartitionRecord(
                        topicID: id,
                        partition: Int32(first + index),
                        registration: registration
                    )
                )
            )
        }
    }

    // MARK: Replicas

    private func place(
        _ request: CreateTopicRequest,
        by assignment: [[BrokerID]],
        into partitions: inout [PartitionRegistration]
    ) -> ErrorCode {
        guard request.replicationFactor == -1, request.partitions == -1 else {
            return .invalidRequest
        }
        guard let factor = assignment.first?.count else { return .invalidReplicaAssignment }
        for replicas in assignment {
            guard isValidAssignment(replicas, replicationFactor: factor),
                let partition = newPartition(replicas)
            else { return .invalidReplicaAssignment }
            partitions.append(partition)
        }
        return .none
    }

    private mutating func place(
        _ request: CreateTopicRequest,
        into partitions: inout [PartitionRegistration]
    ) -> ErrorCode {
        guard request.replicationFactor == -1 || request.replicationFactor > 0 else {
            return .invalidReplicationFactor
        }
        guard request.partitions == -1 || request.partitions > 0 else { return .invalidPartitions }
        let count = request.partitions == -1 ? config.defaultPartitions : request.partitions
        let factor =
            request.replicationFactor == -1
            ? config.defaultReplicationFactor : request.replicationFactor
        return place(Int(count), replicationFactor: Int(factor), into: &partitions)
    }

    /// Places new partitions with a placer of their own.
    mutating func place(
        _ count: Int,
        replicationFactor: Int,
        into partitions: inout [PartitionRegistration]
    ) -> ErrorCode {
        var placer = StripedReplicaPlacer(usableBrokers, random: &random)
        guard placer.canPlace(replicationFactor: replicationFactor) else {
            return .invalidReplicationFactor
        }
        guard count <= ActiveController.recordsPerRequestMax else { return .policyViolation }
        for _ in 0..<count {
            let replicas = placer.place(replicationFactor: replicationFactor, random: &random)
            guard let partition = newPartition(replicas) else { return .invalidReplicationFactor }
            partitions.append(partition)
        }
        return .none
    }

    /// Registered brokers that are not shutting down, fenced ones too. One that has been fenced is
    /// not shutting down any more: it has, or it never did.
    private var usableBrokers: [UsableBroker] {
        image.brokers.filter { $0.isFenced || !$0.inControlledShutdown }
            .map { UsableBroker(id: $0.id, rack: $0.rack, isFenced: $0.isFenced) }
    }

    /// A partition as it begins: the active replicas are in sync, the first of them leads.
    /// - Returns: `nil` if no replica is active.
    func newPartition(_ replicas: [BrokerID]) -> PartitionRegistration? {
        let isr = replicas.filter(image.isActive)
        guard let leader = isr.first else { return nil }
        return PartitionRegistration(
            replicas: replicas,
            directories: replicas.map { image.broker($0)?.defaultDirectory ?? .unassigned },
            isr: isr,
            leader: leader
        )
    }

    /// Whether a list of replicas given by hand may stand: not empty, without duplicates, registered
    /// brokers only, of the expected length.
    func isValidAssignment(_ replicas: [BrokerID], replicationFactor: Int?) -> Bool {
        !replicas.isEmpty && Set(replicas).count == replicas.count
            && replicas.allSatisfy { image.broker($0) != nil }
            && replicas.count == replicationFactor ?? replicas.count
    }
}
