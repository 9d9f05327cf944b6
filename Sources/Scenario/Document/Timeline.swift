public import KafkaProtocol
public import SimBase

/// One line of the timeline: when, what, and for how long.
public struct TimelineEntry: Equatable, Sendable {
    public var trigger: Trigger
    public var action: Action
    /// `for`: undone after so long.
    public var duration: Interval?
    /// `as`: names what the target resolved to (later `$name`) and, for faults, the fault itself.
    public var name: String?
    public var repetition: Repetition?
    /// A selector that resolves to nothing does not fail the run.
    public var isOptional: Bool
    public var position: SourcePosition
    /// `timeline[3]`.
    public var path: String
}

/// All firings, the first included.
public struct Repetition: Equatable, Sendable {
    public var every: Interval
    public var times: Int
}

public enum Trigger: Equatable, Sendable {
    case at(Instant)
    /// Once, as soon as it holds.
    case when(Condition)
}

/// `records.acked >= 5000`, `leader(orders-0) changed`, `isr(orders-0) < 2`.
public struct Condition: Equatable, Sendable {
    public enum Subject: Equatable, Sendable {
        /// A metric that is a number, by its name.
        case metric(String)
        /// The leader's broker id, -1 for none.
        case leader(TopicPartition)
        /// The number of in-sync replicas.
        case isrSize(TopicPartition)
        /// The active controller's node id, -1 for none.
        case controller
        /// The broker id of the group's coordinator, -1 for none.
        case coordinator(GroupName)
    }

    public enum Test: Equatable, Sendable {
        /// Differs from what it was at time zero.
        case changed
        case compared(Comparison, MetricNumber)
    }

    public var subject: Subject
    public var test: Test
    /// As written.
    public var text: String
}

public enum Comparison: String, Equatable, Sendable, CaseIterable {
    case less = "<"
    case lessOrEqual = "<="
    case equal = "=="
    case notEqual = "!="
    case greaterOrEqual = ">="
    case greater = ">"

    /// Whether `left` stands so to `right`.
    public func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .equal: left == right
        case .notEqual: left != right
        case .greaterOrEqual: left >= right
        case .greater: left > right
        }
    }
}

/// One process of the run.
public enum NodeName: Hashable, Sendable {
    case broker(BrokerID)
    case controller(BrokerID)
    /// Index into ``ScenarioDocument/producers``.
    case producer(Int)
    /// The member's number in its group, from 1.
    case consumer(GroupName, member: Int)
}

/// All processes of a kind.
public enum NodePool: String, Equatable, Sendable, CaseIterable {
    case brokers
    /// The metadata quorum's voters, which are brokers when the roles are combined.
    case controllers
    case producers
    case consumers
    /// Producers and consumers.
    case clients
    /// Brokers and controllers.
    case servers
}

/// Which nodes an action is for; resolved when the entry fires.
public indirect enum NodeSelector: Equatable, Sendable {
    case node(NodeName)
    case leader(TopicPartition)
    /// All replicas but the leader, in assignment order.
    case followers(TopicPartition)
    /// The n-th of them, from 1.
    case follower(TopicPartition, Int)
    case isr(TopicPartition)
    /// The active controller.
    case controller
    /// The broker that coordinates the group.
    case coordinator(GroupName)
    case all(NodePool)
    /// One of what the inner selector resolves to.
    case random(NodeSelector)
    /// `$name`: what the target of the entry with this `as` resolved to.
    case reference(String)
    case list([NodeSelector])
}
