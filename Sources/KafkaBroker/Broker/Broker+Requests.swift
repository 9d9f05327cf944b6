import KafkaController
import KafkaGroups
import KafkaLog
import KafkaProtocol
import SimBase

extension Broker {
    /// Serves a request of a client or another broker.
    /// - Source: kafka.server.KafkaApis.handle.
    mutating func handleRequest(
        _ handle: RequestHandle,
        _ request: Request,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        if case .stopping(let step) = phase {
            guard case .handingOver = step else {
                effects.append(.closeInbound(handle))
                return
            }
        }
        switch request {
        case .produce(let produce):
            handleProduce(handle, produce, now: now, handles: &handles, into: &effects)
        case .fetch(let fetch): handleFetch(handle, fetch, now: now, into: &effects)
        case .listOffsets(let list): effects.append(.reply(handle, .offsets(answer(list))))
        case .offsetForLeaderEpoch(let query):
            effects.append(.reply(handle, .offsets(answer(query))))
        case .deleteRecords(let delete):
            handleDeleteRecords(handle, delete, now: now, into: &effects)
        case .metadata(let metadata):
            effects.append(.reply(handle, .metadata(answer(metadata, now: now))))
        case .apiVersions: effects.append(.reply(handle, .status(.none)))
        case .findCoordinator(let key):
            effects.append(.reply(handle, .findCoordinator(answer(key, now: now))))
        case .joinGroup(let join): handleGroup(handle, request, join.group, now, &effects)
        case .syncGroup(let sync): handleGroup(handle, request, sync.group, now, &effects)
        case .heartbeat(let member), .leaveGroup(let member):
            handleGroup(handle, request, member.group, now, &effects)
        case .offsetCommit(let commit):
            handleOffsetCommit(handle, commit, now: now, into: &effects)
        case .offsetFetch(let fetch): handleGroup(handle, request, fetch.group, now, &effects)
        case .initProducerId: effects.append(.reply(handle, .initProducerId(answerProducerID())))
        case .createTopics, .admin:
            controllerRequests.forward(handle, request, now: now)
            channelsNeedCare = true
        case .vote, .beginQuorumEpoch, .endQuorumEpoch, .fetchSnapshot, .brokerRegistration,
            .brokerHeartbeat, .alterPartition, .allocateProducerIds:
            effects.append(.reply(handle, .failure(.notController, of: request)))
        }
    }

    // MARK: Metadata

    /// - Source: kafka.server.KafkaApis.handleTopicMetadataRequest, KRaftMetadataCache.
    private mutating func answer(_ request: MetadataRequest, now: Instant) -> MetadataResponse {
        var topics: [MetadataTopic] = []
        if let names = request.topics {
            topics.reserveCapacity(names.count)
            for name in names {
                if let topic = loader.image.topic(named: name) {
                    topics.append(describe(topic))
                } else {
                    if request.allowsAutoCreation, config.autoCreateTopics {
                        create(name, now: now)
                    }
                    topics.append(
                        MetadataTopic(
                            name: name,
                            id: .none,
                            error: .unknownTopicOrPartition,
                            partitions: []
                        )
                    )
                }
            }
        } else {
            topics = loader.image.topics.map(describe)
        }
        // Any live broker stands for the controller: it forwards.
        let standIn =
            brokers.alive.isEmpty
            ? BrokerID.none : brokers.alive[random.next(below: brokers.alive.count)]
        return MetadataResponse(brokers: brokers.alive, controller: standIn, topics: topics)
    }

    private func describe(_ topic: TopicImage) -> MetadataTopic {
        MetadataTopic(
            name: topic.name,
            id: topic.id,
            error: .none,
            partitions: topic.partitions.map { partition in
                MetadataPartition(
                    error: partition.hasLeader && brokers.isRegistered(partition.leader)
                        ? .none : .leaderNotAvailable,
                    leader: partition.leader,
                    leaderEpoch: partition.leaderEpoch,
                    replicas: partition.replicas,
                    isr: partition.isr
                )
            }
        )
    }

    /// Has a topic created that somebody asked for.
    /// - Source: kafka.server.DefaultAutoTopicCreationManager.
    private mutating func create(_ name: TopicName, now: Instant) {
        let request: CreateTopicRequest
        if name == .consumerOffsets {
            request = CreateTopicRequest(
                name: name,
                partitions: config.offsetsTopicPartitions,
                replicationFactor: config.offsetsTopicReplicationFactor,
                configs: [
                    ConfigEntry(name: "cleanup.policy", value: "compact"),
                    ConfigEntry(name: "compression.type", value: "producer"),
                    ConfigEntry(
                        name: "segment.bytes",
                        value: String(config.offsetsTopicSegmentBytes.bytes)
                    ),
                ],
                timeout: config.requestTimeout
            )
        } else {
            request = CreateTopicRequest(
                name: name,
                partitions: config.defaultPartitions,
                replicationFactor: config.defaultReplicationFactor,
                timeout: config.requestTimeout
            )
        }
        controllerRequests.create(request, now: now)
        channelsNeedCare = true
    }

    // MARK: Coordinators

    private mutating func answer(_ key: CoordinatorKey, now: Instant) -> FindCoordinatorResponse {
        let group =
            switch key {
            case .group(let group): group
            }
        guard loader.image.topic(named: .consumerOffsets) != nil else {
            create(.consumerOffsets, now: now)
            return FindCoordinatorResponse(error: .coordinatorNotAvailable)
        }
        let partition = TopicPartition(.consumerOffsets, coordinatorPartition(of: group))
        guard let state = loader.image.partition(partition), state.hasLeader,
            brokers.isAlive(state.leader)
        else { return FindCoordinatorResponse(error: .coordinatorNotAvailable) }
        return FindCoordinatorResponse(error: .none, coordinator: state.leader)
    }

    /// The partition of `__consumer_offsets` that holds a group.
    func coordinatorPartition(of group: GroupName) -> Int32 {
        NameTable.internalPartition(
            of: names.text(group),
            count: config.offsetsTopicPartitions
        )
    }

    private mutating func handleGroup(
        _ handle: RequestHandle,
        _ request: Request,
        _ group: GroupName,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        groups.handleRequest(
            handle,
            request,
            partition: coordinatorPartition(of: group),
            now: now,
            wallClock: clock(now).milliseconds,
            into: &effects,
            outcomes: &groupOutcomes
        )
    }

    /// Partitions that do not exist are refused before the coordinator sees the request.
    /// - Source: kafka.server.KafkaApis.handleOffsetCommitRequest.
    private mutating func handleOffsetCommit(
        _ handle: RequestHandle,
        _ request: OffsetCommitRequest,
        now: Instant,
        into effects: inout [Effect]
    ) {
        let unknown = request.offsets.filter { loader.image.partition($0.partition) == nil }
        var accepted = request
        if !unknown.isEmpty {
            if unknown.count == request.offsets.count {
                effects.append(
                    .reply(handle, .failure(.unknownTopicOrPartition, of: .offsetCommit(request)))
                )
                return
            }
            accepted = OffsetCommitRequest(
                membership: request.membership,
                offsets: request.offsets.filter { loader.image.partition($0.partition) != nil },
                refused: unknown.map {
                    PartitionError(partition: $0.partition, error: .unknownTopicOrPartition)
                }
            )
        }
        handleGroup(handle, .offsetCommit(accepted), request.membership.group, now, &effects)
    }

    // MARK: Producer ids

    private mutating func answerProducerID() -> InitProducerIdResponse {
        let claimed = producerIDs.claim()
        if producerIDs.isWanted { channelsNeedCare = true }
        guard let claimed else {
            return InitProducerIdResponse(error: .coordinatorLoadInProgress)
        }
        return InitProducerIdResponse(error: .none, producerID: claimed, epoch: ProducerEpoch(0))
    }
}
