internal import KafkaProtocol
internal import SimBase

/// What a node must never forget of elections: the content of its `quorum-state` file.
/// - Source: org.apache.kafka.raft.ElectionState, FileQuorumStateStore (data version 0).
struct ElectionState: Equatable, Sendable {
    var epoch: QuorumEpoch
    /// The leader that is known to be elected in `epoch`; the node itself while it leads or has
    /// resigned.
    var leader: BrokerID?
    /// Who got this node's vote in `epoch`; the node itself while it is a candidate.
    var voted: BrokerID?

    static let file = FileID(.quorumState)

    init(epoch: QuorumEpoch, leader: BrokerID? = nil, voted: BrokerID? = nil) {
        self.epoch = epoch
        self.leader = leader
        self.voted = voted
    }

    /// The file's bytes: one line of JSON.
    func bytes(voters: [BrokerID]) -> SharedBytes {
        let list = voters.map { "{\"voterId\":\($0)}" }.joined(separator: ",")
        let text =
            "{\"clusterId\":\"\",\"leaderId\":\(leader ?? .none),\"leaderEpoch\":\(epoch),"
            + "\"votedId\":\(voted ?? .none),\"appliedOffset\":0,\"currentVoters\":[\(list)],"
            + "\"data_version\":0}"
        return SharedBytes(Array(text.utf8))
    }

    /// - Returns: `nil` if the file is empty or makes no sense.
    init?(_ contents: FileContents) {
        let bytes = contents.bytes
        guard let epoch = ElectionState.number(after: "\"leaderEpoch\":", in: bytes),
            let leader = ElectionState.number(after: "\"leaderId\":", in: bytes),
            let voted = ElectionState.number(after: "\"votedId\":", in: bytes)
        else { return nil }
        self.init(
            epoch: QuorumEpoch(epoch),
            leader: leader < 0 ? nil : BrokerID(leader),
            voted: voted < 0 ? nil : BrokerID(voted)
        )
    }

    private static func number(after field: String, in bytes: [UInt8]) -> Int32? {
        let pattern = Array(field.utf8)
        let starts = bytes.indices.dropLast(pattern.count)
        guard let start = starts.first(where: { bytes[$0...].starts(with: pattern) }) else {
            return nil
        }
        let digits = bytes[(start + pattern.count)...].prefix {
            $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return Int32(String(decoding: digits, as: UTF8.self))
    }
}
