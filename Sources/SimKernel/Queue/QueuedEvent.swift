/// What waits in the queue: a plain value of 24 bytes whose fields the kind gives a meaning.
public struct QueuedEvent: Equatable, Sendable {
    /// What is to be done when the event is due.
    public enum Kind: UInt8, Sendable {
        /// The host's own event, bound to no node.
        case world
        /// The host's own event for a node's process.
        case process
        case timer
        /// The next event that waited while its node was paused comes out.
        case drain
        /// The first packet of a connection reaches the server's host.
        case synArrival
        case synRetry
        case handshakeDone
        case handshakeRefused
        case dataArrival
        /// The end of what the peer sends.
        case finArrival
        /// The peer's host, or the own host's TCP, has given the connection up.
        case resetArrival
        case retransmission
        /// What a shape held back at its sender goes out.
        case holdOver
        case acknowledgementTimeout
        case serviceCompletion
        /// The disk has finished a flush; durable from here on.
        case flushCompletion
        /// The process learns of a finished flush.
        case flushNotice
    }

    public var kind: Kind
    /// The receiving end for arrivals, the sending end for transmissions: 0 client, 1 server.
    public var side: UInt8
    /// The node, or the slot of the connection.
    public var subject: Int32
    /// The incarnation of the node or the generation of the connection or timer that is meant.
    public var generation: UInt32
    /// The host's number for what the event carries; -1 for none.
    public var payload: Int32
    /// A second number; for the host's own events it comes back as it was given.
    public var token: Int64

    @inlinable
    public init(
        kind: Kind,
        side: UInt8 = 0,
        subject: Int32,
        generation: UInt32 = 0,
        payload: Int32 = -1,
        token: Int64 = 0
    ) {
        self.kind = kind
        self.side = side
        self.subject = subject
        self.generation = generation
        self.payload = payload
        self.token = token
    }
}
