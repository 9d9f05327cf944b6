import KafkaLog
import KafkaProtocol
import SimBase

extension Broker {
    // MARK: ListOffsets

    func answer(_ request: ListOffsetsRequest) -> OffsetAnswers {
        OffsetAnswers(partitions: request.partitions.map { answer($0, request) })
    }

    /// - Source: kafka.cluster.Partition.fetchOffsetForTimestamp (KIP-207).
    private func answer(_ item: ListOffsetsPartition, _ request: ListOffsetsRequest)
        -> OffsetAnswer
    {
        guard let slot = replicas.slot(of: item.partition) else {
            return OffsetAnswer(partition: item.partition, error: errorOfAbsent(item.partition))
        }
        let partition = replicas.partitions[slot]
        let epochError = partition.checkEpoch(item.currentLeaderEpoch)
        guard epochError == .none else {
            return OffsetAnswer(partition: item.partition, error: epochError)
        }
        guard partition.isLeader else {
            return OffsetAnswer(partition: item.partition, error: .notLeaderOrFollower)
        }
        let isFromConsumer = request.replica == .none
        let bound =
            !isFromConsumer
            ? partition.log.logEndOffset
            : request.isolation == .readCommitted
                ? partition.log.lastStableOffset : partition.log.highWatermark
        // A leader that has not yet confirmed its own epoch's start does not know what is committed.
        let isUnsure = isFromConsumer && partition.leaderEpochStart > bound
        switch item.query {
        case .latest:
            guard !isUnsure else {
                return OffsetAnswer(partition: item.partition, error: .offsetNotAvailable)
            }
            return OffsetAnswer(
                partition: item.partition,
                error: .none,
                epoch: partition.log.latestEpoch ?? .none,
                offset: bound
            )
        case .earliest:
            return OffsetAnswer(
                partition: item.partition,
                error: .none,
                epoch: partition.log.epochs.entries.first?.epoch ?? .none,
                offset: partition.log.logStartOffset
            )
        case .timestamp(let timestamp):
            let found = partition.log.offset(atOrAfter: timestamp)
            if let found, found.offset < bound {
                return OffsetAnswer(
                    partition: item.partition,
                    error: .none,
                    epoch: found.epoch,
                    offset: found.offset,
                    timestamp: found.timestamp
                )
            }
            return OffsetAnswer(
                partition: item.partition,
                error: isUnsure ? .offsetNotAvailable : .none
            )
        }
    }

    // MARK: OffsetForLeaderEpoch

    func answer(_ request: OffsetForLeaderEpochRequest) -> OffsetAnswers {
        OffsetAnswers(partitions: request.partitions.map(answer))
    }

    /// - Source: kafka.cluster.Partition.lastOffsetForLeaderEpoch (KIP-101, KIP-279, KIP-320).
    private func answer(_ item: EpochQuery) -> OffsetAnswer {
        guard let slot = replicas.slot(of: item.partition) else {
            return OffsetAnswer(partition: item.partition, error: errorOfAbsent(item.partition))
        }
        let epochError = replicas.partitions[slot].checkEpoch(item.currentLeaderEpoch)
        guard epochError == .none else {
            return OffsetAnswer(partition: item.partition, error: epochError)
        }
        guard replicas.partitions[slot].isLeader else {
            return OffsetAnswer(partition: item.partition, error: .notLeaderOrFollower)
        }
        let end = replicas.partitions[slot].log.endOffset(for: item.leaderEpoch)
        return OffsetAnswer(
            partition: item.partition,
            error: .none,
            epoch: end.epoch,
            offset: end.endOffset
        )
    }

    // MARK: DeleteRecords

    /// Moves a log's start, and answers when every live replica has followed.
    /// - Source: kafka.server.ReplicaManager.deleteRecords (KIP-107).
    mutating func handleDeleteRecords(
        _ handle: RequestHandle,
        _ request: DeleteRecordsRequest,
        now: Instant,
        into effects: inout [Effect]
    ) {
        let partition = request.partition
        func refuse(_ error: ErrorCode, _ effects: inout [Effect]) {
            let answer = OffsetAnswer(partition: partition, error: error)
            effects.append(.reply(handle, .offsets(OffsetAnswers(partitions: [answer]))))
        }
        guard let slot = replicas.slot(of: partition) else {
            return refuse(errorOfAbsent(partition), &effects)
        }
        guard !partition.topic.isInternal else { return refuse(.invalidTopicException, &effects) }
        guard replicas.partitions[slot].isLeader else {
            return refuse(.notLeaderOrFollower, &effects)
        }
        guard replicas.partitions[slot].log.config.deletes else {
            return refuse(.policyViolation, &effects)
        }
        let required =
            request.before == .none
            ? replicas.partitions[slot].log.highWatermark : request.before
        guard required >= .zero else { return refuse(.offsetOutOfRange, &effects) }
        let error = replicas[changing: slot].log.advanceLogStart(
            to: required,
            reason: .deleteRecords,
            into: &effects
        )
        guard error == .none else { return refuse(error, &effects) }
        if let answer = answer(toDeletion: partition, required: required) {
            effects.append(.reply(handle, .offsets(OffsetAnswers(partitions: [answer]))))
            return
        }
        deletions.park(deadline: now + request.timeout) { operation in
            operation.handle = handle
            operation.partition = partition
            operation.slot = Int32(slot)
            operation.required = required
        }
    }

    /// The answer to a deletion; `nil` while a live replica still holds the records.
    func answer(toDeletion id: TopicPartition, required: Offset) -> OffsetAnswer? {
        guard let slot = replicas.slot(of: id) else {
            return OffsetAnswer(partition: id, error: errorOfAbsent(id))
        }
        guard replicas.partitions[slot].isLeader else {
            return OffsetAnswer(partition: id, error: .notLeaderOrFollower)
        }
        let low = replicas.partitions[slot].replicas.lowWatermark(
            leaderStart: replicas.partitions[slot].log.logStartOffset,
            brokers: brokers
        )
        guard low >= required else { return nil }
        return OffsetAnswer(partition: id, error: .none, offset: low)
    }
}
