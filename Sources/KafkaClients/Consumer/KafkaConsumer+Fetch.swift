internal import DequeModule
import KafkaProtocol
import SimBase

/// One partition's part of a fetch response, waiting to be returned by `poll()`.
/// - Source: org.apache.kafka.clients.consumer.internals.CompletedFetch.
struct CompletedFetch: Sendable {
    let node: BrokerID
    let response: FetchPartitionResponse
    /// Where the fetch began.
    let fetchOffset: Offset
    var nextOffset: Offset
    var isInitialized = false
    var lastEpoch: LeaderEpoch?
    /// The batch being read, and the reader inside it.
    var batch = 0
    var reader: RecordReader?

    var partition: TopicPartition { response.partition }
}

extension KafkaConsumer {
    // MARK: Requests

    /// Asks every leader that has no fetch under way for the partitions without buffered records.
    /// - Source: org.apache.kafka.clients.consumer.internals.AbstractFetch.prepareFetchRequests.
    mutating func sendFetches(now: Instant) {
        var wanted: [(node: BrokerID, partition: FetchPartition)] = []
        for item in subscription.partitions
        where item.hasValidPosition && !item.isPendingRevocation {
            guard let position = item.position, !isBuffered(item.partition) else { continue }
            guard let node = position.leader.leader else {
                network.brokers.metadata.requestUpdate()
                continue
            }
            if fetchingNodes.contains(node) || network.isUnavailable(node, .broker, now: now) {
                continue
            }
            wanted.append(
                (
                    node,
                    FetchPartition(
                        partition: item.partition,
                        topicID: network.brokers.metadata.topicID(of: item.partition.topic),
                        currentLeaderEpoch: position.leader.epoch ?? .none,
                        fetchOffset: position.offset,
                        maxBytes: config.maxPartitionFetchBytes
                    )
                )
            )
        }
        var nodes: [BrokerID] = []
        for item in wanted where !nodes.contains(item.node) { nodes.append(item.node) }
        for node in nodes {
            sendFetch(to: node, wanted.filter { $0.node == node }.map(\.partition), now: now)
        }
    }

    private func isBuffered(_ partition: TopicPartition) -> Bool {
        buffers.contains { $0.partition == partition }
    }

    private mutating func sendFetch(to node: BrokerID, _ partitions: [FetchPartition], now: Instant)
    {
        let index: Int
        if let known = sessions.firstIndex(where: { $0.node == node }) {
            index = known
        } else {
            index = sessions.count
            sessions.append(FetchSession(node: node))
        }
        let contents = sessions[index].next(partitions)
        fetchingNodes.append(node)
        request(
            .fetch(
                FetchRequest(
                    replica: .none,
                    maxWait: config.fetchMaxWait,
                    minBytes: config.fetchMinBytes,
                    maxBytes: config.fetchMaxBytes,
                    isolation: config.isolation,
                    sessionID: contents.sessionID,
                    sessionEpoch: contents.sessionEpoch,
                    partitions: contents.partitions,
                    forgotten: contents.forgotten
                )
            ),
            to: node,
            route: .broker,
            for: .fetch(node),
            now: now
        )
    }

    mutating func fetchEnded(
        _ outcome: NetworkClient.Completion.Outcome,
        _ node: BrokerID,
        now: Instant
    ) {
        fetchingNodes.removeAll { $0 == node }
        guard let session = sessions.firstIndex(where: { $0.node == node }) else { return }
        guard case .response(.fetch(let response)) = outcome else {
            sessions[session].failed()
            return
        }
        guard sessions[session].answered(response) else { return }
        for item in response.partitions {
            if let hint = item.currentLeader,
                item.error == .notLeaderOrFollower || item.error == .fencedLeaderEpoch,
                network.brokers.metadata.apply(hint, to: item.partition),
                let index = subscription.index(of: item.partition)
            {
                let leader = currentLeader(of: item.partition)
                subscription.update(index) { $0.leaderChanged(to: leader) }
            }
            guard let offset = sessions[session].fetchOffset(of: item.partition) else { continue }
            buffers.append(
                CompletedFetch(
                    node: node,
                    response: item,
                    fetchOffset: offset,
                    nextOffset: offset
                )
            )
        }
    }

    // MARK: Collection

    /// Takes up to `max.poll.records` from the buffers and moves the positions behind them.
    /// - Source: org.apache.kafka.clients.consumer.internals.FetchCollector.
    mutating func collectRecords(now: Instant) throws(PollFailure) -> [FetchedRecord] {
        var records: [FetchedRecord] = []
        while records.count < config.maxPollRecords, !buffers.isEmpty {
            if !buffers[0].isInitialized {
                do throws(PollFailure) {
                    guard try initialize() else {
                        buffers.removeFirst()
                        continue
                    }
                } catch {
                    // Records that are there already come first, the exception with the next call.
                    if records.isEmpty { buffers.removeFirst() }
                    if !records.isEmpty { return records }
                    throw error
                }
            }
            let isDone: Bool
            do throws(PollFailure) {
                isDone = try read(into: &records)
            } catch {
                if !records.isEmpty { return records }
                throw error
            }
            if isDone { buffers.removeFirst() }
        }
        return records
    }

    /// Looks at the first buffer for the first time.
    /// - Returns: whether there may be something to read in it.
    private mutating func initialize() throws(PollFailure) -> Bool {
        let fetch = buffers[0]
        guard let index = subscription.index(of: fetch.partition) else { return false }
        switch fetch.response.error {
        case .none:
            guard subscription[index].hasValidPosition,
                subscription[index].position?.offset == fetch.fetchOffset
            else { return false }
            buffers[0].isInitialized = true
            return true
        case .notLeaderOrFollower, .replicaNotAvailable, .kafkaStorageError, .fencedLeaderEpoch,
            .offsetNotAvailable, .unknownTopicOrPartition, .unknownTopicId, .inconsistentTopicId:
            network.brokers.metadata.requestUpdate()
            return false
        case .offsetOutOfRange:
            guard subscription[index].position?.offset == fetch.fetchOffset,
                subscription[index].hasValidPosition
            else { return false }
            guard config.autoOffsetReset != .none else {
                throw PollFailure(exception: .offsetOutOfRange)
            }
            subscription.update(index) { $0.requestReset(config.autoOffsetReset) }
            needsAnotherPass = true
            return false
        case .unknownLeaderEpoch, .unknownServerError:
            return false
        case .corruptMessage:
            throw PollFailure(exception: .kafka)
        default:
            throw PollFailure(exception: .illegalState)
        }
    }

    /// Reads the first buffer as far as `max.poll.records` allow.
    /// - Returns: whether the buffer is used up.
    private mutating func read(into records: inout [FetchedRecord]) throws(PollFailure) -> Bool {
        let partition = buffers[0].partition
        guard let index = subscription.index(of: partition), subscription[index].hasValidPosition,
            !subscription[index].isPendingRevocation,
            var position = subscription[index].position, position.offset == buffers[0].nextOffset
        else { return true }
        var isDone = false
        var corrupt = false
        while records.count < config.maxPollRecords {
            guard buffers[0].batch < buffers[0].response.records.count else {
                isDone = true
                break
            }
            let batch = buffers[0].response.records[buffers[0].batch]
            if buffers[0].reader == nil {
                guard batch.body.isIntact else {
                    corrupt = true
                    break
                }
                buffers[0].reader = batch.body.records
            }
            if !batch.body.isControl, batch.nextOffset > buffers[0].nextOffset,
                let view = buffers[0].reader?.next()
            {
                deliver(view, of: batch, partition: partition, into: &records)
            } else {
                buffers[0].nextOffset = max(buffers[0].nextOffset, batch.nextOffset)
                buffers[0].lastEpoch = batch.partitionLeaderEpoch
                buffers[0].reader = nil
                buffers[0].batch += 1
            }
        }
        if buffers[0].batch >= buffers[0].response.records.count { isDone = true }
        if buffers[0].nextOffset > position.offset {
            position.offset = buffers[0].nextOffset
            if let epoch = buffers[0].lastEpoch, epoch != .none { position.offsetEpoch = epoch }
            subscription.update(index) { $0.position = position }
        }
        if corrupt { throw PollFailure(exception: .kafka) }
        return isDone
    }

    private mutating func deliver(
        _ view: RecordView,
        of batch: RecordBatch,
        partition: TopicPartition,
        into records: inout [FetchedRecord]
    ) {
        let offset = batch.baseOffset.advanced(by: Int64(view.offsetDelta))
        guard offset >= buffers[0].nextOffset else { return }
        let isAppendTime = batch.body.timestampType == .logAppendTime
        records.append(
            FetchedRecord(
                partition: partition,
                offset: offset,
                leaderEpoch: batch.partitionLeaderEpoch,
                timestamp: isAppendTime
                    ? batch.body.maxTimestamp : batch.body.baseTimestamp + view.timestampDelta,
                body: batch.body,
                key: view.key,
                value: view.value
            )
        )
        buffers[0].nextOffset = offset.advanced(by: 1)
        buffers[0].lastEpoch = batch.partitionLeaderEpoch
        // The last record of a batch ends it: the position then stands behind the whole batch.
        if view.offsetDelta == batch.body.lastOffsetDelta {
            buffers[0].nextOffset = batch.nextOffset
            buffers[0].reader = nil
            buffers[0].batch += 1
        }
    }
}
