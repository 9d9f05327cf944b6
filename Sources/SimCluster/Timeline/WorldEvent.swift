/// The host's own events: what a kernel event without a node stands for.
enum WorldEvent: Int32 {
    /// A timeline entry fires; the token is its index.
    case fire
    /// A fault's time is over; the token names the fault.
    case undo
    /// A full second has passed: samples, lags, and whether the cluster is quiet.
    case second
    /// Conditions on metrics that are dear to compute are looked at.
    case conditions
    /// A consumer's first start; the token is its index.
    case startConsumer
    /// An entry of a producer's `sends`; the token holds producer and entry.
    case sends
    /// A process that was told to start while it was still stopping has stopped; the token is its
    /// node.
    case restart
    /// The scenario's duration is over.
    case settle
}
