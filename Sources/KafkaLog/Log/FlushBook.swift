internal import KafkaProtocol
internal import SimBase

/// The flushes of one log that are under way.
///
/// A flush may span several files; all carry the same token and it is done when each has reported.
struct FlushBook: Sendable {
    private struct Flush {
        let token: FlushToken
        /// What is durable when it is done; `nil` for a checkpoint file.
        var upTo: Offset?
        var filesLeft: Int
        /// Whether Kafka's thread stands still until it is done.
        let isAwaited: Bool
    }

    /// The part of a token that tells whose it is.
    private static let namespace: Int64 = 2 << 56

    private let owner: FileHandle
    private var following: Int64 = 0
    private var flushes: [Flush] = []

    init(owner: FileHandle) {
        self.owner = owner
    }

    /// The log that a token was made for; `nil` for tokens of other parts of the process.
    static func owner(of token: FlushToken) -> FileHandle? {
        guard token.rawValue >> 56 == 2 else { return nil }
        return FileHandle(Int32(truncatingIfNeeded: token.rawValue >> 24))
    }

    /// The newest flush that is waited for.
    var awaited: FlushToken? {
        flushes.last(where: \.isAwaited)?.token
    }

    /// How far the flushes that are waited for will have brought the log.
    var awaitedOffset: Offset? {
        flushes.last { $0.isAwaited && $0.upTo != nil }?.upTo
    }

    /// - Parameters:
    ///   - upTo: what is durable when it is done.
    ///   - files: how many files report.
    ///   - isAwaited: whether an answer waits for it.
    ///   - token: the owner's own token, instead of a new one.
    /// - Returns: the token that the files are to report.
    mutating func begin(
        upTo: Offset?,
        files: Int,
        isAwaited: Bool,
        token: FlushToken? = nil
    ) -> FlushToken {
        let token = token ?? makeToken()
        flushes.append(
            Flush(token: token, upTo: upTo, filesLeft: files, isAwaited: isAwaited)
        )
        return token
    }

    private mutating func makeToken() -> FlushToken {
        following = (following + 1) & 0xff_ffff
        return FlushToken(
            FlushBook.namespace | Int64(owner.rawValue) << 24 | following
        )
    }

    enum Completion {
        case unknown
        case partial
        case done(upTo: Offset?)
    }

    mutating func complete(_ token: FlushToken) -> Completion {
        guard let index = flushes.firstIndex(where: { $0.token == token }) else { return .unknown }
        flushes[index].filesLeft -= 1
        guard flushes[index].filesLeft <= 0 else { return .partial }
        return .done(upTo: flushes.remove(at: index).upTo)
    }

    /// The log was cut: no flush makes more than this durable.
    mutating func truncate(to offset: Offset) {
        for index in flushes.indices {
            flushes[index].upTo = flushes[index].upTo.map { min($0, offset) }
        }
    }
}
