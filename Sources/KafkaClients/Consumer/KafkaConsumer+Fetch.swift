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
        var wanted: [FetchPartition] = []
        // The leader of each.
        var leaders: [BrokerID] = []
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
            leaders.append(node)
            wanted.append(
                FetchPartition(
                    partition: item.partition,
                    topicID: network.brokers.metadata.topicID(of: item.partition.topic),
                    currentLeaderEpoch: position.leader.epoch ?? .none,
                    fetchOffset: position.offset,
                    maxBytes: config.maxPartitionFetchBytes
                )
            )
        }
        while let node = leaders.first {
            if leaders.allSatisfy({ $0 == node }) { return sendFetch(to: node, wanted, now: now) }
            let share = zip(leaders, wanted).filter { $0.0 == node }.map(\.1)
            sendFetch(to: node, share, now: now)
            wanted = zip(leaders, wanted).filter { $0.0 != node }.map(\.1)
            leaders.removeAll { $0 == node }
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
        // The buffer in hand is out of its queue, where every look would copy it.
        while records.count < config.maxPollRecords, var fetch = buffers.popFirst() {
            do throws(PollFailure) {
                if try initialize(&fetch), try !read(&fetch, into: &records) {
                    buffers.prepend(fetch)
                }
            } catch {
                // Records that are there already come first, the exception with the next call.
                let isKept = !records.isEmpty || fetch.isInitialized
                if isKept { buffers.prepend(fetch) }
                if !records.isEmpty { return records }
                throw error
            }
        }
        return records
    }

    /// Looks at a buffer for the first time.
    /// - Returns: whether there may be something to read in it.
    private mutating func initialize(_ fetch: inout CompletedFetch) throws(PollFailure) -> Bool {
        guard !fetch.isInitialized else { return true }
        guard let index = subscription.index(of: fetch.partition) else { return false }
        switch fetch.response.error {
        case .none:
            guard subscription[index].hasValidPosition,
                subscription[index].position?.offset == fetch.fetchOffset
            else { return false }
            fetch.isInitialized = true
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

    /// Reads a buffer as far as `max.poll.records` allow.
    /// - Returns: whether the buffer is used up.
    private mutating func read(
        _ fetch: inout CompletedFetch,
        into records: inout [FetchedRecord]
    ) throws(PollFailure) -> Bool {
        let partition = fetch.partition
        guard let index = subscription.index(of: partition), subscription[index].hasValidPosition,
            !subscription[index].isPendingRevocation,
            var position = subscription[index].position, position.offset == fetch.nextOffset
        else { return true }
        var isDone = false
        var corrupt = false
        while records.count < config.maxPollRecords {
            guard fetch.batch < fetch.response.records.count else {
                isDone = true
                break
            }
            let batch = fetch.response.records[fetch.batch]
            if fetch.reader == nil {
                guard batch.body.isIntact else {
                    corrupt = true
                    break
                }
                fetch.reader = batch.body.records
            }
            if !batch.body.isControl, batch.nextOffset > fetch.nextOffset,
                let view = fetch.reader?.next()
            {
                fetch.deliver(view, of: batch, into: &records)
            } else {
                fetch.nextOffset = max(fetch.nextOffset, batch.nextOffset)
                fetch.lastEpoch = batch.partitionLeaderEpoch
                fetch.reader = nil
                fetch.batch += 1
            }
        }
        if fetch.batch >= fetch.response.records.count { isDone = true }
        if fetch.nextOffset > position.offset {
            position.offset = fetch.nextOffset
            if let epoch = fetch.lastEpoch, epoch != .none { position.offsetEpoch = epoch }
            subscription.update(index) { $0.position = position }
        }
        if corrupt { throw PollFailure(exception: .kafka) }
        return isDone
    }
}

extension CompletedFetch {
    /// Hands out one record and moves on.
    fileprivate mutating func deliver(
        _ view: RecordView,
        of source: RecordBatch,
        into records: inout [FetchedRecord]
    ) {
        let offset = source.baseOffset.advanced(by: Int64(view.offsetDelta))
        guard offset >= nextOffset else { return }
        let isAppendTime = source.body.timestampType == .logAppendTime
        records.append(
            FetchedRecord(
                partition: partition,
                offset: offset,
                leaderEpoch: source.partitionLeaderEpoch,
                timestamp: isAppendTime
                    ? source.body.maxTimestamp : source.body.baseTimestamp + view.timestampDelta,
                body: source.body,
                key: view.key,
                value: view.value
            )
        )
        nextOffset = offset.advanced(by: 1)
        lastEpoch = source.partitionLeaderEpoch
        // The last record of a batch ends it: the position then stands behind the whole batch.
        if view.offsetDelta == source.body.lastOffsetDelta {
            nextOffset = source.nextOffset
            reader = nil
            batch += 1
        }
    }
}
