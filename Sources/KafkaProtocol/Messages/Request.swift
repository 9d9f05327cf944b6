/// A request on the wire.
public enum Request: Equatable, Sendable {
    case produce(ProduceRequest)
    indirect case fetch(FetchRequest)
    case listOffsets(ListOffsetsRequest)
    case offsetForLeaderEpoch(OffsetForLeaderEpochRequest)
    case deleteRecords(DeleteRecordsRequest)
    case metadata(MetadataRequest)
    case apiVersions
    /// A client asks any broker which one coordinates its group.
    case findCoordinator(CoordinatorKey)
    indirect case joinGroup(JoinGroupRequest)
    indirect case syncGroup(SyncGroupRequest)
    /// A member tells its coordinator that it lives, and hears of a rebalance by the error.
    case heartbeat(GroupMembership)
    /// A member's farewell, which spares the group the session time-out.
    case leaveGroup(GroupMembership)
    indirect case offsetCommit(OffsetCommitRequest)
    case offsetFetch(OffsetFetchRequest)
    /// An idempotent producer asks any broker for a producer id.
    case initProducerId
    case vote(VoteRequest)
    case beginQuorumEpoch(BeginQuorumEpochRequest)
    case endQuorumEpoch(EndQuorumEpochRequest)
    indirect case fetchSnapshot(FetchSnapshotRequest)
    indirect case brokerRegistration(BrokerRegistrationRequest)
    indirect case brokerHeartbeat(BrokerHeartbeatRequest)
    case alterPartition(AlterPartitionRequest)
    /// A broker asks the active controller for a block of producer ids to hand out.
    case allocateProducerIds(broker: BrokerID, epoch: BrokerEpoch)
    /// From an administrator, or from a broker that creates a topic at its first use.
    indirect case createTopics([CreateTopicRequest])
    indirect case admin(AdminRequest)

    public var api: ApiKey {
        switch self {
        case .produce: .produce
        case .fetch: .fetch
        case .listOffsets: .listOffsets
        case .offsetForLeaderEpoch: .offsetForLeaderEpoch
        case .deleteRecords: .deleteRecords
        case .metadata: .metadata
        case .apiVersions: .apiVersions
        case .findCoordinator: .findCoordinator
        case .joinGroup: .joinGroup
        case .syncGroup: .syncGroup
        case .heartbeat: .heartbeat
        case .leaveGroup: .leaveGroup
        case .offsetCommit: .offsetCommit
        case .offsetFetch: .offsetFetch
        case .initProducerId: .initProducerId
        case .vote: .vote
        case .beginQuorumEpoch: .beginQuorumEpoch
        case .endQuorumEpoch: .endQuorumEpoch
        case .fetchSnapshot: .fetchSnapshot
        case .brokerRegistration: .brokerRegistration
        case .brokerHeartbeat: .brokerHeartbeat
        case .alterPartition: .alterPartition
        case .allocateProducerIds: .allocateProducerIds
        case .createTopics: .createTopics
        case .admin(let request):
            switch request {
            case .deleteTopic: .deleteTopics
            case .createPartitions: .createPartitions
            case .reassign: .alterPartitionReassignments
            case .electLeaders: .electLeaders
            case .alterConfigs: .incrementalAlterConfigs
            case .assignReplicas: .assignReplicasToDirs
            }
        }
    }

    /// Whether the sender expects an answer: all but a produce with `acks=0`.
    public var expectsResponse: Bool {
        if case .produce(let request) = self { request.acks != .none } else { true }
    }
}

/// A response on the wire.
public enum Response: Equatable, Sendable {
    case produce(ProduceResponse)
    case fetch(FetchResponse)
    /// ListOffsets, OffsetForLeaderEpoch and DeleteRecords (offset: the low watermark).
    case offsets(OffsetAnswers)
    case metadata(MetadataResponse)
    /// An answer that is one error code: ApiVersions, Heartbeat, LeaveGroup, and administration.
    case status(ErrorCode)
    case findCoordinator(FindCoordinatorResponse)
    indirect case joinGroup(JoinGroupResponse)
    case syncGroup(SyncGroupResponse)
    /// One error code a partition, in the request's order.
    case offsetCommit([PartitionError])
    case offsetFetch(OffsetFetchResponse)
    case initProducerId(InitProducerIdResponse)
    /// Vote, BeginQuorumEpoch, EndQuorumEpoch.
    case quorum(QuorumResponse)
    indirect case fetchSnapshot(FetchSnapshotResponse)
    case brokerRegistration(BrokerRegistrationResponse)
    case brokerHeartbeat(BrokerHeartbeatResponse)
    case alterPartition(AlterPartitionResponse)
    /// A block of producer ids: the first, and how many.
    case allocateProducerIds(ErrorCode, first: ProducerID, count: Int32)
    /// One error code a topic, in the request's order.
    case createTopics([ErrorCode])
}
