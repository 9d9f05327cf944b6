import KafkaLog
import KafkaProtocol
import SimBase

@testable import KafkaRaft

/// One node, whose peers are the test itself.
struct LoneNode {
    var node: RaftNode
    var handles = FileHandleAllocator()
    var now = Instant.zero
    /// Whether flushes complete by themselves.
    var hasFastDisk = true
    private(set) var effects: [Effect] = []
    private(set) var outcomes: [RaftNode.Outcome] = []
    private(set) var timer = Instant.distantFuture
    private var nextConnection: Int32 = 0
    private var pendingFlushes: [FlushToken] = []
    private var sent: [(channel: ChannelID, correlation: CorrelationID, request: Request)] = []

    init(
        _ id: Int32 = 1,
        voters: [Int32] = [1, 2, 3],
        state: ElectionState? = nil,
        log batches: [RecordBatch] = [],
        features: Features = Features()
    ) {
        var files = [
            StoredFile(id: FileID(.segment), contents: FileContents(batches.map(\.chunk)))
        ]
        if let state {
            let bytes = state.bytes(voters: [])
            files.append(
                StoredFile(id: ElectionState.file, contents: FileContents([FileChunk(bytes)]))
            )
        }
        var first: [Effect] = []
        node = RaftNode(
            id: BrokerID(id),
            voters: voters.map { BrokerID($0) },
            config: ServerConfig(),
            features: features,
            disk: DiskImage(files),
            random: Random(seed: 42),
            now: .zero,
            handles: &handles,
            into: &first
        )
        perform(first)
    }

    /// One-record batches of these epochs, from offset 0.
    static func batches(_ epochs: [Int32]) -> [RecordBatch] {
        epochs.enumerated().map { offset, epoch in
            var accumulator = BatchAccumulator(from: Offset(Int64(offset)))
            accumulator.append([[UInt8(offset), UInt8(epoch)]], timestamp: 0)
            return RecordBatch(
                baseOffset: Offset(Int64(offset)),
                partitionLeaderEpoch: LeaderEpoch(epoch),
                body: accumulator.drain()[0].body
            )
        }
    }

    mutating func feed(_ event: Event) {
        if case .disconnected(let channel) = event { sent.removeAll { $0.channel == channel } }
        var more: [Effect] = []
        _ = node.handle(event, now: now, handles: &handles, into: &more, outcomes: &outcomes)
        perform(more)
    }

    mutating func append(_ text: String) -> Offset? {
        var more: [Effect] = []
        let offset = node.append([Array(text.utf8)], wallClock: 7, now: now, into: &more)
        perform(more)
        return offset
    }

    /// Completes the oldest flush.
    mutating func completeFlush() {
        guard !pendingFlushes.isEmpty else { return }
        feed(.flushCompleted(pendingFlushes.removeFirst()))
    }

    /// Lets time pass; timers fire on the way.
    mutating func pass(_ interval: Interval) {
        let end = now + interval
        while timer <= end {
            now = max(now, timer)
            timer = .distantFuture
            feed(.timerFired(.quorum))
        }
        now = end
    }

    /// The answer to a request; `nil` if it is held back.
    mutating func ask(_ request: Request) -> Response? {
        nextConnection += 1
        let handle = RequestHandle(
            connection: nextConnection,
            generation: 0,
            correlation: CorrelationID(0)
        )
        let start = effects.count
        feed(.requestReceived(handle, request))
        return reply(to: handle, from: start)
    }

    private func reply(to handle: RequestHandle, from start: Int) -> Response? {
        for case .reply(handle, let response) in effects[start...] { return response }
        return nil
    }

    /// The answers given since the start, in order.
    var replies: [Response] {
        effects.compactMap { if case .reply(_, let response) = $0 { response } else { nil } }
    }

    mutating func vote(
        _ epoch: Int32,
        by candidate: Int32,
        last: (Int32, Int64),
        isPreVote: Bool = false
    ) -> QuorumResponse? {
        let response = ask(
            .vote(
                VoteRequest(
                    epoch: QuorumEpoch(epoch),
                    candidate: BrokerID(candidate),
                    lastEpoch: QuorumEpoch(last.0),
                    lastEndOffset: Offset(last.1),
                    isPreVote: isPreVote
                )
            )
        )
        guard case .quorum(let answer)? = response else { return nil }
        return answer
    }

    mutating func begin(_ epoch: Int32, by leader: Int32) {
        let request = BeginQuorumEpochRequest(epoch: QuorumEpoch(epoch), leader: BrokerID(leader))
        _ = ask(.beginQuorumEpoch(request))
    }

    static func fetch(_ replica: Int32, _ epoch: Int32, at offset: Int64, last: Int32) -> Request {
        .fetch(
            FetchRequest(
                replica: BrokerID(replica),
                maxWait: .milliseconds(500),
                minBytes: 0,
                maxBytes: 1 << 20,
                partitions: [
                    FetchPartition(
                        partition: .clusterMetadata,
                        topicID: .none,
                        currentLeaderEpoch: LeaderEpoch(epoch),
                        fetchOffset: Offset(offset),
                        lastFetchedEpoch: LeaderEpoch(last),
                        maxBytes: 1 << 20
                    )
                ]
            )
        )
    }

    mutating func fetch(
        _ replica: Int32,
        _ epoch: Int32,
        at offset: Int64,
        last: Int32
    ) -> FetchPartitionResponse? {
        guard
            case .fetch(let response)? = ask(
                LoneNode.fetch(replica, epoch, at: offset, last: last)
            )
        else { return nil }
        return response.partitions.first
    }

    /// Requests that wait for an answer, oldest first.
    var requests: [Request] {
        sent.map(\.request)
    }

    /// Whom the oldest request without an answer went to.
    var awaitedPeer: Int32? {
        sent.first?.channel.index
    }

    /// Answers the oldest request to `peer`.
    mutating func answer(_ peer: Int32, _ response: Response) {
        guard let index = sent.firstIndex(where: { $0.channel.index == peer }) else { return }
        let request = sent.remove(at: index)
        feed(.responseReceived(request.channel, request.correlation, response))
    }

    /// Has all other voters grant their votes, until the node leads.
    mutating func elect() {
        while !node.isLeader, timer < .distantFuture || !sent.isEmpty {
            if let request = sent.first, case .vote(let vote) = request.request {
                let granted = QuorumResponse(
                    error: .none,
                    epoch: vote.epoch,
                    leader: .none,
                    voteGranted: true
                )
                answer(request.channel.index, .quorum(granted))
            } else {
                pass(.milliseconds(10))
            }
        }
    }

    private mutating func perform(_ more: [Effect]) {
        effects += more
        for effect in more {
            switch effect {
            case .connect(let channel, _, _): feed(.connected(channel))
            case .send(let channel, let correlation, .apiVersions):
                feed(.responseReceived(channel, correlation, .status(.none)))
            case .send(let channel, let correlation, let request):
                sent.append((channel, correlation, request))
            case .close(let channel): sent.removeAll { $0.channel == channel }
            case .armTimer(_, let deadline): timer = deadline
            case .cancelTimer: timer = .distantFuture
            case .flush(_, let token), .replace(_, _, let token?):
                pendingFlushes.append(token)
                if hasFastDisk { completeFlush() }
            default: break
            }
        }
    }
}

extension LoneNode {
    /// The voter that the newest request went to.
    var asked: Int32? {
        for case .send(let channel, _, let request) in effects.reversed()
        where request != .apiVersions {
            return channel.index
        }
        return nil
    }
}
