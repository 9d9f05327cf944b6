extension Response {
    /// The answer to `request` that reports `error` everywhere: what a broker sends when it can
    /// say nothing better, and what an injected fault answers without executing the request.
    public static func failure(_ error: ErrorCode, of request: Request) -> Response {
        switch request {
        case .produce(let produce):
            .produce(
                ProduceResponse(
                    partitions: produce.partitions.map {
                        ProducePartitionResponse(partition: $0.partition, error: error)
                    }
                )
            )
        case .fetch(let fetch):
            .fetch(
                FetchResponse(
                    error: .none,
                    sessionID: fetch.sessionID,
                    partitions: fetch.partitions.map {
                        FetchPartitionResponse(partition: $0.partition, error: error)
                    }
                )
            )
        case .listOffsets(let list):
            .offsets(
                OffsetAnswers(
                    partitions: list.partitions.map {
                        OffsetAnswer(partition: $0.partition, error: error)
                    }
                )
            )
        case .offsetForLeaderEpoch(let query):
            .offsets(
                OffsetAnswers(
                    partitions: query.partitions.map {
                        OffsetAnswer(partition: $0.partition, error: error)
                    }
                )
            )
        case .deleteRecords(let delete):
            .offsets(
                OffsetAnswers(partitions: [OffsetAnswer(partition: delete.partition, error: error)])
            )
        case .metadata(let metadata):
            .metadata(
                MetadataResponse(
                    brokers: [],
                    controller: .none,
                    topics: (metadata.topics ?? []).map {
                        MetadataTopic(name: $0, id: .none, error: error, partitions: [])
                    }
                )
            )
        case .apiVersions, .heartbeat, .leaveGroup, .admin: .status(error)
        case .findCoordinator: .findCoordinator(FindCoordinatorResponse(error: error))
        case .joinGroup(let join): .joinGroup(JoinGroupResponse(error: error, member: join.member))
        case .syncGroup: .syncGroup(SyncGroupResponse(error: error))
        case .offsetCommit(let commit):
            .offsetCommit(
                commit.offsets.map { PartitionError(partition: $0.partition, error: error) }
                    + commit.refused
            )
        case .offsetFetch: .offsetFetch(OffsetFetchResponse(error: error))
        case .initProducerId: .initProducerId(InitProducerIdResponse(error: error))
        case .vote(let vote):
            .quorum(QuorumResponse(error: error, epoch: vote.epoch, leader: .none))
        case .beginQuorumEpoch(let begin):
            .quorum(QuorumResponse(error: error, epoch: begin.epoch, leader: .none))
        case .endQuorumEpoch(let end):
            .quorum(QuorumResponse(error: error, epoch: end.epoch, leader: .none))
        case .fetchSnapshot(let fetch):
            .fetchSnapshot(
                FetchSnapshotResponse(
                    error: error,
                    leader: nil,
                    snapshot: fetch.snapshot,
                    records: []
                )
            )
        case .brokerRegistration: .brokerRegistration(BrokerRegistrationResponse(error: error))
        case .brokerHeartbeat: .brokerHeartbeat(BrokerHeartbeatResponse(error: error))
        case .alterPartition: .alterPartition(AlterPartitionResponse(error: error))
        case .allocateProducerIds: .allocateProducerIds(error, first: .none, count: 0)
        case .createTopics(let topics): .createTopics(topics.map { _ in error })
        }
    }

    /// Calls `body` with every error code the response carries, `NONE` left out.
    public func forEachError(_ body: (ErrorCode) -> Void) {
        func report(_ error: ErrorCode) {
            if error.isError { body(error) }
        }
        switch self {
        case .produce(let response): for item in response.partitions { report(item.error) }
        case .fetch(let response):
            report(response.error)
            for item in response.partitions { report(item.error) }
        case .offsets(let response): for item in response.partitions { report(item.error) }
        case .metadata(let response):
            for topic in response.topics {
                report(topic.error)
                for partition in topic.partitions { report(partition.error) }
            }
        case .status(let error): report(error)
        case .findCoordinator(let response): report(response.error)
        case .joinGroup(let response): report(response.error)
        case .syncGroup(let response): report(response.error)
        case .offsetCommit(let items): for item in items { report(item.error) }
        case .offsetFetch(let response): report(response.error)
        case .initProducerId(let response): report(response.error)
        case .quorum(let response): report(response.error)
        case .fetchSnapshot(let response): report(response.error)
        case .brokerRegistration(let response): report(response.error)
        case .brokerHeartbeat(let response): report(response.error)
        case .alterPartition(let response):
            report(response.error)
            for item in response.partitions { report(item.error) }
        case .allocateProducerIds(let error, _, _): report(error)
        case .createTopics(let errors): for error in errors { report(error) }
        }
    }
}
