/// The requests that the simulated cluster speaks, with Kafka's numbers.
/// - Source: org.apache.kafka.common.protocol.ApiKeys.
public enum ApiKey: Int16, Hashable, Sendable, CaseIterable {
    case produce = 0
    case fetch = 1
    case listOffsets = 2
    case metadata = 3
    case offsetCommit = 8
    case offsetFetch = 9
    case findCoordinator = 10
    case joinGroup = 11
    case heartbeat = 12
    case leaveGroup = 13
    case syncGroup = 14
    case apiVersions = 18
    case createTopics = 19
    case deleteTopics = 20
    case deleteRecords = 21
    case initProducerId = 22
    case offsetForLeaderEpoch = 23
    case createPartitions = 37
    case electLeaders = 43
    case incrementalAlterConfigs = 44
    case alterPartitionReassignments = 45
    case vote = 52
    case beginQuorumEpoch = 53
    case endQuorumEpoch = 54
    case alterPartition = 56
    case fetchSnapshot = 59
    case brokerRegistration = 62
    case brokerHeartbeat = 63
    case allocateProducerIds = 67
    case assignReplicasToDirs = 73

    /// Kafka's name, such as `OffsetForLeaderEpoch`: what scenario files and metrics use.
    public var name: String {
        switch self {
        case .produce: "Produce"
        case .fetch: "Fetch"
        case .listOffsets: "ListOffsets"
        case .metadata: "Metadata"
        case .offsetCommit: "OffsetCommit"
        case .offsetFetch: "OffsetFetch"
        case .findCoordinator: "FindCoordinator"
        case .joinGroup: "JoinGroup"
        case .heartbeat: "Heartbeat"
        case .leaveGroup: "LeaveGroup"
        case .syncGroup: "SyncGroup"
        case .apiVersions: "ApiVersions"
        case .createTopics: "CreateTopics"
        case .deleteTopics: "DeleteTopics"
        case .deleteRecords: "DeleteRecords"
        case .initProducerId: "InitProducerId"
        case .offsetForLeaderEpoch: "OffsetForLeaderEpoch"
        case .createPartitions: "CreatePartitions"
        case .electLeaders: "ElectLeaders"
        case .incrementalAlterConfigs: "IncrementalAlterConfigs"
        case .alterPartitionReassignments: "AlterPartitionReassignments"
        case .vote: "Vote"
        case .beginQuorumEpoch: "BeginQuorumEpoch"
        case .endQuorumEpoch: "EndQuorumEpoch"
        case .alterPartition: "AlterPartition"
        case .fetchSnapshot: "FetchSnapshot"
        case .brokerRegistration: "BrokerRegistration"
        case .brokerHeartbeat: "BrokerHeartbeat"
        case .allocateProducerIds: "AllocateProducerIds"
        case .assignReplicasToDirs: "AssignReplicasToDirs"
        }
    }

    /// The position in `allCases`: a dense number for tables and masks.
    public var index: Int {
        ApiKey.indices[Int(rawValue)]
    }

    private static let indices: [Int] = {
        var table = [Int](repeating: 0, count: 128)
        for (index, key) in allCases.enumerated() {
            table[Int(key.rawValue)] = index
        }
        return table
    }()
}
