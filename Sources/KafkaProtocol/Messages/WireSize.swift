/// How many bytes a message takes on the wire, frame and header included.
///
/// Topic names count as sixteen bytes (a topic id, or a name of usual length): the sizes serve the
/// network's bandwidth and the cost of handling, where a record batch's real size dominates.
extension Request {
    private static let header = 48

    /// Bytes on the wire; an estimate, in which batches count with their real size.
    public var wireSize: Int {
        switch self {
        case .produce(let request):
            request.partitions.reduce(Request.header + 16) { $0 + 28 + $1.batch.sizeInBytes }
        case .fetch(let request):
            Request.header + 40 + 60 * request.partitions.count + 24 * request.forgotten.count
        case .listOffsets(let request): Request.header + 16 + 36 * request.partitions.count
        case .offsetForLeaderEpoch(let request): Request.header + 8 + 28 * request.partitions.count
        case .metadata(let request): Request.header + 8 + 34 * (request.topics?.count ?? 0)
        case .joinGroup(let request):
            Request.header + 120 + request.protocols.count
                * (32 + 20 * request.subscription.topics.count + 20
                    * request.subscription.owned.count)
        case .syncGroup(let request):
            request.assignments.reduce(Request.header + 96) { $0 + 64 + 20 * $1.partitions.count }
        case .offsetCommit(let request): Request.header + 100 + 36 * request.offsets.count
        case .offsetFetch(let request): Request.header + 40 + 20 * request.partitions.count
        case .alterPartition(let request):
            request.partitions.reduce(Request.header + 16) { $0 + 40 + 12 * $1.newISR.count }
        case .createTopics(let topics): Request.header + 64 * topics.count
        case .deleteRecords, .apiVersions, .findCoordinator, .initProducerId, .vote,
            .beginQuorumEpoch, .endQuorumEpoch, .fetchSnapshot, .brokerRegistration,
            .brokerHeartbeat, .allocateProducerIds, .admin, .heartbeat, .leaveGroup:
            Request.header + 48
        }
    }
}

extension Response {
    private static let header = 12

    /// Bytes on the wire; an estimate, in which batches count with their real size.
    public var wireSize: Int {
        switch self {
        case .produce(let response): Response.header + 52 * response.partitions.count
        case .fetch(let response):
            response.partitions.indices.reduce(Response.header + 16) { total, index in
                response.partitions[index].records.reduce(total + 64) { $0 + $1.sizeInBytes }
            }
        case .offsets(let response): Response.header + 40 * response.partitions.count
        case .metadata(let response):
            response.topics.reduce(Response.header + 40 * response.brokers.count) {
                $0 + 48 + 56 * $1.partitions.count
            }
        case .joinGroup(let response): Response.header + 120 + 100 * response.members.count
        case .syncGroup(let response): Response.header + 32 + 20 * response.partitions.count
        case .offsetCommit(let items): Response.header + 22 * items.count
        case .offsetFetch(let response): Response.header + 36 * response.offsets.count
        case .fetchSnapshot(let response):
            response.records.reduce(Response.header + 64) { $0 + $1.sizeInBytes }
        case .alterPartition(let response): Response.header + 64 * response.partitions.count
        case .createTopics(let errors): Response.header + 48 * errors.count
        case .status, .findCoordinator, .initProducerId, .quorum, .brokerRegistration,
            .brokerHeartbeat, .allocateProducerIds:
            Response.header + 24
        }
    }
}
