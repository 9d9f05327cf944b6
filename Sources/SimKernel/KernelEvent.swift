/// What the host has to act on next. The instant is the kernel's `now`.
public enum KernelEvent: Equatable, Sendable {
    /// The host's own event, scheduled without a node.
    case world(payload: Int32, token: Int64)
    /// The host's own event for a node; dropped when the process dies, late when it is paused.
    case process(node: NodeIndex, payload: Int32, token: Int64)
    /// The timer is no longer armed.
    case timerFired(node: NodeIndex, kind: UInt8)
    /// The client's connection stands.
    case connected(node: NodeIndex, connection: ConnectionIndex)
    /// Refused by the peer's host, or given up after the last SYN; the connection has ended.
    case connectFailed(node: NodeIndex, connection: ConnectionIndex)
    /// All bytes of a message have arrived at `side`, the end of `node`.
    case delivered(
        node: NodeIndex,
        connection: ConnectionIndex,
        side: ConnectionSide,
        payload: Int32
    )
    /// The connection has ended for `side`, the end of `node`. A server may be told so of a
    /// connection on which nothing ever arrived.
    case disconnected(node: NodeIndex, connection: ConnectionIndex, side: ConnectionSide)
    /// A worker has spent the request's cost; the connection stays muted until it is released.
    case serviceCompleted(node: NodeIndex, connection: ConnectionIndex, payload: Int32)
    /// What the file held when the flush was asked for is on the platter.
    case flushed(node: NodeIndex, token: Int64)
    /// The disk had failed when the flush came to its end; nothing is on the platter.
    case flushFailed(node: NodeIndex, token: Int64)

    /// The node whose process is concerned; nil for the host's own.
    public var node: NodeIndex? {
        switch self {
        case .world: nil
        case .process(let node, _, _), .timerFired(let node, _), .connected(let node, _),
            .connectFailed(let node, _), .delivered(let node, _, _, _),
            .disconnected(let node, _, _), .serviceCompleted(let node, _, _),
            .flushed(let node, _), .flushFailed(let node, _):
            node
        }
    }

    /// A number for the kind, part of the digest: never renumber.
    public var code: UInt8 {
        switch self {
        case .world: 0
        case .process: 1
        case .timerFired: 2
        case .connected: 3
        case .connectFailed: 4
        case .delivered: 5
        case .disconnected: 6
        case .serviceCompleted: 7
        case .flushed: 8
        case .flushFailed: 9
        }
    }
}
