import KafkaProtocol
import SimBase

/// A record of `__consumer_offsets`. A missing value is a tombstone.
/// - Source: GroupMetadataKey, OffsetCommitKey and their values.
enum GroupRecord: Equatable, Sendable {
    case offsetCommit(GroupName, TopicPartition, OffsetCommitValue?)
    indirect case groupMetadata(GroupName, GroupMetadataValue?)
}

/// A committed offset as it is stored.
struct OffsetCommitValue: Equatable, Sendable {
    /// The next offset to read.
    let offset: Offset
    let leaderEpoch: LeaderEpoch
    /// The coordinator's wall clock at the commit, in milliseconds since 1970.
    let commitTimestamp: Int64
    /// When the offset is to be forgotten, if an old client said so.
    let expireTimestamp: Int64?
}

/// A group as it is stored: what survives the coordinator.
struct GroupMetadataValue: Equatable, Sendable {
    /// Whether a protocol type is known; not so for a group that only stores offsets.
    let hasProtocolType: Bool
    let generation: Generation
    let assignor: Assignor?
    let leader: MemberID?
    /// The wall clock at the last state change, in milliseconds since 1970.
    let stateTimestamp: Int64?
    let members: [StoredMember]
}

/// A member as it is stored with its group.
struct StoredMember: Equatable, Sendable {
    let id: MemberID
    /// `group.instance.id`; `nil` for a dynamic member.
    let instance: Int32?
    let client: Int32
    let rebalanceTimeout: Interval
    let sessionTimeout: Interval
    let subscription: MemberSubscription
    let assignment: [TopicPartition]
}
